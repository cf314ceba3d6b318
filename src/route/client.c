/* client.c -- see client.h. */
#include "route/client.h"

#include <arpa/inet.h>
#include <stdio.h>

const char *client_format(const struct client *client, char ret[CLIENT_TEXT_MAX])
{
    char address[INET6_ADDRSTRLEN];

    inet_ntop(client->family == CLIENT_IPV6 ? AF_INET6 : AF_INET, client->address, address,
            sizeof(address));
    snprintf(ret, CLIENT_TEXT_MAX, "%s/%u", address, client->bits);
    return ret;
}
