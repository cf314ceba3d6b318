/* hostile_dns.h -- a name server that behaves as badly as a test tells it, on the test's own loop.
 *
 * It listens on loopback over UDP and TCP on one port, and makes its responses of the query that came:
 * the right one is the query with QR and an rcode.
 */
#pragma once

#include <unistd.h>

#include "dns/message.h"
#include "hostile.h"

#define HOSTILE_DNS_MAX      512U /* bytes of a message */
#define HOSTILE_DNS_FLOOD    32U  /* foreign messages at a time */
#define HOSTILE_DNS_EVERY_MS 1U
#define HOSTILE_DNS_LATER_MS 100U
#define HOSTILE_DNS_QUERIES  16U

/* What a server does with a query.  Those that are sent "for ever" end with the server or the stream. */
enum hostile_dns_act {
    DNS_ANSWER,
    DNS_SILENT,
    DNS_SECOND,    /* the answer, to every second query */
    DNS_TRUNCATED, /* the answer, with TC */
    DNS_WRONG_ID,  /* one foreign message */
    DNS_WRONG_QUESTION,
    DNS_NO_QUESTION,
    DNS_STRANGER, /* the answer, from another port */
    DNS_GARBAGE,
    DNS_HUGE,         /* the answer with 30000 bytes behind it */
    DNS_FLOOD,        /* foreign messages for ever */
    DNS_FLOOD_ANSWER, /* the same, and the answer among them after HOSTILE_DNS_LATER_MS */
    DNS_SLOW,         /* a byte each HOSTILE_DNS_LATER_MS */
    DNS_BYTES,        /* a byte each HOSTILE_DNS_EVERY_MS */
    DNS_EMPTY,        /* messages without a byte for ever */
    DNS_CLOSE,
    DNS_RESET,
    DNS_HALF, /* half of the answer, then end of stream */
};

struct hostile_dns {
    uv_loop_t *loop;
    enum hostile_dns_act udp, tcp;
    uint8_t rcode;
    uint16_t port;
    uv_udp_t socket, stranger;
    uv_tcp_t listener, stream;
    uv_timer_t timer;
    struct sockaddr_in from;        /* who asked last over UDP */
    uint8_t query[HOSTILE_DNS_MAX]; /* the last one */
    size_t length;
    bool over_tcp;
    size_t streamed; /* bytes of the answer sent so far */
    unsigned ticks;
    uint64_t later_ms;
    unsigned udp_queries, tcp_queries;
    uint16_t ids[HOSTILE_DNS_QUERIES];
    uint16_t ports[HOSTILE_DNS_QUERIES];
    uint8_t read[HOSTILE_DNS_MAX];
};

/* One message to send: what precedes it over TCP is its length. */
struct hostile_dns_message {
    uint8_t framed[2 + HOSTILE_DNS_MAX];
    size_t length;
};

static inline struct hostile_dns_message hostile_dns_answer(const struct hostile_dns *server)
{
    struct hostile_dns_message answer = {.length = server->length};
    uint8_t *message = answer.framed + 2;
    memcpy(message, server->query, server->length);
    wire_store16(answer.framed, (uint16_t)server->length);
    wire_store16(message + 2, (uint16_t)(wire_load16(message + 2) | MESSAGE_QR | server->rcode));
    return answer;
}

static inline void hostile_dns_send_udp(
        struct hostile_dns *server, uv_udp_t *from, const uint8_t *message, size_t length)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)message, (unsigned)length);
    (void)uv_udp_try_send(from, &buf, 1, (const struct sockaddr *)&server->from);
}

static inline void hostile_dns_send_tcp(
        struct hostile_dns *server, const uint8_t *bytes, size_t length)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)length);
    (void)uv_try_write((uv_stream_t *)&server->stream, &buf, 1);
}

static inline void hostile_dns_send(struct hostile_dns *server, struct hostile_dns_message message)
{
    wire_store16(message.framed, (uint16_t)message.length);
    if (server->over_tcp)
        hostile_dns_send_tcp(server, message.framed, 2 + message.length);
    else
        hostile_dns_send_udp(server, &server->socket, message.framed + 2, message.length);
}

/* A message that differs from the answer by its id. */
static inline void hostile_dns_send_foreign(struct hostile_dns *server, uint16_t number)
{
    struct hostile_dns_message message = hostile_dns_answer(server);
    uint16_t id = wire_load16(message.framed + 2);
    wire_store16(message.framed + 2, (uint16_t)(id ^ (1 + number % 0xffff)));
    hostile_dns_send(server, message);
}

