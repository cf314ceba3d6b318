/* kinds.c -- see kinds.h.
 *
 * The ranges of all orders' maps divide the addresses into intervals within which no row changes; the rows
 * of an interval are its kind.  Kinds are few and found again by a small hash table.
 */
#include "route/kinds.h"

#include <assert.h>
#include <string.h>

#include "route/ranges.h"

#define BUCKETS   (4U * KINDS_MAX)
#define NO_KIND   UINT16_MAX
#define FNV_START 0x811c9dc5U
#define FNV_PRIME 0x01000193U

/* The walk over one family. */
struct walk {
    const struct ranges *ranges[KINDS_ORDERS_MAX];
    uint32_t at[KINDS_ORDERS_MAX];  /* the range of each that holds the interval */
    uint32_t row[KINDS_ORDERS_MAX]; /* its value */
    uint32_t count;
    struct address start; /* of the interval */
    struct address next;  /* of the one behind it */
    bool last;            /* there is none behind it */
};

struct finder {
    struct kinds *kinds;
    uint32_t row[KINDS_MAX][KINDS_ORDERS_MAX];
    bool is_first[KINDS_MAX]; /* its network begins at address 0 */
    uint16_t bucket[BUCKETS]; /* kinds, or NO_KIND */
};

static void write_half(uint64_t half, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(half >> (8 * (7 - i)));
}

/* The largest network that begins with the interval and lies within it. */
static struct client network_of(const struct walk *walk, enum client_family family)
{
    struct client client = {.family = family};
    uint8_t most = client_bits_max(family);

    for (client.bits = 0; client.bits < most; client.bits++) {
        struct address mask = address_mask(client.bits);
        bool begins = (walk->start.high & ~mask.high) == 0 && (walk->start.low & ~mask.low) == 0;
        if (begins && (walk->last ||
                              address_is_below(address_last(walk->start, client.bits), walk->next)))
            break;
    }
    write_half(walk->start.high, client.address, family == CLIENT_IPV4 ? 4 : 8);
    if (family == CLIENT_IPV6)
        write_half(walk->start.low, client.address + 8, 8);
    return client;
}

/* The bucket of the walk's rows, or the free one where they belong. */
static uint16_t *find_bucket(struct finder *finder, const struct walk *walk)
{
    uint32_t hash = FNV_START;

    for (uint32_t i = 0; i < walk->count; i++)
        hash = (hash ^ walk->row[i]) * FNV_PRIME;
    for (uint32_t at = (hash ^ hash >> 16) % BUCKETS;; at = (at + 1) % BUCKETS) {
        uint16_t kind = finder->bucket[at];
        if (kind == NO_KIND ||
                memcmp(finder->row[kind], walk->row, walk->count * sizeof(walk->row[0])) == 0)
            return &finder->bucket[at];
    }
}

/* Takes one interval.  Where everybody else goes, address 0 tells people little. */
static void take(struct finder *finder, const struct walk *walk, enum client_family family)
{
    struct kinds *kinds = finder->kinds;
    uint16_t *bucket = find_bucket(finder, walk);
    bool is_first = walk->start.high == 0 && walk->start.low == 0;

    if (*bucket != NO_KIND && (!finder->is_first[*bucket] || is_first))
        return;
    if (*bucket == NO_KIND && kinds->count == KINDS_MAX) {
        kinds->cut = true;
        return;
    }
    if (*bucket == NO_KIND)
        *bucket = (uint16_t)kinds->count++;
    memcpy(finder->row[*bucket], walk->row, walk->count * sizeof(walk->row[0]));
    finder->is_first[*bucket] = is_first;
    kinds->network[*bucket] = network_of(walk, family);
}

/* Reads the rows of the interval and finds where it ends. */
static void look(struct walk *walk)
{
    walk->last = true;
    for (uint32_t i = 0; i < walk->count; i++) {
        walk->row[i] = walk->ranges[i]->values[walk->at[i]];
        if (walk->at[i] + 1 == walk->ranges[i]->count)
            continue;
        struct address end = ranges_start(walk->ranges[i], walk->at[i] + 1);
        if (walk->last || address_is_below(end, walk->next))
            walk->next = end;
        walk->last = false;
    }
}

/* Moves on to the interval behind. */
static void step(struct walk *walk)
{
    for (uint32_t i = 0; i < walk->count; i++)
        if (walk->at[i] + 1 < walk->ranges[i]->count &&
                address_equal(ranges_start(walk->ranges[i], walk->at[i] + 1), walk->next))
            walk->at[i]++;
    walk->start = walk->next;
}

void kinds_find(
        const struct order *const *orders, uint32_t count, uint64_t *steps, struct kinds *ret)
{
    struct finder finder = {.kinds = ret};

    assert(count > 0 && count <= KINDS_ORDERS_MAX);
    memset(finder.bucket, 0xff, sizeof(finder.bucket));
    ret->count = 0;
    ret->cut = false;
    for (enum client_family family = CLIENT_IPV4; family < CLIENT_FAMILIES; family++) {
        struct walk walk = {.count = count};
        for (uint32_t i = 0; i < count; i++)
            walk.ranges[i] = prefix_map_side(orders[i]->map, family);
        for (look(&walk);; look(&walk)) {
            if (*steps == 0) {
                ret->cut = true;
                return;
            }
            --*steps;
            take(&finder, &walk, family);
            if (walk.last)
                break;
            step(&walk);
        }
    }
}
