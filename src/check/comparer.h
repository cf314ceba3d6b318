/* comparer.h -- what a reload would change of the checks: asked of a checker that runs, or worked out by a
 * process of its own where none does.
 *
 * With --no-checker nobody holds the definitions in force but the copy of them (last_good.h); a short-lived
 * process reads that and the files.  It probes nothing and may only read the health table.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "check/checker.h"
#include "check/definition.h"
#include "health/table.h"

/* Reads the definitions as a checker of these settings would for a reload, and compares them with those in
 * force (NULL: none).  `ret` gets a line of ids and the document, as definitions_diff() makes them, with the
 * faults of the files.
 *
 * Returns 0 if nothing would change, ERR_DIFFERENT, or ERR_FAULTY if a reload would keep those in force: then
 * the line is empty. */
MUST_CHECK int comparer_compare(const struct checker_settings *settings,
        const struct definitions *in_force, const struct health_table *table, struct buf *ret);

/* The process: sends IPC_READY with the result and ends.  Takes what a checker takes.
 *
 * Returns its exit status. */
MUST_CHECK int comparer_run(const struct checker_settings *settings);
