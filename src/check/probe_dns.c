/* probe_dns.c -- DNS: the endpoint answers one question, with the rcode and the rdata that are wanted.
 *
 *   state      | event                                         | next
 *   -----------+-----------------------------------------------+-----------
 *   ASKING     | half of ResponseTimeout: the same once more   | ASKING
 *   ASKING     | the response, truncated                       | CONNECTING
 *   ASKING     | the response; ResponseTimeout                 | over
 *   CONNECTING | connected: the query is sent                  | READING
 *   READING    | the response; end of stream; ResponseTimeout  | over
 *
 * Protocol TCP begins with CONNECTING.  Somebody who cannot see the query must not decide health by
 * guessing (RFC 5452): its id comes from the kernel, its port is that of a socket of its own, which the
 * kernel chooses, and whatever does not come from the server's address with that id and question is
 * ignored until the deadline.  So is what ICMP tells of the port, which needs less guessing: a closed
 * port shows at the deadline, and in the reason.  The second datagram is the first one again, from the
 * same port: another id or port would double a guesser's chances.
 *
 * A flood of foreign messages costs time, never memory: over UDP until the deadline, over TCP until
 * PROBE_BYTES_MAX.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "check/dns_query.h"
#include "check/dns_response.h"
#include "check/probe_kind.h"
#include "check/probe_stream.h"
#include "dns/message.h"
#include "dns/rcode.h"
#include "dns/wire.h"

/* A larger one does not heed the size offered, which is 512 or DNS_QUERY_UDP_BYTES. */
#define DATAGRAM_MAX 4096U

enum state {
    ASKING,
    CONNECTING,
    READING,
};

/* One message of a stream while it arrives. */
struct incoming {
    uint8_t length[DNS_QUERY_LENGTH_BYTES];
    size_t got;       /* of the length, then of the message */
    uint8_t *message; /* owned; NULL until its length is known */
    size_t size;
};

struct dns {
    struct probe probe; /* first: a struct probe is cast to its kind */
    struct dns_query query;
    enum state state;
    bool asked_twice;
    bool is_closed;   /* ICMP has told that nobody listens */
    uint32_t ignored; /* foreign messages */
    uv_udp_t socket;  /* while ASKING */
    struct probe_stream stream;
    struct incoming incoming;
    uint32_t stream_bytes;
    uint8_t datagram[DATAGRAM_MAX];
};

static struct dns *dns_of(struct probe *probe)
{
    return (struct dns *)probe;
}

static void new_query(struct dns *dns)
{
    /* The engine's own numbers can be worked out from some that were seen. */
    struct rand fresh = rand_from_kernel();
    dns_query_init(&dns->query, &dns->probe.target->dns, (uint16_t)rand_next(&fresh));
}

static void end_unanswered(struct dns *dns)
{
    const struct probe *probe = &dns->probe;
    char waited[CLOCK_TEXT_MAX];
    char ignored[64] = "";

    if (dns->ignored > 0)
        snprintf(ignored, sizeof(ignored), "; %u that answer something else were ignored",
                dns->ignored);
    probe_end(&dns->probe, dns->is_closed ? PROBE_REFUSED : PROBE_RESPONSE_TIMEOUT,
            "no response from %s within %s%s%s", probe->where,
            clock_format_duration(probe->target->response_timeout_ms, waited),
            dns->is_closed ? ": the port is closed" : "", ignored);
}

static void end_judged(struct dns *dns, const uint8_t *message, size_t size)
{
    char text[HEALTH_REASON_MAX + 1];
    enum probe_reason reason = dns_response_judge(&dns->query, message, size, text);
    probe_note_step(&dns->probe, EVIDENCE_ANSWERED);
    if (size >= MESSAGE_HEADER_BYTES)
        dns->probe.evidence.status = rcode_word(message[3] & RCODE_PLAIN_MAX);
    dns->probe.evidence.body_length = 0; /* its bytes say less than the sentence */
    probe_end(&dns->probe, reason, "%s%s", text, dns->state == READING ? ", over TCP" : "");
}

/* ---- over TCP ---- */

