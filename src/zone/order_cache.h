/* order_cache.h -- orders by what was asked for, so that groups with the same places share one.
 *
 * Belongs to an atlas.  Each order is bound to the part (zone/part.h) it was worked out from, or to none; the
 * cache of the next atlas takes over what was asked for in this one, where that part is still in force.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "route/order.h"
#include "zone/part.h"

struct order_cache;

/* An empty cache, ended with order_cache_free(), for which NULL does nothing. */
MUST_CHECK struct order_cache *order_cache_new(void);
void order_cache_free(struct order_cache *cache);

/* The order of a request, or NULL.  The reference is the caller's. */
MUST_CHECK struct order *order_cache_find(struct order_cache *cache, struct buf *request);

/* Adds the order of a request that has none, with a reference of its own to it and to the part, which may be
 * NULL. */
void order_cache_add(
        struct order_cache *cache, struct buf *request, struct part *part, struct order *order);

/* Whether a part is one of those in force. */
typedef bool order_cache_current(const void *context, const struct part *part);

/* Takes over from `old` what was asked for since it was made and is worked out from a part that is
 * current. */
void order_cache_inherit(struct order_cache *cache, const struct order_cache *old,
        order_cache_current *is_current, const void *context);
