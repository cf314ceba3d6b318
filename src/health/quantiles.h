/* quantiles.h -- how long most of them took: quantiles of the latest durations in a few bytes.  Pure.
 *
 * Durations fall into buckets, four to each doubling from 64 microseconds to a minute; a bucket that is full halves
 * them all, so that what is long past fades.  A quantile is the middle of its bucket: an eighth more or less.
 */
#pragma once

#include <stdint.h>

#define QUANTILES_BUCKETS 82U

/* Zeroed: there was none yet. */
struct quantiles {
    uint8_t counts[QUANTILES_BUCKETS];
};

/* Takes in a duration. */
void quantiles_add(struct quantiles *quantiles, uint64_t us);

/* The duration, in microseconds, that so many percent (1 to 100) of them do not pass; 0 if there was none. */
uint32_t quantiles_get(const struct quantiles *quantiles, uint32_t percent);
