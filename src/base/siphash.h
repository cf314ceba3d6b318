/* siphash.h -- SipHash-2-4 (Aumasson and Bernstein, 2012): a short keyed hash that cannot be forged
 * without the key.  Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_BYTES 16U

/* The hash of `size` bytes.  As bytes it stands in little-endian order. */
uint64_t siphash(const uint8_t key[SIPHASH_KEY_BYTES], const uint8_t *bytes, size_t size);
