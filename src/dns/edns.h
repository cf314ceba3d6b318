/* edns.h -- the OPT record (RFC 6891): what a client says of itself, and what is said back.
 *
 * Options are kept as a borrowed span and looked at one by one, so that a later option needs no
 * change here.  Pure; no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "dns/wire.h"

#define EDNS_OPT_BYTES     11U /* root owner and fixed part, without options */
#define EDNS_UDP_MIN       512U
#define EDNS_DO            0x8000U
#define EDNS_VERSION_KNOWN 0
#define EDNS_OPTION_BYTES  4U /* code and length before an option's data */

/* The longest client subnet: family, two prefix lengths, an IPv6 address (RFC 7871 section 6). */
#define EDNS_SUBNET_MAX 20U

/* The most that the options of a response take; serve/response.h adds them up. */
#define EDNS_REPLY_OPTIONS_MAX 126U

/* Options known here, by code. */
enum edns_option {
    EDNS_NSID = 3,       /* RFC 5001 */
    EDNS_SUBNET = 8,     /* RFC 7871 */
    EDNS_COOKIE = 10,    /* RFC 7873 */
    EDNS_KEEPALIVE = 11, /* RFC 7828 */
    EDNS_ERROR = 15,     /* RFC 8914 */
};

/* What an extended error says (RFC 8914 section 4). */
enum edns_error {
    EDNS_ERROR_OTHER = 0,
    EDNS_ERROR_STALE = 3,
    EDNS_ERROR_NOT_READY = 14,
    EDNS_ERROR_NOT_AUTHORITATIVE = 20,
    EDNS_ERROR_NOT_SUPPORTED = 21,
};

struct edns {
    bool present;
    uint8_t rcode_high; /* of a response: the extended rcode without its low four bits (RFC 6891 6.1.3) */
    uint8_t version;
    uint16_t udp_size_bytes; /* as offered; at least EDNS_UDP_MIN (RFC 6891 6.2.5) */
    uint16_t flags;          /* EDNS_DO and unknown bits */
    const uint8_t *options;  /* borrowed from the message; each checked to lie within the record */
    uint16_t options_bytes;
};

/* Looks through the records from `offset` (behind the question) to the end of the message for OPT.
 * `counts` are the header's. 
 *
 * Returns 0 and *ret, with ret->present false if there is none; ERR_SYNTAX if a record is malformed,
 * OPT is not in the additional section, stands twice or has an owner other than the root, an option
 * overruns, or bytes trail behind the last record. */
MUST_CHECK int edns_read(const uint8_t *message, size_t size, size_t offset,
        const uint16_t counts[4], struct edns *ret);

/* Takes the next option off the span: true with its code, data and length, false at the end. */
static inline bool edns_next_option(
        struct wire_reader *options, uint16_t *code, const uint8_t **data, uint16_t *length)
{
    if (options->failed || options->at == options->size)
        return false;
    const uint8_t *head = wire_read(options, EDNS_OPTION_BYTES);
    const uint8_t *read_data = head != NULL ? wire_read(options, wire_load16(head + 2)) : NULL;
    if (read_data == NULL)
        return false;
    *code = wire_load16(head);
    *length = wire_load16(head + 2);
    *data = read_data;
    return true;
}

/* Appends an OPT record without options.  `rcode` is the whole extended code; its high bits go here
 * and its low four into the header. */
void edns_write(
        struct wire_writer *writer, uint16_t udp_size_bytes, uint16_t flags, unsigned rcode);
