/* query.h -- from query bytes to response bytes: the whole of authoritative answering.
 *
 * No sockets, no globals, no allocation, no lock, no log.  Everything it needs comes with the
 * context; one context per worker thread.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"
#include "base/rand.h"
#include "health/table.h"
#include "route/route.h"
#include "serve/cookie.h"
#include "zone/zonedb.h"

#define QUERY_RCODES 24U /* up to BADCOOKIE */

/* The most bytes of what is told to whoever asks: one string of a TXT record; and what leaves room for
 * every option beside the longest question in MESSAGE_UDP_PLAIN. */
#define QUERY_VERSION_TEXT_MAX 255U
#define QUERY_SERVER_ID_MAX    64U

/* Counters of one worker: written by its thread only, read by others without a lock. */
struct query_counters {
    _Atomic uint64_t udp_queries;
    _Atomic uint64_t tcp_queries;
    _Atomic uint64_t tcp_evicted; /* connections closed to make room for others */
    _Atomic uint64_t stale;       /* datagrams that waited for too long and were not read (udp.h) */
    _Atomic uint64_t dropped;     /* not a query: no answer was sent */
    _Atomic uint64_t truncated;   /* sent with TC */
    _Atomic uint64_t rcode[QUERY_RCODES];
    _Atomic uint64_t fail_open; /* answers in which no candidate was healthy */
};

/* Adds `more`.  For the thread that owns the counter: no locked instruction is needed. */
static inline void query_count_many(_Atomic uint64_t *counter, uint64_t more)
{
    uint64_t count = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, count + more, memory_order_relaxed);
}

/* Adds one, likewise. */
static inline void query_count(_Atomic uint64_t *counter)
{
    query_count_many(counter, 1);
}

struct query_context {
    const struct zone_set *zones; /* of this batch */
    const struct health_table *health;
    bool health_is_silent;     /* in this batch: nobody keeps the verdicts fresh */
    uint32_t ttl_floor_s;      /* the most of a choice that rests on a suspect check */
    struct route_worker route; /* the thread, as routing knows it */
    struct rand *rand;
    struct query_counters *counters;
    uint16_t udp_size_bytes;  /* the most we send over UDP */
    uint32_t tcp_idle_ms;     /* how long we keep an idle connection, up to 65535 * 100 */
    const char *version_text; /* told in class CHAOS; NULL or empty: it is not */
    const char *server_id;    /* told in class CHAOS and as NSID; NULL or empty: it is not */
    const struct cookie_settings *cookies; /* NULL: the option is ignored */
    uint32_t now_s;                        /* real time of this batch */
};

/* One message that came in; all borrowed. */
struct query {
    const union net_address *client;
    bool tcp;
    const uint8_t *bytes;
    size_t length;
};

/* Answers one message.
 *
 * `out`, which does not overlap the query, has `room` bytes, at least MESSAGE_UDP_PLAIN, for TCP up to
 * MESSAGE_MAX_BYTES; over UDP the response is also held to what the client takes.  Returns the response's length, or 0
 * if there is nothing to say (a message shorter than a header, or a response). */
size_t query_answer(
        struct query_context *context, const struct query *query, uint8_t *out, size_t room);
