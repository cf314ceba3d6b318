/* The whole parent as a process, with doubles of both roles: this test executes itself again as them. */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin/client.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/ipc.h"
#include "check/checker.h"
#include "health/table.h"
#include "role_main.h"
#include "serve/responder.h"
#include "supervisor.h"

#define DEADLINE_MS 20000

/* ---- the doubles ---- */

struct double_role {
    struct ipc *ipc;
    bool ended;
};

static void double_on_message(void *context, const struct ipc_message *message)
{
    struct double_role *role = context;
    if (message == NULL) {
        role->ended = true;
        return;
    }
    ipc_send(role->ipc, &(struct ipc_message){IPC_REPLY, message->id, 0, "{\"double\":true}", 15});
}

static int double_run(int channel_fd, int32_t ready_status, bool once)
{
    uv_loop_t loop;
    struct double_role role = {0};
    if (uv_loop_init(&loop) != 0 ||
            ipc_open(&role.ipc, &loop, channel_fd, double_on_message, &role) != 0)
        return 1;
    ipc_send(role.ipc, &(struct ipc_message){IPC_READY, 0, ready_status, "{}", 2});
    if (once) {
        ipc_close(role.ipc);
        uv_run(&loop, UV_RUN_DEFAULT);
        return uv_loop_close(&loop) == 0 ? 0 : 1;
    }
    while (!role.ended)
        uv_run(&loop, UV_RUN_ONCE);
    return 0;
}

