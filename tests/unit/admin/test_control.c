/* The server on a loop, asked by the real client from a second thread. */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/client.h"
#include "admin/control.h"
#include "admin/protocol.h"
#include "base/err.h"
#include "base/mem.h"

#define PATIENCE_MS 60000U

struct fixture {
    uv_loop_t loop;
    struct control *control;
    struct control_request *held; /* the last request, if it is not to be answered at once */
    char directory[64];
    char path[96];
    bool hold;
    unsigned requests;
    struct control_peer peer; /* who sent the last one */
};

static void on_request(void *context, struct control_request *request, const char *line)
{
    struct fixture *f = context;
    f->requests++;
    assert_int_equal(control_peer(request, &f->peer), 0);
    if (f->hold)
        f->held = request;
    else if (strcmp(line, "large") == 0) {
        char *body = mem_alloc(PROTOCOL_REPLY_MAX + 1);
        memset(body, 'x', PROTOCOL_REPLY_MAX + 1);
        control_reply(request, 0, body, PROTOCOL_REPLY_MAX);
        free(body);
    } else if (strcmp(line, "bad") == 0)
        control_reply(request, ERR_FAULTY, "{}", 2);
    else
        control_reply(request, 0, line, strlen(line));
}

static int setup(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof(*f));
    signal(SIGPIPE, SIG_IGN);
    strcpy(f->directory, "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    snprintf(f->path, sizeof(f->path), "%s/control.sock", f->directory);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(control_open(&f->control, &f->loop, f->path, on_request, f), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    control_close(f->control);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    assert_int_equal(rmdir(f->directory), 0); /* the socket is gone */
    free(f);
    return 0;
}

struct asking {
    const struct fixture *fixture;
    const char *line;
    int error;
    int status;
    struct buf body;
    _Atomic bool done;
};

static void *ask_thread(void *context)
{
    struct asking *asking = context;
    asking->error = client_ask(
            asking->fixture->path, asking->line, PATIENCE_MS, &asking->status, &asking->body);
    asking->done = true;
    return NULL;
}

/* Asks while the loop runs. */
static void ask(struct fixture *f, const char *line, struct asking *ret)
{
    pthread_t thread;
    *ret = (struct asking){.fixture = f, .line = line, .status = 1};
    buf_init(&ret->body, PROTOCOL_REPLY_MAX);
    assert_int_equal(pthread_create(&thread, NULL, ask_thread, ret), 0);
    while (!ret->done)
        uv_run(&f->loop, UV_RUN_NOWAIT);
    pthread_join(thread, NULL);
}

static void test_ask(void **state)
{
    struct asking asking;
    ask(*state, "checks www-eu", &asking);
    assert_int_equal(asking.error, 0);
    assert_int_equal(asking.status, 0);
    assert_string_equal(buf_string(&asking.body), "checks www-eu");
    buf_done(&asking.body);
    ask(*state, "bad", &asking);
    assert_int_equal(asking.error, 0);
    assert_int_equal(asking.status, ERR_FAULTY);
    assert_string_equal(buf_string(&asking.body), "{}");
    buf_done(&asking.body);
}

/* The client is this very process. */
static void test_peer(void **state)
{
    struct fixture *f = *state;
    struct asking asking;
    ask(f, "status", &asking);
    buf_done(&asking.body);
    assert_int_equal(f->peer.pid, getpid());
    assert_int_equal(f->peer.uid, getuid());
    assert_int_equal(f->peer.gid, getgid());
}

/* A daemon that is stopped: the kernel takes the connection and the line, and nobody reads them. */
static void test_silent_daemon(void **state)
{
    const struct fixture *f = *state;
    struct buf body;
    int status = 1;
    buf_init(&body, PROTOCOL_REPLY_MAX);
    assert_int_equal(client_ask(f->path, "status", 10, &status, &body), -ETIMEDOUT);
    assert_int_equal(status, 1);
    buf_done(&body);
}

static void test_largest_reply(void **state)
{
    struct asking asking;
    ask(*state, "large", &asking);
    assert_int_equal(asking.error, 0);
    assert_int_equal(asking.body.length, PROTOCOL_REPLY_MAX);
    buf_done(&asking.body);
}

