/* events.h -- holdfastctl events: what has happened, from the journal in the state directory.  No daemon is asked,
 * so it tells as much when there is none. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct events_wishes {
    const char *state_dir;
    const char *
            since; /* a time as events show it, or how long ago, such as 45m; NULL: all that is kept */
    const char *check; /* of this check alone; NULL: any */
    bool evidence;     /* with what the probes saw */
    bool follow;       /* go on with what comes, until a signal */
    bool json;         /* as it is kept: one object on a line */
};

/* Reads a time as --since has it, as real milliseconds.  Returns 0, or ERR_SYNTAX with the fault told on stderr. */
MUST_CHECK int events_read_time(const char *text, uint64_t *ret);

/* Prints them to stdout.  Returns the exit status: 0, or 2 if there is no journal or the wishes make no sense. */
MUST_CHECK int events_run(const struct events_wishes *wishes);
