/* subnet.c -- see subnet.h. */
#include "serve/subnet.h"

#include <string.h>

#include "base/err.h"
#include "dns/wire.h"

/* Where the parts of the option lie, behind its family (RFC 7871 section 6). */
#define SUBNET_SOURCE_AT  2U
#define SUBNET_ADDRESS_AT 4U

#define FAMILY_NONE 0U
#define FAMILY_IPV4 1U
#define FAMILY_IPV6 2U

/* The longest prefix of an address family. */
static int longest_prefix(uint16_t family)
{
    static const int bits[] = {
            [FAMILY_NONE] = 0,
            [FAMILY_IPV4] = 32,
            [FAMILY_IPV6] = 128,
    };
    return family < COUNT(bits) ? bits[family] : -1;
}

int subnet_read(const uint8_t *data, uint16_t length, struct client *ret)
{
    if (length < SUBNET_ADDRESS_AT)
        return ERR_SYNTAX;
    uint16_t family = wire_load16(data);
    unsigned prefix = data[SUBNET_SOURCE_AT];
    if ((int)prefix > longest_prefix(family) || data[SUBNET_SCOPE_AT] != 0)
        return ERR_SYNTAX;
    size_t bytes = (prefix + 7) / 8;
    if (length != SUBNET_ADDRESS_AT + bytes)
        return ERR_SYNTAX;
    unsigned behind = 0xffU >> (prefix % 8);
    if (prefix % 8 != 0 && (data[length - 1] & behind) != 0)
        return ERR_SYNTAX;

    *ret = (struct client){
            .family = family == FAMILY_IPV6 ? CLIENT_IPV6 : CLIENT_IPV4, .bits = (uint8_t)prefix};
    memcpy(ret->address, data + SUBNET_ADDRESS_AT, bytes);
    return 0;
}

void subnet_from_address(const union net_address *address, struct client *ret)
{
    bool is_ipv6 = address->any.sa_family == AF_INET6;

    *ret = (struct client){.family = is_ipv6 ? CLIENT_IPV6 : CLIENT_IPV4};
    ret->bits = client_bits_max(ret->family);
    if (is_ipv6)
        memcpy(ret->address, &address->v6.sin6_addr, 16);
    else
        memcpy(ret->address, &address->v4.sin_addr, 4);
}
