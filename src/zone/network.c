/* network.c -- see network.h. */
#include "zone/network.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

#define SHOWN_MAX 64 /* bytes of what was read in a message */

static int family_of(const struct client *network)
{
    return network->family == CLIENT_IPV4 ? AF_INET : AF_INET6;
}

/* Clears the bits behind the prefix.  Returns whether any was set. */
static bool clear_behind(struct client *network)
{
    bool any = false;

    for (uint32_t i = 0; i < CLIENT_ADDRESS_BYTES; i++) {
        uint8_t kept = 0;
        if (8 * (i + 1) <= network->bits)
            kept = 0xff;
        else if (8 * i < network->bits)
            kept = (uint8_t)(0xff << (8 * (i + 1) - network->bits));
        any |= (network->address[i] & ~kept) != 0;
        network->address[i] &= kept;
    }
    return any;
}

/* The address before the slash. */
static bool read_address(const char *text, size_t length, struct client *ret)
{
    char address[INET6_ADDRSTRLEN];

    if (length >= sizeof(address))
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    ret->family = strchr(address, ':') != NULL ? CLIENT_IPV6 : CLIENT_IPV4;
    return inet_pton(family_of(ret), address, ret->address) == 1;
}

int network_parse(const char *text, struct client *ret, struct buf *why)
{
    struct client network = {.bits = 0};
    const char *slash = strchr(text, '/');
    char meant[NETWORK_TEXT_MAX];
    uint64_t bits;

    if (slash == NULL || !read_address(text, (size_t)(slash - text), &network)) {
        buf_printf(why, "\"%.*s\" is no network; write ADDRESS/BITS", SHOWN_MAX, text);
        return ERR_FAULTY;
    }
    uint8_t max = client_bits_max(network.family);
    if (str_parse_number(slash + 1, max, &bits) < 0) {
        buf_printf(why, "\"%.*s\" is no network: 0 to %u bits are written behind the slash",
                SHOWN_MAX, text, max);
        return ERR_FAULTY;
    }
    network.bits = (uint8_t)bits;
    if (clear_behind(&network)) {
        buf_printf(why, "\"%.*s\" has bits set behind its prefix; the network is %s", SHOWN_MAX,
                text, network_format(&network, meant));
        return ERR_FAULTY;
    }
    *ret = network;
    return 0;
}

const char *network_format(const struct client *network, char ret[NETWORK_TEXT_MAX])
{
    char address[INET6_ADDRSTRLEN];

    inet_ntop(family_of(network), network->address, address, sizeof(address));
    snprintf(ret, NETWORK_TEXT_MAX, "%s/%u", address, network->bits);
    return ret;
}
