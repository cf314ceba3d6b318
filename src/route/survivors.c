/* survivors.c -- what health leaves of a group; see policy.h.
 *
 * The work is constant on purpose: every set is looked at even when the first one would do, so that a
 * query costs the same on the day everything is down.  Each set is looked at once; the verdicts may
 * change meanwhile and between two points of choice, which at worst gives the answer of a moment
 * earlier or later, never an empty one.
 *
 * Groups form no loop and are at most ROUTE_ALIAS_DEPTH_MAX deep, so the recursion is bounded.
 */
#include <assert.h>
#include <stddef.h>

#include "route/policy.h"

/* ------------------------------------------------------------------ the health of sets */

bool set_check_is_up(const struct route_set *set, struct route_query *query)
{
    if (set->check == HEALTH_SLOT_NONE)
        return true;
    uint32_t seen = health_table_see(query->health, set->check);
    query->seen |= seen;
    return (seen & HEALTH_SEEN_DOWN) == 0 || (query->opens && (seen & HEALTH_SEEN_FORCED) == 0);
}

static bool set_is_healthy(const struct route_set *set, struct route_query *query, bool any);

bool is_selective(const struct route_group *group)
{
    return group->order != NULL && (group->policy == ROUTE_GEO || group->policy == ROUTE_CIDR);
}

/* Whether any set that this client may get is healthy: strict, nothing is opened here (route53.md
 * 2.3; design.md section 5 for geo and CIDR). */
static bool group_is_healthy(const struct route_group *group, struct route_query *query)
{
    const struct order_row *row = is_selective(group) ? find_row(group, query) : NULL;
    uint32_t count = row != NULL ? row->count : group->count;
    bool any = false;

    if (survivors_cache(group, query) != NULL) {
        const struct survivors *survivors = survivors_find(group, query, NULL);
        if (row == NULL)
            return !survivors->fail_open;
        for (uint32_t i = 0; i < count; i++)
            any |= survivors_are_healthy(survivors, row->places[i]);
        return any;
    }
    for (uint32_t i = 0; i < count; i++)
        any |= set_is_healthy(
                &group->sets[row != NULL ? row->places[i] : i], query, group->couple_any);
    return any;
}

bool set_target_is_healthy(const struct route_set *set, struct route_query *query)
{
    return set->alias == NULL || !set->evaluate || group_is_healthy(set->alias, query);
}

static bool set_is_healthy_alone(const struct route_set *set, struct route_query *query)
{
    bool check = set_check_is_up(set, query);
    bool target = set_target_is_healthy(set, query); /* looked at in any case */
    return check && target;
}

/* A coupled set stands and falls with its partners, or is held by any of them.  Kept out of loops over ordinary
 * sets, which would have no registers left. */
static __attribute__((noinline)) bool set_is_healthy_with_others(
        const struct route_set *set, struct route_query *query, bool any)
{
    bool healthy = set_is_healthy_alone(set, query);

    for (uint32_t i = 0; i < set->partners_count; i++) {
        bool partner = set_is_healthy_alone(set->partners[i], query);
        healthy = any ? healthy || partner : healthy && partner;
    }
    return healthy;
}

static bool set_is_healthy(const struct route_set *set, struct route_query *query, bool any)
{
    if (set->alias == NULL && set->partners_count == 0) /* as most are */
        return set_check_is_up(set, query);
    return set_is_healthy_with_others(set, query, any);
}

bool set_can_answer(const struct route_set *set, struct route_query *query)
{
    const struct route_group *target = set->alias;

    if (target == NULL || !target->may_be_empty)
        return true;
    const struct order_row *row = target->order != NULL ? find_row(target, query) : NULL;
    uint32_t count = row != NULL ? row->count : target->count;
    for (uint32_t i = 0; i < count; i++)
        if (set_can_answer(&target->sets[row != NULL ? row->places[i] : i], query))
            return true;
    return false;
}

bool set_can_answer_coupled(const struct route_set *set, struct route_query *query)
{
    bool can = set_can_answer(set, query);
    for (uint32_t i = 0; i < set->partners_count && can; i++)
        can = set_can_answer(set->partners[i], query);
    return can;
}

/* ------------------------------------------------------------------ working survivors out */

static void mark_healthy(
        const struct route_group *group, struct route_query *query, struct survivors *survivors)
{
    uint64_t any = 0;

    for (uint32_t first = 0; first < group->count; first += 64) {
        uint32_t count = group->count - first < 64 ? group->count - first : 64;
        uint64_t healthy = 0;
        for (uint32_t i = 0; i < count; i++)
            healthy |= (uint64_t)set_is_healthy(&group->sets[first + i], query, group->couple_any)
                       << i;
        survivors->healthy[first / 64] = healthy;
        any |= healthy;
    }
    survivors->fail_open = any == 0;
}

