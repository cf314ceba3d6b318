/* ranges.c -- see ranges.h. */
#include "route/ranges.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_ROOM     16U
#define INDEX_BITS_MAX 18U /* 1 MiB; from a million ranges on it stays so */
#define INDEX_RANGES   4U  /* for each entry of the index, at most, below that */
#define FAN            16U /* keys that one step of the ladder decides between: two cache lines */

/* ------------------------------------------------------------------ addresses */

static uint64_t read_half(const uint8_t *bytes)
{
    uint64_t half;
    memcpy(&half, bytes, sizeof(half));
    return be64toh(half);
}

/* Behind an IPv4 address there are zeroes. */
struct address address_of_client(const struct client *client)
{
    return (struct address){read_half(client->address), read_half(client->address + 8)};
}

/* How many leading bits two different addresses share. */
static uint8_t common_bits(struct address a, struct address b)
{
    if (a.high != b.high)
        return (uint8_t)__builtin_clzll(a.high ^ b.high);
    return (uint8_t)(64 + __builtin_clzll(a.low ^ b.low));
}

/* The address before one that is not 0.  Before an IPv4 address all of its own trailing bits are set too,
 * which no comparison of leading bits minds. */
static struct address before(struct address address)
{
    return (struct address){address.high - (address.low == 0), address.low - 1};
}

/* ------------------------------------------------------------------ building */

void ranges_init(struct ranges *ranges, enum client_family family)
{
    *ranges = (struct ranges){.family = family};
}

void ranges_done(struct ranges *ranges)
{
    for (uint8_t i = 1; i < ranges->steps; i++)
        free(ranges->step[i].keys);
    free(ranges->values);
    free(ranges->starts);
    free(ranges->high);
    free(ranges->low);
    free(ranges->index);
    ranges_init(ranges, ranges->family);
}

static void resize(struct ranges *ranges, uint32_t room)
{
    ranges->room = room;
    ranges->values = mem_resize(ranges->values, room, sizeof(*ranges->values));
    if (ranges->family == CLIENT_IPV4) {
        ranges->starts = mem_resize(ranges->starts, room, sizeof(*ranges->starts));
        return;
    }
    ranges->high = mem_resize(ranges->high, room, sizeof(*ranges->high));
    ranges->low = mem_resize(ranges->low, room, sizeof(*ranges->low));
}

void ranges_append(struct ranges *ranges, struct address start, uint32_t value)
{
    uint32_t last = ranges->count - 1; /* of no meaning while there is none */

    assert(ranges->count > 0 || (start.high == 0 && start.low == 0));
    if (ranges->count > 0 && address_equal(ranges_start(ranges, last), start)) {
        ranges->count--;
        last--;
    }
    if (ranges->count > 0 && ranges->values[last] == value)
        return;
    if (ranges->count == ranges->room)
        resize(ranges, ranges->room > 0 ? 2 * ranges->room : FIRST_ROOM);
    ranges->values[ranges->count] = value;
    if (ranges->family == CLIENT_IPV4) {
        ranges->starts[ranges->count] = (uint32_t)(start.high >> 32);
    } else {
        ranges->high[ranges->count] = start.high;
        ranges->low[ranges->count] = start.low;
    }
    ranges->count++;
}

static void make_index(struct ranges *ranges)
{
    uint8_t bits = 0;
    while (bits < INDEX_BITS_MAX && (ranges->count >> bits) > INDEX_RANGES)
        bits++;
    ranges->index_bits = bits;
    if (bits == 0)
        return;
    uint32_t entries = 1U << bits;
    uint32_t range = 0;
    ranges->index = mem_alloc((entries + 1) * sizeof(*ranges->index));
    for (uint32_t i = 0; i < entries; i++) {
        uint32_t first = i << (32 - bits);
        while (range + 1 < ranges->count && ranges->starts[range + 1] <= first)
            range++;
        ranges->index[i] = range;
    }
    ranges->index[entries] = ranges->count - 1;
}

static void make_ladder(struct ranges *ranges)
{
    ranges->step[0].keys = ranges->high;
    ranges->step[0].count = ranges->count;
    ranges->steps = 1;
    while (ranges->step[ranges->steps - 1].count > FAN) {
        assert(ranges->steps < RANGES_STEPS_MAX);
        const uint64_t *below = ranges->step[ranges->steps - 1].keys;
        uint32_t count = (ranges->step[ranges->steps - 1].count + FAN - 1) / FAN;
        uint64_t *keys = mem_alloc(count * sizeof(*keys));
        for (uint32_t i = 0; i < count; i++)
            keys[i] = below[i * FAN];
        ranges->step[ranges->steps].keys = keys;
        ranges->step[ranges->steps++].count = count;
    }
}

