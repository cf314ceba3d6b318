/* http_request.c -- see http_request.h. */
#include "check/http_request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PORT_HTTP  80U
#define PORT_HTTPS 443U

const char *http_request_address(const union net_address *address, char ret[NET_TEXT_MAX])
{
    char host[NET_TEXT_MAX];
    bool is_v6 = address->any.sa_family == AF_INET6;

    net_address_format_host(address, host);
    snprintf(ret, NET_TEXT_MAX, is_v6 ? "[%.*s]" : "%.*s", (int)NET_TEXT_MAX - 3, host);
    return ret;
}

/* The port is left out only where it is the type's own: route53.md 3.2, the table "Host header". */
const char *http_request_host(const struct check_target *target, const union net_address *address,
        char ret[HTTP_HOST_MAX + 1])
{
    char literal[NET_TEXT_MAX];
    const char *host = target->host != NULL ? target->host : http_request_address(address, literal);

    if (target->port == (check_type_is_tls(target->type) ? PORT_HTTPS : PORT_HTTP))
        snprintf(ret, HTTP_HOST_MAX + 1, "%s", host);
    else
        snprintf(ret, HTTP_HOST_MAX + 1, "%s:%u", host, target->port);
    return ret;
}

const char *http_request_target(const char *path, char ret[HTTP_TARGET_MAX + 1])
{
    static const char hex[] = "0123456789ABCDEF";
    size_t length = 0;
    for (; *path != '\0' && length + 3 <= HTTP_TARGET_MAX; path++) {
        unsigned char c = (unsigned char)*path;
        if (c > ' ' && c < 0x7f && c != '#') {
            ret[length++] = (char)c;
            continue;
        }
        ret[length++] = '%';
        ret[length++] = hex[c >> 4];
        ret[length++] = hex[c & 15];
    }
    ret[length] = '\0';
    return ret;
}

bool http_request_has_header(const struct check_target *target, const char *name)
{
    size_t length = strlen(name);
    for (const char *const *line = target->headers; *line != NULL; line++)
        if (strncasecmp(*line, name, length) == 0 && (*line)[length] == ':')
            return true;
    return false;
}