static void on_connected(struct probe *probe)
{
    struct dns *dns = dns_of(probe);
    assert(dns->state == CONNECTING);
    dns->state = READING;
    new_query(dns);
    probe_set_deadline(probe, probe->target->response_timeout_ms);
    probe_stream_send(&dns->stream, dns->query.framed, DNS_QUERY_LENGTH_BYTES + dns->query.length);
}

/* Moves what is missing of the length or of the message.  Returns how many bytes were taken. */
static size_t assemble(struct incoming *incoming, const uint8_t *bytes, size_t length)
{
    bool in_length = incoming->message == NULL;
    size_t wanted = (in_length ? sizeof(incoming->length) : incoming->size) - incoming->got;
    size_t taken = length < wanted ? length : wanted;

    memcpy((in_length ? incoming->length : incoming->message) + incoming->got, bytes, taken);
    incoming->got += taken;
    if (in_length && incoming->got == sizeof(incoming->length)) {
        incoming->size = wire_load16(incoming->length);
        incoming->message = mem_alloc(incoming->size);
        incoming->got = 0;
    }
    return taken;
}

static void take_message(struct dns *dns)
{
    struct incoming whole = dns->incoming;
    dns->incoming = (struct incoming){0};
    if (dns_response_match(&dns->query, whole.message, whole.size) == DNS_RESPONSE_FOREIGN)
        dns->ignored++;
    else
        end_judged(dns, whole.message, whole.size);
    free(whole.message);
}

static void on_read(struct probe *probe, const uint8_t *bytes, size_t length)
{
    struct dns *dns = dns_of(probe);
    assert(dns->state == READING);

    dns->stream_bytes += (uint32_t)length;
    for (size_t taken; length > 0 && probe->stage != PROBE_STAGE_ENDING;
            bytes += taken, length -= taken) {
        taken = assemble(&dns->incoming, bytes, length);
        if (dns->incoming.message != NULL && dns->incoming.got == dns->incoming.size)
            take_message(dns);
    }
    if (probe->stage != PROBE_STAGE_ENDING && dns->stream_bytes > PROBE_BYTES_MAX)
        probe_end(probe, PROBE_DNS, "more than %u bytes came, and no response", PROBE_BYTES_MAX);
}

static void on_closed(struct probe *probe, int error)
{
    probe_end(probe, PROBE_RESET, "connection to %s %s before a response came", probe->where,
            error == 0 ? "closed" : "reset");
}

static void connect_stream(struct dns *dns)
{
    static const struct probe_stream_events events = {
            .connected = on_connected,
            .read = on_read,
            .closed = on_closed,
    };
    dns->state = CONNECTING;
    probe_stream_start(&dns->stream, &dns->probe, &events);
}

/* ---- over UDP ---- */

static void follow_truncated(struct dns *dns)
{
    struct probe *probe = &dns->probe;
    char udp[NET_TEXT_MAX];

    probe_close_handle(probe, (uv_handle_t *)&dns->socket);
    snprintf(probe->where, sizeof(probe->where), "%s (after TC)",
            net_address_format(&probe->address, udp));
    dns->ignored = 0;
    probe_set_deadline(probe, probe->target->connect_timeout_ms);
    connect_stream(dns);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct dns *dns = handle->data;
    (void)suggested;
    *ret = uv_buf_init((char *)dns->datagram, sizeof(dns->datagram));
}

/* Before the socket was connected anybody's datagram could come to its port. */
static bool is_from_server(const struct probe *probe, const struct sockaddr *from)
{
    const union net_address *server = &probe->address;
    const struct sockaddr_in *v4 = (const void *)from;
    const struct sockaddr_in6 *v6 = (const void *)from;

    if (from->sa_family != server->any.sa_family)
        return false;
    if (from->sa_family == AF_INET)
        return v4->sin_port == server->v4.sin_port &&
               v4->sin_addr.s_addr == server->v4.sin_addr.s_addr;
    return v6->sin6_port == server->v6.sin6_port &&
           memcmp(&v6->sin6_addr, &server->v6.sin6_addr, sizeof(v6->sin6_addr)) == 0;
}

