/* expect.c -- see expect.h. */
#include "check/expect.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "check/shown.h"

void expect_init(struct expect *expect, const struct check_target *target)
{
    assert(target->expect.length > 0);
    *expect = (struct expect){.target = target};
}

void expect_done(struct expect *expect)
{
    free(expect->bytes);
    *expect = (struct expect){0};
}

bool expect_take(struct expect *expect, const void *bytes, size_t length)
{
    const struct check_bytes *wanted = &expect->target->expect;
    size_t room = PROBE_EXPECT_SEARCHED - expect->length;
    size_t taken = length < room ? length : room;
    /* Where it can have become whole: in the new bytes and the few before them. */
    size_t from = expect->length >= wanted->length ? expect->length - (wanted->length - 1) : 0;

    if (expect->bytes == NULL)
        expect->bytes = mem_alloc(PROBE_EXPECT_SEARCHED);
    memcpy(expect->bytes + expect->length, bytes, taken);
    expect->length += taken;
    expect->found = memmem(expect->bytes + from, expect->length - from, wanted->bytes,
                            wanted->length) != NULL;
    return !expect->found && expect->length < PROBE_EXPECT_SEARCHED;
}

static const char *describe_end(
        const struct expect *expect, enum expect_end end, char *ret, size_t room)
{
    char time[CLOCK_TEXT_MAX];

    if (end == EXPECT_DECIDED)
        snprintf(ret, room, "within the first %u bytes", PROBE_EXPECT_SEARCHED);
    else if (end == EXPECT_EXPIRED)
        snprintf(ret, room, "within %s",
                clock_format_duration(expect->target->response_timeout_ms, time));
    else
        snprintf(ret, room, "before the connection was %s",
                end == EXPECT_CLOSED ? "closed" : "reset");
    return ret;
}

enum probe_reason expect_explain(
        const struct expect *expect, enum expect_end end, char ret[HEALTH_REASON_MAX + 1])
{
    static const enum probe_reason reasons[] = {
            [EXPECT_DECIDED] = PROBE_NO_MATCH,
            [EXPECT_CLOSED] = PROBE_RESET,
            [EXPECT_RESET] = PROBE_RESET,
            [EXPECT_EXPIRED] = PROBE_RESPONSE_TIMEOUT,
    };
    const struct check_bytes *bytes = &expect->target->expect;
    char wanted[SHOWN_MAX + 1];
    char came[SHOWN_MAX + 1];
    char when[64];

    assert(!expect->found);
    shown(bytes->bytes, bytes->length, wanted);
    shown(expect->bytes, expect->length, came);
    describe_end(expect, end, when, sizeof(when));
    if (expect->length == 0) {
        snprintf(ret, HEALTH_REASON_MAX + 1, "nothing came %s; expected %s", when, wanted);
        return reasons[end];
    }
    snprintf(ret, HEALTH_REASON_MAX + 1, "Expect %s not %s; came %s", wanted, when, came);
    return PROBE_NO_MATCH;
}
