/* handler.h -- what a worker answers with: its query context and its view of the zones.
 *
 * One per worker, used by its sockets on its thread.  The view is taken for a batch of messages and
 * given back before the thread waits for more, so that a published set is never held for long.  (Not
 * in the loop's prepare and check handles: libuv runs callbacks of sockets between the two.)
 */
#pragma once

#include <uv.h>

#include "base/clock.h"
#include "serve/query.h"
#include "zone/zonedb.h"

struct handler {
    uv_loop_t *loop;
    struct zonedb *db;
    struct query_context context;
};

/* Takes the zones and the time of now, and sees whether health is kept fresh; query_answer() may be
 * called until handler_leave(). */
static inline void handler_enter(struct handler *handler)
{
    zonedb_reader_online(handler->db);
    handler->context.zones = zonedb_read(handler->db);
    uint64_t now_ms = clock_real_ms();
    handler->context.now_s = (uint32_t)(now_ms / 1000);
    bool was_silent = handler->context.health_is_silent;
    handler->context.health_is_silent = health_table_is_silent(handler->context.health, now_ms);
    if (handler->context.health_is_silent != was_silent)
        route_worker_forget(&handler->context.route); /* zones may open then */
    route_watch_follow(zone_set_watch(handler->context.zones), &handler->context.route,
            handler->context.health);
}

static inline void handler_leave(struct handler *handler)
{
    handler->context.zones = NULL;
    zonedb_reader_offline(handler->db);
}
