/* group_text.c -- see group.h: what a group's annotations said, for people.
 *
 * Many lines of a zone say the same, so the texts made last are remembered by their hash and shared.
 */
#include <string.h>

#include "base/siphash.h"
#include "zone/annotation.h"
#include "zone/group.h"

#define REMEMBERED 1024U
#define TEXT_MAX   8192U /* above what the longest line gives, its alias made absolute */

/* A string of this text in `arena`: one made before, or a new one. */
static const char *share(struct group_plan *plan, struct arena *arena, const char *text)
{
    static const uint8_t key[SIPHASH_KEY_BYTES] = {0}; /* a collision only costs memory */
    size_t length = strlen(text);

    if (plan->texts == NULL)
        plan->texts = arena_zalloc(plan->scratch, REMEMBERED * sizeof(const char *));
    const char **place = &plan->texts[siphash(key, (const uint8_t *)text, length) % REMEMBERED];
    if (*place == NULL || strcmp(*place, text) != 0) {
        char *copy = arena_alloc_packed(arena, length + 1);
        *place = memcpy(copy, text, length + 1);
    }
    return *place;
}

const char *const *group_texts(
        struct group_plan *plan, struct arena *arena, const struct group *group)
{
    const char **texts = arena_alloc(arena, group->sets_count * sizeof(const char *));
    struct buf text;

    buf_init(&text, TEXT_MAX);
    for (uint32_t i = 0; i < group->sets_count; i++) {
        text.length = 0;
        annotation_format(group->sets[i].members[0]->annotation, &text);
        texts[i] = share(plan, arena, buf_string(&text));
    }
    buf_done(&text);
    return texts;
}
