/* probe_tcp.c -- TCP: the endpoint is well if it takes a connection in time (route53.md 3.1).
 *
 * The verdict falls when the connection stands.  It is then closed so that the endpoint sees an end
 * of stream, not a reset: after our FIN a greeting that was sent meanwhile is read and dropped until
 * the endpoint closes too, within small bounds.  An endpoint that says more than that is not waited
 * for.
 *
 *   CONNECTING -> DRAINING -> over
 */
#include <assert.h>

#include "base/clock.h"
#include "check/probe_kind.h"

#define DRAIN_MS    200U
#define DRAIN_BYTES 16384U
#define READ_BYTES  1024U

enum state {
    CONNECTING,
    DRAINING,
};

struct tcp {
    struct probe probe; /* first: a struct probe is cast to its kind */
    uv_tcp_t socket;
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    enum state state;
    uint32_t drained;
    char read[READ_BYTES];
};

static struct tcp *tcp_of(struct probe *probe)
{
    return (struct tcp *)probe;
}

static void end_connected(struct tcp *tcp)
{
    probe_end(&tcp->probe, PROBE_OK, "connected");
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct tcp *tcp = handle->data;
    (void)suggested;
    *ret = uv_buf_init(tcp->read, sizeof(tcp->read));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *bytes)
{
    struct tcp *tcp = stream->data;
    (void)bytes;
    if (length > 0)
        tcp->drained += (uint32_t)length;
    if (length < 0 || tcp->drained > DRAIN_BYTES)
        end_connected(tcp);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    /* Nothing follows from it: on_read() sees the end, or the deadline comes. */
    (void)request;
    (void)status;
}

static void on_connect(uv_connect_t *request, int status)
{
    struct tcp *tcp = request->data;
    if (tcp->probe.stage == PROBE_STAGE_ENDING)
        return;
    assert(tcp->state == CONNECTING);
    if (status < 0) {
        probe_end_connect(&tcp->probe, -status, false);
        return;
    }
    tcp->state = DRAINING;
    probe_stop_clock(&tcp->probe);
    probe_set_deadline(&tcp->probe, DRAIN_MS);
    if (uv_shutdown(&tcp->shutdown, (uv_stream_t *)&tcp->socket, on_shutdown) != 0 ||
            uv_read_start((uv_stream_t *)&tcp->socket, on_alloc, on_read) != 0)
        end_connected(tcp);
}

static void start(struct probe *probe)
{
    struct tcp *tcp = tcp_of(probe);
    int error = uv_tcp_init(probe->engine->loop, &tcp->socket);
    assert(error == 0); /* without a family no socket is made yet */
    tcp->socket.data = tcp;
    tcp->connect.data = tcp;

    error = uv_tcp_connect(&tcp->connect, &tcp->socket, &probe->address.any, on_connect);
    if (error != 0)
        probe_end_connect(probe, -error, true);
}

static void expire(struct probe *probe)
{
    char waited[CLOCK_TEXT_MAX];
    if (tcp_of(probe)->state == DRAINING)
        end_connected(tcp_of(probe));
    else
        probe_end(probe, PROBE_CONNECT_TIMEOUT, "no connection to %s within %s", probe->where,
                clock_format_duration(probe->target->connect_timeout_ms, waited));
}

static void cancel(struct probe *probe)
{
    probe_close_handle(probe, (uv_handle_t *)&tcp_of(probe)->socket);
}

static uint32_t timeout_ms(const struct check_target *target)
{
    return target->connect_timeout_ms;
}

static uint32_t linger_ms(const struct check_target *target)
{
    (void)target;
    return DRAIN_MS;
}

const struct probe_kind probe_kind_tcp = {
        .name = "tcp",
        .size_bytes = sizeof(struct tcp),
        .timeout_ms = timeout_ms,
        .linger_ms = linger_ms,
        .start = start,
        .expire = expire,
        .cancel = cancel,
};
