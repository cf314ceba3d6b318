/* measure.c -- what follows from a group's sets, worked out once when a zone is built; see route.h. */
#include <assert.h>
#include <string.h>

#include "route/policy.h"
#include "route/sticky.h"

#define SMALL_GROUP 8U /* up to so many sets looked at, a cache would not be worth its memory */

static uint32_t add_capped(uint32_t a, uint32_t b)
{
    return a + b > ROUTE_COST_MAX ? ROUTE_COST_MAX + 1 : a + b;
}

/* What it costs to tell one set's health, its partners' left out. */
static uint32_t cost_alone(const struct route_set *set)
{
    return set->alias != NULL && set->evaluate ? add_capped(1, set->alias->cost_health) : 1;
}

/* What it costs to tell whether one set leads anywhere (set_can_answer()). */
static uint32_t cost_reach_alone(const struct route_set *set)
{
    return set->alias != NULL && set->alias->may_be_empty ? add_capped(1, set->alias->cost_reach)
                                                          : 1;
}

/* What a set, or a partner of it, makes of the group. */
static void measure_target(struct route_group *group, const struct route_set *set)
{
    group->cost_health = add_capped(group->cost_health, cost_alone(set));
    group->cost_reach = add_capped(group->cost_reach, cost_reach_alone(set));
    if (set->alias == NULL)
        return;
    /* A change has to find its way up through targets that are kept themselves (watch.c). */
    group->keeps &= !set->evaluate || (set->alias->keeps && !set->alias->health_by_client);
    group->health_by_client |= set->evaluate && set->alias->health_by_client;
    group->asks_client |= set->alias->asks_client;
    group->may_be_empty |= set->alias->may_be_empty;
}

static void measure_set(struct route_group *group, const struct route_set *set)
{
    measure_target(group, set);
    for (uint32_t i = 0; i < set->partners_count; i++)
        measure_target(group, set->partners[i]);
}

static void measure_order(struct route_group *group)
{
    if (group->order == NULL)
        return;
    group->asks_client = true;
    group->health_by_client |= group->policy == ROUTE_GEO || group->policy == ROUTE_CIDR;
    for (uint32_t i = 0; i < group->order->rows_count; i++)
        group->may_be_empty |= group->order->rows[i].count == 0;
}

void route_group_measure(struct route_group *group)
{
    uint32_t deepest = 0;

    group->cost_health = 0;
    group->cost_reach = 0;
    group->keeps = true;
    group->asks_client = group->sticky != NULL;
    group->health_by_client = false;
    group->may_be_empty = false;
    for (uint32_t i = 0; i < group->count; i++) {
        const struct route_group *target = group->sets[i].alias;
        measure_set(group, &group->sets[i]);
        if (target == NULL)
            continue;
        assert(target->cost > 0);
        deepest = target->cost > deepest ? target->cost : deepest;
    }
    measure_order(group);
    /* Of a located group the candidates are the row's, and not part of what is kept. */
    group->keeps &= group->order != NULL || !group->may_be_empty;
    group->cost = add_capped(group->cost_health, deepest);
    if (group->may_be_empty)
        group->cost = add_capped(group->cost, group->cost_reach);
}

bool route_group_wants_caches(const struct route_group *group)
{
    if (!group->keeps)
        return false;
    return group->cost_health > SMALL_GROUP || group->dependents_count > 0;
}

/* `bytes` from the arena, which gives them aligned to 8, on a line of their own. */
static void *alloc_line(struct arena *arena, size_t bytes)
{
    size_t rounded = (bytes + MEM_LINE_BYTES - 1) / MEM_LINE_BYTES * MEM_LINE_BYTES;
    uint8_t *block = arena_zalloc(arena, rounded + MEM_LINE_BYTES);
    return block + (MEM_LINE_BYTES - (uintptr_t)block % MEM_LINE_BYTES) % MEM_LINE_BYTES;
}

static void init_cache(
        struct route_cache *cache, const struct route_group *group, struct arena *arena)
{
    size_t words = (group->count + 63) / 64 * sizeof(uint64_t);
    size_t sums = policy_of(group)->weighs ? group->count * sizeof(uint32_t) : 0;
    size_t places = group->count * sizeof(uint16_t);
    size_t lacks = policy_of(group)->ramps ? group->count : 0;
    uint8_t *block = alloc_line(arena, words + sums + places + lacks);

    cache->survivors.healthy = (uint64_t *)(void *)block;
    cache->survivors.sum = (uint32_t *)(void *)(block + words);
    cache->survivors.place = (uint16_t *)(void *)(block + words + sums);
    cache->survivors.lack = block + words + sums + places;
}

void route_group_add_caches(struct route_group *group, struct arena *arena, uint32_t workers)
{
    assert(workers <= ROUTE_WORKERS_MAX);
    if (workers == 0)
        return;
    group->caches = alloc_line(arena, workers * sizeof(struct route_cache));
    for (uint32_t i = 0; i < workers; i++)
        init_cache(&group->caches[i], group, arena);
}
