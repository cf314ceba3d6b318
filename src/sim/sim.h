/* sim.h -- a timeline of failures against zones and checks, faster than real time and without a socket.
 *
 * The state machines are the real ones: the schedule that says when an endpoint is probed, the ledger that
 * makes verdicts of results, the health table, and the choice of answers.  Only what a probe finds is made up,
 * by the world.  Time is that of the timeline, in milliseconds from its start.  A seed and the same input give the
 * same story.  One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "check/definition.h"
#include "check/guards.h"
#include "health/table.h"
#include "sim/answers.h"
#include "sim/timeline.h"
#include "zone/zonedb.h"

/* One check and what has become of it. */
struct sim_check {
    const struct definition *definition;
    enum health_state state; /* what answers go by */
    bool is_well;            /* how it really is */
    uint64_t since_ms;       /* of the state */
    uint32_t changes;        /* of the state */
    uint64_t wrong_ms;       /* how long the two differed, in all and at a stretch */
    uint64_t wrong_longest_ms;
    uint64_t wrong_since_ms; /* of the stretch that goes on, if they differ */
    uint64_t looked_ms;      /* all of this is as of then */
};

/* Who wants to know what happens while it does; each may be NULL. */
struct sim_watcher {
    void (*on_check)(void *context, uint64_t now_ms, const struct sim_check *check);
    void (*on_answer)(void *context, uint64_t now_ms, const struct answers_row *row);
    void (*on_guard)(void *context, uint64_t now_ms, const struct guards_event *event);
    /* `cuts`: the HEALTH_CUTS that are suspected from now on */
    void (*on_cut)(void *context, uint64_t now_ms, uint32_t cuts);
    void *context;
};

struct sim_settings {
    const struct zone_set *zones;
    const struct definitions *definitions;
    const uint32_t *slots;      /* that definitions_publish() gave them */
    struct health_table *table; /* open for writing, of this simulation alone */
    const struct timeline *timeline;
    uint32_t suspect_share;   /* in percent: ledger_set_suspect_share() */
    struct guard_limit guard; /* over all checks; zones have their own */
    struct sim_watcher watcher;
};

struct sim;

/* A simulation that stands at its start.  The settings' parts are borrowed and must outlive it.
 *
 * Returns 0 and *ret, ended with sim_free() (NULL does nothing); or ERR_FAULTY with errors in `diag` about what the
 * timeline names. */
MUST_CHECK int sim_new(const struct sim_settings *settings, struct sim **ret, struct diag *diag);
void sim_free(struct sim *sim);

/* Runs it to the end of its timeline. */
void sim_run(struct sim *sim);

/* The checks, as many as there are definitions and in their order, and the answers; borrowed. */
const struct sim_check *sim_checks(const struct sim *sim);
struct answers *sim_answers(struct sim *sim);

/* The guards as they are, borrowed. */
struct guards *sim_guards(struct sim *sim);
