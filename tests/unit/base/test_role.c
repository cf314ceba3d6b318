/* Roles as real processes: this test executes itself again, and argv[0] says how the child behaves. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/role.h"

/* ---- the child ---- */

struct child {
    struct ipc *ipc;
    bool mute;
    bool ended;
};

static void child_on_message(void *context, const struct ipc_message *message)
{
    struct child *child = context;
    if (message == NULL) {
        child->ended = true;
        return;
    }
    if (strcmp(message->payload, "die") == 0)
        abort();
    if (!child->mute)
        ipc_send(child->ipc, &(struct ipc_message){
                                     IPC_REPLY, message->id, 0, message->payload, message->length});
}

static int child_main(const char *mode)
{
    uv_loop_t loop;
    struct child child = {.mute = strcmp(mode, "mute") == 0};
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(mode, "fails") == 0)
        return 3;
    if (strcmp(mode, "nonsense") == 0) {
        (void)!write(ROLE_FD_CHANNEL, "hello, supervisor!!!", 20);
        pause();
    }
    char byte = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(ipc_open(&child.ipc, &loop, ROLE_FD_CHANNEL, child_on_message, &child), 0);
    /* The descriptor behind the channel is the plan's; what is in it is our report. */
    assert_int_equal(pread(ROLE_FD_CONFIG, &byte, 1, 0), 1);
    ipc_send(child.ipc, &(struct ipc_message){IPC_READY, 0, 0, &byte, 1});
    if (strcmp(mode, "once") == 0) {
        ipc_close(child.ipc);
        uv_run(&loop, UV_RUN_DEFAULT);
        return uv_loop_close(&loop) == 0 ? 0 : 1;
    }
    while (!child.ended)
        uv_run(&loop, UV_RUN_ONCE);
    return 0;
}

/* ---- the parent ---- */

struct fixture {
    uv_loop_t loop;
    struct role *role;
    int fds[1];
    unsigned ready, gone;
    char report;
    unsigned answers;
    struct role_answer answer;
    char payload[64]; /* NULs and all */
};

static void on_event(
        void *context, struct role *role, enum role_event event, const struct ipc_message *message)
{
    struct fixture *f = context;
    assert_ptr_equal(role, f->role);
    if (event == ROLE_READY) {
        f->ready++;
        f->report = message->payload[0];
    } else {
        f->gone++;
    }
}

static void on_answer(void *context, const struct role_answer *answer)
{
    struct fixture *f = context;
    f->answers++;
    f->answer = *answer;
    assert_true(answer->length < sizeof(f->payload));
    memcpy(f->payload, answer->payload, answer->length + 1);
}

static int setup(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof(*f));
    char path[] = "/tmp/holdfast-test-XXXXXX";
    log_open("test", LOG_LEVEL_ERROR);
    signal(SIGPIPE, SIG_IGN);
    f->fds[0] = mkstemp(path);
    unlink(path);
    assert_int_equal(write(f->fds[0], "R", 1), 1);
    fcntl(f->fds[0], F_SETFD, FD_CLOEXEC);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    *state = f;
    return 0;
}

static void make(struct fixture *f, const char *title, bool once)
{
    const struct role_plan plan = {"child", title, "/proc/self/exe", once, f->fds, 1};
    f->role = role_new(&f->loop, &plan, on_event, f);
    role_start(f->role);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    role_stop(f->role);
    while (role_state(f->role) != ROLE_ENDED)
        uv_run(&f->loop, UV_RUN_ONCE);
    role_close(f->role);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    close(f->fds[0]);
    free(f);
    return 0;
}

