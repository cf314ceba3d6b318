/* clients.h -- one client for each kind there is: clients of one kind have the same row of every order that
 * is asked about, so what one of them gets all of them get.
 *
 * A new kind begins only where a range of some order's map does, so the first addresses of all ranges have a
 * client of every kind among them.  What was found is kept for the next name with the same orders,
 * which most names of a zone have.  One thread.  Internal to lint/.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "route/client.h"
#include "route/order.h"

#define CLIENTS_MAX        1024U    /* kinds that are told apart */
#define CLIENTS_RANGES_MAX 8000000U /* looked at for one set of orders */

struct clients {
    struct client list[CLIENTS_MAX];
    uint32_t count; /* at least 1 */
    bool cut;       /* there are more kinds, or perhaps */
};

struct clients_cache;

/* A cache; ended with clients_cache_free(), for which NULL does nothing.  The orders it is asked about must
 * outlive it. */
MUST_CHECK struct clients_cache *clients_cache_new(void);
void clients_cache_free(struct clients_cache *cache);

/* The clients for `count` orders, at most REACH_ORDERS_MAX, each once; without any that is one client of whom
 * nothing is known.  Borrowed until the next call. */
const struct clients *clients_find(
        struct clients_cache *cache, const struct order *const *orders, uint32_t count);
