/* override.h -- what operators set against the checks: the verbs `force`, `drain` and `undrain` from their request to
 * their answer, and what ends a force.
 *
 * The supervisor does all of it, so it works while the checker is dead, hangs or is not wanted: the state
 * counts for answers as soon as its bits are in the table.  In this order:
 *
 *   1. the order is read and held against the table; which checks a set has, the responder is asked
 *   2. it is held against the safety rules (rules.h); a refusal skips to 5
 *   3. the table's words are set: the next answer follows
 *   4. the list is written to the state directory, and the journal told
 *   5. the audit log is written
 *   6. the checker counts CALCULATED checks anew, if there are any; it is not waited for long
 *   7. the answer
 *
 * A drain is a force down whose reason begins with "drain" and what was drained; of a set all checks are forced,
 * or none.
 * A daemon that is killed before 7 has told nobody, and one that is killed after 4 forces the check when it
 * starts again.  A disk that is full does not keep an operator from forcing a check: the answer says what
 * is not kept, and the list is written again every tick until it is.  Everything runs on the loop's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "admin/control.h"
#include "base/attr.h"
#include "base/role.h"
#include "force_order.h"
#include "health/forces.h"
#include "health/table.h"
#include "journal.h"
#include "rules.h"

#define OVERRIDE_RECOUNT_MS 1000U /* the checker has this long to count */
#define OVERRIDE_SET_MS     5000U /* the responder, to find a set */

struct override;

/* What one is made of; all is borrowed.  The table is mapped for writing and holds the state of the last run. */
struct override_settings {
    struct health_table *table;
    const char *state_dir;
    struct role *checker, *responder;
    struct journal *journal; /* told what is forced and what is no more */
    struct rules *rules;
};

/* A new one; forces what the list in `state_dir` says.  A list that is damaged is told, kept aside, and counts as
 * empty.  Ended with override_free(). */
MUST_CHECK struct override *override_new(const struct override_settings *settings);

/* When both roles have ended.  NULL does nothing. */
void override_free(struct override *override);

/* What is forced, borrowed. */
const struct forces *override_forces(const struct override *override);

/* Once a second with real time, and when the checks have been defined: ends forces whose time is over or
 * whose check is gone, and forces checks that have come.  `defined`: all checks of the files are in the
 * table. */
void override_tick(struct override *override, bool defined, uint64_t now_ms);

/* Answers a verb; `words` are those behind it. */
void override_answer(struct override *override, struct control_request *request,
        enum force_verb verb, const char *words);
