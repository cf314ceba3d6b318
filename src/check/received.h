/* received.h -- how much has arrived on a TCP connection, asked of the kernel.
 *
 * A file of its own, since Linux's struct tcp_info and that of the C library exclude each other and
 * only the former has this number.
 */
#pragma once

#include <stdint.h>

/* Bytes of payload that have arrived on a connection since it stands, read or not; 0 if it is none. */
uint64_t received_bytes(int fd);