static void list_all(const struct route_group *group, struct survivors *survivors)
{
    survivors->count = group->count;
    for (uint32_t i = 0; i < group->count; i++)
        survivors->place[i] = (uint16_t)i;
}

static void list_healthy(const struct route_group *group, struct survivors *survivors)
{
    uint32_t count = 0;

    for (uint32_t first = 0; first < group->count; first += 64)
        for (uint64_t left = survivors->healthy[first / 64]; left != 0; left &= left - 1)
            survivors->place[count++] = (uint16_t)(first + (uint32_t)__builtin_ctzll(left));
    survivors->count = count;
}

static void list_reaching(const struct route_group *group, struct route_query *query,
        struct survivors *survivors,
        bool (*reaches)(const struct route_set *set, struct route_query *query))
{
    survivors->count = 0;
    for (uint32_t i = 0; i < group->count; i++)
        if (reaches(&group->sets[i], query))
            survivors->place[survivors->count++] = (uint16_t)i;
}

/* Lists the candidates, whatever they weigh.  A set that leads nowhere for this client is none even when
 * all are opened: an answer is preferred to none, and one that all groups of a couple can give to others.
 * (Rows of a located group have that from route.c.) */
static void list_candidates(
        const struct route_group *group, struct route_query *query, struct survivors *survivors)
{
    if (!survivors->fail_open) {
        list_healthy(group, survivors);
        return;
    }
    if (group->order != NULL || !group->may_be_empty) {
        list_all(group, survivors);
        return;
    }
    list_reaching(group, query, survivors, set_can_answer_coupled);
    if (survivors->count == 0)
        list_reaching(group, query, survivors, set_can_answer);
}

/* Only a set's own check counts: behind an alias the sets of the target have their own shares. */
static void find_shares(
        const struct route_group *group, struct route_query *query, struct survivors *survivors)
{
    for (uint32_t i = 0; i < survivors->count; i++) {
        uint16_t place = survivors->place[i];
        uint32_t check = group->sets[place].check;
        survivors->lack[place] =
                check != HEALTH_SLOT_NONE ? health_table_get(query->health, check).lack : 0;
        survivors->ramps |= survivors->lack[place] > 0;
    }
}

/* Sums weights up, and takes those out that weigh nothing if any other is there. */
static void weigh_candidates(const struct route_group *group, struct survivors *survivors)
{
    uint32_t kept = 0;

    survivors->total = 0;
    for (uint32_t i = 0; i < survivors->count; i++) {
        uint16_t place = survivors->place[i];
        uint32_t weight = group->sets[place].weight;
        if (survivors->ramps)
            weight *= survivors_share(survivors, place);
        if (weight == 0)
            continue;
        survivors->total += weight;
        survivors->place[kept] = place;
        survivors->sum[kept++] = survivors->total;
    }
    if (survivors->total > 0)
        survivors->count = kept;
}

static void fill(
        const struct route_group *group, struct route_query *query, struct survivors *survivors)
{
    mark_healthy(group, query, survivors);
    list_candidates(group, query, survivors);
    survivors->total = 0;
    survivors->ramps = false;
    if (policy_of(group)->ramps && (query->seen & HEALTH_SEEN_LACKS) != 0) /* hardly ever */
        find_shares(group, query, survivors);
    if (policy_of(group)->weighs)
        weigh_candidates(group, survivors);
}

/* What was seen in filling is kept with the rest: each query that uses it has seen it too. */
static void fill_kept(
        const struct route_group *group, struct route_query *query, struct survivors *survivors)
{
    uint32_t before = query->seen;

    query->seen = 0;
    fill(group, query, survivors);
    survivors->seen = query->seen;
    query->seen = before;
}

const struct survivors *survivors_work_out(const struct route_group *group,
        struct route_query *query, struct route_cache *cache, struct survivors_room *room)
{
    if (cache == NULL) {
        room->survivors = (struct survivors){.place = room->place,
                .sum = room->sum,
                .healthy = room->healthy,
                .lack = room->lack};
        fill(group, query, &room->survivors);
        return &room->survivors;
    }
    fill_kept(group, query, &cache->survivors);
    cache->epoch = query->worker->epoch;
    query->seen |= cache->survivors.seen;
    return &cache->survivors;
}

static_assert((uint64_t)ROUTE_SETS_MAX * ROUTE_WEIGHT_MAX * POLICY_WHOLE <= UINT32_MAX,
        "a sum of weights must fit");
