/* tcp.h -- DNS over TCP (RFC 7766) for one worker: listening sockets and their connections.
 *
 * A connection carries any number of queries, in any split of segments; replies leave in order.  What
 * a connection may hold is bounded: a buffer for what it asks, which has room for the longest query, and replies
 * of one turn being written, while which nothing more is read; an idle one holds no buffer.  A connection on which
 * no query was completed, or no reply could be written, for tcp_idle_ms of the query context is closed; when there
 * are too many, in all or of one client, the one idle for longest makes room (connections.h).
 * All calls belong to the loop's thread.
 */
#pragma once

#include "base/attr.h"
#include "serve/handler.h"

/* Connections of one worker, where there are descriptors for them, and of one client. */
#define TCP_CONNECTIONS_LIMIT   65535U
#define TCP_CONNECTIONS_DEFAULT 1000U
#define TCP_CLIENT_DEFAULT      100U

#define TCP_IDLE_MAX_S     600U
#define TCP_IDLE_DEFAULT_S 10U
#define TCP_SWEEP_MS       1000U
#define TCP_TURN_QUERIES   16U /* answered, of all connections, before datagrams are looked after */

struct tcp;

/* A worker's TCP side, listening nowhere yet, for 1 to TCP_CONNECTIONS_LIMIT connections, of one client at
 * most `client_max`, at least 1; `handler` is borrowed.
 *
 * Returns 0 and *ret, ended with tcp_close(), or a negative libuv error. */
MUST_CHECK int tcp_open(
        struct handler *handler, uint32_t connections_max, uint32_t client_max, struct tcp **ret);

/* Accepts connections on `fd`, a bound, listening, non-blocking socket, which stays the caller's and open
 * until the loop has run the closing callbacks.  Where descriptors or memory of the kernel are short, connections
 * wait up to TCP_SWEEP_MS.
 *
 * Returns 0 or a negative error. */
MUST_CHECK int tcp_listen(struct tcp *tcp, int fd);

/* Closes all connections and stops; the memory goes when the loop has run the closing callbacks.  NULL
 * does nothing. */
void tcp_close(struct tcp *tcp);
