/* rr.h -- the numbers of the protocol that the server itself must know.
 *
 * Every other type is opaque: dns/text.h turns its text into wire form, and it is copied.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum rr_type {
    RR_A = 1,
    RR_NS = 2,
    RR_CNAME = 5,
    RR_SOA = 6,
    RR_PTR = 12,
    RR_MX = 15,
    RR_TXT = 16,
    RR_AAAA = 28,
    RR_SRV = 33,
    RR_DNAME = 39,
    RR_OPT = 41,
    RR_DS = 43,
    RR_RRSIG = 46,
    RR_NSEC = 47,
    RR_SVCB = 64,
    RR_HTTPS = 65,
    RR_IXFR = 251,
    RR_AXFR = 252,
    RR_ANY = 255,
    RR_CAA = 257,
};

enum rr_class {
    RR_CLASS_IN = 1,
    RR_CLASS_CH = 3,
    RR_CLASS_NONE = 254,
};

enum rcode {
    RCODE_NOERROR = 0,
    RCODE_FORMERR = 1,
    RCODE_SERVFAIL = 2,
    RCODE_NXDOMAIN = 3,
    RCODE_NOTIMP = 4,
    RCODE_REFUSED = 5,
    RCODE_YXDOMAIN = 6,
    RCODE_BADVERS = 16,   /* extended, RFC 6891 */
    RCODE_BADCOOKIE = 23, /* extended, RFC 7873 */
};

enum opcode {
    OPCODE_QUERY = 0,
};

/* The numbers that end a SOA's rdata: serial, refresh, retry, expire, minimum (RFC 1035 3.3.13). */
#define RR_SOA_NUMBERS_BYTES 20U

/* A record as it stands in a message, behind its owner: type, class, TTL, length (RFC 1035 4.1.3). */
#define RR_FIXED_BYTES 10U

/* The most bytes of rdata one record can have. */
#define RR_RDATA_MAX 65535U

/* Whether this type may be asked but never stored (RFC 6895 section 3.1: meta and question types). */
static inline bool rr_type_is_meta(uint16_t type)
{
    return type == RR_OPT || (type >= 128 && type <= 255);
}
