/* ranges.h -- all addresses of one family, divided into ranges that have a value each.  Internal to route/.
 *
 * Flat arrays: the starts, ascending from address 0, and the values beside them; a range goes up to the
 * next start.  Built in order by one thread, sealed, and immutable afterwards.
 *
 * A start of IPv4 has 4 bytes, and an index over the leading bits of the address, the more of them the
 * more ranges there are, leads to a few neighbours among which the search ends.  Addresses of IPv6 in
 * use lie together in a few corners of the whole, where such an index tells nothing; there every 16th
 * start is repeated one step up a ladder, and of those every 16th again, so that each step of the search
 * reads two cache lines side by side, whatever the addresses are.  A start has 8 bytes, the upper half of
 * its address; the lower halves are kept only if any of them has a bit set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "route/client.h"

#define RANGES_STEPS_MAX 8U /* of the ladder: 16^8 ranges */

/* An address of either family; IPv4 lies in the leading 32 bits. */
struct address {
    uint64_t high;
    uint64_t low;
};

struct ranges {
    enum client_family family;
    uint32_t count; /* at least 1 once sealed */
    uint32_t room;
    uint32_t *values;
    uint32_t *starts; /* IPv4 */
    uint64_t *high;   /* IPv6 */
    uint64_t *low;    /* IPv6; NULL if all are 0 */
    uint32_t *index;  /* IPv4: for each value of the leading bits, the range of its first address */
    uint8_t index_bits;
    uint8_t steps; /* IPv6: of the ladder, the starts themselves being step 0 */
    struct {
        uint64_t *keys;
        uint32_t count;
    } step[RANGES_STEPS_MAX];
};

static inline bool address_equal(struct address a, struct address b)
{
    return a.high == b.high && a.low == b.low;
}

static inline bool address_is_below(struct address a, struct address b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

/* The `bits` leading ones, 0..128. */
static inline struct address address_mask(uint8_t bits)
{
    return (struct address){
            bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits),
            bits <= 64 ? 0 : (bits == 128 ? UINT64_MAX : ~(UINT64_MAX >> (bits - 64))),
    };
}

/* The last address of the network that begins at `start`; for IPv4 the trailing bits are set too. */
static inline struct address address_last(struct address start, uint8_t bits)
{
    struct address mask = address_mask(bits);
    return (struct address){start.high | ~mask.high, start.low | ~mask.low};
}

/* The first address of a client's network, and a client at an address, with all its bits. */
struct address address_of_client(const struct client *client);
struct client client_of_address(enum client_family family, struct address address);

/* No ranges yet; ended with ranges_done(). */
void ranges_init(struct ranges *ranges, enum client_family family);
void ranges_done(struct ranges *ranges);

/* Begins a range at `start`, which is not below the last one; the first is address 0.  One that begins
 * where the last one did replaces it; one with the value of the range before it continues that. */
void ranges_append(struct ranges *ranges, struct address start, uint32_t value);

/* Ends the building: gives back what room was left, and makes index or ladder. */
void ranges_seal(struct ranges *ranges);

/* Where the i-th range begins. */
struct address ranges_start(const struct ranges *ranges, uint32_t i);

/* The range that holds an address.  Sealed ranges only. */
uint32_t ranges_find(const struct ranges *ranges, struct address address);

/* The least number of leading bits of `address`, which lies in the i-th range, that only addresses of
 * this range share. */
uint8_t ranges_scope(const struct ranges *ranges, uint32_t i, struct address address);

/* Memory behind the struct. */
size_t ranges_size_bytes(const struct ranges *ranges);
