/* pushes.c -- see pushes.h; the list is sorted by target. */
#include "health/pushes.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "health/list_file.h"

#define MAGIC    "holdfast-pushes "
#define VERSION  "1"
#define FIELDS   3U
#define LINE_MAX (sizeof(struct push) + 64U)
#define FILE_MAX ((PUSHES_MAX + 2) * LINE_MAX)

struct pushes {
    struct push *list;
    uint32_t count, room;
};

static const char *const words[] = {
        [HEALTH_UNKNOWN] = "unknown",
        [HEALTH_UP] = "up",
        [HEALTH_DOWN] = "down",
};

struct pushes *pushes_new(void)
{
    return mem_zalloc(1, sizeof(struct pushes));
}

void pushes_free(struct pushes *pushes)
{
    if (pushes == NULL)
        return;
    free(pushes->list);
    free(pushes);
}

uint32_t pushes_count(const struct pushes *pushes)
{
    return pushes->count;
}

const struct push *pushes_at(const struct pushes *pushes, uint32_t i)
{
    assert(i < pushes->count);
    return &pushes->list[i];
}

/* The place of the first target that is not below. */
static uint32_t place_of(const struct pushes *pushes, const char *target)
{
    uint32_t low = 0, high = pushes->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(pushes->list[middle].target, target) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct push *find(const struct pushes *pushes, const char *target)
{
    uint32_t at = place_of(pushes, target);
    bool found = at < pushes->count && strcmp(pushes->list[at].target, target) == 0;
    return found ? &pushes->list[at] : NULL;
}

const struct push *pushes_find(const struct pushes *pushes, const char *target)
{
    return find(pushes, target);
}

int pushes_set(struct pushes *pushes, const struct push *push)
{
    struct push *known = find(pushes, push->target);
    if (known != NULL) {
        *known = *push;
        return 0;
    }
    if (pushes->count == PUSHES_MAX)
        return ERR_TOO_LARGE;
    if (pushes->count == pushes->room) {
        pushes->room = pushes->room > 0 ? 2 * pushes->room : 16;
        pushes->list = mem_resize(pushes->list, pushes->room, sizeof(*pushes->list));
    }
    uint32_t at = place_of(pushes, push->target);
    memmove(pushes->list + at + 1, pushes->list + at, (pushes->count++ - at) * sizeof(*push));
    pushes->list[at] = *push;
    return 0;
}

void pushes_remove(struct pushes *pushes, const char *target)
{
    struct push *push = find(pushes, target);
    if (push == NULL)
        return;
    size_t behind = (size_t)(pushes->list + --pushes->count - push);
    memmove(push, push + 1, behind * sizeof(*push));
}

int pushes_save(const struct pushes *pushes, const char *path)
{
    struct buf text;
    buf_init(&text, FILE_MAX);
    buf_add_string(&text, MAGIC VERSION "\n");
    for (uint32_t i = 0; i < pushes->count; i++) {
        const struct push *push = &pushes->list[i];
        buf_printf(
                &text, "%s\t%" PRIu64 "\t%s\n", words[push->state], push->since_ms, push->target);
    }
    buf_printf(&text, "end %u\n", pushes->count);
    assert(!text.cut);
    int error = file_replace(path, text.data, text.length);
    buf_done(&text);
    return error;
}

static bool take_state(const char *word, enum health_state *ret)
{
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(words[i], word) != 0)
            continue;
        *ret = (enum health_state)i;
        return true;
    }
    return false;
}

static int take_line(void *context, char *line)
{
    struct push push = {.target = ""};
    char *field[FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        field[i] = strsep(&line, "\t");
        if (field[i] == NULL)
            return ERR_SYNTAX;
    }
    size_t length = strlen(field[2]);
    if (line != NULL || !take_state(field[0], &push.state) ||
            str_parse_number(field[1], INT64_MAX, &push.since_ms) != 0 || length == 0 ||
            length > HEALTH_TARGET_MAX || !str_is_printable(field[2]))
        return ERR_SYNTAX;
    memcpy(push.target, field[2], length + 1);
    return find(context, push.target) == NULL ? pushes_set(context, &push) : ERR_SYNTAX;
}

int pushes_load(struct pushes *pushes, const char *path)
{
    static const struct list_file kind = {MAGIC, VERSION, FILE_MAX, PUSHES_MAX};
    assert(pushes->count == 0);
    int error = list_file_load(&kind, path, take_line, pushes);
    if (error != 0)
        pushes->count = 0;
    return error;
}
