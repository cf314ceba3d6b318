/* floor_tcp.c -- see floor_tcp.h.  One thread, one epoll instance; a connection costs accept4, epoll_ctl and close, and
 * what comes on it one read and one write: no name server does with less. */
#include "floor_tcp.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define DESCRIPTORS 1024 /* connections are known by theirs */
#define EVENTS      64
#define BYTES_IN    4096U /* of queries that came together */
#define BYTES_OUT   65536U

/* What has come of queries that are not whole. */
static struct connection {
    size_t length;
    uint8_t bytes[BYTES_IN];
} connections[DESCRIPTORS];

static int poller = -1;

static int must(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(EXIT_FAILURE);
    }
    return result;
}

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    must(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

int floor_tcp_open(unsigned port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
            .sin_port = htons((uint16_t)port),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), "SO_REUSEADDR");
    must(bind(fd, (const struct sockaddr *)&address, sizeof(address)), "bind");
    must(listen(fd, DESCRIPTORS), "listen");
    poller = must(epoll_create1(0), "epoll_create1");
    watch(fd);
    return fd;
}

static void take_connection(int listener)
{
    int fd = must(accept4(listener, NULL, NULL, SOCK_NONBLOCK), "accept4");
    if (fd >= DESCRIPTORS) {
        close(fd);
        return;
    }
    connections[fd].length = 0;
    watch(fd);
}

/* Writes the answers to all whole queries into `out`; what is left over moves to the front. */
static size_t make_answers(
        struct connection *connection, uint8_t *out, size_t answer_bytes, unsigned *count)
{
    size_t at = 0, written = 0;

    while (connection->length - at >= 2) {
        const uint8_t *query = connection->bytes + at;
        size_t length = (size_t)query[0] << 8 | query[1];
        size_t answer = length > answer_bytes ? length : answer_bytes;
        if (connection->length - at < 2 + length || BYTES_OUT - written < 2 + answer)
            break;
        out[written] = (uint8_t)(answer >> 8);
        out[written + 1] = (uint8_t)answer;
        memcpy(out + written + 2, query + 2, length);
        memset(out + written + 2 + length, 0, answer - length);
        if (length > 2)
            out[written + 4] |= 0x80; /* QR, RFC 1035 section 4.1.1 */
        written += 2 + answer;
        at += 2 + length;
        ++*count;
    }
    connection->length -= at;
    memmove(connection->bytes, connection->bytes + at, connection->length);
    return written;
}

static unsigned serve_connection(int fd, size_t answer_bytes)
{
    static uint8_t out[BYTES_OUT];
    struct connection *connection = &connections[fd];
    unsigned count = 0;

    ssize_t got = read(fd, connection->bytes + connection->length, BYTES_IN - connection->length);
    if (got <= 0) {
        close(fd);
        return 0;
    }
    connection->length += (size_t)got;
    size_t bytes = make_answers(connection, out, answer_bytes, &count);
    /* A client that reads nothing is none of a benchmark's. */
    if (bytes > 0 && write(fd, out, bytes) != (ssize_t)bytes)
        close(fd);
    return count;
}

unsigned floor_tcp_turn(int listener, size_t answer_bytes)
{
    struct epoll_event events[EVENTS];
    unsigned answered = 0;
    int count = epoll_wait(poller, events, EVENTS, -1);

    for (int i = 0; i < count; i++)
        if (events[i].data.fd == listener)
            take_connection(listener);
        else
            answered += serve_connection(events[i].data.fd, answer_bytes);
    return answered;
}
