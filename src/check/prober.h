/* prober.h -- probing everything that somebody wants probed, each distinct target once.
 *
 * A want is a slot with a target.  Targets that are equal are one subject: it is probed once and each
 * of its slots gets the result (design.md section 6).  A subject owns a copy of its target, so nothing
 * here points into definitions, which may be replaced while probes run.
 *
 * A connection that is held (TCP_HELD) belongs to its subject like any probe, and so to all its slots.  It
 * takes one of the places for probes only until it stands.  As many may be held besides: one more is not
 * begun, and its slots hear PROBE_NO_PLACE each interval.
 *
 * The prober also answers for what happens to this process itself: an outcome against a target that
 * was taken across a stall (stall.h) is handed on as PROBE_STALLED.  All calls belong to the loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/attr.h"
#include "base/rand.h"
#include "check/definition.h"
#include "check/probe.h"
#include "check/schedule.h"

struct prober;

/* Called from the loop, once for each slot, when its target's probe has ended, or goes on and has
 * passed.  It must not change what is wanted. */
typedef void prober_handler(void *context, uint32_t slot, const struct probe_result *result);

struct prober_settings {
    const char *ca_file;   /* NULL for the system's */
    uint32_t probes_max;   /* in flight at once, at least 1; and as many connections held */
    uint32_t commands_max; /* of those in flight, commands; 0: none is allowed */
    struct rand rand;
    prober_handler *handler;
    void *context;
};

/* Returns 0 and a new prober without wants in *ret, ended with prober_stop() and prober_free(); or
 * the error of probe_engine_new(). */
MUST_CHECK int prober_new(
        struct prober **ret, uv_loop_t *loop, const struct prober_settings *settings);

/* Slot `slot` wants `target` probed, which is copied with `id`.  If it wanted an equal one before,
 * nothing changes; another one is let go first.  New targets start with prober_spread(). */
void prober_set(
        struct prober *prober, uint32_t slot, const struct check_target *target, const char *id);

/* Slot `slot` wants nothing any more.  A target that nobody wants is let go; a probe of it that is
 * under way is stopped, and its result dropped. */
void prober_clear(struct prober *prober, uint32_t slot);

/* Starts what is new, spread over each one's interval. */
void prober_spread(struct prober *prober);

/* Looks for a stall now; returns how many there were, and in *ret_ms how long the last one was. */
uint64_t prober_look(struct prober *prober, uint64_t *ret_ms);

/* What the schedule has counted so far. */
struct schedule_stats prober_stats(const struct prober *prober);

/* Ends all probes, without results.  The loop must run until prober_is_idle(); then free it, and let
 * the loop run once more. */
void prober_stop(struct prober *prober);
bool prober_is_idle(const struct prober *prober);
void prober_free(struct prober *prober);
