/* group_watch.c -- see group.h: which groups keep what they worked out, and whose health reaches them.
 *
 * A group depends on the targets of its evaluated aliases, and on those of its partners'.  Every such target
 * that can keep its survivors does, however small: only so a change finds its way up (route/watch.h).
 */
#include <assert.h>

#include "zone/group.h"

/* Calls `handle` with each group whose health the group's own is made of. */
static void each_target(struct route_group *group,
        void (*handle)(struct route_group *group, const struct route_group *target, void *context),
        void *context)
{
    for (uint32_t i = 0; i < group->count; i++) {
        const struct route_set *set = &group->sets[i];
        if (set->alias != NULL && set->evaluate)
            handle(group, set->alias, context);
        for (uint32_t j = 0; j < set->partners_count; j++)
            if (set->partners[j]->alias != NULL && set->partners[j]->evaluate)
                handle(group, set->partners[j]->alias, context);
    }
}

/* Targets belong to the plan, which is still writing them. */
static struct route_group *writable(const struct route_group *group)
{
    return (struct route_group *)(uintptr_t)group;
}

static void count_dependent(
        struct route_group *group, const struct route_group *target, void *context)
{
    (void)group;
    (void)context;
    writable(target)->dependents_count++;
}

/* The first one makes room for all of them. */
static void add_dependent(
        struct route_group *group, const struct route_group *target, void *context)
{
    struct arena *arena = context;
    struct route_group *to = writable(target);

    if (to->dependents == NULL) {
        to->dependents =
                arena_alloc(arena, to->dependents_count * sizeof(const struct route_group *));
        to->dependents_count = 0;
    }
    to->dependents[to->dependents_count++] = group;
}

/* Else a change would not find its way up. */
static bool keeps_all_targets(const struct route_group *group)
{
    for (uint32_t i = 0; i < group->count; i++) {
        const struct route_set *set = &group->sets[i];
        if (set->alias != NULL && set->evaluate && !set->alias->keeps)
            return false;
    }
    return true;
}

void group_plan_watch(struct group_plan *plan, struct arena *arena, struct zone *zone)
{
    for (size_t i = 0; i < plan->count; i++)
        each_target(plan->groups[i].route, count_dependent, NULL);
    for (size_t i = 0; i < plan->count; i++)
        each_target(plan->groups[i].route, add_dependent, arena);
    zone->watched = arena_alloc(arena, plan->count * sizeof(const struct route_group *));
    for (size_t i = 0; i < plan->count; i++) {
        struct route_group *group = plan->groups[i].route;
        assert(!group->keeps || keeps_all_targets(group));
        if (!route_group_wants_caches(group))
            continue;
        route_group_add_caches(group, arena, plan->lines->basis->workers);
        zone->watched[zone->watched_count++] = group;
    }
}
