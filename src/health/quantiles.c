/* quantiles.c -- see quantiles.h. */
#include "health/quantiles.h"

#include <stddef.h>

#define FIRST_BITS 6U /* 64 us: below is the first bucket */
#define PARTS_BITS 2U /* four buckets to a doubling */

static uint32_t bucket_of(uint64_t us)
{
    if (us < 1U << FIRST_BITS)
        return 0;
    uint32_t bits = 63U - (uint32_t)__builtin_clzll(us);
    uint32_t part = (uint32_t)(us >> (bits - PARTS_BITS)) & ((1U << PARTS_BITS) - 1);
    uint32_t bucket = 1 + ((bits - FIRST_BITS) << PARTS_BITS) + part;
    return bucket < QUANTILES_BUCKETS ? bucket : QUANTILES_BUCKETS - 1;
}

static uint32_t middle_of(uint32_t bucket)
{
    if (bucket == 0)
        return (1U << FIRST_BITS) / 2;
    uint32_t bits = FIRST_BITS + ((bucket - 1) >> PARTS_BITS);
    uint32_t part = (bucket - 1) & ((1U << PARTS_BITS) - 1);
    uint32_t width = 1U << (bits - PARTS_BITS);
    return (1U << bits) + part * width + width / 2;
}

static void halve(struct quantiles *quantiles)
{
    for (size_t i = 0; i < QUANTILES_BUCKETS; i++)
        quantiles->counts[i] /= 2;
}

void quantiles_add(struct quantiles *quantiles, uint64_t us)
{
    uint8_t *count = &quantiles->counts[bucket_of(us)];
    if (*count == UINT8_MAX)
        halve(quantiles);
    (*count)++;
}

uint32_t quantiles_get(const struct quantiles *quantiles, uint32_t percent)
{
    uint32_t total = 0, seen = 0;
    for (size_t i = 0; i < QUANTILES_BUCKETS; i++)
        total += quantiles->counts[i];
    for (uint32_t i = 0; i < QUANTILES_BUCKETS; i++) {
        seen += quantiles->counts[i];
        if (seen > 0 && (uint64_t)seen * 100 >= (uint64_t)total * percent)
            return middle_of(i);
    }
    return 0;
}
