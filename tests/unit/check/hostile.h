/* hostile.h -- a server that behaves as badly as a test tells it, on the test's own loop.
 *
 * A script says what it sends and how.  It listens on loopback, port 0, and keeps what the last client
 * sent, so that a test can look at the request.  And what all probe tests need: a loop with an engine,
 * and a way to run one probe to its end.
 */
#pragma once

#include <linux/filter.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "base/mem.h"
#include "check/probe.h"
#include "test.h"

#define HOSTILE_REQUEST_MAX 16384U

enum hostile_after {
    AFTER_CLOSE,  /* end of stream */
    AFTER_HOLD,   /* nothing more, the connection stays */
    AFTER_FIN,    /* end of stream, but it goes on reading */
    AFTER_DEAF,   /* as if its cable were cut: nothing arrives there any more */
    AFTER_RESET,  /* RST */
    AFTER_REPEAT, /* `tail` for ever */
};

struct hostile_script {
    const char *reply;
    size_t length; /* 0: strlen(reply) */
    const char *tail;
    size_t tail_length;     /* 0: strlen(tail) */
    uint32_t byte_every_ms; /* not 0: one byte of the reply at a time */
    bool at_once;           /* without waiting for the request */
    const char *request;    /* what it waits for; NULL: the empty line of HTTP */
    enum hostile_after after;
    uint32_t after_ms; /* so much later */
};

struct hostile {
    uv_loop_t *loop;
    uv_tcp_t listener;
    const struct hostile_script *script;
    uint16_t port;
    unsigned accepted;
    unsigned open;
    bool is_closing;
    bool saw_end;   /* a client closed with FIN */
    bool saw_reset; /* a client closed with RST */
    char request[HOSTILE_REQUEST_MAX + 1];
    size_t request_length;
    size_t written; /* by all clients together */
};

struct hostile_client {
    uv_tcp_t socket;
    uv_timer_t timer;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct hostile *server;
    unsigned handles;
    size_t sent;
    bool has_started;
    bool is_writing;
    char read[1024];
};

static inline void hostile_client_closed(uv_handle_t *handle)
{
    struct hostile_client *client = handle->data;
    if (--client->handles > 0)
        return;
    client->server->open--;
    free(client);
}

static inline void hostile_client_close(struct hostile_client *client, bool reset)
{
    if (uv_is_closing((uv_handle_t *)&client->timer))
        return;
    uv_close((uv_handle_t *)&client->timer, hostile_client_closed);
    if (reset)
        uv_tcp_close_reset(&client->socket, hostile_client_closed);
    else
        uv_close((uv_handle_t *)&client->socket, hostile_client_closed);
}

static inline void hostile_send(struct hostile_client *client);

static inline void hostile_written(uv_write_t *request, int status)
{
    struct hostile_client *client = request->data;
    client->is_writing = false;
    if (status < 0)
        hostile_client_close(client, false);
    else
        hostile_send(client);
}

static inline void hostile_write(struct hostile_client *client, const char *bytes, size_t length)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)length);
    client->write.data = client;
    client->is_writing = true;
    client->server->written += length;
    if (uv_write(&client->write, (uv_stream_t *)&client->socket, &buf, 1, hostile_written) != 0)
        hostile_client_close(client, false);
}

static inline void hostile_tick(uv_timer_t *timer)
{
    struct hostile_client *client = timer->data;
    hostile_write(client, client->server->script->reply + client->sent++, 1);
}

/* A filter that lets no packet through to the socket, so that no acknowledgement leaves it either. */
static inline void hostile_deafen(struct hostile_client *client)
{
    struct sock_filter nothing[] = {
            {.code = BPF_RET, .k = 0}
    };
    struct sock_fprog program = {.len = 1, .filter = nothing};
    uv_os_fd_t fd;
    assert_int_equal(uv_fileno((uv_handle_t *)&client->socket, &fd), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
}

static inline void hostile_act(struct hostile_client *client)
{
    const struct hostile_script *script = client->server->script;
    if (script->after == AFTER_CLOSE || script->after == AFTER_RESET)
        hostile_client_close(client, script->after == AFTER_RESET);
    if (script->after == AFTER_FIN)
        uv_shutdown(&client->shutdown, (uv_stream_t *)&client->socket, NULL);
    if (script->after == AFTER_DEAF)
        hostile_deafen(client);
    if (script->after == AFTER_REPEAT)
        hostile_write(client, script->tail,
                script->tail_length != 0 ? script->tail_length : strlen(script->tail));
}

static inline void hostile_late(uv_timer_t *timer)
{
    hostile_act(timer->data);
}

static inline void hostile_finish(struct hostile_client *client)
{
    uint32_t after_ms = client->server->script->after_ms;
    if (after_ms > 0)
        uv_timer_start(&client->timer, hostile_late, after_ms, 0);
    else
        hostile_act(client);
}

static inline void hostile_send(struct hostile_client *client)
{
    const struct hostile_script *script = client->server->script;
    size_t length = script->length != 0 ? script->length : strlen(script->reply);

    if (uv_is_closing((uv_handle_t *)&client->timer) || client->is_writing)
        return;
    if (client->sent == length) {
        hostile_finish(client);
    } else if (script->byte_every_ms > 0) {
        uv_timer_start(&client->timer, hostile_tick, script->byte_every_ms, 0);
    } else {
        client->sent = length;
        hostile_write(client, script->reply, length);
    }
}

static inline void hostile_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct hostile_client *client = handle->data;
    (void)suggested;
    *ret = uv_buf_init(client->read, sizeof(client->read));
}

