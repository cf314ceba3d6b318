/* kinds.h -- the kinds of clients that located groups tell apart.
 *
 * Two clients are of one kind if each of several orders (order.h) has one row for both: whatever else a
 * choice from these groups depends on, it is the same for them.  So whoever asks what every client
 * would get need only ask for one of each kind.  Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "route/client.h"
#include "route/order.h"

#define KINDS_MAX        64U
#define KINDS_ORDERS_MAX 16U

struct kinds {
    uint32_t count;
    bool cut;                         /* there may be more */
    struct client network[KINDS_MAX]; /* whose every host is of the kind; not the first of all
                                         addresses, if there is another */
};

/* Finds the kinds by one walk over the ranges of all orders, of which there are 1..KINDS_ORDERS_MAX; each
 * range takes one of *steps, and without any left the walk ends, cut. */
void kinds_find(
        const struct order *const *orders, uint32_t count, uint64_t *steps, struct kinds *ret);
