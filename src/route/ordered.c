/* ordered.c -- policies that take the first: failover by rank (route53.md 1.3), latency, geo, geoproximity
 * and CIDR by what suits the client best (route53.md 1.5 to 1.7 and 1.9).
 *
 * Candidates stand in the order of preference already, the healthy ones alone if there are any, so
 * that nothing is left to choose.
 */
#include "route/policy.h"

static uint32_t pick(struct candidates *candidates, struct rand *rand)
{
    (void)candidates;
    (void)rand;
    return 1;
}

const struct policy policy_failover = {"failover", pick};
const struct policy policy_latency = {"latency", pick};
const struct policy policy_geo = {"geo", pick};
const struct policy policy_geoproximity = {"geoproximity", pick};
const struct policy policy_cidr = {"cidr", pick};
