/* shadow_request.c -- see shadow_request.h.
 *
 * One walk over the zones serves all checks that are asked about; only groups that lead to one of them, or to what
 * turns along, are asked, with two copies of the verdicts that differ by these. */
#include "serve/shadow_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "health/ids.h"
#include "serve/diff_answers.h"

/* A check that turns, the shadow or along with it. */
struct turn {
    uint32_t slot;
    enum health_state with_up, with_down; /* the shadow */
};

struct shadow {
    struct turn turns[1 + SHADOW_ALONG_MAX];
    uint32_t count; /* 0: it changes nothing */
    uint32_t names;
    bool cut; /* there may be more */
};

struct inquiry {
    struct shadow list[SHADOW_REQUEST_MAX];
    uint32_t count;
    uint64_t *turning; /* by slot: a bit for each shadow with which it turns */
    const struct health_table *health;
    struct health_table *up, *down;
    struct diff_answers *answers;
    uint32_t looks; /* left */
    const atomic_bool *stop;
};

static uint64_t bits_of(const struct inquiry *inquiry, const struct route_set *set)
{
    return set->check < HEALTH_TABLE_SLOTS ? inquiry->turning[set->check] : 0;
}

/* Which of the shadows a group leads to, a bit for each.  Aliases form no loop. */
static uint64_t find_shadows(struct inquiry *inquiry, const struct route_group *group)
{
    uint64_t found = 0;

    for (uint32_t i = 0; group != NULL && i < group->count && inquiry->looks > 0; i++) {
        const struct route_set *set = &group->sets[i];
        inquiry->looks--;
        found |= bits_of(inquiry, set) | find_shadows(inquiry, set->alias);
        for (uint32_t j = 0; j < set->partners_count; j++)
            found |= bits_of(inquiry, set->partners[j]) |
                     find_shadows(inquiry, set->partners[j]->alias);
    }
    return found;
}

static void set_state(struct health_table *table, uint32_t slot, enum health_state state)
{
    health_table_put(table, slot, (struct health_verdict){.state = state});
}

static void set_turns(struct inquiry *inquiry, const struct shadow *shadow)
{
    for (uint32_t i = 0; i < shadow->count; i++) {
        set_state(inquiry->up, shadow->turns[i].slot, shadow->turns[i].with_up);
        set_state(inquiry->down, shadow->turns[i].slot, shadow->turns[i].with_down);
    }
}

/* To what answers go by now. */
static void set_back(struct inquiry *inquiry, const struct shadow *shadow)
{
    for (uint32_t i = 0; i < shadow->count; i++) {
        uint32_t slot = shadow->turns[i].slot;
        struct health_verdict now = health_table_get(inquiry->health, slot);
        health_table_put(inquiry->up, slot, now);
        health_table_put(inquiry->down, slot, now);
    }
}

static void turn(struct inquiry *inquiry, const struct rrset *rrset, struct shadow *shadow)
{
    set_turns(inquiry, shadow);
    shadow->names += diff_answers_turn(inquiry->answers, rrset, inquiry->down, &shadow->cut);
    set_back(inquiry, shadow);
}

static bool goes_on(const struct inquiry *inquiry)
{
    return inquiry->looks > 0 && !atomic_load_explicit(inquiry->stop, memory_order_relaxed);
}

static bool look_at_node(void *context, void *value)
{
    struct inquiry *inquiry = context;
    const struct node *node = value;

    for (uint16_t i = 0; i < node->rrsets_count; i++) {
        uint64_t found = find_shadows(inquiry, node->rrsets[i].group);
        for (uint32_t j = 0; j < inquiry->count; j++)
            if ((found >> j & 1) != 0)
                turn(inquiry, &node->rrsets[i], &inquiry->list[j]);
    }
    return goes_on(inquiry);
}

static void look_at_zones(struct inquiry *inquiry, const struct zone_set *zones)
{
    for (size_t i = 0; i < zone_set_count(zones) && goes_on(inquiry); i++)
        if (!zone_set_at(zones, i)->faulty)
            tree_each(zone_set_at(zones, i)->names, look_at_node, inquiry);
    for (uint32_t i = 0; i < inquiry->count; i++)
        inquiry->list[i].cut |= !goes_on(inquiry);
}

