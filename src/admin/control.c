/* control.c -- see control.h.
 *
 *   state   | event                 | next
 *   --------+-----------------------+--------------------------------------------
 *   READING | a whole line          | WAITING, the handler is called
 *   READING | no line, end, timeout | CLOSING
 *   WAITING | control_reply()       | WRITING
 *   WRITING | written, error, timeout | CLOSING
 *   CLOSING | both handles closed   | the memory is freed
 */
#include "admin/control.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/protocol.h"
#include "base/err.h"
#include "base/mem.h"

#define BACKLOG 16

enum state {
    READING,
    WAITING,
    WRITING,
    CLOSING,
};

/* A connection is its one request. */
struct control_request {
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_write_t write;
    struct control *control;
    struct control_request *next, **link;
    enum state state;
    unsigned open_handles;
    size_t length;
    char line[PROTOCOL_LINE_MAX + 2]; /* with newline and NUL */
    char *reply;
};

struct control {
    uv_pipe_t pipe;
    uv_loop_t *loop;
    control_handler *handler;
    void *context;
    char *path;
    struct control_request *clients;
    unsigned count;
    bool closed; /* waits for its last client */
};

static void free_when_idle(struct control *control)
{
    if (!control->closed || control->count > 0)
        return;
    free(control->path);
    free(control);
}

static void on_client_closed(uv_handle_t *handle)
{
    struct control_request *client = handle->data;
    if (--client->open_handles > 0)
        return;
    struct control *control = client->control;
    *client->link = client->next;
    if (client->next != NULL)
        client->next->link = client->link;
    control->count--;
    free(client->reply);
    free(client);
    free_when_idle(control);
}

static void drop(struct control_request *client)
{
    if (client->state == CLOSING)
        return;
    client->state = CLOSING;
    uv_close((uv_handle_t *)&client->pipe, on_client_closed);
    uv_close((uv_handle_t *)&client->timer, on_client_closed);
}

static void on_timeout(uv_timer_t *timer)
{
    drop(timer->data);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    drop(write->data);
}

void control_reply(struct control_request *request, int status, const char *body, size_t length)
{
    char head[PROTOCOL_HEAD_MAX];
    static const char too_large[] = "{\"error\":\"the answer is too large\"}";

    assert(request->state == WAITING);
    assert(status <= 0);
    if (length > PROTOCOL_REPLY_MAX) {
        control_reply(request, ERR_TOO_LARGE, too_large, sizeof(too_large) - 1);
        return;
    }
    size_t head_length = protocol_print_head(status, length, head);
    request->reply = mem_alloc(head_length + length);
    memcpy(request->reply, head, head_length);
    if (length > 0)
        memcpy(request->reply + head_length, body, length);

    uv_buf_t bytes = uv_buf_init(request->reply, (unsigned)(head_length + length));
    request->state = WRITING;
    request->write.data = request;
    uv_timer_start(&request->timer, on_timeout, CONTROL_READ_MS, 0);
    if (uv_write(&request->write, (uv_stream_t *)&request->pipe, &bytes, 1, on_written) != 0)
        drop(request);
}

int control_peer(const struct control_request *request, struct control_peer *ret)
{
    struct ucred credentials;
    socklen_t length = sizeof(credentials);
    uv_os_fd_t fd;

    assert(request->state == WAITING);
    int error = uv_fileno((const uv_handle_t *)&request->pipe, &fd);
    if (error != 0)
        return error;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == -1)
        return -errno;
    *ret = (struct control_peer){credentials.pid, credentials.uid, credentials.gid};
    return 0;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct control_request *client = handle->data;
    (void)suggested;
    /* One byte stays for the NUL. */
    *ret = uv_buf_init(
            client->line + client->length, (unsigned)(sizeof(client->line) - 1 - client->length));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *bytes)
{
    struct control_request *client = stream->data;
    size_t line_length;
    (void)bytes;
    assert(client->state == READING);
    if (length == 0)
        return;
    if (length < 0) {
        drop(client);
        return;
    }
    client->length += (size_t)length;
    int error = protocol_find_line(client->line, client->length, &line_length);
    if (error == ERR_TRUNCATED)
        return;
    if (error != 0) {
        drop(client);
        return;
    }
    uv_read_stop(stream);
    uv_timer_stop(&client->timer);
    client->line[line_length] = '\0';
    client->state = WAITING;
    client->control->handler(client->control->context, client, client->line);
}

