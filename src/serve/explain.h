/* explain.h -- why a name is answered as it is, or would be if some checks were up or down.
 *
 * The decision is told as a tree, by the very functions that answer (route_explain(), answer_question()):
 * each group, each of its sets with the health it has and why, what keeps or drops it, and how likely
 * each end of the tree is.  docs/formats/control-protocol.md lists the members of the document.  For the
 * responder's main thread, which must be an online reader of the zones (zone/zonedb.h).
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "health/table.h"
#include "route/route.h"
#include "zone/zonedb.h"

struct explain_sources {
    const struct zone_set *zones;
    const struct health_table *health;
    const uint8_t *secret; /* of sticky draws, ROUTE_SECRET_BYTES */
    uint32_t ttl_floor_s;  /* serve/query.h */
    uint64_t now_ms;
};

/* Answers the request "NAME TYPE [client=PREFIX] [assume=ID=up|down]...".
 *
 * Returns 0 with the document in `ret`; or ERR_SYNTAX, or -ENOENT for a check that is not defined,
 * or -errno, with {"error":...} in `ret`. */
MUST_CHECK int explain_answer(
        const struct explain_sources *sources, const char *words, struct buf *ret);
