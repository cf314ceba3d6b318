/* reach.c -- see reach.h. */
#include "lint/reach.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PLACES     (2 * REACH_GROUPS_MAX) /* a power of two, never more than half full */
#define FIRST_ROOM 16U
#define PASSES     3U /* an explanation looks at a set's health, at why, and at what it leads to */

void reach_init(struct reach *reach)
{
    *reach = (struct reach){.places = mem_zalloc(PLACES, sizeof(*reach->places))};
}

void reach_done(struct reach *reach)
{
    free(reach->groups);
    free(reach->first);
    free(reach->targets);
    free(reach->checks);
    free(reach->places);
}

/* ------------------------------------------------------------------ groups by their addresses */

/* Where a group stands among the places, or would. */
static uint32_t *find_place(const struct reach *reach, const struct route_group *group)
{
    uint64_t hash = (uint64_t)(uintptr_t)group * 0x9e3779b97f4a7c15U;
    uint32_t at = (uint32_t)(hash >> 32) & (PLACES - 1);

    while (reach->places[at] != 0 && reach->groups[reach->places[at] - 1] != group)
        at = (at + 1) & (PLACES - 1);
    return &reach->places[at];
}

uint32_t reach_place(const struct reach *reach, const struct route_group *group)
{
    return *find_place(reach, group) - 1; /* of 0 that is REACH_NONE */
}

/* The places are cleared one by one: most names have a handful. */
static void clear(struct reach *reach)
{
    while (reach->count > 0) {
        reach->count--;
        *find_place(reach, reach->groups[reach->count]) = 0;
    }
    reach->sets = 0;
    reach->checks_count = 0;
    reach->orders_count = 0;
    reach->cost = 0;
    reach->cut = false;
}

/* ------------------------------------------------------------------ collecting */

/* Room for one more; returns the new room. */
static uint32_t grown(uint32_t count, uint32_t room)
{
    if (count < room)
        return room;
    return room > 0 ? 2 * room : FIRST_ROOM;
}

static void add_check(struct reach *reach, uint32_t slot)
{
    if (slot == HEALTH_SLOT_NONE)
        return;
    uint32_t room = grown(reach->checks_count, reach->checks_room);
    if (room != reach->checks_room)
        reach->checks = mem_resize(reach->checks, room, sizeof(*reach->checks));
    reach->checks_room = room;
    reach->checks[reach->checks_count++] = slot;
}

static void add_order(struct reach *reach, const struct order *order)
{
    if (order == NULL)
        return;
    for (uint32_t i = 0; i < reach->orders_count; i++)
        if (reach->orders[i] == order)
            return;
    if (reach->orders_count == REACH_ORDERS_MAX)
        reach->cut = true;
    else
        reach->orders[reach->orders_count++] = order;
}

static void add_target(struct reach *reach, uint32_t target)
{
    uint32_t room = grown(reach->sets, reach->sets_room);
    if (room != reach->sets_room)
        reach->targets = mem_resize(reach->targets, room, sizeof(*reach->targets));
    reach->sets_room = room;
    reach->targets[reach->sets++] = target;
}

/* What the group leads to is there already. */
static void add_group(struct reach *reach, const struct route_group *group)
{
    uint32_t room = grown(reach->count, reach->groups_room);
    if (room != reach->groups_room) {
        reach->groups = mem_resize(reach->groups, room, sizeof(const struct route_group *));
        reach->first = mem_resize(reach->first, room, sizeof(*reach->first));
    }
    reach->groups_room = room;
    reach->groups[reach->count] = group;
    reach->first[reach->count] = reach->sets;
    *find_place(reach, group) = reach->count + 1;
    reach->count++;
    reach->cost += PASSES * ((uint64_t)group->cost_health + group->count);
    add_order(reach, group->order);
    for (uint32_t i = 0; i < group->count; i++) {
        const struct route_set *set = &group->sets[i];
        add_target(reach, set->alias != NULL ? reach_place(reach, set->alias) : REACH_NONE);
        add_check(reach, set->check);
        for (uint32_t j = 0; j < set->partners_count; j++)
            add_check(reach, set->partners[j]->check);
    }
}

/* Groups form no loop and are at most ROUTE_ALIAS_DEPTH_MAX deep. */
static void visit(struct reach *reach, const struct route_group *group)
{
    if (reach->cut || reach_place(reach, group) != REACH_NONE)
        return;
    for (uint32_t i = 0; i < group->count; i++) {
        const struct route_set *set = &group->sets[i];
        if (set->alias != NULL)
            visit(reach, set->alias);
        for (uint32_t j = 0; j < set->partners_count; j++)
            if (set->partners[j]->alias != NULL && set->partners[j]->evaluate)
                visit(reach, set->partners[j]->alias);
    }
    if (reach->count == REACH_GROUPS_MAX || reach->sets + group->count > REACH_SETS_MAX)
        reach->cut = true;
    if (!reach->cut)
        add_group(reach, group);
}

/* ------------------------------------------------------------------ all of it */

static int by_slot(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void sort_checks(struct reach *reach)
{
    uint32_t kept = 0;

    if (reach->checks_count == 0)
        return;
    qsort(reach->checks, reach->checks_count, sizeof(*reach->checks), by_slot);
    for (uint32_t i = 0; i < reach->checks_count; i++)
        if (kept == 0 || reach->checks[kept - 1] != reach->checks[i])
            reach->checks[kept++] = reach->checks[i];
    reach->checks_count = kept;
}

void reach_find(struct reach *reach, const struct route_group *const *groups, uint32_t count)
{
    clear(reach);
    for (uint32_t i = 0; i < count; i++)
        visit(reach, groups[i]);
    sort_checks(reach);
}

bool reach_is_checked(const struct route_set *set)
{
    bool checked = set->check != HEALTH_SLOT_NONE;

    for (uint32_t i = 0; i < set->partners_count; i++)
        checked |= set->partners[i]->check != HEALTH_SLOT_NONE;
    return checked;
}
