/* responder.h -- the responder process: workers that answer, and a main thread that loads zones.
 *
 * Each worker is a thread with a libuv loop, its own sockets (SO_REUSEPORT), its own random numbers
 * and counters.  The main thread talks to the supervisor and loads zones in a thread of the pool, so
 * that neither answers nor the control channel wait for a load.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "serve/cookie.h"

/* What the supervisor hands to the role.  All borrowed. */
struct responder_settings {
    const char *zones_dir; /* NULL for none */
    char *const *explicit_zones;
    size_t explicit_count;
    char *const *ignore_ecs; /* origins of zones that do not ask for the client subnet */
    size_t ignore_ecs_count;
    char *const *on_stale; /* zone_sources_on_stale() */
    size_t on_stale_count;
    char *const *max_down; /* zone_sources_guard() */
    size_t max_down_count;
    const char *geoip_file; /* NULL for none; so is the next */
    const char *latency_file;
    const char *
            last_good_dir; /* for copies of what was good (zone/keep.h, zone/part.h); NULL for none */
    uint32_t workers;
    uint32_t addresses;           /* listen addresses */
    const int *udp_fds;           /* workers * addresses: those of worker 0 first */
    const int *tcp_fds;           /* the same */
    int channel_fd;               /* base/ipc.h, to the supervisor */
    int table_fd;                 /* the health table, for reading */
    const uint8_t *sticky_secret; /* ROUTE_SECRET_BYTES */
    uint16_t udp_size_bytes;
    uint32_t ttl_floor_s;         /* serve/query.h */
    uint32_t tcp_connections_max; /* in each worker */
    uint32_t tcp_client_max;      /* of them of one client */
    uint32_t tcp_idle_s;          /* an idle connection is kept */
    const char *version_text;     /* serve/query.h; so is the next */
    const char *server_id;
    const struct cookie_settings *cookies; /* with a secret unless off */
    char *const *lint_waive;               /* lint/lint.h; so is lint_slow_s */
    size_t lint_waive_count;
    uint32_t lint_slow_s;
};

/* Runs until the supervisor closes the channel or SIGTERM arrives.  Loads all zones, starts to answer,
 * then sends IPC_READY with the load's report as JSON.  Requests it takes: "reload" (the same report),
 * "zones", "stats", "explain ..." (explain.h), "diff ..." (trial.h) and "lint [ZONE]" (lint_job.h).  The
 * process ignores SIGPIPE.
 *
 * Returns the process's exit status. */
MUST_CHECK int responder_run(const struct responder_settings *settings);
