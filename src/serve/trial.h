/* trial.h -- what "diff" does: loads the files as a reload would, compares what comes of it with what is in
 * force, and throws it away.
 *
 * Checks that a reload would define are known by name before they are there (diff_request.h), so that zones
 * are tried against the ids a reload would meet.  Nothing is published, no copy written, no verdict touched.
 * For a thread of the pool, while no load runs.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "health/table.h"
#include "serve/responder.h"
#include "zone/atlas.h"
#include "zone/zonedb.h"

/* All borrowed. */
struct trial_sources {
    const struct responder_settings *settings;
    const struct health_table *table;
    const struct zone_set *current;
    struct atlas *atlas; /* in force, or NULL; it is only read */
};

/* Answers the request "[ZONE]" and what follows it (diff_request.h).
 *
 * Returns as diff_print(), with its document in `ret`; or ERR_SYNTAX, or -ENOENT for a zone that neither is
 * served nor has a file, with {"error":...}. */
MUST_CHECK int trial_run(const struct trial_sources *sources, const char *request, struct buf *ret);