static inline void hostile_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *bytes)
{
    struct hostile_client *client = stream->data;
    struct hostile *server = client->server;
    if (length < 0) {
        server->saw_end |= length == UV_EOF;
        server->saw_reset |= length == UV_ECONNRESET;
        hostile_client_close(client, false);
        return;
    }
    size_t room = HOSTILE_REQUEST_MAX - server->request_length;
    size_t taken = (size_t)length < room ? (size_t)length : room;
    memcpy(server->request + server->request_length, bytes->base, taken);
    server->request_length += taken;
    server->request[server->request_length] = '\0';
    const char *awaited = server->script->request;
    if (!client->has_started &&
            strstr(server->request, awaited != NULL ? awaited : "\r\n\r\n") != NULL) {
        client->has_started = true;
        hostile_send(client);
    }
}

static inline void hostile_accept(uv_stream_t *stream, int status)
{
    struct hostile *server = stream->data;
    struct hostile_client *client = mem_zalloc(1, sizeof(*client));
    assert_int_equal(status, 0);
    client->server = server;
    client->handles = 2;
    server->open++;
    server->accepted++;
    server->request_length = 0;
    server->request[0] = '\0';
    uv_timer_init(server->loop, &client->timer);
    uv_tcp_init(server->loop, &client->socket);
    client->timer.data = client->socket.data = client;
    assert_int_equal(uv_accept(stream, (uv_stream_t *)&client->socket), 0);
    uv_read_start((uv_stream_t *)&client->socket, hostile_alloc, hostile_read);
    if (server->script->at_once) {
        client->has_started = true;
        hostile_send(client);
    }
}

static inline void hostile_open(
        struct hostile *server, uv_loop_t *loop, const struct hostile_script *script)
{
    struct sockaddr_storage bound;
    int length = sizeof(bound);
    struct sockaddr_in address;

    *server = (struct hostile){.loop = loop, .script = script};
    uv_ip4_addr("127.0.0.1", 0, &address);
    assert_int_equal(uv_tcp_init(loop, &server->listener), 0);
    server->listener.data = server;
    assert_int_equal(uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&server->listener, 64, hostile_accept), 0);
    uv_tcp_getsockname(&server->listener, (struct sockaddr *)&bound, &length);
    server->port = ntohs(((struct sockaddr_in *)(void *)&bound)->sin_port);
}

static inline void hostile_close_client(uv_handle_t *handle, void *server)
{
    struct hostile_client *client = handle->data;
    if (handle->type == UV_TCP && handle != (uv_handle_t *)&((struct hostile *)server)->listener &&
            client != NULL && client->server == server &&
            handle == (uv_handle_t *)&client->socket && !uv_is_closing(handle))
        hostile_client_close(client, false);
}

static inline void hostile_close(struct hostile *server)
{
    uv_walk(server->loop, hostile_close_client, server);
    uv_close((uv_handle_t *)&server->listener, NULL);
}

/* ---- one loop, one engine ---- */

static const char *const no_headers[] = {NULL};

struct bench {
    uv_loop_t loop;
    struct probe_engine *engine;
};

struct outcome {
    struct probe_result result;
    unsigned calls;
};

static inline void bench_open(struct bench *bench, const char *ca_file)
{
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(uv_loop_init(&bench->loop), 0);
    assert_int_equal(probe_engine_new(&bench->engine, &bench->loop, ca_file), 0);
}

/* That the loop closes says that no handle, request or callback was left behind. */
static inline void bench_close(struct bench *bench)
{
    probe_engine_free(bench->engine);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
}

/* The same with a server on it. */
static inline void bench_serve(
        struct bench *bench, struct hostile *server, const struct hostile_script *script)
{
    bench_open(bench, NULL);
    hostile_open(server, &bench->loop, script);
}

static inline void bench_leave(struct bench *bench, struct hostile *server)
{
    hostile_close(server);
    bench_close(bench);
}

static inline void bench_ended(void *context, const struct probe_result *result)
{
    struct outcome *outcome = context;
    outcome->result = *result;
    outcome->calls++;
}

static inline void bench_wait(struct bench *bench, const struct outcome *outcome)
{
    while (outcome->calls == 0)
        uv_run(&bench->loop, UV_RUN_ONCE);
    assert_int_equal(outcome->calls, 1);
}

static inline struct probe_result bench_probe(
        struct bench *bench, const struct check_target *target)
{
    struct outcome outcome = {0};
    probe_start(bench->engine, target, "check-1", bench_ended, &outcome);
    assert_int_equal(outcome.calls, 0);
    bench_wait(bench, &outcome);
    return outcome.result;
}

static inline struct check_target bench_target(enum check_type type, uint16_t port)
{
    return (struct check_target){
            .type = type,
            .address = "127.0.0.1",
            .path = "/healthz",
            .method = "GET",
            .headers = no_headers,
            .port = port,
            .status_low = 200,
            .status_high = 399,
            .interval_ms = 1000,
            .connect_timeout_ms = 4000,
            .response_timeout_ms = 2000,
    };
}