static void test_line_too_long(void **state)
{
    struct fixture *f = *state;
    struct asking asking;
    char line[PROTOCOL_LINE_MAX + 2];
    memset(line, 'a', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    ask(f, line, &asking);
    assert_true(asking.error < 0);
    assert_int_equal(f->requests, 0);
    buf_done(&asking.body);
    line[PROTOCOL_LINE_MAX] = '\0';
    ask(f, line, &asking);
    assert_int_equal(asking.error, 0);
    buf_done(&asking.body);
}

static int connect_raw(const struct fixture *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, f->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* A client that leaves before its answer harms nobody. */
static void test_client_leaves(void **state)
{
    struct fixture *f = *state;
    f->hold = true;
    int fd = connect_raw(f);
    assert_int_equal(write(fd, "reload\n", 7), 7);
    while (f->held == NULL)
        uv_run(&f->loop, UV_RUN_ONCE);
    close(fd);
    control_reply(f->held, 0, "{}", 2);
    f->hold = false;
    struct asking asking;
    ask(f, "status", &asking);
    assert_int_equal(asking.error, 0);
    buf_done(&asking.body);
}

/* Bytes come one by one. */
static void test_slow_line(void **state)
{
    struct fixture *f = *state;
    int fd = connect_raw(f);
    for (const char *at = "zones\n"; *at != '\0'; at++) {
        assert_int_equal(f->requests, 0);
        assert_int_equal(write(fd, at, 1), 1);
        for (int i = 0; i < 5; i++)
            uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(f->requests, 1);
    close(fd);
}

/* One client too many is turned away, those before it are served. */
static void test_clients_bounded(void **state)
{
    struct fixture *f = *state;
    int fds[CONTROL_CLIENTS_MAX + 1];
    char byte;
    for (size_t i = 0; i < COUNT(fds); i++) {
        fds[i] = connect_raw(f);
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    while (recv(fds[CONTROL_CLIENTS_MAX], &byte, 1, MSG_DONTWAIT) != 0)
        uv_run(&f->loop, UV_RUN_NOWAIT);
    assert_int_equal(write(fds[0], "x\n", 2), 2);
    while (f->requests == 0)
        uv_run(&f->loop, UV_RUN_NOWAIT);
    for (size_t i = 0; i < COUNT(fds); i++)
        close(fds[i]);
}

static void test_open(void **state)
{
    struct fixture *f = *state;
    struct control *second = NULL;
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(control_open(&second, &f->loop, f->path, on_request, f), -EADDRINUSE);
    assert_null(second);

    char longest[CONTROL_PATH_MAX + 2];
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(control_open(&second, &f->loop, longest, on_request, f), -ENAMETOOLONG);
    int status;
    struct buf body;
    buf_init(&body, 10);
    assert_int_equal(client_ask(longest, "x", PATIENCE_MS, &status, &body), -ENAMETOOLONG);
    assert_int_equal(client_ask("/nonexistent/s", "x", PATIENCE_MS, &status, &body), -ENOENT);
    buf_done(&body);
}

/* What a killed daemon left behind is replaced. */
static void test_stale_socket(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    control_close(f->control);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    strcpy(address.sun_path, f->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    close(fd);
    assert_int_equal(access(f->path, F_OK), 0);
    assert_int_equal(control_open(&f->control, &f->loop, f->path, on_request, f), 0);
    struct asking asking;
    ask(f, "status", &asking);
    assert_int_equal(asking.error, 0);
    buf_done(&asking.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_ask, setup, teardown),
            cmocka_unit_test_setup_teardown(test_peer, setup, teardown),
            cmocka_unit_test_setup_teardown(test_silent_daemon, setup, teardown),
            cmocka_unit_test_setup_teardown(test_largest_reply, setup, teardown),
            cmocka_unit_test_setup_teardown(test_line_too_long, setup, teardown),
            cmocka_unit_test_setup_teardown(test_client_leaves, setup, teardown),
            cmocka_unit_test_setup_teardown(test_slow_line, setup, teardown),
            cmocka_unit_test_setup_teardown(test_clients_bounded, setup, teardown),
            cmocka_unit_test_setup_teardown(test_open, setup, teardown),
            cmocka_unit_test_setup_teardown(test_stale_socket, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
