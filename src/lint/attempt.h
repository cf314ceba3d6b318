/* attempt.h -- how a group is answered while some checks are down: by route_explain(), for one client, the ways
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
struct attempt_outcome {
    bool any;       /* it has something for this client */
    double open;    /* share of its answers that fail open somewhere on the way */
    bool checked;   /* something may be answered that is healthy by a check */
    bool unchecked; /* or that is so for want of one */
};

/* How good that is. */
enum attempt_quality {
    ATTEMPT_NOTHING,   /* there is nothing for this client */
    ATTEMPT_OPEN,      /* some answers fail open */
    ATTEMPT_UNCHECKED, /* all that is answered has no check */
    ATTEMPT_SOUND,
};

struct attempt;

/* Attempts of what a reach holds, whatever that is at the time; ended with attempt_free(), for which NULL does
 * nothing. */
MUST_CHECK struct attempt *attempt_new(const struct reach *reach);
void attempt_free(struct attempt *attempt);

/* Begins a round: health, client and reach stay as they are until the next. */
void attempt_begin(struct attempt *attempt);

/* Works out what the group at `place` gives this query, which should have as_chances. */
enum attempt_quality attempt_run(
        struct attempt *attempt, uint32_t place, struct route_query *query);

/* What that was, borrowed for the round.  After attempt_run() of that place in the same round. */
const struct attempt_outcome *attempt_outcome(const struct attempt *attempt, uint32_t place);

/* Tells what may be answered, in the order of the sets, as the ends of *ret; its texts lie in `arena`.  After
 * attempt_run() of that place in the same round. */
void attempt_tell_ends(struct attempt *attempt, uint32_t place, struct route_query *query,
        struct arena *arena, struct lint_failure *ret);
