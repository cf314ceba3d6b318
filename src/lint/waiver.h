/* waiver.h -- what an operator has looked at and accepts: "NAME:CODE", "NAME TYPE:CODE" or "*:CODE".  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "dns/name.h"
#include "lint/lint.h"

#define LINT_WAIVERS_MAX 1000U

struct lint_waiver {
    char name[NAME_TEXT_MAX]; /* of a finding, case and last dot ignored; "*" for all */
    uint16_t type;            /* 0: any */
    enum lint_code code;
};

/* Returns 0 and *ret, or ERR_SYNTAX with a sentence in `why`. */
MUST_CHECK int lint_waiver_parse(const char *text, struct lint_waiver *ret, struct buf *why);

/* Whether it is meant for this finding. */
bool lint_waiver_covers(const struct lint_waiver *waiver, const struct lint_finding *finding);
