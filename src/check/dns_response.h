/* dns_response.h -- whether a message answers a DNS probe's query, and whether the answer is right.
 *
 * Only what carries the query's id and its whole question counts (RFC 5452 section 9.1); the server's
 * address is the caller's part.  Whatever else comes says nothing about the endpoint.  Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "check/dns_query.h"
#include "check/probe.h"

#define DNS_RESPONSE_RECORDS_MAX 512U /* of the question's type that are compared */

enum dns_response {
    DNS_RESPONSE_FOREIGN,   /* no response to this query */
    DNS_RESPONSE_TRUNCATED, /* TC is set: over UDP, ask over TCP (RFC 7766 section 5) */
    DNS_RESPONSE_WHOLE,
};

/* What a message is to a query. */
enum dns_response dns_response_match(
        const struct dns_query *query, const uint8_t *message, size_t size);

/* Judges a response that is not foreign, and writes the sentence into `ret`.  Every ExpectedRdata must be
 * among the records of the question's type in the answer section, whatever their owner: behind a CNAME it
 * is another than the question's. */
enum probe_reason dns_response_judge(const struct dns_query *query, const uint8_t *message,
        size_t size, char ret[HEALTH_REASON_MAX + 1]);
