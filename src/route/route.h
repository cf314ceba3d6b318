/* route.h -- choosing records by policy and health (route53.md sections 1 and 2).  Pure.
 *
 * A group is all annotated lines of one owner and type, under one policy; a set is one answer
 * candidate of it.  Groups are built with the zone, are immutable afterwards and belong to its arena.
 * Choosing takes (group, health, random) and gives sets: no clock, no allocation, no lock.
 *
 * Health is strict upwards: an alias counts as healthy if at least one set of its target is.  A group
 * none of whose sets is healthy is answered as if all were: fail-open, per group, at the point of
 * choice (route53.md 2.5).  So a choice is never empty.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rand.h"
#include "health/table.h"

#define ROUTE_SETS_MAX        1024U  /* sets in a group */
#define ROUTE_CHOSEN_MAX      8U     /* sets in a multivalue answer (route53.md 1.8) */
#define ROUTE_ALIAS_DEPTH_MAX 16U    /* design.md section 5 */
#define ROUTE_COST_MAX        65536U /* sets looked at for one choice, aliases followed */
#define ROUTE_WEIGHT_MAX      255U
#define ROUTE_RANK_PRIMARY    1U
#define ROUTE_RANK_SECONDARY  2U
#define ROUTE_RANK_MAX        255U

enum route_policy {
    ROUTE_SIMPLE,
    ROUTE_FAILOVER,
    ROUTE_WEIGHTED,
    ROUTE_MULTIVALUE,
    ROUTE_POLICIES, /* how many there are */
};

struct route_group;

struct route_set {
    const char *id;                  /* set identifier */
    const void *data;                /* what the caller answers with; NULL for an alias */
    const struct route_group *alias; /* the target's group; NULL for own records */
    uint32_t check;                  /* slot in the health table, or HEALTH_SLOT_NONE */
    uint16_t weight;                 /* ROUTE_WEIGHTED: 0..ROUTE_WEIGHT_MAX */
    uint16_t rank;                   /* ROUTE_FAILOVER: from ROUTE_RANK_PRIMARY */
    bool evaluate;                   /* alias: its target's health counts */
};

/* Sets of a failover group lie in order of rank.  A plain RRset that an alias points to is a group
 * ROUTE_SIMPLE of one set. */
struct route_group {
    enum route_policy policy;
    uint32_t count;       /* 1..ROUTE_SETS_MAX */
    uint32_t cost_health; /* see route_group_measure() */
    uint32_t cost;
    const struct route_set *sets;
};

struct route_choice {
    uint32_t count;                                /* 1..ROUTE_CHOSEN_MAX */
    const struct route_set *set[ROUTE_CHOSEN_MAX]; /* none of them an alias */
    bool fail_open;                                /* at some point of choice no set was healthy */
    bool forced; /* a verdict that was looked at is an operator's */
};

/* The word a policy is written with ("failover"). */
const char *route_policy_name(enum route_policy policy);

/* Whether answers may use a set: its check is not down and, for an evaluated alias, some set of its
 * target is healthy. */
bool route_set_is_healthy(const struct route_set *set, const struct health_table *health);

/* Chooses from a group and follows aliases to sets with data.  Always fills *ret with at least one
 * set.  The group's cost must not be above ROUTE_COST_MAX. */
void route_choose(const struct route_group *group, const struct health_table *health,
        struct rand *rand, struct route_choice *ret);

/* Fills in what a group costs, for checks when a zone is built: cost_health is how many sets are looked
 * at to tell its health, cost how many one choice from it looks at, aliases followed; both are capped
 * at ROUTE_COST_MAX + 1.  The targets of its aliases must have been measured before. */
void route_group_measure(struct route_group *group);
