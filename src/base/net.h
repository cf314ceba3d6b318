/* net.h -- addresses as text, and the sockets a server listens on. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/attr.h"

#define NET_TEXT_MAX    64U
#define NET_TCP_BACKLOG 1024 /* connections that wait to be accepted */

/* Asked for by net_udp_open(); the kernel gives what net.core.rmem_max allows.  A burst must wait, not be
 * dropped. */
#define NET_UDP_RECEIVE_BYTES (4 << 20)

/* An IPv4 or IPv6 address with a port. */
union net_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Reads ADDR, ADDR:PORT, [ADDR6] or [ADDR6]:PORT; without a port `default_port` is used.
 *
 * Returns 0 and the address in *ret, or ERR_SYNTAX.  *ret is untouched on error. */
MUST_CHECK int net_address_parse(const char *text, uint16_t default_port, union net_address *ret);

/* Writes ADDR:PORT or [ADDR6]:PORT.  Returns ret. */
const char *net_address_format(const union net_address *address, char ret[NET_TEXT_MAX]);

/* Writes the address without its port and without brackets.  Returns ret. */
const char *net_address_format_host(const union net_address *address, char ret[NET_TEXT_MAX]);

/* The size of the sockaddr inside, for bind() and sendto(). */
socklen_t net_address_size_bytes(const union net_address *address);

/* Whether this is 0.0.0.0 or ::. */
bool net_address_is_wildcard(const union net_address *address);

/* Opens a non-blocking, close-on-exec UDP socket with SO_REUSEPORT, bound to `address`: IPv6 only
 * (no mapped IPv4), a large receive buffer, no path-MTU discovery (RFC 9715: fragments forged to fit
 * are an attack), and packet info on a wildcard address, so that a reply leaves from the address the
 * query came to.
 *
 * Returns the new descriptor or -errno. */
MUST_CHECK int net_udp_open(const union net_address *address);

/* Asks for another receive buffer.  What is in it stays.  Returns 0 or -errno. */
MUST_CHECK int net_udp_set_receive(int fd, int bytes);

/* Datagrams that the kernel dropped because a socket's receive buffer was full, since it was opened, modulo
 * 2^32; 0 if it does not tell. */
uint32_t net_udp_overflow(int fd);

/* Opens a non-blocking, close-on-exec TCP socket with SO_REUSEPORT and SO_REUSEADDR, bound and
 * listening with a backlog of NET_TCP_BACKLOG.  IPv6 only, as above.
 *
 * Returns the new descriptor or -errno. */
MUST_CHECK int net_tcp_listen(const union net_address *address);