static void run_until(struct fixture *f, const unsigned *counter, unsigned count)
{
    while (*counter < count)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void test_ready_and_answer(void **state)
{
    struct fixture *f = *state;
    make(f, "test-role: good", false);
    assert_int_equal(role_state(f->role), ROLE_STARTING);
    run_until(f, &f->ready, 1);
    assert_int_equal(role_state(f->role), ROLE_RUNNING);
    assert_int_equal(f->report, 'R');
    role_ask(f->role, "zones", 0, on_answer, f);
    run_until(f, &f->answers, 1);
    assert_int_equal(f->answer.failure, 0);
    assert_string_equal(f->payload, "zones");
}

static void test_bytes(void **state)
{
    static const char bytes[] = "a\0b";
    const struct role_question question = {.payload = bytes, .length = sizeof(bytes)};
    struct fixture *f = *state;
    make(f, "test-role: good", false);
    role_ask_bytes(f->role, &question, on_answer, f); /* before it is ready */
    run_until(f, &f->answers, 1);
    assert_int_equal(f->answer.failure, 0);
    assert_int_equal(f->answer.length, sizeof(bytes));
    assert_memory_equal(f->payload, bytes, sizeof(bytes));
}

static pid_t pid_of(const struct role *role)
{
    struct role_report report;
    role_describe(role, &report);
    return report.pid;
}

/* A good life is followed by the next whatever the count; the last end is told. */
static void test_killed_again_and_again(void **state)
{
    struct fixture *f = *state;
    make(f, "test-role: good", false);
    for (unsigned i = 1; i <= 8; i++) {
        run_until(f, &f->ready, i);
        kill(pid_of(f->role), SIGKILL);
        run_until(f, &f->gone, i);
    }
    run_until(f, &f->ready, 9);
    struct role_report report;
    role_describe(f->role, &report);
    assert_int_equal(report.restarts, 8);
    assert_non_null(strstr(report.last_end, "was killed by SIGKILL"));
}

static void test_question_dies_with_it(void **state)
{
    struct fixture *f = *state;
    make(f, "test-role: good", false);
    run_until(f, &f->ready, 1);
    role_ask(f->role, "die", 0, on_answer, f);
    run_until(f, &f->answers, 1);
    assert_int_equal(f->answer.failure, -EPIPE);
    run_until(f, &f->gone, 1);
}

static void test_deadline(void **state)
{
    struct fixture *f = *state;
    make(f, "test-role: mute", false);
    run_until(f, &f->ready, 1);
    role_ask(f->role, "zones", 1, on_answer, f);
    run_until(f, &f->answers, 1);
    assert_int_equal(f->answer.failure, -ETIMEDOUT);
}

static void test_once(void **state)
{
    struct fixture *f = *state;
    make(f, "test-role: once", true);
    run_until(f, &f->gone, 1);
    assert_int_equal(f->ready, 1); /* what it said last was heard */
    assert_int_equal(role_state(f->role), ROLE_ENDED);
    role_ask(f->role, "zones", 0, on_answer, f); /* told at once */
    assert_int_equal(f->answers, 1);
    assert_int_equal(f->answer.failure, -ENOTCONN);
    role_start(f->role);
    run_until(f, &f->gone, 2);
    assert_int_equal(f->ready, 2);
}

static void test_fails_to_start(void **state)
{
    struct fixture *f = *state;
    make(f, "test-role: fails", true);
    run_until(f, &f->gone, 2);
    assert_int_equal(f->ready, 0);
    struct role_report report;
    role_describe(f->role, &report);
    assert_non_null(strstr(report.last_end, "ended with status 3"));
}

/* What is no message ends the channel, and the process after it. */
static void test_nonsense_is_killed(void **state)
{
    struct fixture *f = *state;
    make(f, "test-role: nonsense", false);
    run_until(f, &f->gone, 1);
    struct role_report report;
    role_describe(f->role, &report);
    assert_non_null(strstr(report.last_end, "SIGKILL"));
}

/* Nobody is asked any more, and no life follows. */
static void test_stop(void **state)
{
    struct fixture *f = *state;
    make(f, "test-role: good", false);
    run_until(f, &f->ready, 1);
    role_stop(f->role);
    assert_int_equal(role_state(f->role), ROLE_STOPPING);
    role_ask(f->role, "zones", 0, on_answer, f);
    assert_int_equal(f->answer.failure, -ENOTCONN);
    run_until(f, &f->gone, 1);
    assert_int_equal(role_state(f->role), ROLE_ENDED);
}

static void test_program_missing(void **state)
{
    struct fixture *f = *state;
    const struct role_plan plan = {"child", "x", "/nonexistent/program", false, f->fds, 1};
    f->role = role_new(&f->loop, &plan, on_event, f);
    role_start(f->role);
    run_until(f, &f->gone, 2);
    struct role_report report;
    role_describe(f->role, &report);
    assert_string_equal(report.last_end, "could not be started: No such file or directory");
}

int main(int argc, char **argv)
{
    static const char child[] = "test-role: ";
    if (argc == 1 && strncmp(argv[0], child, sizeof(child) - 1) == 0)
        return child_main(argv[0] + sizeof(child) - 1);

    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_ready_and_answer, setup, teardown),
            cmocka_unit_test_setup_teardown(test_bytes, setup, teardown),
            cmocka_unit_test_setup_teardown(test_killed_again_and_again, setup, teardown),
            cmocka_unit_test_setup_teardown(test_question_dies_with_it, setup, teardown),
            cmocka_unit_test_setup_teardown(test_deadline, setup, teardown),
            cmocka_unit_test_setup_teardown(test_once, setup, teardown),
            cmocka_unit_test_setup_teardown(test_fails_to_start, setup, teardown),
            cmocka_unit_test_setup_teardown(test_nonsense_is_killed, setup, teardown),
            cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
            cmocka_unit_test_setup_teardown(test_program_missing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
