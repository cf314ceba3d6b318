/* client.h -- the other end of control.h, for holdfastctl: asks and waits. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

/* Sends one request line to the daemon whose socket is at `path` and reads the whole reply.
 *
 * Returns 0, the daemon's status in *status and its body in *body (which the caller initialised and
 * ends); or a negative error if there is no daemon or no whole reply. */
MUST_CHECK int client_ask(const char *path, const char *line, int *status, struct buf *body);
