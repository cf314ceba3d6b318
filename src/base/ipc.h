/* ipc.h -- messages between a parent and a role of it.
 *
 * A channel is one end of a Unix stream socket on a libuv loop.  A message is a fixed header and
 * up to IPC_PAYLOAD_MAX bytes; the supervisor never looks into them, it relays them.  The other end
 * is a process that talks to strangers, so a header that makes no sense ends the channel.
 *
 *   frame: type (4 bytes), id (4), status (4), length of payload (4), all in the machine's order,
 *          the payload, one NUL
 *
 * All calls belong to the loop's thread.  A process that has a channel ignores SIGPIPE.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/attr.h"

#define IPC_PAYLOAD_MAX  (16U << 20)
#define IPC_HEADER_BYTES 16U
#define IPC_FRAME_MAX    (IPC_HEADER_BYTES + IPC_PAYLOAD_MAX + 1)

enum ipc_type {
    IPC_READY = 1,   /* role -> parent: the first load is over; status as for a reply */
    IPC_REQUEST = 2, /* parent -> role: payload is a command line such as "reload" or "zones" */
    IPC_REPLY = 3,   /* role -> parent: answers the request of the same id */
    IPC_EVENT = 4,   /* role -> parent: what has happened, unasked */
};

struct ipc_message {
    enum ipc_type type;
    uint32_t id;         /* of the request, chosen by the parent; 0 with IPC_READY and IPC_EVENT */
    int32_t status;      /* 0, or a code of err.h; 0 with a request */
    const char *payload; /* borrowed during the callback; NUL follows the last byte */
    size_t length;
};

/* Reads the frame at the start of `bytes`.  Pure; the payload is borrowed from `bytes`.
 *
 * Returns 0, the message in *ret and the frame's size in *frame_bytes; ERR_TRUNCATED if more bytes
 * must come first; ERR_SYNTAX or ERR_TOO_LARGE, as early as the header shows it, if this is no
 * message.  Outputs are untouched on error. */
MUST_CHECK int ipc_decode(
        const char *bytes, size_t length, struct ipc_message *ret, size_t *frame_bytes);

struct ipc;

/* Called with each whole message, and once with NULL when the channel has ended (the other side
 * closed it, or sent what is no message); after NULL only ipc_close() may be called. */
typedef void ipc_handler(void *context, const struct ipc_message *message);

/* Starts a channel on `fd`, which it takes over.
 *
 * Returns 0 and a new channel in *ret, ended with ipc_close(), or a negative libuv error.
 * *ret is untouched on error; fd is closed in every case. */
MUST_CHECK int ipc_open(
        struct ipc **ret, uv_loop_t *loop, int fd, ipc_handler *handler, void *context);

/* Queues a message; copies the payload.  On a channel that has ended it does nothing.
 * A payload above IPC_PAYLOAD_MAX is a programmer's error. */
void ipc_send(struct ipc *ipc, const struct ipc_message *message);

/* Closes the channel; the handler is not called any more, but what is still queued is sent first,
 * for as long as the other side lives to take it.  The memory goes when the loop has run the closing
 * callback.  NULL does nothing. */
void ipc_close(struct ipc *ipc);
