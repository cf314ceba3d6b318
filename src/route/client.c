/* client.c -- see client.h. */
#include "route/client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

const char *client_format(const struct client *client, char ret[CLIENT_TEXT_MAX])
{
    char address[INET6_ADDRSTRLEN];

    inet_ntop(client->family == CLIENT_IPV6 ? AF_INET6 : AF_INET, client->address, address,
            sizeof(address));
    snprintf(ret, CLIENT_TEXT_MAX, "%s/%u", address, client->bits);
    return ret;
}

static void clear_behind(struct client *client)
{
    for (uint32_t bit = client->bits; bit < 8 * CLIENT_ADDRESS_BYTES; bit++)
        client->address[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
}

int client_parse(const char *text, struct client *ret)
{
    char address[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    struct client client = {.family = CLIENT_IPV4};
    uint64_t bits;

    if (length >= sizeof(address))
        return ERR_SYNTAX;
    memcpy(address, text, length);
    address[length] = '\0';
    if (strchr(address, ':') != NULL)
        client.family = CLIENT_IPV6;
    if (inet_pton(client.family == CLIENT_IPV6 ? AF_INET6 : AF_INET, address, client.address) != 1)
        return ERR_SYNTAX;
    bits = client_bits_max(client.family);
    if (slash != NULL && str_parse_number(slash + 1, bits, &bits) != 0)
        return ERR_SYNTAX;
    client.bits = (uint8_t)bits;
    clear_behind(&client);
    *ret = client;
    return 0;
}
