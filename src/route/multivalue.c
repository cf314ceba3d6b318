/* multivalue.c -- all candidates, or eight at random where there are more (route53.md 1.8).
 *
 * The first steps of a Fisher-Yates shuffle: each subset is equally likely, and so is each order.
 */
#include "route/policy.h"

static uint32_t pick(struct candidates *candidates, struct rand *rand)
{
    uint32_t wanted = candidates->count < ROUTE_CHOSEN_MAX ? candidates->count : ROUTE_CHOSEN_MAX;
    for (uint32_t i = 0; i < wanted; i++)
        candidate_to_front(candidates, i, i + rand_below(rand, candidates->count - i));
    return wanted;
}

const struct policy policy_multivalue = {"multivalue", pick};
