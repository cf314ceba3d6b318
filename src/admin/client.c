/* client.c -- see client.h. */
#include "admin/client.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/control.h"
#include "admin/protocol.h"
#include "base/err.h"

#define READ_BYTES 65536U

/* A time limit of a socket shows as EAGAIN, from connect() too if the daemon's backlog is full. */
static int error_of(int number)
{
    return number == EAGAIN || number == EWOULDBLOCK ? -ETIMEDOUT : -number;
}

static int limit_waiting(int fd, uint32_t patience_ms)
{
    const struct timeval limit = {
            .tv_sec = patience_ms / 1000, .tv_usec = (suseconds_t)(patience_ms % 1000) * 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == -1 ||
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == -1)
        return -errno;
    return 0;
}

static int connect_to(const char *path, uint32_t patience_ms)
{
    struct sockaddr_un address;
    int error = control_address(path, &address);
    if (error != 0)
        return error;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -errno;
    error = limit_waiting(fd, patience_ms);
    if (error == 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == -1)
        error = error_of(errno);
    if (error != 0) {
        close(fd);
        return error;
    }
    return fd;
}

static int send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1)
            return error_of(errno);
        bytes += sent;
        length -= (size_t)sent;
    }
    return 0;
}

/* Reads until the other side closes. */
static int receive_all(int fd, struct buf *ret)
{
    char chunk[READ_BYTES];
    for (;;) {
        ssize_t got = recv(fd, chunk, sizeof(chunk), 0);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            return error_of(errno);
        if (got == 0)
            return 0;
        buf_add(ret, chunk, (size_t)got);
        if (ret->cut)
            return ERR_TOO_LARGE;
    }
}

static int read_reply(struct buf *reply, int *status, struct buf *body)
{
    int replied;
    size_t body_length, head_bytes;
    int error = protocol_read_head(
            buf_string(reply), reply->length, &replied, &body_length, &head_bytes);
    if (error != 0)
        return error;
    if (reply->length - head_bytes != body_length)
        return reply->length - head_bytes < body_length ? ERR_TRUNCATED : ERR_SYNTAX;
    buf_add(body, reply->data + head_bytes, body_length);
    if (body->cut)
        return ERR_TOO_LARGE;
    *status = replied;
    return 0;
}

int client_ask(
        const char *path, const char *line, uint32_t patience_ms, int *status, struct buf *body)
{
    struct buf bytes;
    int fd = connect_to(path, patience_ms);
    if (fd < 0)
        return fd;

    buf_init(&bytes, PROTOCOL_HEAD_MAX + PROTOCOL_REPLY_MAX);
    buf_printf(&bytes, "%s\n", line);
    int error = send_all(fd, bytes.data, bytes.length);
    buf_consume(&bytes, bytes.length);
    if (error == 0)
        error = receive_all(fd, &bytes);
    if (error == 0)
        error = read_reply(&bytes, status, body);
    buf_done(&bytes);
    close(fd);
    return error;
}
