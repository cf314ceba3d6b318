/* pushed.h -- checks that are not probed but told: heartbeats, alarms and switches.
 *
 * A heartbeat's silence is found when its time to live is over, by one timer of the caller's over a heap: what a
 * beat costs does not depend on how many there are, and what silence costs hardly.  Time in which no checker
 * lived is not silence: a time to live begins anew with the process.  One that is found silent stays so
 * until it beats.  What was told of alarms and switches is in a file (health/pushes.h).
 *
 * `mono_ms` is monotonic, `now_ms` real time.  One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "check/definition.h"
#include "check/ledger.h"
#include "health/pushes.h"

#define PUSHED_NEVER UINT64_MAX

struct pushed;

/* A new one over a ledger, borrowed, and its table; ended with pushed_free(). */
MUST_CHECK struct pushed *pushed_new(struct ledger *ledger, const struct health_table *table);
void pushed_free(struct pushed *pushed);

/* Takes over new definitions, borrowed until the next call, with their slots: those that were there go on. */
void pushed_define(struct pushed *pushed, const struct definitions *definitions,
        const uint32_t *slots, uint64_t mono_ms);

/* Brings alarms and switches to what `pushes` says of them, if that is news. */
void pushed_apply(struct pushed *pushed, const struct pushes *pushes);

/* A check has beaten.  Returns 0, or -ENOENT if none of this id is a HEARTBEAT. */
MUST_CHECK int pushed_beat(
        struct pushed *pushed, const char *id, uint64_t mono_ms, uint64_t now_ms);

/* The id of a HEARTBEAT that was most likely meant, borrowed, or NULL. */
const char *pushed_nearest(const struct pushed *pushed, const char *id);

/* Finds out who is silent by now, and when to look again: PUSHED_NEVER if there is nobody. */
void pushed_look(struct pushed *pushed, uint64_t mono_ms, uint64_t now_ms);
uint64_t pushed_due_ms(const struct pushed *pushed);
