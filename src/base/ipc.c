/* ipc.c -- see ipc.h.
 *
 * Bytes are gathered until a frame is whole; a frame ends with a NUL of its own, so that a payload
 * is a string where it lies and frames can follow each other in one buffer.
 *
 *   state   | what happens                         | next
 *   --------+--------------------------------------+--------
 *   OPEN    | end of stream, error, no message     | ENDED, the handler gets NULL
 *   OPEN    | ipc_close()                          | CLOSING
 *   ENDED   | ipc_close()                          | CLOSING
 *   CLOSING | nothing queued any more, write error | the handle is closed, the memory freed
 */
#include "base/ipc.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#define READ_BYTES 65536U

enum state {
    OPEN,
    ENDED,
    CLOSING,
};

struct ipc {
    uv_pipe_t pipe;
    ipc_handler *handler;
    void *context;
    enum state state;
    bool broken;     /* a write failed: nothing more is sent, but what came is still read */
    unsigned queued; /* writes under way */
    struct buf in;
    char read[READ_BYTES];
};

struct header {
    uint32_t type;
    uint32_t id;
    int32_t status;
    uint32_t length;
};
static_assert(sizeof(struct header) == IPC_HEADER_BYTES, "the header has no padding");

/* One write under way; the frame lies behind it. */
struct outgoing {
    uv_write_t request;
    struct ipc *ipc;
    char frame[];
};

static bool is_sensible(const struct header *header)
{
    if (header->status > 0)
        return false;
    switch (header->type) {
    case IPC_READY:
        return header->id == 0;
    case IPC_EVENT:
        return header->id == 0 && header->status == 0;
    case IPC_REQUEST:
        return header->status == 0;
    case IPC_REPLY:
        return true;
    default:
        return false;
    }
}

int ipc_decode(const char *bytes, size_t length, struct ipc_message *ret, size_t *frame_bytes)
{
    struct header header;
    if (length < sizeof(header))
        return ERR_TRUNCATED;
    memcpy(&header, bytes, sizeof(header));
    if (!is_sensible(&header))
        return ERR_SYNTAX;
    if (header.length > IPC_PAYLOAD_MAX)
        return ERR_TOO_LARGE;
    if (length - sizeof(header) <= header.length)
        return ERR_TRUNCATED;
    const char *payload = bytes + sizeof(header);
    if (payload[header.length] != '\0')
        return ERR_SYNTAX;
    *ret = (struct ipc_message){
            .type = (enum ipc_type)header.type,
            .id = header.id,
            .status = header.status,
            .payload = payload,
            .length = header.length,
    };
    *frame_bytes = sizeof(header) + header.length + 1;
    return 0;
}

static void end(struct ipc *ipc)
{
    assert(ipc->state == OPEN);
    uv_read_stop((uv_stream_t *)&ipc->pipe);
    ipc->state = ENDED;
    ipc->handler(ipc->context, NULL);
}

/* Hands on every whole message; the handler may close the channel in between. */
static void deliver(struct ipc *ipc)
{
    size_t at = 0;
    int error = 0;
    while (ipc->state == OPEN) {
        struct ipc_message message;
        size_t frame_bytes;
        error = ipc_decode(ipc->in.data + at, ipc->in.length - at, &message, &frame_bytes);
        if (error != 0)
            break;
        at += frame_bytes;
        ipc->handler(ipc->context, &message);
    }
    buf_consume(&ipc->in, at);
    if (ipc->state == OPEN && error != ERR_TRUNCATED)
        end(ipc);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct ipc *ipc = handle->data;
    (void)suggested;
    *ret = uv_buf_init(ipc->read, sizeof(ipc->read));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *bytes)
{
    struct ipc *ipc = stream->data;
    if (length == 0)
        return;
    if (length < 0) {
        end(ipc);
        return;
    }
    buf_add(&ipc->in, bytes->base, (size_t)length);
    assert(!ipc->in.cut); /* a frame in the making is smaller than the maximum, so a read fits */
    deliver(ipc);
}

static void on_closed(uv_handle_t *handle)
{
    struct ipc *ipc = handle->data;
    buf_done(&ipc->in);
    free(ipc);
}

static void close_handle(struct ipc *ipc)
{
    if (!uv_is_closing((uv_handle_t *)&ipc->pipe))
        uv_close((uv_handle_t *)&ipc->pipe, on_closed);
}

static void on_written(uv_write_t *request, int status)
{
    struct outgoing *outgoing = (struct outgoing *)request;
    struct ipc *ipc = outgoing->ipc;
    free(outgoing);
    ipc->queued--;
    if (status < 0)
        ipc->broken = true;
    if (ipc->state == CLOSING && (ipc->queued == 0 || ipc->broken))
        close_handle(ipc);
}

int ipc_open(struct ipc **ret, uv_loop_t *loop, int fd, ipc_handler *handler, void *context)
{
    struct ipc *ipc = mem_zalloc(1, sizeof(*ipc));
    int error = uv_pipe_init(loop, &ipc->pipe, 0);
    if (error != 0) {
        close(fd);
        free(ipc);
        return error;
    }
    ipc->pipe.data = ipc;
    ipc->handler = handler;
    ipc->context = context;
    buf_init(&ipc->in, IPC_FRAME_MAX + READ_BYTES);

    error = uv_pipe_open(&ipc->pipe, fd);
    if (error != 0)
        close(fd);
    if (error == 0)
        error = uv_read_start((uv_stream_t *)&ipc->pipe, on_alloc, on_read);
    if (error != 0) {
        ipc->state = CLOSING;
        close_handle(ipc);
        return error;
    }
    *ret = ipc;
    return 0;
}

void ipc_send(struct ipc *ipc, const struct ipc_message *message)
{
    assert(message->length <= IPC_PAYLOAD_MAX);
    assert(ipc->state != CLOSING);
    if (ipc->state == ENDED || ipc->broken)
        return;

    struct header header = {
            .type = message->type,
            .id = message->id,
            .status = message->status,
            .length = (uint32_t)message->length,
    };
    assert(is_sensible(&header));
    size_t frame_bytes = sizeof(header) + message->length + 1;
    struct outgoing *outgoing = mem_alloc(sizeof(*outgoing) + frame_bytes);
    outgoing->ipc = ipc;
    memcpy(outgoing->frame, &header, sizeof(header));
    if (message->length > 0)
        memcpy(outgoing->frame + sizeof(header), message->payload, message->length);
    outgoing->frame[frame_bytes - 1] = '\0';

    uv_buf_t bytes = uv_buf_init(outgoing->frame, (unsigned)frame_bytes);
    ipc->queued++;
    if (uv_write(&outgoing->request, (uv_stream_t *)&ipc->pipe, &bytes, 1, on_written) != 0) {
        ipc->queued--;
        ipc->broken = true;
        free(outgoing);
    }
}

void ipc_close(struct ipc *ipc)
{
    if (ipc == NULL || ipc->state == CLOSING)
        return;
    ipc->state = CLOSING;
    uv_read_stop((uv_stream_t *)&ipc->pipe);
    if (ipc->queued == 0 || ipc->broken)
        close_handle(ipc);
}
