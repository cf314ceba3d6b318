/* udp.h -- one UDP socket of one worker: datagrams in batches, in and out.
 *
 * While replies wait for room in the socket's send buffer nothing more is read, so that no reply is
 * dropped here; what the kernel then drops is queries that nobody has looked at.
 *
 * A socket that has had queries waiting for UDP_BEHIND_US without a break is behind: more is asked than we
 * answer.  Until UDP_CAUGHT_UP_US after the last drop, batches of queries that have all waited for UDP_STALE_US
 * are dropped unread, so that those that are answered are answered in time (docs/decisions/0028-stale-queries.md).
 * All calls belong to the loop's thread.
 */
#pragma once

#include "base/attr.h"
#include "serve/handler.h"

#define UDP_BATCH        64U   /* datagrams per system call */
#define UDP_TURN         4U    /* batches before other sockets get their turn */
#define UDP_QUERY_MAX    4096U /* a longer query is cut off, and so malformed */
#define UDP_ANSWER_MAX   4096U
#define UDP_STALE_US     2000U
#define UDP_BEHIND_US    50000U
#define UDP_CAUGHT_UP_US 1000000U

struct udp;

/* Starts to answer on `fd`, a bound non-blocking socket, which stays the caller's and must stay open
 * until the socket is closed.  `handler` is borrowed.
 *
 * Returns 0 and a new socket in *ret, ended with udp_close(), or a negative libuv error. */
MUST_CHECK int udp_open(struct udp **ret, struct handler *handler, int fd);

/* Stops; the memory goes when the loop has run the closing callback.  NULL does nothing. */
void udp_close(struct udp *udp);
