/* override.h -- what operators set against the checks: the verb `force` from its request to its answer, and
 * what ends a force.
 *
 * The supervisor does all of it, so it works while the checker is dead, hangs or is not wanted: the state
 * counts for answers as soon as its bits are in the table.  In this order:
 *
 *   1. the order is read and held against the table; a refusal skips to 4
 *   2. the table's word is set: the next answer follows
 *   3. the list is written to the state directory
 *   4. the audit log is written
 *   5. the checker counts CALCULATED checks anew, if there are any; it is not waited for long
 *   6. the answer
 *
 * A daemon that is killed before 6 has told nobody, and one that is killed after 3 forces the check when it
 * starts again.  A disk that is full does not keep an operator from forcing a check: the answer says what
 * is not kept, and the list is written again every tick until it is.  Everything runs on the loop's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "admin/control.h"
#include "base/attr.h"
#include "base/role.h"
#include "health/forces.h"
#include "health/table.h"
#include "journal.h"

#define OVERRIDE_RECOUNT_MS 1000U /* the checker has this long to count */

struct override;

/* A new one over a table that is mapped for writing and holds the state of the last run; forces what the
 * list in `state_dir` says, and tells the journal what is forced and what is no more.  A list that is
 * damaged is told, kept aside, and counts as empty.  All is borrowed; ended with override_free(). */
MUST_CHECK struct override *override_new(struct health_table *table, const char *state_dir,
        struct role *checker, struct journal *journal);

/* When both roles have ended.  NULL does nothing. */
void override_free(struct override *override);

/* What is forced, borrowed. */
const struct forces *override_forces(const struct override *override);

/* Once a second with real time, and when the checks have been defined: ends forces whose time is over or
 * whose check is gone, and forces checks that have come.  `defined`: all checks of the files are in the
 * table. */
void override_tick(struct override *override, bool defined, uint64_t now_ms);

/* Answers "force"; `arguments` are the words behind it. */
void override_answer(
        struct override *override, struct control_request *request, const char *arguments);