static void on_datagram(uv_udp_t *socket, ssize_t length, const uv_buf_t *bytes,
        const struct sockaddr *from, unsigned flags)
{
    struct dns *dns = socket->data;
    enum dns_response kind = DNS_RESPONSE_FOREIGN;
    (void)bytes;

    assert(dns->state == ASKING);
    dns->is_closed |= length == UV_ECONNREFUSED;
    if (length < 0 || from == NULL) /* an error, or nothing more there */
        return;
    if (is_from_server(&dns->probe, from) && (flags & UV_UDP_PARTIAL) == 0)
        kind = dns_response_match(&dns->query, dns->datagram, (size_t)length);
    if (kind == DNS_RESPONSE_FOREIGN)
        dns->ignored++;
    else if (kind == DNS_RESPONSE_TRUNCATED)
        follow_truncated(dns);
    else
        end_judged(dns, dns->datagram, (size_t)length);
}

static int try_send(struct dns *dns)
{
    const uint8_t *message = dns_query_message(&dns->query);
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)message, (unsigned)dns->query.length);
    int sent = uv_udp_try_send(&dns->socket, &buf, 1, NULL);
    return sent < 0 ? sent : 0;
}

static void send_query(struct dns *dns)
{
    int error = try_send(dns);
    if (error == UV_ECONNREFUSED) { /* told of the first datagram; the second was not sent */
        dns->is_closed = true;
        error = try_send(dns);
    }
    if (error != 0 && error != UV_ECONNREFUSED)
        probe_end_connect(&dns->probe, -error, true);
}

static void ask(struct dns *dns)
{
    struct probe *probe = &dns->probe;
    uv_os_fd_t fd;

    new_query(dns);
    probe_set_deadline(probe, probe->target->response_timeout_ms / 2);
    int error = uv_udp_connect(&dns->socket, &probe->address.any);
    if (error == 0 && uv_fileno((uv_handle_t *)&dns->socket, &fd) == 0)
        probe_note_socket(probe, fd);
    if (error == 0)
        error = uv_udp_recv_start(&dns->socket, on_alloc, on_datagram);
    if (error != 0)
        probe_end_connect(probe, -error, true);
    else
        send_query(dns);
}

static void ask_again(struct dns *dns)
{
    uint32_t timeout_ms = dns->probe.target->response_timeout_ms;
    dns->asked_twice = true;
    probe_set_deadline(&dns->probe, timeout_ms - timeout_ms / 2);
    send_query(dns);
}

/* ---- the kind ---- */

static void start(struct probe *probe)
{
    struct dns *dns = dns_of(probe);
    if (probe->target->dns.over_tcp) {
        connect_stream(dns);
        return;
    }
    int error = uv_udp_init(probe->engine->loop, &dns->socket);
    assert(error == 0); /* without a family no socket is made yet */
    dns->socket.data = dns;
    ask(dns);
}

static void expire(struct probe *probe)
{
    struct dns *dns = dns_of(probe);
    if (dns->state == CONNECTING)
        probe_end_unconnected(probe);
    else if (dns->state == ASKING && !dns->asked_twice)
        ask_again(dns);
    else
        end_unanswered(dns);
}

static void cancel(struct probe *probe)
{
    struct dns *dns = dns_of(probe);
    free(dns->incoming.message);
    dns->incoming = (struct incoming){0};
    if (dns->state == ASKING)
        probe_close_handle(probe, (uv_handle_t *)&dns->socket);
    else
        probe_stream_close(&dns->stream);
}

/* The truncated response may come at the last moment, and the name may have taken as long before. */
static uint32_t timeout_ms(const struct check_target *target)
{
    uint32_t over_tcp_ms = target->connect_timeout_ms + target->response_timeout_ms;
    uint32_t resolving_ms = target->address == NULL ? target->connect_timeout_ms : 0;
    return target->dns.over_tcp ? over_tcp_ms
                                : resolving_ms + target->response_timeout_ms + over_tcp_ms;
}

static uint32_t linger_ms(const struct check_target *target)
{
    (void)target;
    return 0;
}

const struct probe_kind probe_kind_dns = {
        .name = "dns",
        .size_bytes = sizeof(struct dns),
        .timeout_ms = timeout_ms,
        .linger_ms = linger_ms,
        .start = start,
        .expire = expire,
        .cancel = cancel,
};
