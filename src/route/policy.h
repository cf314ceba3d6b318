/* policy.h -- what a policy is: how to pick among the candidates of one group.  Internal to route/.
 *
 * route.c has already decided who the candidates are: the healthy sets, or all if none is healthy
 * (route53.md 2.5).  A policy only picks, so it cannot get health wrong, and it is never given nobody.
 */
#pragma once

#include <stdint.h>

#include "base/rand.h"
#include "route/route.h"

/* The candidates of one point of choice: places in group->sets, ascending. */
struct candidates {
    const struct route_group *group;
    uint32_t count; /* at least 1 */
    uint16_t place[ROUTE_SETS_MAX];
};

struct policy {
    const char *name; /* as an annotation writes it */

    /* Moves what it picks to the front of `candidates` and returns how many that are, from 1 to
     * ROUTE_CHOSEN_MAX. */
    uint32_t (*pick)(struct candidates *candidates, struct rand *rand);
};

extern const struct policy policy_simple;
extern const struct policy policy_failover;
extern const struct policy policy_weighted;
extern const struct policy policy_multivalue;
extern const struct policy policy_latency;
extern const struct policy policy_geo;
extern const struct policy policy_geoproximity;
extern const struct policy policy_cidr;

static inline const struct route_set *candidate_set(const struct candidates *candidates, uint32_t i)
{
    return &candidates->group->sets[candidates->place[i]];
}

static inline void candidate_to_front(struct candidates *candidates, uint32_t front, uint32_t i)
{
    uint16_t place = candidates->place[i];
    candidates->place[i] = candidates->place[front];
    candidates->place[front] = place;
}
