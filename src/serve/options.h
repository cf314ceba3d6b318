/* options.h -- the EDNS options a client may send, and what is said back.
 *
 * Each option known here is a row of one table.  All others are ignored and never echoed (RFC 6891
 * section 6.1.2).  Of an option that stands twice the first counts (RFC 7873 section 5.2 for cookies).
 * Replies are added to the response before its records, so that their room is kept.  Pure.
 */
#pragma once

#include "base/attr.h"
#include "dns/edns.h"
#include "serve/query.h"
#include "serve/response.h"

/* Looks through the options of `query`, read into `edns`.  Where the response has no question they must
 * ask for a cookie (RFC 7873 section 5.4).
 *
 * Returns the RCODE to refuse the query with, or RCODE_NOERROR. */
MUST_CHECK unsigned options_read(
        struct response *response, const struct query *query, const struct edns *edns);
