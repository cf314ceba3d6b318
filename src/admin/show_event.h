/* show_event.h -- one event of the journal as a line for people (docs/formats/journal.md). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

struct show_event_filter {
    uint64_t since_ms; /* real time; 0: any */
    const char *check; /* an id, or NULL: any event */
    bool evidence;     /* with lines of what the probe saw */
};

/* Appends the text for an event's JSON.  Returns 0; -ENOENT with nothing appended if the filter leaves it out; or
 * ERR_SYNTAX, likewise, if it is no JSON object. */
MUST_CHECK int show_event(
        const char *json, const struct show_event_filter *filter, struct buf *ret);
