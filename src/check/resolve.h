/* resolve.h -- finding the IPv4 addresses of a name, without blocking the loop.
 *
 * The system's resolver runs in libuv's thread pool.  A lookup under way cannot be taken back: when
 * it is cancelled, what comes of it is dropped whenever that is.  Calls belong to the loop's thread.
 */
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <uv.h>

#include "base/attr.h"

#define RESOLVE_ADDRESSES_MAX 64U

struct resolve;

/* Called once, from the loop, unless resolve_cancel() came first.  `error` is 0 or a libuv error;
 * with 0 there is at least one address.  The addresses are borrowed during the call. */
typedef void resolve_handler(
        void *context, int error, const struct in_addr *addresses, size_t count);

/* Looks up the A records of `name` (route53.md 3.2: only IPv4 is used).
 *
 * Returns 0 and a lookup in *ret, borrowed until its handler is called or it is cancelled; or a
 * libuv error, with *ret untouched. */
MUST_CHECK int resolve_start(struct resolve **ret, uv_loop_t *loop, const char *name,
        resolve_handler *handler, void *context);

/* The handler will not be called.  NULL does nothing. */
void resolve_cancel(struct resolve *resolve);
