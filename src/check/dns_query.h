/* dns_query.h -- the query that a DNS probe sends (RFC 1035 section 4.1).  Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "check/definition.h"
#include "dns/edns.h"
#include "dns/message.h"

#define DNS_QUERY_LENGTH_BYTES 2U    /* before a message over TCP (RFC 1035 4.2.2) */
#define DNS_QUERY_UDP_BYTES    1232U /* what is offered in EDNS, as resolvers do (RFC 9715) */
#define DNS_QUERY_MAX                                                                              \
    (MESSAGE_HEADER_BYTES + NAME_MAX_BYTES + MESSAGE_QUESTION_BYTES + EDNS_OPT_BYTES)

struct dns_query {
    const struct check_dns *dns; /* borrowed */
    uint16_t id;
    size_t length;                                          /* of the message */
    uint8_t framed[DNS_QUERY_LENGTH_BYTES + DNS_QUERY_MAX]; /* its length, then the message */
};

/* `id` must be one that nobody can guess (RFC 5452 section 4.3). */
void dns_query_init(struct dns_query *ret, const struct check_dns *dns, uint16_t id);

/* The message alone; borrowed from the query. */
const uint8_t *dns_query_message(const struct dns_query *query);