int responder_run(const struct responder_settings *settings)
{
    struct health_table *table;
    /* It may read the table and nothing more, and it has what it was promised. */
    if (health_table_open(&table, settings->table_fd, HEALTH_READ) != 0)
        return 1;
    health_table_close(table);
    if (health_table_open(&table, settings->table_fd, HEALTH_WRITE) == 0)
        return 1;
    for (uint32_t i = 0; i < settings->workers * settings->addresses; i++) {
        int listening = 0;
        socklen_t length = sizeof(listening);
        if (getsockopt(settings->tcp_fds[i], SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0 ||
                !listening)
            return 1;
    }
    bool none = strcmp(settings->zones_dir, "none") == 0;
    return double_run(settings->channel_fd, none ? ERR_NO_ZONE : 0, false);
}

int checker_run(const struct checker_settings *settings)
{
    struct health_table *table;
    if (health_table_open(&table, settings->table_fd, HEALTH_WRITE) != 0)
        return 1;
    health_table_beat(table, clock_real_ms());
    return double_run(settings->channel_fd, 0, settings->define_only);
}

/* ---- the daemon under test ---- */

struct daemon {
    pid_t pid;
    int log_fd;
    char dir[64], socket[96];
    char log[65536]; /* what it has said so far */
    size_t log_length;
    union net_address address;
};

static void take_free_address(struct daemon *d)
{
    socklen_t length = sizeof(d->address);
    assert_int_equal(net_address_parse("127.0.0.1", 0, &d->address), 0);
    int fd = net_tcp_listen(&d->address);
    assert_int_equal(getsockname(fd, &d->address.any, &length), 0);
    close(fd);
}

static void launch(struct daemon *d, const char *zones, bool no_checker)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    d->log_length = 0;
    d->pid = fork();
    assert_true(d->pid >= 0);
    if (d->pid > 0) {
        close(fds[1]);
        d->log_fd = fds[0];
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves no daemon behind */
    dup2(fds[1], STDERR_FILENO);
    struct config config = {
            .listen = &d->address,
            .listen_count = 1,
            .zones_dir = (char *)(uintptr_t)zones,
            .state_dir = d->dir,
            .workers = 2,
            .probes_max = 10,
            .journal_mib = 1,
            .commands_max = 1,
            .udp_size_bytes = 1232,
            .tcp_connections_max = 1000,
            .tcp_client_max = 100,
            .tcp_idle_s = 10,
            .lint_slow_s = LINT_SLOW_S,
            .log_level = LOG_LEVEL_INFO,
            .no_checker = no_checker,
    };
    _exit(supervisor_run(&config));
}

/* Reads the log until it has `text`, or to its end; fails the test when the deadline has passed. */
static bool log_has(struct daemon *d, const char *text)
{
    uint64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    for (;;) {
        d->log[d->log_length] = '\0';
        if (strstr(d->log, text) != NULL)
            return true;
        struct pollfd poll_fd = {.fd = d->log_fd, .events = POLLIN};
        uint64_t now_ms = clock_mono_ms();
        if (now_ms >= deadline_ms || poll(&poll_fd, 1, (int)(deadline_ms - now_ms)) != 1)
            fail_msg("no \"%s\" in:\n%s", text, d->log);
        ssize_t got = read(d->log_fd, d->log + d->log_length, sizeof(d->log) - 1 - d->log_length);
        if (got <= 0)
            return false;
        d->log_length += (size_t)got;
    }
}

static int wait_for_end(struct daemon *d)
{
    int status;
    assert_int_equal(waitpid(d->pid, &status, 0), d->pid);
    while (log_has(d, "this is never said"))
        ;
    close(d->log_fd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static json_t *ask(const struct daemon *d, const char *line)
{
    struct buf body;
    int status;
    buf_init(&body, 1 << 20);
    assert_int_equal(client_ask(d->socket, line, 60000, &status, &body), 0);
    json_t *json = json_loadb(buf_string(&body), body.length, 0, NULL);
    assert_non_null(json);
    buf_done(&body);
    return json;
}

static pid_t pid_of_role(const struct daemon *d, size_t which)
{
    json_t *status = ask(d, "status");
    const json_t *role = json_array_get(json_object_get(status, "roles"), which);
    pid_t pid = (pid_t)json_integer_value(json_object_get(role, "pid"));
    json_decref(status);
    return pid;
}

static int setup(void **state)
{
    struct daemon *d = calloc(1, sizeof(*d));
    snprintf(d->dir, sizeof(d->dir), "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    snprintf(d->socket, sizeof(d->socket), "%s/control.sock", d->dir);
    take_free_address(d);
    *state = d;
    return 0;
}

static int teardown(void **state)
{
    struct daemon *d = *state;
    static const char *const names[] = {
            "lock", "health.state", "health.state.bad", "sticky-secret", "journal", "audit.log"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", d->dir, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(d->dir), 0); /* the control socket is gone */
    free(d);
    return 0;
}

static void test_life(void **state)
{
    struct daemon *d = *state;
    launch(d, "zones", false);
    assert_true(log_has(d, "holdfastd ready: 2 workers, listening on 127.0.0.1:"));

    json_t *reply = ask(d, "zones");
    assert_true(json_is_true(json_object_get(reply, "double")));
    json_decref(reply);
    reply = ask(d, "reload");
    assert_true(json_is_object(json_object_get(reply, "checks")));
    json_decref(reply);
    kill(d->pid, SIGHUP);
    assert_true(log_has(d, "SIGHUP: reloading"));

    kill(d->pid, SIGTERM);
    assert_int_equal(wait_for_end(d), 0);
}

/* Each role is replaced, again and again, and its successor works. */
static void test_roles_killed(void **state)
{
    struct daemon *d = *state;
    launch(d, "zones", false);
    assert_true(log_has(d, "holdfastd ready"));
    for (unsigned i = 0; i < 6; i++) {
        size_t which = i % 2;
        pid_t pid = pid_of_role(d, which);
        while (pid == 0)
            pid = pid_of_role(d, which);
        kill(pid, SIGKILL);
        while (pid_of_role(d, which) == pid || pid_of_role(d, which) == 0)
            ;
    }
    json_t *reply = ask(d, "zones");
    assert_non_null(reply);
    json_decref(reply);
    kill(d->pid, SIGTERM);
    assert_int_equal(wait_for_end(d), 0);
}

/* Roles do not outlive a supervisor that was killed, not even one that hangs, and what it left behind is no obstacle. */
static void test_supervisor_killed(void **state)
{
    struct daemon *d = *state;
    launch(d, "zones", false);
    assert_true(log_has(d, "holdfastd ready"));
    kill(pid_of_role(d, 1), SIGSTOP);
    kill(d->pid, SIGKILL);
    assert_int_equal(wait_for_end(d), -1); /* the log ends only when the roles have closed it too */
    assert_int_equal(access(d->socket, F_OK), 0);

    launch(d, "zones", false);
    assert_true(log_has(d, "holdfastd ready"));
    kill(d->pid, SIGTERM);
    assert_int_equal(wait_for_end(d), 0);
}

static void test_second_daemon(void **state)
{
    struct daemon *d = *state;
    launch(d, "zones", false);
    assert_true(log_has(d, "holdfastd ready"));
    struct daemon second = *d;
    launch(&second, "zones", false);
    assert_int_equal(wait_for_end(&second), 1);
    assert_non_null(strstr(second.log, "another holdfastd runs with the state directory"));
    kill(d->pid, SIGTERM);
    assert_int_equal(wait_for_end(d), 0);
}

static void test_no_zone(void **state)
{
    struct daemon *d = *state;
    launch(d, "none", false);
    assert_int_equal(wait_for_end(d), 1);
    assert_non_null(strstr(d->log, "no zone can be served"));
    assert_null(strstr(d->log, "holdfastd ready"));
}

static void test_no_checker(void **state)
{
    struct daemon *d = *state;
    launch(d, "zones", true);
    assert_true(log_has(d, "holdfastd ready"));
    assert_true(log_has(d, "checker has done its work"));
    json_t *reply = ask(d, "reload"); /* it defines once more */
    assert_true(json_is_object(json_object_get(reply, "checks")));
    json_decref(reply);
    kill(d->pid, SIGTERM);
    assert_int_equal(wait_for_end(d), 0);
}

/* A damaged state costs what was known, not the start. */
static void test_damaged_state(void **state)
{
    struct daemon *d = *state;
    char path[128];
    snprintf(path, sizeof(path), "%s/health.state", d->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("this is no state file, but long enough to look at: ..........................", file);
    fclose(file);
    launch(d, "zones", false);
    assert_true(log_has(d, "holdfastd ready"));
    assert_true(log_has(d, "is not read"));
    snprintf(path, sizeof(path), "%s/health.state.bad", d->dir);
    assert_int_equal(access(path, F_OK), 0);
    kill(d->pid, SIGTERM);
    assert_int_equal(wait_for_end(d), 0);
}

int main(int argc, char **argv)
{
    int exit_status = role_main(argc, argv);
    if (exit_status >= 0)
        return exit_status;
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_life, setup, teardown),
            cmocka_unit_test_setup_teardown(test_roles_killed, setup, teardown),
            cmocka_unit_test_setup_teardown(test_supervisor_killed, setup, teardown),
            cmocka_unit_test_setup_teardown(test_second_daemon, setup, teardown),
            cmocka_unit_test_setup_teardown(test_no_zone, setup, teardown),
            cmocka_unit_test_setup_teardown(test_no_checker, setup, teardown),
            cmocka_unit_test_setup_teardown(test_damaged_state, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
