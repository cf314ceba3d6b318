/* blast_tcp.c -- queries over TCP: many on a connection, several of them under way at once, or one on each connection.
 *
 * A connection that has brought its one answer is closed from here, as a client does, and the kernel then keeps its
 * port for a minute.  That is why connections for one query come from many addresses of this host in turn.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "blast.h"

#define EVENTS       64
#define ADDRESSES    200U       /* from 127.1.0.1 */
#define FIRST        0x7f010001 /* that one */
#define PREFIX_BYTES 2U         /* RFC 1035 section 4.2.2 */
#define BUFFER_BYTES 65536U
#define LINGER_NS    200000000ULL /* after the end, for what is under way */

/* A connection, and what has come of an answer that is not whole yet. */
struct lane {
    int fd; /* -1: to be opened */
    bool connected;
    unsigned outstanding;
    uint16_t next_id;
    size_t held;
    uint8_t buffer[BUFFER_BYTES];
};

/* All connections. */
struct tcp {
    struct blast *blast;
    int poll_fd;
    unsigned outstanding;
    struct lane *lanes;
};

static void drop(struct tcp *tcp, struct lane *lane)
{
    close(lane->fd); /* which takes it out of the poll */
    tcp->outstanding -= lane->outstanding;
    lane->fd = -1;
    lane->connected = false;
    lane->outstanding = 0;
    lane->held = 0;
}

static void fail(struct tcp *tcp, struct lane *lane)
{
    tcp->blast->failures++;
    tcp->blast->lost += lane->outstanding;
    drop(tcp, lane);
}

/* Fills the window up with queries in one write; the kernel's buffer holds more than a window, so it is taken whole. */
static void fill(struct tcp *tcp, struct lane *lane)
{
    uint8_t bytes[BLAST_WINDOW * (PREFIX_BYTES + BLAST_QUERY_BYTES)];
    size_t length = 0;
    while (lane->outstanding < tcp->blast->plan.window) {
        uint8_t *query = bytes + length + PREFIX_BYTES;
        size_t query_bytes = blast_write_query(tcp->blast, lane->next_id++, query);
        bytes[length] = (uint8_t)(query_bytes >> 8);
        bytes[length + 1] = (uint8_t)query_bytes;
        length += PREFIX_BYTES + query_bytes;
        lane->outstanding++;
        tcp->outstanding++;
    }
    if (length > 0 && send(lane->fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
        fail(tcp, lane);
}

static void watch(const struct tcp *tcp, struct lane *lane, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = lane};
    blast_must(epoll_ctl(tcp->poll_fd, operation, lane->fd, &event), "epoll_ctl");
}

/* The port is chosen only when the other end is known too, so that each address has all of them. */
static void bind_in_turn(const struct tcp *tcp, int fd)
{
    const uint32_t turn = (uint32_t)(tcp->blast->connections % ADDRESSES);
    const struct sockaddr_in address = {
            .sin_family = AF_INET, .sin_addr.s_addr = htonl(FIRST + turn)};
    int one = 1;
    blast_must(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)),
            "IP_BIND_ADDRESS_NO_PORT");
    blast_must(bind(fd, (const struct sockaddr *)&address, sizeof(address)), "bind");
}

static void open_lane(struct tcp *tcp, struct lane *lane)
{
    const struct sockaddr_in server = {.sin_family = AF_INET,
            .sin_port = htons(tcp->blast->plan.port),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    lane->fd = blast_must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    if (tcp->blast->plan.transport == BLAST_TCP_ONE)
        bind_in_turn(tcp, lane->fd);
    else /* the next query is not to wait until the one before is acknowledged */
        blast_must(
                setsockopt(lane->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), "TCP_NODELAY");
    tcp->blast->connections++;
    if (connect(lane->fd, (const struct sockaddr *)&server, sizeof(server)) == 0) {
        lane->connected = true;
        watch(tcp, lane, EPOLL_CTL_ADD, EPOLLIN);
        fill(tcp, lane);
    } else if (errno == EINPROGRESS) {
        watch(tcp, lane, EPOLL_CTL_ADD, EPOLLOUT);
    } else {
        fail(tcp, lane);
    }
}

/* Takes the answers that are whole; false if what came is no answer. */
static bool take_answers(struct tcp *tcp, struct lane *lane)
{
    size_t at = 0;
    while (lane->held - at >= PREFIX_BYTES) {
        const uint8_t *answer = lane->buffer + at + PREFIX_BYTES;
        size_t length = (size_t)lane->buffer[at] << 8 | lane->buffer[at + 1];
        if (lane->held - at < PREFIX_BYTES + length)
            break;
        if (lane->outstanding == 0 || blast_answer_id(answer, length) < 0)
            return false;
        blast_count_answer(tcp->blast, answer, length);
        lane->outstanding--;
        tcp->outstanding--;
        at += PREFIX_BYTES + length;
    }
    lane->held -= at;
    memmove(lane->buffer, lane->buffer + at, lane->held);
    return true;
}

static void serve(struct tcp *tcp, struct lane *lane, bool over)
{
    const bool one = tcp->blast->plan.transport == BLAST_TCP_ONE;
    if (!lane->connected) {
        lane->connected = true;
        watch(tcp, lane, EPOLL_CTL_MOD, EPOLLIN);
        fill(tcp, lane); /* fails if the connection has */
        return;
    }
    ssize_t length =
            recv(lane->fd, lane->buffer + lane->held, BUFFER_BYTES - lane->held, MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN)
        return;
    lane->held += length > 0 ? (size_t)length : 0;
    if (length <= 0 || !take_answers(tcp, lane))
        fail(tcp, lane);
    else if (one && lane->outstanding == 0)
        drop(tcp, lane);
    else if (!one && !over)
        fill(tcp, lane);
}

/* One look at every connection. */
static void turn(struct tcp *tcp, bool over)
{
    struct epoll_event events[EVENTS];
    for (unsigned i = 0; i < tcp->blast->plan.sockets && !over; i++)
        if (tcp->lanes[i].fd < 0)
            open_lane(tcp, &tcp->lanes[i]);
    int count = epoll_wait(tcp->poll_fd, events, EVENTS, 0);
    for (int i = 0; i < count; i++)
        serve(tcp, events[i].data.ptr, over);
}

void blast_run_tcp(struct blast *blast)
{
    struct tcp tcp = {.blast = blast, .lanes = mem_zalloc(blast->plan.sockets, sizeof(*tcp.lanes))};
    uint64_t now_ns = blast_now_ns();
    tcp.poll_fd = blast_must(epoll_create1(0), "epoll_create1");
    for (unsigned i = 0; i < blast->plan.sockets; i++)
        tcp.lanes[i].fd = -1;
    while (now_ns < blast->end_ns || (tcp.outstanding > 0 && now_ns < blast->end_ns + LINGER_NS)) {
        turn(&tcp, now_ns >= blast->end_ns);
        now_ns = blast_now_ns();
    }
    blast->lost += tcp.outstanding;
    for (unsigned i = 0; i < blast->plan.sockets; i++)
        if (tcp.lanes[i].fd >= 0)
            close(tcp.lanes[i].fd);
    close(tcp.poll_fd);
    free(tcp.lanes);
}
