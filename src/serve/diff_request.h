/* diff_request.h -- what is asked of diff.h, out of the bytes of a request.  Pure.
 *
 *   request = [ ZONE ] [ newline *( "+" ID / "-" ID ), separated by blanks ]
 *
 * The second line is what a reload would do to the ids of checks, as the checker has told the supervisor: the
 * only thing that one role ever learns from the other beside the health table, and it is but names.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "dns/name.h"
#include "health/ids.h"

#define DIFF_CHANGES_MAX                                                                           \
    (2U * HEALTH_TABLE_SLOTS) /* all that there are may go, and as many may come */

struct diff_request {
    bool has_zone;
    struct name zone;
    struct health_ids_change *changes; /* ids lie in `words` */
    uint32_t changes_count;
    char *words;
};

/* Reads a request.
 *
 * Returns 0 and *ret, ended with diff_request_done(), or ERR_SYNTAX with a sentence for people in `why`. */
MUST_CHECK int diff_request_parse(const char *text, struct diff_request *ret, struct buf *why);
void diff_request_done(struct diff_request *request);