static inline void hostile_dns_tick(uv_timer_t *timer)
{
    struct hostile_dns *server = timer->data;
    enum hostile_dns_act act = server->over_tcp ? server->tcp : server->udp;
    struct hostile_dns_message answer = hostile_dns_answer(server);

    server->ticks++;
    if (act == DNS_SLOW || act == DNS_BYTES) {
        hostile_dns_send_tcp(server, answer.framed + server->streamed++, 1);
        if (server->streamed == 2 + answer.length)
            uv_timer_stop(timer);
        return;
    }
    for (unsigned i = 0; i < HOSTILE_DNS_FLOOD; i++) {
        if (act == DNS_EMPTY)
            hostile_dns_send_tcp(server, (const uint8_t *)"\0", 2);
        else
            hostile_dns_send_foreign(server, (uint16_t)(server->ticks * HOSTILE_DNS_FLOOD + i));
    }
    if (act == DNS_FLOOD_ANSWER && uv_now(server->loop) >= server->later_ms)
        hostile_dns_send(server, answer);
}

static inline void hostile_dns_end(struct hostile_dns *server)
{
    uv_timer_stop(&server->timer);
    if (server->stream.data != NULL)
        uv_close((uv_handle_t *)&server->stream, NULL);
    server->stream.data = NULL;
}

static inline void hostile_dns_misanswer(struct hostile_dns *server, enum hostile_dns_act act)
{
    struct hostile_dns_message message = hostile_dns_answer(server);
    uint8_t *bytes = message.framed + 2;

    if (act == DNS_TRUNCATED)
        bytes[2] |= MESSAGE_TC >> 8;
    if (act == DNS_WRONG_QUESTION)
        bytes[MESSAGE_HEADER_BYTES + 1] ^= 1;
    if (act == DNS_NO_QUESTION) {
        memset(bytes + 4, 0, 8);
        message.length = MESSAGE_HEADER_BYTES;
    }
    if (act == DNS_GARBAGE)
        memset(bytes, 0xff, message.length);
    if (act == DNS_HALF)
        message.length /= 2;
    if (act == DNS_HALF)
        hostile_dns_send_tcp(server, message.framed, message.length);
    else
        hostile_dns_send(server, message);
}

static inline void hostile_dns_act(struct hostile_dns *server, enum hostile_dns_act act)
{
    static uint8_t huge[30000];
    struct hostile_dns_message answer = hostile_dns_answer(server);
    unsigned queries = server->over_tcp ? server->tcp_queries : server->udp_queries;

    switch (act) {
    case DNS_SILENT:
        break;
    case DNS_ANSWER:
        hostile_dns_send(server, answer);
        break;
    case DNS_SECOND:
        if (queries % 2 == 0)
            hostile_dns_send(server, answer);
        break;
    case DNS_WRONG_ID:
        hostile_dns_send_foreign(server, 0);
        break;
    case DNS_STRANGER:
        hostile_dns_send_udp(server, &server->stranger, answer.framed + 2, answer.length);
        break;
    case DNS_HUGE:
        memcpy(huge, answer.framed + 2, answer.length);
        hostile_dns_send_udp(server, &server->socket, huge, sizeof(huge));
        break;
    case DNS_CLOSE:
        hostile_dns_end(server);
        break;
    case DNS_RESET:
        uv_tcp_close_reset(&server->stream, NULL);
        server->stream.data = NULL;
        break;
    case DNS_FLOOD:
    case DNS_FLOOD_ANSWER:
    case DNS_EMPTY:
    case DNS_BYTES:
        server->later_ms = uv_now(server->loop) + HOSTILE_DNS_LATER_MS;
        uv_timer_start(
                &server->timer, hostile_dns_tick, HOSTILE_DNS_EVERY_MS, HOSTILE_DNS_EVERY_MS);
        break;
    case DNS_SLOW:
        uv_timer_start(
                &server->timer, hostile_dns_tick, HOSTILE_DNS_LATER_MS, HOSTILE_DNS_LATER_MS);
        break;
    default:
        hostile_dns_misanswer(server, act);
        if (act == DNS_HALF)
            hostile_dns_end(server);
    }
}

