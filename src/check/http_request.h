/* http_request.h -- the parts of a request that need thought: what is asked for, and of whom.  Pure. */
#pragma once

#include "base/net.h"
#include "check/definition.h"

#define HTTP_HOST_MAX   (DEFINITION_TEXT_MAX + 8U)
#define HTTP_TARGET_MAX (3U * (DEFINITION_TEXT_MAX + 1U))

/* Writes the address as it stands in a URL and a Host header: IPv6 in brackets (RFC 9110 section
 * 7.2), no port.  Returns ret. */
const char *http_request_address(const union net_address *address, char ret[NET_TEXT_MAX]);

/* Writes the value of the Host header for a probe of `target` at `address`.  Returns ret. */
const char *http_request_host(const struct check_target *target, const union net_address *address,
        char ret[HTTP_HOST_MAX + 1]);

/* Writes a path as a request line takes it: whatever is no visible ASCII, and '#', is percent-encoded
 * (RFC 3986 section 2.1); all else, "%" and "..", stays as the user wrote it.  Returns ret. */
const char *http_request_target(const char *path, char ret[HTTP_TARGET_MAX + 1]);

/* Whether the user's own headers have one of this name. */
bool http_request_has_header(const struct check_target *target, const char *name);
