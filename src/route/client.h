/* client.h -- who asks, as routing sees it: the client subnet that came with the query (RFC 7871), else
 * the address it came from. */
#pragma once

#include <stdint.h>

#include "base/attr.h"

#define CLIENT_ADDRESS_BYTES 16U
#define CLIENT_TEXT_MAX      64U

enum client_family {
    CLIENT_IPV4,
    CLIENT_IPV6,
    CLIENT_FAMILIES, /* how many there are */
};

/* A network: a host's has 32 or 128 bits.  Zero bits of an address say that it lies anywhere. */
struct client {
    enum client_family family;
    uint8_t bits; /* 0..client_bits_max() */
    uint8_t address
            [CLIENT_ADDRESS_BYTES]; /* network order, IPv4 in the first four; 0 behind `bits` */
};

/* How many bits an address of the family has. */
static inline uint8_t client_bits_max(enum client_family family)
{
    return family == CLIENT_IPV4 ? 32 : 128;
}

/* Reads an address, or ADDRESS/BITS, of which bits behind the prefix do not count.
 *
 * Returns 0 and *ret, or ERR_SYNTAX. */
MUST_CHECK int client_parse(const char *text, struct client *ret);

/* Writes a client as ADDRESS/BITS into `ret`.  Returns ret. */
const char *client_format(const struct client *client, char ret[CLIENT_TEXT_MAX]);
