/* probe_stream.c -- see probe_stream.h. */
#include "check/probe_stream.h"

#include <assert.h>

static struct probe *probe_of(const struct probe_stream *stream)
{
    return stream->socket.data;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct probe_stream *stream = (struct probe_stream *)handle;
    (void)suggested;
    *ret = uv_buf_init((char *)stream->bytes, sizeof(stream->bytes));
}

/* The buffer is the probe's for as long as it lives: of several pieces the last one is evidence. */
static void take(struct probe_stream *stream, size_t length)
{
    struct probe *probe = probe_of(stream);
    probe_note_step(probe, EVIDENCE_ANSWERED);
    probe->evidence.body = stream->bytes;
    probe->evidence.body_length = length < EVIDENCE_BODY_MAX ? length : EVIDENCE_BODY_MAX;
    stream->events->read(probe, stream->bytes, length);
}

static void on_read(uv_stream_t *handle, ssize_t length, const uv_buf_t *bytes)
{
    struct probe_stream *stream = (struct probe_stream *)handle;
    (void)bytes;
    if (length > 0)
        take(stream, (size_t)length);
    else if (length < 0)
        stream->events->closed(probe_of(stream), length == UV_EOF ? 0 : (int)-length);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct probe_stream *stream = (struct probe_stream *)request->handle;
    struct probe *probe = probe_of(stream);

    if (probe->stage == PROBE_STAGE_ENDING)
        return;
    if (status < 0) {
        probe_end_connect(probe, -status, false);
        return;
    }
    probe_note_step(probe, EVIDENCE_CONNECTED);
    probe_note_socket(probe, probe_stream_descriptor(stream));
    stream->events->connected(probe);
    if (probe->stage != PROBE_STAGE_ENDING)
        probe_stream_resume(stream);
}

void probe_stream_start(
        struct probe_stream *stream, struct probe *probe, const struct probe_stream_events *events)
{
    int error = uv_tcp_init(probe->engine->loop, &stream->socket);
    assert(error == 0); /* without a family no socket is made yet */
    stream->socket.data = probe;
    stream->events = events;

    error = uv_tcp_connect(&stream->connect, &stream->socket, &probe->address.any, on_connect);
    if (error != 0)
        probe_end_connect(probe, -error, true);
}

static void on_written(uv_write_t *request, int status)
{
    /* Nothing follows from it: reading the connection says what became of it. */
    (void)request;
    (void)status;
}

void probe_stream_send(struct probe_stream *stream, const void *bytes, size_t length)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)length);
    int error = uv_write(&stream->write, (uv_stream_t *)&stream->socket, &buf, 1, on_written);
    assert(error == 0); /* it is queued, whatever becomes of it */
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    (void)request;
    (void)status;
}

bool probe_stream_finish(struct probe_stream *stream)
{
    return uv_shutdown(&stream->shutdown, (uv_stream_t *)&stream->socket, on_shutdown) == 0;
}

void probe_stream_pause(struct probe_stream *stream)
{
    uv_read_stop((uv_stream_t *)&stream->socket);
}

void probe_stream_resume(struct probe_stream *stream)
{
    int error = uv_read_start((uv_stream_t *)&stream->socket, on_alloc, on_read);
    if (error != 0 && error != UV_EALREADY)
        stream->events->closed(probe_of(stream), -error);
}

int probe_stream_descriptor(const struct probe_stream *stream)
{
    uv_os_fd_t fd;
    return uv_fileno((const uv_handle_t *)&stream->socket, &fd) == 0 ? fd : -1;
}

void probe_stream_close(struct probe_stream *stream)
{
    probe_close_handle(probe_of(stream), (uv_handle_t *)&stream->socket);
}
