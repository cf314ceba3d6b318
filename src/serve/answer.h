/* answer.h -- what a name server says to a question (RFC 1034 section 4.3.2).  Pure.
 *
 * The steps are the RFC's: find the zone, find the name in it, then answer, refer, follow, or deny.
 * Each step fills the response and says whether there is another.
 */
#pragma once

#include "dns/message.h"
#include "serve/response.h"

#define ANSWER_LINKS_MAX 16U /* CNAME and DNAME steps of one answer */

/* The zone that answers for a name, or NULL.  DS lies on the parent's side of a cut, so that for an apex
 * it is the parent's zone if that is served here (RFC 4035 section 3.1.4.1) -- and knows of the child:
 * else it would deny a name that exists. */
const struct zone *answer_find_zone(
        const struct zone_set *zones, const uint8_t *name, uint16_t qtype);

/* Fills the response, which has the question already, with records, AA and RCODE.
 *
 * Returns 0, or ERR_TOO_LARGE if something required did not fit: the response is then for
 * response_truncate(). */
MUST_CHECK int answer_question(const struct message_question *question, struct response *response);
