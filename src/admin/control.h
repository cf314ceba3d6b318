/* control.h -- the operator's door: a Unix socket in the state directory, mode 0600.
 *
 * docs/formats/control-protocol.md has the protocol: one line of words in, a status line and a body
 * out, then the connection closes.  The server belongs to the supervisor's loop; what it cannot answer
 * itself it asks a role, so a request may be answered later.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>
#include <uv.h>

#include "base/attr.h"

#define CONTROL_CLIENTS_MAX 64U
#define CONTROL_LINE_MS     5000U  /* a client has this long to send its line */
#define CONTROL_READ_MS     60000U /* and this long to read the reply */

/* Bytes of a socket's path without its NUL, a limit of the kernel (unix(7)). */
#define CONTROL_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

/* Writes the address of the socket at `path`.
 *
 * Returns 0, or -ENAMETOOLONG with *ret untouched. */
MUST_CHECK int control_address(const char *path, struct sockaddr_un *ret);

struct control;
struct control_request;

/* Called with each request line, without its newline; it must be answered once, now or later, with
 * control_reply(). */
typedef void control_handler(void *context, struct control_request *request, const char *line);

/* Who asked, as the kernel knows it: the client's at the moment it connected (unix(7), SO_PEERCRED). */
struct control_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

/* Returns 0 with who sent a request that is not answered yet, or -errno. */
MUST_CHECK int control_peer(const struct control_request *request, struct control_peer *ret);

/* Listens at `path`, replacing a socket nobody listens on any more.
 *
 * Returns 0 and a new server in *ret, ended with control_close(); -EADDRINUSE if another daemon answers
 * there; -ENAMETOOLONG for a path above CONTROL_PATH_MAX; or a negative error. */
MUST_CHECK int control_open(struct control **ret, uv_loop_t *loop, const char *path,
        control_handler *handler, void *context);

/* Answers a request and ends it.  `status` is 0 or a negative error; `body` is copied.  If the client
 * has gone meanwhile nothing is sent.  A body above PROTOCOL_REPLY_MAX is answered by an error. */
void control_reply(struct control_request *request, int status, const char *body, size_t length);

/* Stops listening, removes the socket and closes the connections; requests that were not answered are
 * forgotten.  Replies just given still leave.  The memory goes when the loop has run the closing
 * callbacks.  NULL does nothing. */
void control_close(struct control *control);
