/* expect.h -- what an endpoint says over TCP, held against Expect.
 *
 * The bytes may come in any pieces; the first PROBE_EXPECT_SEARCHED of them are kept and searched, and
 * an answer that has not been right by then is wrong.  One answer's worth; pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "check/probe.h"

/* How an answer came to be wrong. */
enum expect_end {
    EXPECT_DECIDED, /* expect_take() has said so */
    EXPECT_CLOSED,  /* end of stream */
    EXPECT_RESET,   /* or any other error of the connection */
    EXPECT_EXPIRED, /* ResponseTimeout */
};

struct expect {
    const struct check_target *target;
    uint8_t *bytes; /* owned; NULL until something came */
    size_t length;
    bool found;
};

/* `target` is borrowed and has an Expect; ended with expect_done(). */
void expect_init(struct expect *expect, const struct check_target *target);
void expect_done(struct expect *expect);

/* Takes what came.  Returns whether more is wanted; if not, expect->found is the decision. */
MUST_CHECK bool expect_take(struct expect *expect, const void *bytes, size_t length);

/* Why an answer is wrong.  Writes the sentence into `ret`. */
enum probe_reason expect_explain(
        const struct expect *expect, enum expect_end end, char ret[HEALTH_REASON_MAX + 1]);
