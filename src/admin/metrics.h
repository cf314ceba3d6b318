/* metrics.h -- what the daemon knows as metrics, in Prometheus' text format 0.0.4: what `holdfastctl metrics` prints.
 *
 * It is made of the replies of the control socket, so that every figure is one that status, checks, stats, zones or
 * guards show too.  docs/formats/metrics.md lists them; a member that is missing, null or of another type
 * than expected leaves no sample.  Any thread.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

/* Replies by the request that they answer. */
enum metrics_reply {
    METRICS_STATUS,
    METRICS_CHECKS,
    METRICS_STATS,
    METRICS_ZONES,
    METRICS_GUARDS,
    METRICS_REPLIES,
};

/* The request of a reply: "status", … */
const char *metrics_request(enum metrics_reply reply);

/* Appends the metrics of these replies to `ret`.  One that is empty is not known, and has none.
 *
 * Returns 0, or ERR_SYNTAX with nothing appended if one is no JSON object. */
MUST_CHECK int metrics_print(const struct buf replies[METRICS_REPLIES], struct buf *ret);
