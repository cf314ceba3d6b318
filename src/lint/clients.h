/* clients.h -- a host of each kind of clients (route/kinds.h) that some orders tell apart.
 *
 * Most names of a zone have the same orders, so what was found is kept for the next name.  One thread.
 * Internal to lint/.
 */
#pragma once

#include "base/attr.h"
#include "route/kinds.h"

#define CLIENTS_STEPS_MAX 8000000U /* of kinds_find(), for one list of orders */

struct clients_cache;

/* A cache; ended with clients_cache_free(), for which NULL does nothing.  The orders it is asked about must
 * outlive it. */
MUST_CHECK struct clients_cache *clients_cache_new(void);
void clients_cache_free(struct clients_cache *cache);

/* The kinds of `count` orders, at most KINDS_ORDERS_MAX, each once; of each the network is one host.  Without any
 * order that is one client of whom nothing is known.  Borrowed until the next call. */
const struct kinds *clients_find(
        struct clients_cache *cache, const struct order *const *orders, uint32_t count);
