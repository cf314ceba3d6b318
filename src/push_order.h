/* push_order.h -- what `alarm` and `control` ask for, read from the words of the request.  Pure.
 *
 *   NAME OK|ALARM|INSUFFICIENT_DATA [region=REGION]
 *   NAME on|off [override=RULE]...
 *
 * docs/formats/control-protocol.md.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "health/table.h"
#include "rules.h"

#define PUSH_REGION_MAX 64U
#define PUSH_NAME_MAX   327U /* a target in full, "alarm:REGION/NAME" with a NAME of 256 bytes */

enum push_verb {
    PUSH_ALARM,
    PUSH_CONTROL,
};

struct push_order {
    char name[PUSH_NAME_MAX + 1];
    char region[PUSH_REGION_MAX + 1]; /* empty: not given */
    enum health_state state;          /* HEALTH_UNKNOWN: INSUFFICIENT_DATA */
    char overrides[RULES_OVERRIDE_MAX][RULES_NAME_MAX + 1];
    uint32_t overrides_count;
};

/* The word of a state. */
const char *push_state_word(enum push_verb verb, enum health_state state);

/* Returns 0, or ERR_SYNTAX with a sentence for people appended to `why` and *ret untouched. */
MUST_CHECK int push_order_parse(
        enum push_verb verb, const char *words, struct push_order *ret, struct buf *why);
