/* failover.c -- the first by rank (route53.md 1.3).
 *
 * Sets lie in order of rank and candidates in order of sets, so the first candidate is the first
 * healthy rank; and rank 1 if no set is healthy, since then all are candidates.
 */
#include "route/policy.h"

static uint32_t pick(struct candidates *candidates, struct rand *rand)
{
    (void)candidates;
    (void)rand;
    return 1;
}

const struct policy policy_failover = {"failover", pick};
