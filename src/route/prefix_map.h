/* prefix_map.h -- from a client's network to a number, and how much of the network decided it.
 *
 * Prefixes may lie within each other: the longest one that holds the client counts.  A map is built
 * once, by one thread, and immutable afterwards; any thread may look up.  It is stored flat, as the
 * ranges into which all prefixes divide the addresses, neighbours with one value merged; so a lookup is
 * a binary search, and the scope of an answer (RFC 7871 section 7.2.1) is exact: the shortest prefix of
 * the client's address all of whose addresses have this value.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "route/client.h"

struct ranges;

#define PREFIX_NONE UINT32_MAX /* the value of addresses that no prefix holds */
#define PREFIX_MAX  16000000U  /* prefixes in one map */

struct prefix_map;
struct prefix_builder;

enum prefix_matching {
    PREFIX_ANY,     /* a client's network is looked up as its first address */
    PREFIX_ONE_WAY, /* a prefix longer than the client's network does not hold it (route53.md 1.9);
                     * if that matters, the scope is the length of the prefix that would */
};

struct prefix_match {
    uint32_t value; /* PREFIX_NONE where there is none */
    uint8_t scope;  /* 0..client_bits_max(); above client->bits: the client told too little */
};

/* A builder, ended with prefix_builder_free() or prefix_builder_finish(). */
MUST_CHECK struct prefix_builder *prefix_builder_new(void);
void prefix_builder_free(struct prefix_builder *builder);

/* Adds a network with its value, which is not PREFIX_NONE.  Of equal networks the last one counts.
 *
 * Returns 0, or ERR_TOO_LARGE beyond PREFIX_MAX. */
MUST_CHECK int prefix_builder_add(
        struct prefix_builder *builder, const struct client *network, uint32_t value);

/* Makes the map, new, and frees the builder. */
MUST_CHECK struct prefix_map *prefix_builder_finish(
        struct prefix_builder *builder, enum prefix_matching matching);

/* NULL does nothing. */
void prefix_map_free(struct prefix_map *map);

/* A new map in which values[v] stands for each value v, and `none` for PREFIX_NONE; neighbours that have
 * become equal are merged.  Every value of `map` is below the length of `values`. */
MUST_CHECK struct prefix_map *prefix_map_derive(
        const struct prefix_map *map, const uint32_t *values, uint32_t none);

/* Looks a client up.  This is the call on the query path. */
void prefix_map_find(
        const struct prefix_map *map, const struct client *client, struct prefix_match *ret);

/* Calls `visit` with the first address of each range, as a client with all its bits, and the range's value,
 * until it returns false.  Each value that a client with all its bits can get comes at least once. */
void prefix_map_each(const struct prefix_map *map,
        bool (*visit)(void *context, const struct client *first, uint32_t value), void *context);

/* How many ranges a map has, and its memory. */
size_t prefix_map_ranges(const struct prefix_map *map);
size_t prefix_map_size_bytes(const struct prefix_map *map);

/* The ranges of one family, borrowed from the map: internal to route/ (ranges.h). */
const struct ranges *prefix_map_side(const struct prefix_map *map, enum client_family family);

/* Whether two maps give every client the same value and the same scope. */
bool prefix_map_is_same(const struct prefix_map *a, const struct prefix_map *b);
