/* floor.c -- what the kernel alone costs: a server that understands nothing of what it answers.
 *
 *   bench_floor PORT BYTES        sends each query over UDP back as an answer, filled up with zeroes to BYTES
 *   bench_floor PORT BYTES tcp    the same over TCP (floor_tcp.h)
 *   bench_floor --smoke           asks itself some queries
 *
 * One thread, one socket, batches of datagrams in and out: no name server over sockets does with fewer system calls, so
 * that its processor time is what the others are measured by.  It listens on 127.0.0.1 until SIGTERM ends it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "floor_tcp.h"

#define BATCH       64U
#define BYTES_MAX   1232U
#define BYTES_SMOKE 60U
#define RECEIVE     (1 << 20) /* bytes that wait in the socket */

/* The buffers of a batch; an answer goes out of the buffer its query came in. */
struct floor {
    int fd;
    size_t answer_bytes;
    struct mmsghdr datagrams[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_in clients[BATCH];
    unsigned char bytes[BATCH][BYTES_MAX];
};

static int must(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(EXIT_FAILURE);
    }
    return result;
}

static void open_socket(struct floor *self, unsigned port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
            .sin_port = htons((uint16_t)port),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int bytes = RECEIVE;
    self->fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    must(setsockopt(self->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), "SO_RCVBUF");
    must(bind(self->fd, (const struct sockaddr *)&address, sizeof(address)), "bind");
}

/* Makes room in the first `count` places, those that the last batch has used. */
static void ready_batch(struct floor *self, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        self->parts[i] = (struct iovec){.iov_base = self->bytes[i], .iov_len = BYTES_MAX};
        self->datagrams[i].msg_hdr = (struct msghdr){.msg_name = &self->clients[i],
                .msg_namelen = sizeof(self->clients[i]),
                .msg_iov = &self->parts[i],
                .msg_iovlen = 1};
    }
}

/* The query with QR set (RFC 1035 section 4.1.1) and, where it is shorter than an answer, with zeroes behind it. */
static void make_answer(struct floor *self, unsigned place)
{
    size_t length = self->datagrams[place].msg_len;
    if (length > 2)
        self->bytes[place][2] |= 0x80;
    if (length < self->answer_bytes) {
        memset(self->bytes[place] + length, 0, self->answer_bytes - length);
        length = self->answer_bytes;
    }
    self->parts[place].iov_len = length;
}

/* One batch in and out; returns how many it had. */
static unsigned serve_batch(struct floor *self)
{
    int count = recvmmsg(self->fd, self->datagrams, BATCH, MSG_WAITFORONE, NULL);
    if (count < 0 && errno == EINTR)
        return 0;
    must(count, "recvmmsg");
    for (unsigned i = 0; i < (unsigned)count; i++)
        make_answer(self, i);
    for (int sent = 0; sent < count;) {
        int some = sendmmsg(self->fd, self->datagrams + sent, (unsigned)(count - sent), 0);
        sent += some > 0 ? some : 1; /* what cannot be sent is lost, as on a network */
    }
    ready_batch(self, (unsigned)count);
    return (unsigned)count;
}

/* Queries that wait in the socket are one batch, and each comes back filled up and marked as an answer. */
static void smoke(struct floor *self)
{
    unsigned char query[20] = {0}, answer[BYTES_MAX];
    struct sockaddr_in address;
    socklen_t length = sizeof(address);
    open_socket(self, 0);
    must(getsockname(self->fd, (struct sockaddr *)&address, &length), "getsockname");
    int client = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    must(connect(client, (struct sockaddr *)&address, length), "connect");
    for (unsigned i = 0; i < BATCH / 2; i++)
        must((int)send(client, query, sizeof(query), 0), "send");
    for (unsigned left = BATCH / 2; left > 0;)
        left -= serve_batch(self);
    for (unsigned i = 0; i < BATCH / 2; i++)
        if (recv(client, answer, sizeof(answer), 0) != BYTES_SMOKE || answer[2] != 0x80)
            abort();
    close(client);
}

/* Two queries that come together, the second in two parts, are answered as one and then the other. */
static void smoke_tcp(void)
{
    const unsigned char queries[] = {0, 3, 7, 7, 1, 0, 4, 8, 8, 0, 5};
    unsigned char answer[2 * (BYTES_SMOKE + 2)];
    struct sockaddr_in address;
    socklen_t length = sizeof(address);
    int listener = floor_tcp_open(0);
    must(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
    int client = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(connect(client, (struct sockaddr *)&address, length), "connect");
    const size_t parts[] = {sizeof(queries) - 2, 2};
    for (unsigned i = 0, at = 0; i < 2; at += (unsigned)parts[i++]) {
        must((int)send(client, queries + at, parts[i], 0), "send");
        while (floor_tcp_turn(listener, BYTES_SMOKE) == 0)
            continue;
    }
    for (size_t at = 0; at < sizeof(answer);)
        at += (size_t)must((int)recv(client, answer + at, sizeof(answer) - at, 0), "recv");
    if (answer[1] != BYTES_SMOKE || answer[2] != 7 || answer[4] != 0x81 ||
            answer[BYTES_SMOKE + 4] != 8 || answer[BYTES_SMOKE + 7] != 5)
        abort();
    close(client);
    close(listener);
}

int main(int argc, char **argv)
{
    struct floor *self = calloc(1, sizeof(*self));
    uint64_t port, bytes = BYTES_SMOKE;
    if (self == NULL)
        return EXIT_FAILURE;
    ready_batch(self, BATCH);
    if (argc == 2 && strcmp(argv[1], "--smoke") == 0) {
        self->answer_bytes = bytes;
        smoke(self);
        smoke_tcp();
        free(self);
        return EXIT_SUCCESS;
    }
    bool is_tcp = argc == 4 && strcmp(argv[3], "tcp") == 0;
    if ((argc != 3 && !is_tcp) || str_parse_number(argv[1], UINT16_MAX, &port) != 0 ||
            str_parse_number(argv[2], BYTES_MAX, &bytes) != 0) {
        fputs("usage: bench_floor PORT BYTES [tcp]\n", stderr);
        return EXIT_FAILURE;
    }
    if (is_tcp) {
        free(self);
        int listener = floor_tcp_open((unsigned)port);
        for (;;)
            (void)floor_tcp_turn(listener, bytes);
    }
    self->answer_bytes = bytes;
    open_socket(self, (unsigned)port);
    for (;;)
        (void)serve_batch(self);
}
