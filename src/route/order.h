/* order.h -- which sets of a group a client may get, best first.
 *
 * Policies that ask where the client is (latency, geo, geoproximity, CIDR) have their answer worked out
 * when the zone is built: a row for each order that occurs, and a map from networks to rows.  A
 * query finds its row and takes the first healthy set of it.  Groups with the same places share one:
 * it is counted, immutable, and read by any thread.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "route/prefix_map.h"

struct order_row {
    const uint16_t *places; /* in the group's sets */
    uint32_t count;         /* 0: no set covers the client (route53.md 1.6) */
};

struct order {
    struct prefix_map *map; /* values are rows; owned */
    struct order_row *rows; /* one block with their places; owned */
    uint32_t rows_count;
    _Atomic uint32_t references;
};

/* A new order with one reference that is the same for every client: these places, which are copied, or no
 * place at all. */
MUST_CHECK struct order *order_fixed(const uint16_t *places, uint32_t count);

/* Adds and drops a reference; the last one frees the order.  NULL does nothing.  Any thread. */
struct order *order_ref(struct order *order);
void order_unref(struct order *order);

/* Whether two orders give every client the same places. */
bool order_is_same(const struct order *a, const struct order *b);