static inline void hostile_dns_take(
        struct hostile_dns *server, const uint8_t *message, size_t length, uint16_t port)
{
    unsigned number = server->udp_queries + server->tcp_queries;
    assert_in_range(length, MESSAGE_HEADER_BYTES, HOSTILE_DNS_MAX);
    assert_in_range(number, 0, HOSTILE_DNS_QUERIES - 1);
    memcpy(server->query, message, length);
    server->length = length;
    server->ids[number] = wire_load16(message);
    server->ports[number] = port;
    server->udp_queries += !server->over_tcp;
    server->tcp_queries += server->over_tcp;
    hostile_dns_act(server, server->over_tcp ? server->tcp : server->udp);
}

static inline void hostile_dns_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct hostile_dns *server = handle->data;
    (void)suggested;
    *ret = uv_buf_init((char *)server->read, sizeof(server->read));
}

static inline void hostile_dns_datagram(uv_udp_t *socket, ssize_t length, const uv_buf_t *bytes,
        const struct sockaddr *from, unsigned flags)
{
    struct hostile_dns *server = socket->data;
    (void)flags;
    if (length <= 0)
        return;
    memcpy(&server->from, from, sizeof(server->from));
    server->over_tcp = false;
    hostile_dns_take(
            server, (const uint8_t *)bytes->base, (size_t)length, ntohs(server->from.sin_port));
}

static inline void hostile_dns_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *bytes)
{
    struct hostile_dns *server = stream->data;
    if (length < 0) {
        hostile_dns_end(server);
        return;
    }
    server->over_tcp = true;
    assert_int_equal(wire_load16((const uint8_t *)bytes->base), length - 2);
    hostile_dns_take(server, (const uint8_t *)bytes->base + 2, (size_t)length - 2, 0);
}

static inline void hostile_dns_accept(uv_stream_t *listener, int status)
{
    struct hostile_dns *server = listener->data;
    assert_int_equal(status, 0);
    assert_null(server->stream.data); /* one at a time */
    server->streamed = 0;
    uv_tcp_init(server->loop, &server->stream);
    server->stream.data = server;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&server->stream), 0);
    uv_read_start((uv_stream_t *)&server->stream, hostile_dns_alloc, hostile_dns_read);
}

/* A socket bound to a port of loopback, 0 for any, which is then in *port; -1 if the port is taken. */
static inline int hostile_dns_bind(int type, uint16_t *port)
{
    struct sockaddr_in address;
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    uv_ip4_addr("127.0.0.1", *port, &address);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static inline void hostile_dns_listen(struct hostile_dns *server, int udp)
{
    assert_int_equal(uv_udp_init(server->loop, &server->socket), 0);
    server->socket.data = server;
    assert_int_equal(uv_udp_open(&server->socket, udp), 0);
    uv_udp_recv_start(&server->socket, hostile_dns_alloc, hostile_dns_datagram);
}

static inline void hostile_dns_open(struct hostile_dns *server, uv_loop_t *loop,
        enum hostile_dns_act udp, enum hostile_dns_act tcp)
{
    int stream = -1, datagrams = -1;
    *server = (struct hostile_dns){.loop = loop, .udp = udp, .tcp = tcp};
    while (datagrams == -1) { /* until a port is free for both */
        if (stream != -1)
            close(stream);
        server->port = 0;
        stream = hostile_dns_bind(SOCK_STREAM, &server->port);
        datagrams = hostile_dns_bind(SOCK_DGRAM, &server->port);
    }
    uv_timer_init(loop, &server->timer);
    server->timer.data = server;
    hostile_dns_listen(server, datagrams);
    assert_int_equal(uv_udp_init(loop, &server->stranger), 0);
    assert_int_equal(uv_tcp_init(loop, &server->listener), 0);
    server->listener.data = server;
    assert_int_equal(uv_tcp_open(&server->listener, stream), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&server->listener, 8, hostile_dns_accept), 0);
}

static inline void hostile_dns_close(struct hostile_dns *server)
{
    hostile_dns_end(server);
    uv_close((uv_handle_t *)&server->timer, NULL);
    uv_close((uv_handle_t *)&server->socket, NULL);
    uv_close((uv_handle_t *)&server->stranger, NULL);
    uv_close((uv_handle_t *)&server->listener, NULL);
}

/* A bench with such a server on it. */
static inline void bench_serve_dns(struct bench *bench, struct hostile_dns *server,
        enum hostile_dns_act udp, enum hostile_dns_act tcp)
{
    bench_open(bench, NULL);
    hostile_dns_open(server, &bench->loop, udp, tcp);
}

static inline void bench_leave_dns(struct bench *bench, struct hostile_dns *server)
{
    hostile_dns_close(server);
    bench_close(bench);
}
