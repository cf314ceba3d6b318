/* multivalue.c -- all candidates, or eight at random where there are more (route53.md 1.8).
 *
 * The first steps of a Fisher-Yates shuffle, in which each subset is equally likely, and so is each order;
 * the few candidates that are swapped are kept beside the survivors, which are not for writing.
 */
#include <math.h>

#include "route/policy.h"

/* Candidates behind the first few that have been swapped away, and what has come to their places. */
struct swapped {
    uint32_t count;
    uint32_t at[ROUTE_CHOSEN_MAX];
    uint16_t place[ROUTE_CHOSEN_MAX];
};

/* What stands at the candidate `i` behind the first few: to be swapped. */
static uint16_t *find_swapped(
        struct swapped *swapped, const struct survivors *survivors, uint32_t i)
{
    for (uint32_t j = 0; j < swapped->count; j++)
        if (swapped->at[j] == i)
            return &swapped->place[j];
    swapped->at[swapped->count] = i;
    swapped->place[swapped->count] = survivors->place[i];
    return &swapped->place[swapped->count++];
}

static uint32_t wanted(const struct survivors *survivors)
{
    return survivors->count < ROUTE_CHOSEN_MAX ? survivors->count : ROUTE_CHOSEN_MAX;
}

/* A set that has just come back is left out as often as it lacks of its share; never all of them. */
static uint32_t leave_out(const struct survivors *survivors, struct rand *rand, uint32_t count,
        uint16_t places[ROUTE_CHOSEN_MAX])
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++)
        if (rand_below(rand, POLICY_WHOLE) < survivors_share(survivors, places[i]))
            places[kept++] = places[i];
    return kept > 0 ? kept : 1;
}

static uint32_t pick(
        const struct survivors *survivors, struct rand *rand, uint16_t ret[ROUTE_CHOSEN_MAX])
{
    struct swapped swapped;
    uint32_t count = wanted(survivors);

    swapped.count = 0;
    for (uint32_t i = 0; i < count; i++)
        ret[i] = survivors->place[i];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = i + rand_below(rand, survivors->count - i);
        uint16_t *place = other < count ? &ret[other] : find_swapped(&swapped, survivors, other);
        uint16_t here = ret[i];
        ret[i] = *place;
        *place = here;
    }
    return survivors->ramps ? leave_out(survivors, rand, count, ret) : count;
}

/* How likely it is that every set would be left out, so that the first stays; where there are more than are picked,
 * as if all were alike. */
static double left_alone(const struct survivors *survivors)
{
    double average = 0;
    double product = 1;

    for (uint32_t i = 0; i < survivors->count; i++) {
        double lack = 1 - (double)survivors_share(survivors, survivors->place[i]) / POLICY_WHOLE;
        product *= lack;
        average += lack / survivors->count;
    }
    return survivors->count <= ROUTE_CHOSEN_MAX ? product : pow(average, ROUTE_CHOSEN_MAX);
}

static double probability(const struct survivors *survivors, uint32_t i)
{
    double picked = (double)wanted(survivors) / survivors->count;

    if (!survivors->ramps)
        return picked;
    return picked * survivors_share(survivors, survivors->place[i]) / POLICY_WHOLE +
           left_alone(survivors) / survivors->count;
}

const struct policy policy_multivalue = {"multivalue", false, true, pick, probability};
