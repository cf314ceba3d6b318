/* route.c -- see route.h.
 *
 * A choice, per group (route53.md 2.5): the healthy sets are the candidates, or all sets if none is
 * healthy; the policy picks among them; a pick that is an alias is followed into its target, where the
 * same is done again.  Where the client's place decides, its row of the group's order says who may be
 * picked, and in which order.
 */
#include "route/route.h"

#include <assert.h>
#include <stddef.h>

#include "route/policy.h"
#include "route/sticky.h"

static const struct policy *const policies[ROUTE_POLICIES] = {
        [ROUTE_SIMPLE] = &policy_simple,
        [ROUTE_FAILOVER] = &policy_failover,
        [ROUTE_WEIGHTED] = &policy_weighted,
        [ROUTE_MULTIVALUE] = &policy_multivalue,
        [ROUTE_LATENCY] = &policy_latency,
        [ROUTE_GEO] = &policy_geo,
        [ROUTE_GEOPROXIMITY] = &policy_geoproximity,
        [ROUTE_CIDR] = &policy_cidr,
};

const char *route_policy_name(enum route_policy policy)
{
    assert(policy < ROUTE_POLICIES);
    return policies[policy]->name;
}

const struct policy *policy_of(const struct route_group *group)
{
    return policies[group->policy];
}

static void use_bits(struct route_query *query, uint8_t bits)
{
    if (bits > query->scope)
        query->scope = bits;
}

const struct order_row *find_row(const struct route_group *group, struct route_query *query)
{
    struct prefix_match match;

    prefix_map_find(group->order->map, query->client, &match);
    assert(match.value < group->order->rows_count);
    use_bits(query, match.scope);
    return &group->order->rows[match.value];
}

/* ------------------------------------------------------------------ choosing */

/* What one group gives. */
struct picked {
    uint32_t count;
    uint16_t place[ROUTE_CHOSEN_MAX];
    bool fail_open;
};

/* The first of a row for which `fits`; the row's count if there is none. */
static uint32_t first_of_row(const struct route_group *group, struct route_query *query,
        const struct order_row *row,
        bool (*fits)(const struct route_set *set, struct route_query *query))
{
    for (uint32_t i = 0; i < row->count; i++)
        if (fits(&group->sets[row->places[i]], query))
            return i;
    return row->count;
}

/* No set of the client's row is healthy.  A row of distances may be cut (zone/atlas.h), so that a healthy
 * set stands behind its end; else the first is opened that leads anywhere. */
static void open_row(const struct route_group *group, struct route_query *query,
        const struct survivors *survivors, const struct order_row *row, struct picked *ret)
{
    if (!survivors->fail_open && !is_selective(group)) {
        *ret = (struct picked){.count = 1, .place = {survivors->place[0]}};
        return;
    }
    uint32_t first = first_of_row(group, query, row, set_can_answer_coupled);
    if (first == row->count)
        first = first_of_row(group, query, row, set_can_answer);
    *ret = (struct picked){.count = first < row->count, .fail_open = first < row->count};
    if (ret->count > 0)
        ret->place[0] = row->places[first];
}

/* The first healthy set of the client's row.  Each is looked at, whichever it is. */
static void pick_by_row(const struct route_group *group, struct route_query *query,
        const struct survivors *survivors, struct picked *ret)
{
    const struct order_row *row = find_row(group, query);
    uint32_t first = row->count;

    for (uint32_t i = row->count; i-- > 0;)
        if (survivors_are_healthy(survivors, row->places[i]))
            first = i;
    if (first == row->count) {
        open_row(group, query, survivors, row, ret);
        return;
    }
    ret->count = 1;
    ret->place[0] = row->places[first];
    ret->fail_open = false;
}

