/* query.h -- from query bytes to response bytes: the whole of authoritative answering.
 *
 * No sockets, no globals, no allocation, no lock, no log.  Everything it needs comes with the
 * context; one context per worker thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/net.h"
#include "base/rand.h"
#include "health/table.h"
#include "zone/zonedb.h"

/* Counters of one worker: written by its thread only, read by others without a lock. */
struct query_counters {
    _Atomic uint64_t udp_queries;
    _Atomic uint64_t tcp_queries;
    _Atomic uint64_t dropped;   /* not a query: no answer was sent */
    _Atomic uint64_t truncated; /* sent with TC */
    _Atomic uint64_t rcode[16];
    _Atomic uint64_t fail_open; /* answers in which no candidate was healthy */
};

struct query_context {
    const struct zone_set *zones; /* of this batch */
    const struct health_table *health;
    struct rand *rand;
    struct query_counters *counters;
    uint16_t udp_size_bytes; /* the most we send over UDP */
};

struct query_client {
    const union net_address *address;
    bool tcp;
};

/* Answers one message.
 *
 * `out` has `room` bytes, for TCP up to MESSAGE_MAX_BYTES; over UDP the response is also held to what
 * the client takes.  Returns the response's length, or 0 if there is nothing to say (a message shorter
 * than a header, or a response). */
size_t query_answer(struct query_context *context, const struct query_client *client,
        const uint8_t *query, size_t length, uint8_t *out, size_t room);
