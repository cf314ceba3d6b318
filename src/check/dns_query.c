/* dns_query.c -- see dns_query.h. */
#include "check/dns_query.h"

#include <assert.h>

#include "dns/rr.h"

void dns_query_init(struct dns_query *ret, const struct check_dns *dns, uint16_t id)
{
    struct message_header header = {
            .id = id,
            .flags = dns->recursion_desired ? MESSAGE_RD : 0,
            .counts = {1, 0, 0, dns->edns ? 1 : 0},
    };
    *ret = (struct dns_query){.dns = dns, .id = id};
    struct wire_writer writer = {.bytes = ret->framed, .size = sizeof(ret->framed)};

    uint8_t *length = wire_reserve(&writer, DNS_QUERY_LENGTH_BYTES);
    message_header_write(wire_reserve(&writer, MESSAGE_HEADER_BYTES), &header);
    wire_write(&writer, dns->name, name_length(dns->name));
    wire_write16(&writer, dns->type);
    wire_write16(&writer, RR_CLASS_IN);
    if (dns->edns)
        edns_write(&writer, DNS_QUERY_UDP_BYTES, 0, RCODE_NOERROR);
    assert(!writer.failed);
    ret->length = writer.at - DNS_QUERY_LENGTH_BYTES;
    wire_store16(length, (uint16_t)ret->length);
}

const uint8_t *dns_query_message(const struct dns_query *query)
{
    return query->framed + DNS_QUERY_LENGTH_BYTES;
}
