/* blast_batch.h -- datagrams to and from a name server on this host, some of them with each system call. */
#pragma once

#include <stdint.h>
#include <sys/socket.h>

#define BLAST_BATCH       64U
#define BLAST_BATCH_BYTES 4096U

/* Buffers that all sockets of a thread use in turn. */
struct blast_batch {
    struct mmsghdr datagrams[BLAST_BATCH];
    struct iovec parts[BLAST_BATCH];
    uint8_t bytes[BLAST_BATCH][BLAST_BATCH_BYTES];
};

/* A new batch, ended with free(). */
struct blast_batch *blast_batch_new(void);

/* A socket that asks this port and does not block.  Its own address is 127.0.0.1, or, with another `place` below
 * BLAST_SOCKETS than 0, one in a network of its own. */
int blast_batch_socket(uint16_t port, unsigned place);

/* Takes what has come, at most BLAST_BATCH datagrams; returns how many. */
unsigned blast_batch_receive(struct blast_batch *batch, int fd);

/* Sends the first `count`.  What the kernel does not take is lost like anything else that nobody answers. */
void blast_batch_send(struct blast_batch *batch, int fd, unsigned count);