/* A check that does not exist, or that an operator has forced, does not turn. */
static void add_turn(struct inquiry *inquiry, uint32_t slot, enum health_state with_down)
{
    struct shadow *shadow = &inquiry->list[inquiry->count - 1];

    if (slot == HEALTH_SLOT_NONE || health_table_get(inquiry->health, slot).forced)
        return;
    shadow->turns[shadow->count++] = (struct turn){
            .slot = slot,
            .with_up = with_down == HEALTH_DOWN ? HEALTH_UP : HEALTH_DOWN,
            .with_down = with_down,
    };
    inquiry->turning[slot] |= UINT64_C(1) << (inquiry->count - 1);
}

/* With a shadow that does not turn nothing does. */
static int read_along(struct inquiry *inquiry, const struct health_ids *ids, char **at)
{
    const struct shadow *shadow = &inquiry->list[inquiry->count - 1];
    bool turns = shadow->count > 0;
    uint32_t count = 0;

    for (char *word = strtok_r(NULL, " ", at); word != NULL; word = strtok_r(NULL, " ", at)) {
        if (++count > SHADOW_ALONG_MAX)
            return ERR_TOO_LARGE;
        if (word[0] != '-' && word[0] != '+')
            return ERR_SYNTAX;
        if (turns)
            add_turn(inquiry, health_ids_find(ids, word + 1),
                    word[0] == '-' ? HEALTH_DOWN : HEALTH_UP);
    }
    return 0;
}

static int read_line(struct inquiry *inquiry, const struct health_ids *ids, char *line)
{
    char *at = NULL;
    const char *id = strtok_r(line, " ", &at);

    if (id == NULL)
        return 0;
    if (inquiry->count == SHADOW_REQUEST_MAX)
        return ERR_TOO_LARGE;
    inquiry->count++;
    add_turn(inquiry, health_ids_find(ids, id), HEALTH_DOWN);
    return read_along(inquiry, ids, &at);
}

static int read_words(struct inquiry *inquiry, const char *words)
{
    struct health_ids *ids = health_ids_new_with_leaving(inquiry->health);
    char *copy = mem_string(words), *at = NULL;
    int error = 0;

    for (char *line = strtok_r(copy, "\n", &at); line != NULL && error == 0;
            line = strtok_r(NULL, "\n", &at))
        error = read_line(inquiry, ids, line);
    free(copy);
    health_ids_free(ids);
    return error;
}

static void print(const struct inquiry *inquiry, struct buf *ret)
{
    for (uint32_t i = 0; i < inquiry->count; i++) {
        const struct shadow *shadow = &inquiry->list[i];
        buf_add_string(ret, i > 0 ? " " : "");
        if (shadow->cut && shadow->names == 0)
            buf_add_string(ret, "?");
        else
            buf_printf(ret, "%u%s", shadow->names, shadow->cut ? "+" : "");
    }
}

int shadow_request_answer(const struct shadow_question *question, struct buf *ret)
{
    const struct health_table *health = question->health;
    struct inquiry inquiry = {.health = health, .looks = question->looks, .stop = question->stop};
    int error = health_table_copy_verdicts(health, &inquiry.up);

    if (error == 0)
        error = health_table_copy_verdicts(health, &inquiry.down);
    if (error == 0) {
        inquiry.turning = mem_zalloc(HEALTH_TABLE_SLOTS, sizeof(*inquiry.turning));
        inquiry.answers = diff_answers_new(inquiry.up, NULL);
        error = read_words(&inquiry, question->words);
    }
    if (error == 0) {
        look_at_zones(&inquiry, question->zones);
        print(&inquiry, ret);
    }
    diff_answers_free(inquiry.answers);
    free(inquiry.turning);
    health_table_close(inquiry.down);
    health_table_close(inquiry.up);
    return error;
}
