/* client.h -- the other end of control.h, for holdfastctl: asks and waits, but not for ever: a daemon that
 * is stopped accepts nothing and says nothing, and whoever asks it wants to be told so. */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

/* Sends one request line to the daemon whose socket is at `path` and reads the whole reply.
 * `patience_ms`, above 0, is how long the daemon may stay silent.
 *
 * Returns 0, the daemon's status in *status and its body in *body (which the caller initialised and
 * ends); -ETIMEDOUT when the patience is over; or another negative error if there is no daemon or no
 * whole reply. */
MUST_CHECK int client_ask(
        const char *path, const char *line, uint32_t patience_ms, int *status, struct buf *body);
