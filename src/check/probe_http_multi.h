/* probe_http_multi.h -- libcurl's transfers on a libuv loop.
 *
 * libcurl says which sockets it waits for and when it wants to be called again; here these become
 * poll handles and one timer.  Transfers are curl's easy handles, passed as void * so that curl's
 * types stay in the files that make them; each carries its owner as CURLOPT_PRIVATE.  All calls
 * belong to the loop's thread, none may come from inside a callback of libcurl.
 */
#pragma once

#include <uv.h>

#include "base/attr.h"

struct multi;

struct multi_events {
    /* The transfer is over, with a CURLcode, and has been taken out. */
    void (*done)(void *owner, int code);

    /* The loop has begun to wait for a socket of the transfer; or could not, for a libuv error: then
     * nothing will ever move the transfer again.  Called from inside libcurl. */
    void (*waiting)(void *owner, int error);
};

/* Returns 0 and a new driver in *ret, ended with multi_free(), or a negative error.  `events` must
 * live as long. */
MUST_CHECK int multi_new(struct multi **ret, uv_loop_t *loop, const struct multi_events *events);

/* Every transfer must have been taken out.  The memory goes when the loop has run once more.  NULL
 * does nothing. */
void multi_free(struct multi *multi);

/* Starts a transfer.  Nothing of it happens before the loop's next turn. */
MUST_CHECK int multi_add(struct multi *multi, void *easy);

/* Takes a transfer out, whose connection is closed; `done` will not be called. */
void multi_remove(struct multi *multi, void *easy);
