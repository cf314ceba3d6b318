/* ordered.c -- policies that take the first: simple has one set (route53.md 1.2), failover goes by rank (1.3),
 * latency, geo, geoproximity and CIDR by what suits the client best (1.5 to 1.7 and 1.9).
 *
 * Where the client decides, route.c has found its row and takes the first healthy set of that; these
 * rows then serve groups of which nothing is known for any client, in the order of the zone file.
 */
#include "route/policy.h"

static uint32_t pick(
        const struct survivors *survivors, struct rand *rand, uint16_t ret[ROUTE_CHOSEN_MAX])
{
    (void)rand;
    ret[0] = survivors->place[0];
    return 1;
}

static double probability(const struct survivors *survivors, uint32_t i)
{
    (void)survivors;
    return i == 0 ? 1 : 0;
}

const struct policy policy_simple = {"simple", false, false, pick, probability};
const struct policy policy_failover = {"failover", false, false, pick, probability};
const struct policy policy_latency = {"latency", false, false, pick, probability};
const struct policy policy_geo = {"geo", false, false, pick, probability};
const struct policy policy_geoproximity = {"geoproximity", false, false, pick, probability};
const struct policy policy_cidr = {"cidr", false, false, pick, probability};
