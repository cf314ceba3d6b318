/* worker.h -- one thread that answers: a loop, its sockets, its random numbers and counters.
 *
 * Workers share the zones and the health table, which they only read, and nothing else.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "health/table.h"
#include "serve/query.h"
#include "zone/zonedb.h"

/* All borrowed for the worker's life. */
struct worker_settings {
    struct zonedb *db;
    const struct health_table *health;
    uint32_t index;        /* its own, from 0 */
    const uint8_t *secret; /* of sticky draws, ROUTE_SECRET_BYTES */
    uint32_t addresses;
    const int *udp_fds; /* one for each address */
    const int *tcp_fds;
    uint32_t tcp_connections_max;
    uint32_t tcp_client_max; /* of them of one client */
    uint32_t tcp_idle_ms;    /* serve/query.h */
    uint16_t udp_size_bytes;
    uint32_t ttl_floor_s;     /* serve/query.h */
    const char *version_text; /* serve/query.h; so is the next */
    const char *server_id;
    const struct cookie_settings *cookies;
};

struct worker;

/* How many TCP connections each of `workers` may hold so that strangers cannot take the descriptors a
 * load of zones needs: at most `wanted`, less where the process may have few.  `descriptors` is its limit. */
uint32_t worker_connections_max(
        uint64_t descriptors, uint32_t workers, uint32_t addresses, uint32_t wanted);

/* Opens the sockets and starts the thread.
 *
 * Returns 0 and a new worker in *ret, ended with worker_stop(), or a negative error. */
MUST_CHECK int worker_start(struct worker **ret, const struct worker_settings *settings);

/* Ends the thread after the batch it is at, waits for it and frees the worker.  NULL does nothing. */
void worker_stop(struct worker *worker);

/* The worker's counters, borrowed: any thread may load them. */
const struct query_counters *worker_counters(const struct worker *worker);
