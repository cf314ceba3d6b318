/* udp.h -- one UDP socket of one worker: datagrams in batches, in and out.
 *
 * While replies wait for room in the socket's send buffer nothing more is read, so that no reply is
 * dropped here; what the kernel then drops is queries that nobody has looked at.
 *
 * A socket that has had queries waiting for 50 ms without a break, the last of them for 4 ms, is behind: more
 * is asked than we answer.  While it is, its receive buffer is a small one, so that what is too much is dropped
 * by the kernel and not by us, and batches that are stale all the same are dropped unread: what is answered is
 * answered in time (docs/decisions/0028-stale-queries.md).
 * All calls belong to the loop's thread.
 */
#pragma once

#include "base/attr.h"
#include "serve/handler.h"

#define UDP_BATCH      64U   /* datagrams per system call */
#define UDP_TURN       4U    /* batches before other sockets get their turn */
#define UDP_QUERY_MAX  4096U /* a longer query is cut off, and so malformed */
#define UDP_ANSWER_MAX 4096U

#define UDP_STALE_US     4000U       /* a query older than this is not answered while behind */
#define UDP_BEHIND_US    50000U      /* of waiting without a break: behind */
#define UDP_STILL_US     10000U      /* of the same: still behind */
#define UDP_CAUGHT_UP_US 1000000U    /* without that: no longer */
#define UDP_BEHIND_BYTES (128 << 10) /* of receive buffer while behind: some 340 small queries */

struct udp;

/* Starts to answer on `fd`, a bound non-blocking socket, which stays the caller's and must stay open
 * until the socket is closed.  `handler` is borrowed.
 *
 * Returns 0 and a new socket in *ret, ended with udp_close(), or a negative libuv error. */
MUST_CHECK int udp_open(struct udp **ret, struct handler *handler, int fd);

/* Stops; the memory goes when the loop has run the closing callback.  NULL does nothing. */
void udp_close(struct udp *udp);
