/* rand.c -- see rand.h.
 *
 * The generator is xoroshiro128+ (Blackman and Vigna), seeded through splitmix64.  A draw below a
 * limit multiplies instead of dividing and rejects the few values that would favour low numbers
 * (Lemire, "Fast Random Integer Generation in an Interval", 2019).
 */
#include "base/rand.h"

#include <assert.h>
#include <sys/random.h>

#include "base/clock.h"

static uint64_t splitmix(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

struct rand rand_from_seed(uint64_t seed)
{
    uint64_t first = splitmix(&seed);
    return (struct rand){
            {first, splitmix(&seed)}
    };
}

struct rand rand_from_kernel(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed = clock_real_ms();
    return rand_from_seed(seed);
}

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

uint64_t rand_next(struct rand *rand)
{
    uint64_t a = rand->state[0];
    uint64_t b = rand->state[1];

    b ^= a;
    rand->state[0] = rotate(a, 24) ^ b ^ (b << 16);
    rand->state[1] = rotate(b, 37);
    return a + (b ^ a);
}

uint32_t rand_below(struct rand *rand, uint32_t limit)
{
    assert(limit > 0);
    uint64_t product = (rand_next(rand) >> 32) * limit;
    if ((uint32_t)product < limit) {
        uint32_t floor = (uint32_t)-limit % limit;
        while ((uint32_t)product < floor)
            product = (rand_next(rand) >> 32) * limit;
    }
    return (uint32_t)(product >> 32);
}
