/* probe_stream.h -- the TCP connection of a probe, for the kinds of probe that speak over one.
 *
 * A kind's struct holds the stream; its callbacks name the probe.  After probe_end() none is called any
 * more.  What is sent is borrowed until the probe has ended.  All calls belong to the loop.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/attr.h"
#include "check/probe_kind.h"

#define PROBE_STREAM_READ_BYTES 1024U

struct probe_stream_events {
    /* The connection stands; from here on it is read. */
    void (*connected)(struct probe *probe);

    /* Something came; borrowed during the call. */
    void (*read)(struct probe *probe, const uint8_t *bytes, size_t length);

    /* Nothing more comes: `error` is 0 at the end of the stream, or an errno (positive). */
    void (*closed)(struct probe *probe, int error);
};

struct probe_stream {
    uv_tcp_t socket; /* first: a handle is cast to its stream */
    uv_connect_t connect;
    uv_write_t write;
    uv_shutdown_t shutdown;
    const struct probe_stream_events *events;
    uint8_t bytes[PROBE_STREAM_READ_BYTES];
};

/* Connects to the probe's address.  A connection that cannot be made ends the probe. */
void probe_stream_start(
        struct probe_stream *stream, struct probe *probe, const struct probe_stream_events *events);

/* Sends, once in a probe's life.  That it fails shows when the connection is read. */
void probe_stream_send(struct probe_stream *stream, const void *bytes, size_t length);

/* Tells the endpoint the end of our stream.  Returns whether one can wait for it to do the same. */
MUST_CHECK bool probe_stream_finish(struct probe_stream *stream);

/* Leaves what comes to the kernel, which then slows the sender down; and goes on. */
void probe_stream_pause(struct probe_stream *stream);
void probe_stream_resume(struct probe_stream *stream);

/* The connection's descriptor, or -1. */
int probe_stream_descriptor(const struct probe_stream *stream);

/* Lets go of the connection; for a kind's cancel(), if the stream was started. */
void probe_stream_close(struct probe_stream *stream);
