/* rand.h -- fast random numbers for choosing, spreading and jitter.  Not for secrets.
 *
 * Each thread owns its generator and passes it down; a test seeds one by hand and gets the same
 * sequence every time.
 */
#pragma once

#include <stdint.h>

struct rand {
    uint64_t state[2];
};

/* A generator with a fixed seed. */
struct rand rand_from_seed(uint64_t seed);

/* A generator seeded by the kernel. */
struct rand rand_from_kernel(void);

/* The next 64 random bits. */
uint64_t rand_next(struct rand *rand);

/* A number from 0 to limit - 1, each equally likely.  `limit` must not be 0. */
uint32_t rand_below(struct rand *rand, uint32_t limit);