static void pick(const struct route_group *group, struct route_query *query, struct picked *ret)
{
    struct survivors_room room;
    const struct survivors *survivors = survivors_find(group, query, &room);

    if (group->order != NULL) {
        pick_by_row(group, query, survivors, ret);
        return;
    }
    ret->count = 0;
    ret->fail_open = survivors->fail_open && survivors->count > 0;
    if (survivors->count == 0)
        return; /* nothing for this client, which health has nothing to do with */
    if (group->sticky == NULL) {
        ret->count = policy_of(group)->pick(survivors, query->rand, ret->place);
        return;
    }
    use_bits(query, group->sticky->bits[query->client->family]);
    ret->count = sticky_pick(group, survivors, query, ret->place);
}

void route_choose(
        const struct route_group *group, struct route_query *query, struct route_choice *ret)
{
    struct picked picked;

    ret->fail_open = false;
    for (;;) {
        assert(group->count > 0 && group->count <= ROUTE_SETS_MAX);
        pick(group, query, &picked);
        ret->fail_open |= picked.fail_open;
        if (picked.count == 0 || group->sets[picked.place[0]].alias == NULL)
            break;
        assert(picked.count == 1); /* a multivalue group has no alias (route53.md 1.1) */
        group = group->sets[picked.place[0]].alias;
    }
    ret->distinct = group->distinct;
    ret->count = picked.count;
    for (uint32_t i = 0; i < picked.count; i++)
        ret->set[i] = &group->sets[picked.place[i]];
}

/* ------------------------------------------------------------------ explaining */

static bool are_partners_down(const struct route_set *set, struct route_query *query, bool any)
{
    bool down = any && set->partners_count > 0;

    for (uint32_t i = 0; i < set->partners_count; i++) {
        bool check = set_check_is_up(set->partners[i], query);
        bool up = set_target_is_healthy(set->partners[i], query) && check;
        down = any ? down && !up : down || !up;
    }
    return down;
}

/* The ranks of a group in which the first is best. */
static void rank_sets(
        const struct route_group *group, struct route_query *query, struct route_survey *survey)
{
    if (group->order != NULL) {
        const struct order_row *row = find_row(group, query);
        for (uint32_t i = 0; i < row->count; i++)
            survey->set[row->places[i]].rank = i + 1;
    } else if (!policy_of(group)->weighs && group->policy != ROUTE_MULTIVALUE) {
        for (uint32_t i = 0; i < group->count; i++)
            survey->set[i].rank = i + 1;
    }
}

static void describe_set(const struct route_group *group, struct route_query *query,
        const struct survivors *survivors, uint32_t place, struct route_survey_set *ret)
{
    const struct route_set *set = &group->sets[place];

    ret->eligible = (!is_selective(group) || ret->rank > 0) && set_can_answer(set, query);
    ret->healthy = survivors_are_healthy(survivors, place);
    ret->check_down = !set_check_is_up(set, query);
    ret->target_down = !set_target_is_healthy(set, query);
    ret->partners_down = are_partners_down(set, query, group->couple_any);
}

/* Where the draw is not by chance there is one way it can go. */
static bool is_certain(const struct route_group *group, const struct route_query *query)
{
    bool is_known = query->client != NULL && query->client->bits > 0 && !query->as_chances;
    return group->order != NULL || (group->sticky != NULL && is_known);
}

void route_explain(
        const struct route_group *group, struct route_query *query, struct route_survey *ret)
{
    struct survivors_room room;
    const struct survivors *survivors = survivors_find(group, query, &room);
    struct picked picked;

    ret->count = group->count;
    for (uint32_t i = 0; i < group->count; i++)
        ret->set[i] = (struct route_survey_set){0};
    rank_sets(group, query, ret);
    for (uint32_t i = 0; i < group->count; i++)
        describe_set(group, query, survivors, i, &ret->set[i]);
    if (is_certain(group, query)) {
        pick(group, query, &picked);
        ret->fail_open = picked.fail_open;
        for (uint32_t i = 0; i < picked.count; i++)
            ret->set[picked.place[i]].probability = 1;
        return;
    }
    ret->fail_open = survivors->fail_open && survivors->count > 0;
    for (uint32_t i = 0; i < survivors->count; i++)
        ret->set[survivors->place[i]].probability = policy_of(group)->probability(survivors, i);
}