static void on_refused(uv_handle_t *handle)
{
    free(handle);
}

/* One too many is accepted and closed at once, so that it learns of it. */
static void refuse(struct control *control)
{
    uv_pipe_t *pipe = mem_zalloc(1, sizeof(*pipe));
    int error = uv_pipe_init(control->loop, pipe, 0);
    assert(error == 0);
    /* If nobody is there to accept, there is nobody to refuse. */
    (void)!uv_accept((uv_stream_t *)&control->pipe, (uv_stream_t *)pipe);
    uv_close((uv_handle_t *)pipe, on_refused);
}

static struct control_request *client_new(struct control *control)
{
    struct control_request *client = mem_zalloc(1, sizeof(*client));
    client->control = control;
    client->pipe.data = client;
    client->timer.data = client;
    client->open_handles = 2;
    int error = uv_pipe_init(control->loop, &client->pipe, 0);
    assert(error == 0);
    error = uv_timer_init(control->loop, &client->timer);
    assert(error == 0);

    client->next = control->clients;
    client->link = &control->clients;
    if (client->next != NULL)
        client->next->link = &client->next;
    control->clients = client;
    control->count++;
    return client;
}

static void on_connection(uv_stream_t *server, int status)
{
    struct control *control = server->data;
    if (status < 0)
        return;
    if (control->count == CONTROL_CLIENTS_MAX) {
        refuse(control);
        return;
    }
    struct control_request *client = client_new(control);
    int error = uv_accept(server, (uv_stream_t *)&client->pipe);
    if (error == 0)
        error = uv_read_start((uv_stream_t *)&client->pipe, on_alloc, on_read);
    if (error == 0)
        error = uv_timer_start(&client->timer, on_timeout, CONTROL_LINE_MS, 0);
    if (error != 0)
        drop(client);
}

int control_address(const char *path, struct sockaddr_un *ret)
{
    size_t length = strlen(path);
    if (length > CONTROL_PATH_MAX)
        return -ENAMETOOLONG;
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret->sun_path, path, length);
    return 0;
}

/* Whether somebody listens at `address`. */
static bool is_alive(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return true;
    int result = connect(fd, (const struct sockaddr *)address, sizeof(*address));
    /* EAGAIN: somebody listens, but has a full backlog. */
    bool alive = result == 0 || errno == EAGAIN;
    close(fd);
    return alive;
}

static int bind_replacing(int fd, const struct sockaddr_un *address)
{
    if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
        return 0;
    if (errno != EADDRINUSE || is_alive(address))
        return -errno;
    if (unlink(address->sun_path) == -1)
        return -errno;
    return bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : -errno;
}

/* Returns a socket bound to `path`, or -errno. */
static int open_socket(const char *path)
{
    struct sockaddr_un address;
    int error = control_address(path, &address);
    if (error != 0)
        return error;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -errno;
    /* Linux gives the new file the mode of the socket: it is never open to others, not for a moment. */
    error = fchmod(fd, 0600) == 0 ? bind_replacing(fd, &address) : -errno;
    if (error != 0) {
        close(fd);
        return error;
    }
    return fd;
}

static void on_server_closed(uv_handle_t *handle)
{
    struct control *control = handle->data;
    control->closed = true;
    free_when_idle(control);
}

int control_open(struct control **ret, uv_loop_t *loop, const char *path, control_handler *handler,
        void *context)
{
    int fd = open_socket(path);
    if (fd < 0)
        return fd;

    struct control *control = mem_zalloc(1, sizeof(*control));
    *control = (struct control){
            .loop = loop,
            .handler = handler,
            .context = context,
            .path = mem_string(path),
    };
    int error = uv_pipe_init(loop, &control->pipe, 0);
    assert(error == 0);
    control->pipe.data = control;
    error = uv_pipe_open(&control->pipe, fd);
    if (error != 0)
        close(fd);
    if (error == 0)
        error = uv_listen((uv_stream_t *)&control->pipe, BACKLOG, on_connection);
    if (error != 0) {
        control_close(control);
        return error;
    }
    *ret = control;
    return 0;
}

void control_close(struct control *control)
{
    if (control == NULL)
        return;
    unlink(control->path);
    uv_close((uv_handle_t *)&control->pipe, on_server_closed);
    for (struct control_request *client = control->clients; client != NULL; client = client->next)
        if (client->state != WRITING)
            drop(client);
}
