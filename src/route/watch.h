/* watch.h -- which groups a verdict reaches, so that what workers keep of them goes when it changes.
 *
 * The health table tells which verdicts have changed (health/table.h).  Before a batch of queries each
 * worker reads what is new to it and marks its own caches of the groups that these checks reach, aliases
 * upwards.  A cache that is stale already is not walked beyond, so that a change costs what has been used
 * since the last one, whatever there is; and nothing is worked out again before it is asked for.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "route/route.h"

struct route_watch;

/* A watch over groups that have caches, borrowed; they must outlive it.  Ended with route_watch_free(),
 * for which NULL does nothing.  Immutable. */
MUST_CHECK struct route_watch *route_watch_new(
        const struct route_group *const *groups, size_t count);
void route_watch_free(struct route_watch *watch);

/* Starts a worker: it has no caches if index is ROUTE_WORKER_NONE. */
void route_worker_init(struct route_worker *worker, uint32_t index,
        const uint8_t secret[ROUTE_SECRET_BYTES], const struct health_table *health);

/* Throws away all that a worker keeps: what verdicts count for has changed (route_query.opens). */
void route_worker_forget(struct route_worker *worker);

/* Brings a worker up to what the table says now.  Called before each batch, by the worker's thread.  A
 * group may be under several watches one after another; each change is followed through the one that
 * is in force, which must know every group that is asked. */
void route_watch_follow(const struct route_watch *watch, struct route_worker *worker,
        const struct health_table *health);
