/* floor_tcp.h -- what the kernel alone costs over TCP: a server that knows where a query ends, and nothing else. */
#pragma once

#include <stddef.h>

/* Opens 127.0.0.1:`port`, any free one if it is 0, and returns the listening socket. */
int floor_tcp_open(unsigned port);

/* Waits once for connections and queries, and sends each query back filled up to `answer_bytes`; all queries that
 * came together are answered together.  Returns how many. */
unsigned floor_tcp_turn(int listener, size_t answer_bytes);
