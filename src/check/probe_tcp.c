/* probe_tcp.c -- TCP and TCP_HELD: the endpoint takes a connection in time (route53.md 3.1), and says
 * Expect where the check has one.
 *
 *   state      | event                                          | next
 *   -----------+------------------------------------------------+----------------------------
 *   CONNECTING | connected; nothing is expected                 | DRAINING, of TCP_HELD SETTLING
 *   CONNECTING | connected; Send is written                     | EXPECTING
 *   EXPECTING  | Expect has come                                | DRAINING, of TCP_HELD SETTLING
 *   EXPECTING  | other bytes, end of stream, reset, deadline    | over: fail
 *   DRAINING   | end of stream, reset, deadline, DRAIN_BYTES    | over: pass
 *   SETTLING   | HELD_SETTLE_MS later                           | HOLDING, a pass is reported
 *   HOLDING    | each RequestInterval                           | HOLDING, a pass is reported
 *   SETTLING and HOLDING | end of stream, reset, no keepalive   | over: fail
 *
 * TCP: the verdict falls when the connection stands, or Expect has come.  It is then closed so that the
 * endpoint sees an end of stream, not a reset: after our FIN what was sent meanwhile is read and
 * dropped until the endpoint closes too, within small bounds.  An endpoint that says more than that is
 * not waited for.
 *
 * TCP_HELD: the connection is kept, and that it ends is the failure, told at that instant.  Nothing is
 * sent meanwhile but the kernel's keepalive.  What the endpoint sends is dropped; beyond
 * PROBE_BYTES_MAX in one interval it is left to the kernel until the next, so that a flood costs no more
 * than that.  A connection counts only after it has settled: a proxy without a backend takes
 * connections and closes them at once, which would else be a pass and a failure each time.
 */
#include <assert.h>
#include <errno.h>

#include "base/clock.h"
#include "base/err.h"
#include "check/expect.h"
#include "check/keepalive.h"
#include "check/probe_kind.h"
#include "check/probe_stream.h"
#include "health/timing.h"

#define DRAIN_MS       200U
#define DRAIN_BYTES    16384U
#define HELD_SETTLE_MS 200U /* or RequestInterval, if that is shorter */

enum state {
    CONNECTING,
    EXPECTING,
    DRAINING,
    SETTLING,
    HOLDING,
};

struct tcp {
    struct probe probe; /* first: a struct probe is cast to its kind */
    struct probe_stream stream;
    struct expect expect; /* from EXPECTING on */
    enum state state;
    uint32_t dropped_bytes; /* while DRAINING; while HOLDING, in this interval */
    uint64_t held_since_ms;
};

static struct tcp *tcp_of(struct probe *probe)
{
    return (struct tcp *)probe;
}

static bool expects(const struct tcp *tcp)
{
    return tcp->probe.target->expect.length > 0;
}

static const char *success(const struct tcp *tcp)
{
    return expects(tcp) ? "connected, Expect found" : "connected";
}

static void end_passed(struct tcp *tcp)
{
    probe_end(&tcp->probe, PROBE_OK, "%s", success(tcp));
}

/* ---- the connection has done what it should ---- */

static void drain(struct tcp *tcp)
{
    tcp->state = DRAINING;
    probe_set_deadline(&tcp->probe, DRAIN_MS);
    if (!probe_stream_finish(&tcp->stream))
        end_passed(tcp);
}

static uint32_t settle_ms(const struct check_target *target)
{
    return target->interval_ms < HELD_SETTLE_MS ? target->interval_ms : HELD_SETTLE_MS;
}

static void settle(struct tcp *tcp)
{
    struct keepalive keepalive = keepalive_of(tcp->probe.target->interval_ms);

    tcp->state = SETTLING;
    tcp->held_since_ms = clock_mono_ms();
    probe_set_deadline(&tcp->probe, settle_ms(tcp->probe.target));
    int error = keepalive_set(probe_stream_descriptor(&tcp->stream), &keepalive);
    if (error != 0)
        probe_end(&tcp->probe, PROBE_INTERNAL, "%s: no keepalive: %s",
                probe_reason_text(PROBE_INTERNAL), err_text(error));
}

static void succeed(struct tcp *tcp)
{
    probe_stop_clock(&tcp->probe);
    expect_done(&tcp->expect);
    if (check_type_is_held(tcp->probe.target->type))
        settle(tcp);
    else
        drain(tcp);
}

/* ---- a held connection ---- */

static const char *held_for(const struct tcp *tcp, char ret[CLOCK_TEXT_MAX])
{
    return clock_format_duration(clock_mono_ms() - tcp->held_since_ms, ret);
}

static void hold(struct tcp *tcp)
{
    char time[CLOCK_TEXT_MAX];

    if (tcp->state == SETTLING)
        probe_report(&tcp->probe, "%s", success(tcp));
    else
        probe_report(&tcp->probe, "connected for %s", held_for(tcp, time));
    tcp->state = HOLDING;
    tcp->dropped_bytes = 0;
    probe_set_deadline(&tcp->probe, tcp->probe.target->interval_ms);
    probe_stream_resume(&tcp->stream);
}

