/* trial.h -- how a group is answered while some checks are down: by route_explain(), for one client, the ways
 * behind aliases added up.  Internal to lint/.
 *
 * Each group that a reach holds is explained at most once, however many aliases lead to it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "lint/lint.h"
#include "lint/reach.h"
#include "route/route.h"

/* What one group gives to one client. */
struct trial_outcome {
    bool any;       /* it has something for this client */
    double open;    /* share of its answers that fail open somewhere on the way */
    bool checked;   /* something may be answered that is healthy by a check */
    bool unchecked; /* or that is so for want of one */
};

/* How good that is. */
enum trial_quality {
    TRIAL_NOTHING,   /* there is nothing for this client */
    TRIAL_OPEN,      /* some answers fail open */
    TRIAL_UNCHECKED, /* all that is answered has no check */
    TRIAL_SOUND,
};

struct trial;

/* Trials of what a reach holds, whatever that is at the time; ended with trial_free(), for which NULL does
 * nothing. */
MUST_CHECK struct trial *trial_new(const struct reach *reach);
void trial_free(struct trial *trial);

/* Begins a round: health, client and reach stay as they are until the next. */
void trial_begin(struct trial *trial);

/* Works out what the group at `place` gives this query, which should have every_draw. */
enum trial_quality trial_run(struct trial *trial, uint32_t place, struct route_query *query);

/* What that was, borrowed for the round.  After trial_run() of that place in the same round. */
const struct trial_outcome *trial_outcome(const struct trial *trial, uint32_t place);

/* Tells what may be answered, in the order of the sets, as the ends of *ret; its texts lie in `arena`.  After
 * trial_run() of that place in the same round. */
void trial_tell_ends(struct trial *trial, uint32_t place, struct route_query *query,
        struct arena *arena, struct lint_failure *ret);
