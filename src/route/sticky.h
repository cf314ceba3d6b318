/* sticky.h -- draws that go the same way for the same client, as long as they can.
 *
 * A client throws darts, the same ones each time: numbers from a hash of its prefix, the group and a
 * secret of the server.  A dart hits a cell; a set owns the cell its identifier hashes to, and takes
 * as much of the dart's range as it weighs.  The first dart that hits a candidate decides.  So among
 * candidates the chances are exactly their weights, and what happens to one set concerns only the
 * clients whose deciding dart hits it: its death moves them, each to what its next darts hit, and its
 * return brings them back.  (This is weighted rendezvous hashing, the highest of exponential draws,
 * by rejection: the arrivals of all sets' draws are walked in order instead of computing each set's
 * first, and so the cost does not grow with the sets.  A. Shrivastava, "Simple and Efficient Weighted
 * Minwise Hashing", 2016, throws the same darts.)
 *
 * A client none of whose first darts hits (few candidates, or light ones among heavy that are down)
 * takes the candidate of the highest exponential draw, which keeps the same promise at the cost of
 * looking at every candidate.
 *
 * The secret keeps strangers from working out whose prefix leads where.  Pure.
 */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "route/policy.h"

struct route_sticky {
    uint8_t bits[CLIENT_FAMILIES]; /* of the client's address that count */
    uint64_t key;                  /* of what draws together: an owner's couple, or its type */
    uint32_t bound;                /* the range of a dart: a power of two, no weight is above it */
    uint32_t mask;                 /* cells less one */
    const uint16_t *cells;         /* places, or STICKY_EMPTY */
};

/* Makes what a group needs to draw stickily, in `arena`.  Groups that draw together have equal keys,
 * set identifiers and weights. */
const struct route_sticky *sticky_new(struct arena *arena, const struct route_group *group,
        const uint8_t bits[CLIENT_FAMILIES], uint64_t key);

/* A key from bytes. */
uint64_t sticky_key(const void *bytes, size_t size);

/* As a policy's pick(), for the query's client. */
uint32_t sticky_pick(const struct route_group *group, const struct survivors *survivors,
        const struct route_query *query, uint16_t ret[ROUTE_CHOSEN_MAX]);