static void end_silent(struct tcp *tcp)
{
    struct keepalive keepalive = keepalive_of(tcp->probe.target->interval_ms);
    char gone[CLOCK_TEXT_MAX];
    char time[CLOCK_TEXT_MAX];

    probe_end(&tcp->probe, PROBE_RESPONSE_TIMEOUT,
            "no keepalive from the endpoint within %s; was connected for %s",
            clock_format_duration(keepalive_gone_ms(&keepalive), gone), held_for(tcp, time));
}

static void end_held(struct tcp *tcp, int error)
{
    char time[CLOCK_TEXT_MAX];
    held_for(tcp, time);

    if (error == 0)
        probe_end(&tcp->probe, PROBE_RESET, "connection closed by the endpoint after %s", time);
    else if (error == ECONNRESET || error == EPIPE)
        probe_end(&tcp->probe, PROBE_RESET, "connection reset by the endpoint after %s", time);
    else if (error == ETIMEDOUT)
        end_silent(tcp);
    else
        probe_end(&tcp->probe, probe_reason_of_errno(error, false), "connection lost after %s: %s",
                time, err_text(-error));
}

/* ---- events of the connection ---- */

static void end_unexpected(struct tcp *tcp, enum expect_end end)
{
    char text[HEALTH_REASON_MAX + 1];
    enum probe_reason reason = expect_explain(&tcp->expect, end, text);
    probe_end(&tcp->probe, reason, "%s", text);
}

static void on_connected(struct probe *probe)
{
    struct tcp *tcp = tcp_of(probe);
    const struct check_bytes *send = &probe->target->send;
    assert(tcp->state == CONNECTING);

    if (!expects(tcp)) {
        succeed(tcp);
        return;
    }
    tcp->state = EXPECTING;
    expect_init(&tcp->expect, probe->target);
    probe_set_deadline(probe, probe->target->response_timeout_ms);
    if (send->length > 0)
        probe_stream_send(&tcp->stream, send->bytes, send->length);
}

static void take_answer(struct tcp *tcp, const uint8_t *bytes, size_t length)
{
    if (expect_take(&tcp->expect, bytes, length))
        return;
    if (tcp->expect.found)
        succeed(tcp);
    else
        end_unexpected(tcp, EXPECT_DECIDED);
}

static void on_read(struct probe *probe, const uint8_t *bytes, size_t length)
{
    struct tcp *tcp = tcp_of(probe);
    assert(tcp->state != CONNECTING);

    if (tcp->state == EXPECTING) {
        take_answer(tcp, bytes, length);
        return;
    }
    tcp->dropped_bytes += (uint32_t)length;
    if (tcp->state == DRAINING && tcp->dropped_bytes > DRAIN_BYTES)
        end_passed(tcp);
    else if (tcp->state != DRAINING && tcp->dropped_bytes > PROBE_BYTES_MAX)
        probe_stream_pause(&tcp->stream);
}

static void on_closed(struct probe *probe, int error)
{
    struct tcp *tcp = tcp_of(probe);
    assert(tcp->state != CONNECTING);

    if (tcp->state == EXPECTING)
        end_unexpected(tcp, error == 0 ? EXPECT_CLOSED : EXPECT_RESET);
    else if (tcp->state == DRAINING)
        end_passed(tcp);
    else
        end_held(tcp, error);
}

/* ---- the kinds ---- */

static void start(struct probe *probe)
{
    static const struct probe_stream_events events = {
            .connected = on_connected,
            .read = on_read,
            .closed = on_closed,
    };
    probe_stream_start(&tcp_of(probe)->stream, probe, &events);
}

static void expire(struct probe *probe)
{
    struct tcp *tcp = tcp_of(probe);
    switch (tcp->state) {
    case CONNECTING:
        probe_end_unconnected(probe);
        break;
    case EXPECTING:
        end_unexpected(tcp, EXPECT_EXPIRED);
        break;
    case DRAINING:
        end_passed(tcp);
        break;
    case SETTLING:
    case HOLDING:
        hold(tcp);
        break;
    }
}

static void cancel(struct probe *probe)
{
    struct tcp *tcp = tcp_of(probe);
    expect_done(&tcp->expect);
    probe_stream_close(&tcp->stream);
}

static uint32_t timeout_ms(const struct check_target *target)
{
    uint32_t answer_ms = target->expect.length > 0 ? target->response_timeout_ms : 0;
    uint32_t held_ms = check_type_is_held(target->type) ? settle_ms(target) : 0;
    return target->connect_timeout_ms + answer_ms + held_ms;
}

/* A held connection whose peer is gone goes on until the keepalive has found it, and that is a failure: it
 * takes the place of one that would come an interval and a timeout later. */
static uint32_t linger_ms(const struct check_target *target)
{
    if (!check_type_is_held(target->type))
        return DRAIN_MS;
    struct keepalive keepalive = keepalive_of(target->interval_ms);
    uint64_t gone_ms = keepalive_gone_ms(&keepalive);
    uint64_t next_ms = (uint64_t)target->interval_ms + timing_jitter_ms(target->interval_ms) +
                       timeout_ms(target);
    return gone_ms > next_ms ? (uint32_t)(gone_ms - next_ms) : 0;
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
