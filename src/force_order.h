/* force_order.h -- what an operator asks for with `force`, read from the words of the request.  Pure.
 *
 *   ID up|down|auto [for=TIME] [owner=NAME] [reason=TEXT]
 *
 * TIME is a number and s, m, h or d; TEXT is the rest of the line.  docs/formats/control-protocol.md.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "health/forces.h"

#define FORCE_ORDER_SECONDS_MAX (365U * 86400U) /* of for=; longer is not meant to end */

struct force_order {
    char id[HEALTH_ID_MAX + 1];
    enum health_state state;         /* HEALTH_UNKNOWN: auto, what is found counts again */
    uint64_t for_ms;                 /* 0: without an end */
    char owner[FORCE_OWNER_MAX + 1]; /* empty: not given */
    char reason[FORCE_REASON_MAX + 1];
};

/* Reads the words behind "force".
 *
 * Returns 0, or ERR_SYNTAX with a sentence for people appended to `why` and *ret untouched. */
MUST_CHECK int force_order_parse(const char *text, struct force_order *ret, struct buf *why);
