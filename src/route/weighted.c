/* weighted.c -- one set by chance, in proportion to its weight (route53.md 1.4).
 *
 * The sum is taken over the candidates: an unhealthy set takes its weight out of the denominator.
 * Sets of weight 0 are the second tier: they are drawn, each equally likely, only when no candidate
 * weighs anything.
 */
#include <assert.h>

#include "route/policy.h"

static uint32_t pick(struct candidates *candidates, struct rand *rand)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < candidates->count; i++)
        sum += candidate_set(candidates, i)->weight;
    if (sum == 0) {
        candidate_to_front(candidates, 0, rand_below(rand, candidates->count));
        return 1;
    }
    uint32_t draw = rand_below(rand, sum);
    uint32_t i = 0;
    for (; draw >= candidate_set(candidates, i)->weight; i++) {
        draw -= candidate_set(candidates, i)->weight;
        assert(i + 1 < candidates->count);
    }
    candidate_to_front(candidates, 0, i);
    return 1;
}

const struct policy policy_weighted = {"weighted", pick};

static_assert((uint64_t)ROUTE_SETS_MAX * UINT16_MAX <= UINT32_MAX, "a sum of weights must fit");
