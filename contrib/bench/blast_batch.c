/* blast_batch.c -- see blast_batch.h. */
#include "blast_batch.h"

#include <netinet/in.h>

#include "base/mem.h"
#include "blast.h"

#define RECEIVE (1 << 20)  /* bytes that wait in a socket */
#define APART   0x0000fb00 /* between the addresses of two sockets: all within 127.0.0.0/8 */

struct blast_batch *blast_batch_new(void)
{
    struct blast_batch *batch = mem_zalloc(1, sizeof(*batch));
    for (unsigned i = 0; i < BLAST_BATCH; i++) {
        batch->parts[i].iov_base = batch->bytes[i];
        batch->datagrams[i].msg_hdr.msg_iov = &batch->parts[i];
        batch->datagrams[i].msg_hdr.msg_iovlen = 1;
    }
    return batch;
}

int blast_batch_socket(uint16_t port, unsigned place)
{
    const struct sockaddr_in own = {
            .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + place * APART)};
    const struct sockaddr_in server = {.sin_family = AF_INET,
            .sin_port = htons(port),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int bytes = RECEIVE;
    int fd = blast_must(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), "socket");
    blast_must(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), "SO_RCVBUF");
    blast_must(bind(fd, (const struct sockaddr *)&own, sizeof(own)), "bind");
    blast_must(connect(fd, (const struct sockaddr *)&server, sizeof(server)), "connect");
    return fd;
}

unsigned blast_batch_receive(struct blast_batch *batch, int fd)
{
    for (unsigned i = 0; i < BLAST_BATCH; i++)
        batch->parts[i].iov_len = BLAST_BATCH_BYTES;
    int count = recvmmsg(fd, batch->datagrams, BLAST_BATCH, MSG_DONTWAIT, NULL);
    return count > 0 ? (unsigned)count : 0;
}

void blast_batch_send(struct blast_batch *batch, int fd, unsigned count)
{
    unsigned sent = 0;
    while (sent < count) {
        int some = sendmmsg(fd, batch->datagrams + sent, count - sent, 0);
        sent += some > 0 ? (unsigned)some : 1;
    }
}
