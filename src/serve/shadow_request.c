/* shadow_request.c -- see shadow_request.h.
 *
 * One walk over the zones serves all checks that are asked about; only groups that lead to one of them are asked, with
 * two copies of the verdicts that differ by that check. */
#include "serve/shadow_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "health/ids.h"
#include "serve/diff_answers.h"

#define LOOKS_MAX 20000000U /* sets looked at to find who leads to the checks */

struct shadow {
    uint32_t slot; /* HEALTH_SLOT_NONE: it changes nothing */
    uint32_t names;
    bool cut;
};

struct inquiry {
    struct shadow list[SHADOW_REQUEST_MAX];
    uint32_t count;
    uint8_t *places; /* by slot: one plus the shadow's place, 0 for others */
    struct health_table *up, *down;
    struct diff_answers *answers;
    uint32_t looks; /* left */
};

static uint64_t bit_of(const struct inquiry *inquiry, const struct route_set *set)
{
    uint8_t place = set->check < HEALTH_TABLE_SLOTS ? inquiry->places[set->check] : 0;
    return place > 0 ? UINT64_C(1) << (place - 1) : 0;
}

/* Which of the shadows a group leads to, a bit for each.  Aliases form no loop. */
static uint64_t find_shadows(struct inquiry *inquiry, const struct route_group *group)
{
    uint64_t found = 0;

    for (uint32_t i = 0; group != NULL && i < group->count && inquiry->looks > 0; i++) {
        const struct route_set *set = &group->sets[i];
        inquiry->looks--;
        found |= bit_of(inquiry, set) | find_shadows(inquiry, set->alias);
        for (uint32_t j = 0; j < set->partners_count; j++)
            found |= bit_of(inquiry, set->partners[j]) |
                     find_shadows(inquiry, set->partners[j]->alias);
    }
    return found;
}

static void set_state(struct health_table *table, uint32_t slot, enum health_state state)
{
    health_table_put(table, slot, (struct health_verdict){.state = state});
}

static void turn(struct inquiry *inquiry, const struct rrset *rrset, struct shadow *shadow)
{
    set_state(inquiry->down, shadow->slot, HEALTH_DOWN);
    shadow->names += diff_answers_turn(inquiry->answers, rrset, inquiry->down, &shadow->cut);
    set_state(inquiry->down, shadow->slot, HEALTH_UP);
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
    return inquiry->looks > 0;
}

static void look_at_zones(struct inquiry *inquiry, const struct zone_set *zones)
{
    for (size_t i = 0; i < zone_set_count(zones) && inquiry->looks > 0; i++)
        if (!zone_set_at(zones, i)->faulty)
            tree_each(zone_set_at(zones, i)->names, look_at_node, inquiry);
    for (uint32_t i = 0; i < inquiry->count; i++)
        inquiry->list[i].cut |= inquiry->looks == 0;
}

/* A check that is named twice is looked at once. */
static void add_shadow(struct inquiry *inquiry, const struct health_table *health, uint32_t slot)
{
    struct shadow *shadow = &inquiry->list[inquiry->count++];

    shadow->slot = HEALTH_SLOT_NONE;
    if (slot == HEALTH_SLOT_NONE || health_table_get(health, slot).forced)
        return;
    shadow->slot = slot;
    if (inquiry->places[slot] > 0)
        return;
    inquiry->places[slot] = (uint8_t)inquiry->count;
    set_state(inquiry->up, slot, HEALTH_UP);
    set_state(inquiry->down, slot, HEALTH_UP);
}

static int read_words(struct inquiry *inquiry, const struct health_table *health, const char *words)
{
    struct health_ids *ids = health_ids_new_with_leaving(health);
    char *copy = mem_string(words), *at = NULL;
    int error = 0;

    for (char *id = strtok_r(copy, " ", &at); id != NULL && error == 0;
            id = strtok_r(NULL, " ", &at)) {
        if (inquiry->count == SHADOW_REQUEST_MAX)
            error = ERR_TOO_LARGE;
        else
            add_shadow(inquiry, health, health_ids_find(ids, id));
    }
    free(copy);
    health_ids_free(ids);
    return error;
}

static void print(const struct inquiry *inquiry, struct buf *ret)
{
    for (uint32_t i = 0; i < inquiry->count; i++) {
        uint32_t slot = inquiry->list[i].slot;
        const struct shadow *shadow =
                &inquiry->list[slot != HEALTH_SLOT_NONE ? inquiry->places[slot] - 1U : i];
        buf_add_string(ret, i > 0 ? " " : "");
        if (shadow->cut && shadow->names == 0)
            buf_add_string(ret, "?");
        else
            buf_printf(ret, "%u", shadow->names);
    }
}

int shadow_request_answer(const struct zone_set *zones, const struct health_table *health,
        const char *words, struct buf *ret)
{
    struct inquiry inquiry = {.looks = LOOKS_MAX};
    int error = health_table_copy_verdicts(health, &inquiry.up);

    if (error == 0)
        error = health_table_copy_verdicts(health, &inquiry.down);
    if (error == 0) {
        inquiry.places = mem_zalloc(HEALTH_TABLE_SLOTS, sizeof(*inquiry.places));
        inquiry.answers = diff_answers_new(inquiry.up, NULL);
        error = read_words(&inquiry, health, words);
    }
    if (error == 0) {
        look_at_zones(&inquiry, zones);
        print(&inquiry, ret);
    }
    diff_answers_free(inquiry.answers);
    free(inquiry.places);
    health_table_close(inquiry.down);
    health_table_close(inquiry.up);
    return error;
}
