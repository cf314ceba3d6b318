/* reports.h -- what both roles say of their files, put together: {"checks":...,"zones":...,"notes":[...]}.
 *
 * What a role says is a document of its own, taken as it came; null if none came.  Notes are the supervisor's
 * own sentences.
 */
#pragma once

#include "base/buf.h"

#define REPORTS_LEAVING "{\"checks\":null,\"zones\":null,\"notes\":[\"the daemon is leaving\"]}"

struct reports {
    struct buf checks, zones; /* documents; empty: none came */
    struct buf notes;         /* JSON strings, separated by commas */
};

/* Empty ones; ended with reports_done(). */
void reports_init(struct reports *reports);
void reports_done(struct reports *reports);

/* Makes them empty again. */
void reports_clear(struct reports *reports);

/* Adds a sentence, which needs no escaping. */
void reports_note(struct reports *reports, const char *sentence);

/* Prints the whole into `ret`, a buffer that is initialised here and ended by the caller. */
void reports_print(const struct reports *reports, struct buf *ret);
