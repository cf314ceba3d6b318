/* fuzz_check_dns_response.c -- matching and judging a DNS response (src/check/dns_response.c, with
 * src/dns/rdata.c and message.c behind it).  The first byte is the question's type and whether an rdata is
 * expected, the rest the message. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "check/dns_response.h"
#include "dns/rr.h"

#define EXPECTED 0x80U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct check_bytes rdata[] = {
            {(const uint8_t *)"\300\0\2\1",    4 },
            {(const uint8_t *)"\2ns\7example", 12},
    };
    struct dns_query query;
    char text[HEALTH_REASON_MAX + 1];

    if (size < 1)
        return 0;
    struct check_dns dns = {
            .name = (const uint8_t *)"\3www\7example",
            .type = data[0] & 0x7f,
            .rdata = rdata,
            .rdata_count = (data[0] & EXPECTED) != 0 ? COUNT(rdata) : 0,
    };
    dns_query_init(&query, &dns, 0x0102);
    if (dns_response_match(&query, data + 1, size - 1) == DNS_RESPONSE_FOREIGN)
        return 0;
    enum probe_reason reason = dns_response_judge(&query, data + 1, size - 1, text);
    assert(reason == PROBE_OK || reason == PROBE_DNS || reason == PROBE_RCODE ||
            reason == PROBE_RDATA);
    assert(*text != '\0');
    for (const char *at = text; *at != '\0'; at++)
        assert(*at >= ' ' && *at <= '~');
    return 0;
}
