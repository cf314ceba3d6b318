/* weighted.c -- one set by chance, in proportion to its weight (route53.md 1.4).
 *
 * The sum is taken over the candidates: an unhealthy set takes its weight out of the denominator.  Where
 * no candidate weighs anything each is as likely.
 */
#include "route/policy.h"

/* The first candidate whose sum is above `draw`. */
static uint32_t find_sum(const struct survivors *survivors, uint32_t draw)
{
    uint32_t low = 0;
    uint32_t high = survivors->count - 1;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (survivors->sum[middle] > draw)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static uint32_t pick(
        const struct survivors *survivors, struct rand *rand, uint16_t ret[ROUTE_CHOSEN_MAX])
{
    uint32_t i = survivors->total > 0 ? find_sum(survivors, rand_below(rand, survivors->total))
                                      : rand_below(rand, survivors->count);
    ret[0] = survivors->place[i];
    return 1;
}

static double probability(const struct survivors *survivors, uint32_t i)
{
    if (survivors->total == 0)
        return 1.0 / survivors->count;
    uint32_t before = i > 0 ? survivors->sum[i - 1] : 0;
    return (double)(survivors->sum[i] - before) / survivors->total;
}

const struct policy policy_weighted = {"weighted", true, true, pick, probability};
