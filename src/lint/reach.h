/* reach.h -- what lies behind a name's groups: the groups that their aliases and partners lead to, the checks
 * that decide among them, and the orders by which the client does.
 *
 * A group may be the target of many aliases and stands here once, targets before the aliases to them, so
 * that a walk along the list has seen to what a group leads to before the group itself.  Filled anew
 * for each name; the memory is kept.  One thread.  Internal to lint/.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "route/route.h"

#define REACH_GROUPS_MAX 4096U
#define REACH_SETS_MAX   65536U /* of all groups */
#define REACH_ORDERS_MAX 8U
#define REACH_NONE       UINT32_MAX

struct reach {
    const struct route_group **groups;
    uint32_t *first; /* of each group: where its sets' targets begin */
    uint32_t count;
    uint32_t *targets; /* for each set, the place of the group behind its alias, or REACH_NONE */
    uint32_t sets;
    uint32_t *checks; /* slots, ascending, each once */
    uint32_t checks_count;
    const struct order *orders[REACH_ORDERS_MAX]; /* each once */
    uint32_t orders_count;
    uint64_t cost; /* sets that are looked at to explain each group once */
    bool cut;      /* there is more than the maxima: what is here is not all */
    uint32_t groups_room, sets_room, checks_room;
    uint32_t *places; /* of groups by hash, plus one; 0: free */
};

/* An empty reach; ended with reach_done(). */
void reach_init(struct reach *reach);
void reach_done(struct reach *reach);

/* Fills it with what lies behind `count` groups, these included. */
void reach_find(struct reach *reach, const struct route_group *const *groups, uint32_t count);

/* The place of a group that it holds, or REACH_NONE. */
uint32_t reach_place(const struct reach *reach, const struct route_group *group);

/* The place of the group behind the alias of the i-th set of the group at `place`, or REACH_NONE. */
static inline uint32_t reach_target(const struct reach *reach, uint32_t place, uint32_t i)
{
    return reach->targets[reach->first[place] + i];
}

/* Whether a set goes by a check, its own or one of its partners'. */
bool reach_is_checked(const struct route_set *set);
