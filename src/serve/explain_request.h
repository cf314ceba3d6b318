/* explain_request.h -- what is asked of explain.h, out of the words of a request.  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "dns/name.h"
#include "health/table.h"
#include "route/client.h"

#define EXPLAIN_ASSUMPTIONS_MAX 64U

struct explain_assumption {
    char id[HEALTH_ID_MAX + 1];
    enum health_state state; /* HEALTH_UP or HEALTH_DOWN */
};

struct explain_request {
    struct name name;
    uint16_t type;
    bool has_client;
    struct client client;
    uint32_t assumptions_count;
    struct explain_assumption assumptions[EXPLAIN_ASSUMPTIONS_MAX];
};

/* Reads "NAME TYPE [client=PREFIX] [assume=ID=up|down]...": the name is absolute with or without its
 * last dot, the prefix an address or ADDRESS/BITS, of which bits behind the prefix do not count.
 *
 * Returns 0 and *ret, or ERR_SYNTAX with a sentence for people in `why`. */
MUST_CHECK int explain_request_parse(
        const char *words, struct explain_request *ret, struct buf *why);
