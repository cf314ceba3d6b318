/* watch.c -- see watch.h.
 *
 * A fresh cache has only fresh ones behind it: whoever fills it fills those, and a group keeps nothing whose
 * evaluated targets do not.  So where a walk upwards
 * meets a stale cache, all above it are stale.
 */
#include "route/watch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "route/policy.h"

/* Groups by slot: those of slot s are groups[first[s]] up to groups[first[s + 1]]. */
struct route_watch {
    uint32_t slots; /* none from here on has a group */
    uint32_t *first;
    const struct route_group **groups;
};

/* ------------------------------------------------------------------ building */

typedef void edge_handler(
        struct route_watch *watch, uint32_t slot, const struct route_group *group);

/* Calls `handle` with each check that decides a group's health by itself. */
static void each_edge(
        struct route_watch *watch, const struct route_group *group, edge_handler *handle)
{
    for (uint32_t i = 0; i < group->count; i++) {
        const struct route_set *set = &group->sets[i];
        if (set->check != HEALTH_SLOT_NONE)
            handle(watch, set->check, group);
        for (uint32_t j = 0; j < set->partners_count; j++)
            if (set->partners[j]->check != HEALTH_SLOT_NONE)
                handle(watch, set->partners[j]->check, group);
    }
}

static void find_slots(struct route_watch *watch, uint32_t slot, const struct route_group *group)
{
    (void)group;
    if (slot >= watch->slots)
        watch->slots = slot + 1;
}

static void count_edge(struct route_watch *watch, uint32_t slot, const struct route_group *group)
{
    (void)group;
    watch->first[slot + 1]++;
}

/* first[s] runs ahead while edges are put in, and ends where that of s + 1 began. */
static void put_edge(struct route_watch *watch, uint32_t slot, const struct route_group *group)
{
    watch->groups[watch->first[slot]++] = group;
}

struct route_watch *route_watch_new(const struct route_group *const *groups, size_t count)
{
    struct route_watch *watch = mem_zalloc(1, sizeof(*watch));

    for (size_t i = 0; i < count; i++)
        each_edge(watch, groups[i], find_slots);
    watch->first = mem_zalloc((size_t)watch->slots + 2, sizeof(*watch->first));
    for (size_t i = 0; i < count; i++)
        each_edge(watch, groups[i], count_edge);
    for (uint32_t slot = 0; slot < watch->slots; slot++)
        watch->first[slot + 1] += watch->first[slot];
    watch->groups = mem_zalloc((size_t)watch->first[watch->slots] + 1, sizeof(*watch->groups));
    for (size_t i = 0; i < count; i++)
        each_edge(watch, groups[i], put_edge);
    memmove(watch->first + 1, watch->first, watch->slots * sizeof(*watch->first));
    watch->first[0] = 0;
    return watch;
}

void route_watch_free(struct route_watch *watch)
{
    if (watch == NULL)
        return;
    free(watch->first);
    free(watch->groups);
    free(watch);
}

/* ------------------------------------------------------------------ following */

void route_worker_init(struct route_worker *worker, uint32_t index,
        const uint8_t secret[ROUTE_SECRET_BYTES], const struct health_table *health)
{
    *worker = (struct route_worker){
            .index = index, .epoch = 1, .cursor = health_table_changes_now(health)};
    memcpy(worker->secret, secret, ROUTE_SECRET_BYTES);
}

void route_worker_forget(struct route_worker *worker)
{
    if (++worker->epoch == 0)
        worker->epoch = 1;
}

/* As deep as aliases go at most. */
static void mark_stale(const struct route_group *group, const struct route_worker *worker)
{
    if (group->caches == NULL)
        return;
    struct route_cache *cache = &group->caches[worker->index];
    if (cache->epoch != worker->epoch)
        return;
    cache->epoch = 0;
    for (uint32_t i = 0; i < group->dependents_count; i++)
        mark_stale(group->dependents[i], worker);
}

static void mark_slot(
        const struct route_watch *watch, uint32_t slot, const struct route_worker *worker)
{
    if (slot >= watch->slots)
        return;
    for (uint32_t i = watch->first[slot]; i < watch->first[slot + 1]; i++)
        mark_stale(watch->groups[i], worker);
}

void route_watch_follow(const struct route_watch *watch, struct route_worker *worker,
        const struct health_table *health)
{
    uint32_t slots[HEALTH_CHANGES_KEPT];

    if (health_table_changes_now(health) == worker->cursor)
        return;
    uint32_t count = health_table_changes(health, &worker->cursor, slots);
    if (worker->index == ROUTE_WORKER_NONE)
        return;
    if (count == HEALTH_CHANGES_LOST)
        route_worker_forget(worker);
    for (uint32_t i = 0; i < count && count != HEALTH_CHANGES_LOST; i++)
        mark_slot(watch, slots[i], worker);
}
