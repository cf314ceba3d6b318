/* force_order.h -- what an operator asks for with `force`, `drain` and `undrain`, read from the words of the request.
 * Pure.
 *
 *   force ID up|down|auto [for=TIME] [owner=NAME] [override=RULE]... [reason=TEXT]
 *   drain ID|SET [for=TIME] [owner=NAME] [override=RULE]... [reason=TEXT]
 *   undrain ID|SET [owner=NAME] [override=RULE]... [reason=TEXT]
 *
 * SET is OWNER/SET or OWNER/TYPE/SET; OWNER is kept in lower case, without the last dot.  TIME is a number and s, m, h
 * or d; TEXT is the rest of the line.  docs/formats/control-protocol.md.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "health/forces.h"
#include "rules.h"

#define FORCE_DRAIN_MARK                                                                           \
    "drain " /* the reason of a drain begins so, with its target behind; no other does */
#define FORCE_ORDER_SECONDS_MAX (365U * 86400U) /* of for=; longer is not meant to end */

enum force_verb {
    FORCE_FORCE,
    FORCE_DRAIN,   /* the state is HEALTH_DOWN */
    FORCE_UNDRAIN, /* and HEALTH_UNKNOWN */
};

#define FORCE_ORDER_TARGET_MAX 1400U

struct force_order {
    char id[HEALTH_ID_MAX + 1];              /* of `force` */
    char target[FORCE_ORDER_TARGET_MAX + 1]; /* of the others */
    char overrides[RULES_OVERRIDE_MAX][RULES_NAME_MAX + 1];
    uint32_t overrides_count;
    enum health_state state;         /* HEALTH_UNKNOWN: auto, what is found counts again */
    uint64_t for_ms;                 /* 0: without an end */
    char owner[FORCE_OWNER_MAX + 1]; /* empty: not given */
    char reason[FORCE_REASON_MAX + 1];
};

/* Reads the words behind the verb.
 *
 * Returns 0, or ERR_SYNTAX with a sentence for people appended to `why` and *ret untouched. */
MUST_CHECK int force_order_parse(
        enum force_verb verb, const char *text, struct force_order *ret, struct buf *why);

/* The word of a verb. */
const char *force_verb_word(enum force_verb verb);