void ranges_seal(struct ranges *ranges)
{
    assert(ranges->count > 0);
    resize(ranges, ranges->count);
    if (ranges->family == CLIENT_IPV4) {
        make_index(ranges);
        return;
    }
    uint64_t any = 0;
    for (uint32_t i = 0; i < ranges->count; i++)
        any |= ranges->low[i];
    if (any == 0) {
        free(ranges->low);
        ranges->low = NULL;
    }
    make_ladder(ranges);
}

/* ------------------------------------------------------------------ searching */

struct address ranges_start(const struct ranges *ranges, uint32_t i)
{
    if (ranges->family == CLIENT_IPV4)
        return (struct address){(uint64_t)ranges->starts[i] << 32, 0};
    return (struct address){ranges->high[i], ranges->low != NULL ? ranges->low[i] : 0};
}

static uint32_t find_ipv4(const struct ranges *ranges, uint32_t address)
{
    const uint32_t *starts = ranges->starts;
    uint32_t low = 0;
    uint32_t count = ranges->count; /* of ranges from `low` on: the one is among them */

    if (ranges->index != NULL) {
        uint32_t entry = address >> (32 - ranges->index_bits);
        low = ranges->index[entry];
        count = ranges->index[entry + 1] - low + 1;
    }
    while (count > 1) {
        uint32_t half = count / 2;
        low = starts[low + half] <= address ? low + half : low;
        count -= half;
    }
    return low;
}

/* The last range whose start has an upper half of at most `high`. */
static uint32_t climb_down(const struct ranges *ranges, uint64_t high)
{
    uint32_t at = 0;

    for (uint8_t step = ranges->steps; step-- > 0;) {
        const uint64_t *keys = ranges->step[step].keys;
        uint32_t first = at * FAN;
        uint32_t left = ranges->step[step].count - first;
        uint32_t below = 0;
        for (uint32_t i = 0; i < (left < FAN ? left : FAN); i++)
            below += keys[first + i] <= high;
        at = first + below - 1; /* the first of them is the key that led here */
    }
    return at;
}

/* Most ranges begin with a lower half of 0; where several begin in one /64, a binary search among those
 * finishes. */
static uint32_t find_ipv6(const struct ranges *ranges, struct address address)
{
    uint32_t high = climb_down(ranges, address.high);

    if (ranges->low == NULL || ranges->high[high] < address.high ||
            ranges->low[high] <= address.low)
        return high;
    uint32_t low = address.high > 0 ? climb_down(ranges, address.high - 1) : 0;
    while (low < high) {
        uint32_t middle = high - (high - low) / 2;
        if (!address_is_below(address, ranges_start(ranges, middle)))
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

uint32_t ranges_find(const struct ranges *ranges, struct address address)
{
    if (ranges->family == CLIENT_IPV4)
        return find_ipv4(ranges, (uint32_t)(address.high >> 32));
    return find_ipv6(ranges, address);
}

/* A network around the address stays within the range if it is so long that neither the address before
 * the range nor the one behind it shares its bits. */
uint8_t ranges_scope(const struct ranges *ranges, uint32_t i, struct address address)
{
    uint8_t scope = 0;

    if (i > 0)
        scope = (uint8_t)(common_bits(address, before(ranges_start(ranges, i))) + 1);
    if (i + 1 < ranges->count) {
        uint8_t bits = (uint8_t)(common_bits(address, ranges_start(ranges, i + 1)) + 1);
        scope = bits > scope ? bits : scope;
    }
    return scope;
}

size_t ranges_size_bytes(const struct ranges *ranges)
{
    size_t start_bytes = sizeof(*ranges->starts);
    if (ranges->family == CLIENT_IPV6)
        start_bytes = ranges->low != NULL ? sizeof(struct address) : sizeof(*ranges->high);
    size_t bytes = ranges->room * (sizeof(*ranges->values) + start_bytes);
    if (ranges->index != NULL)
        bytes += ((1U << ranges->index_bits) + 1) * sizeof(*ranges->index);
    for (uint8_t i = 1; i < ranges->steps; i++)
        bytes += ranges->step[i].count * sizeof(*ranges->step[i].keys);
    return bytes;
}
