/* multivalue.c -- all candidates, or eight at random where there are more (route53.md 1.8).
 *
 * The first steps of a Fisher-Yates shuffle, in which each subset is equally likely, and so is each order;
 * the few candidates that were swapped are remembered, since survivors are not for writing.
 */
#include "route/policy.h"

struct shuffle {
    const struct survivors *survivors;
    uint32_t swapped;
    uint32_t at[ROUTE_CHOSEN_MAX];
    uint16_t place[ROUTE_CHOSEN_MAX];
};

static uint16_t candidate_at(const struct shuffle *shuffle, uint32_t i)
{
    for (uint32_t j = shuffle->swapped; j-- > 0;)
        if (shuffle->at[j] == i)
            return shuffle->place[j];
    return shuffle->survivors->place[i];
}

static uint32_t wanted(const struct survivors *survivors)
{
    return survivors->count < ROUTE_CHOSEN_MAX ? survivors->count : ROUTE_CHOSEN_MAX;
}

static uint32_t pick(
        const struct survivors *survivors, struct rand *rand, uint16_t ret[ROUTE_CHOSEN_MAX])
{
    struct shuffle shuffle = {.survivors = survivors};
    uint32_t count = wanted(survivors);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = i + rand_below(rand, survivors->count - i);
        uint16_t here = candidate_at(&shuffle, i);
        ret[i] = candidate_at(&shuffle, other);
        shuffle.at[shuffle.swapped] = other;
        shuffle.place[shuffle.swapped++] = here;
    }
    return count;
}

static double probability(const struct survivors *survivors, uint32_t i)
{
    (void)i;
    return (double)wanted(survivors) / survivors->count;
}

const struct policy policy_multivalue = {"multivalue", false, pick, probability};
