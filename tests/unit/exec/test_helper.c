/* test_helper.c -- the helper as a real process, which is this program executed again, and real commands:
 * src/exec/helper.c, command.c, spawn.c and strays.c. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/role.h"
#include "exec/helper.h"
#include "exec/message.h"
#include "exec/spawn.h"

#define LONG_MS        30000U
#define BRIEF_MS       1500U /* long enough for a busy machine to begin what is to be ended */
#define PATH_MAX_BYTES 128U

struct fixture {
    uv_loop_t loop;
    struct role *role;
    uint32_t number;
    char dir[64];
    int stray_fd; /* without close-on-exec, as a careless library may leave one */
};

struct outcome {
    unsigned calls;
    int failure, status;
    struct exec_report report;
    char output[EXEC_OUTPUT_MAX + 1];
};

static void on_event(
        void *context, struct role *role, enum role_event event, const struct ipc_message *message)
{
    (void)context, (void)role, (void)event, (void)message;
}

static void on_answer(void *context, const struct role_answer *answer)
{
    struct outcome *outcome = context;
    outcome->calls++;
    outcome->failure = answer->failure;
    outcome->status = answer->status;
    if (answer->failure != 0 || answer->status != 0 || answer->length == 0)
        return;
    assert_int_equal(exec_report_decode(answer->payload, answer->length, &outcome->report), 0);
    memcpy(outcome->output, outcome->report.output, outcome->report.output_length);
    outcome->output[outcome->report.output_length] = '\0';
}

static int setup(void **state)
{
    static const struct role_plan plan = {
            .name = "helper", .title = EXEC_TITLE, .program = "/proc/self/exe"};
    struct fixture *f = mem_zalloc(1, sizeof(*f));
    log_open("test", LOG_LEVEL_ERROR);
    signal(SIGPIPE, SIG_IGN);
    strcpy(f->dir, "/tmp/holdfast-exec-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    int fd = open(f->dir, O_RDONLY);
    f->stray_fd = fcntl(fd, F_DUPFD, ROLE_FD_SOCKETS);
    assert_true(f->stray_fd >= ROLE_FD_SOCKETS);
    close(fd);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->role = role_new(&f->loop, &plan, on_event, f);
    role_start(f->role);
    *state = f;
    return 0;
}

/* One that has only just been started again would die of the signal that asks it to end. */
static void stop_role(struct fixture *f)
{
    while (role_state(f->role) == ROLE_STARTING || role_state(f->role) == ROLE_RESTARTING)
        uv_run(&f->loop, UV_RUN_ONCE);
    role_stop(f->role);
    while (role_state(f->role) != ROLE_ENDED)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[PATH_MAX_BYTES];
    stop_role(f);
    struct role_report report;
    role_describe(f->role, &report);
    assert_non_null(strstr(report.last_end, "ended with status 0"));
    role_close(f->role);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    close(f->stray_fd);
    snprintf(command, sizeof(command), "rm -r %s", f->dir);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static void ask(struct fixture *f, const struct exec_order *order, struct outcome *ret)
{
    struct buf payload;
    buf_init(&payload, EXEC_MESSAGE_MAX);
    exec_order_encode(order, &payload);
    const struct role_question question = {payload.data, payload.length, 0};
    role_ask_bytes(f->role, &question, on_answer, ret);
    buf_done(&payload);
}

static uint32_t begin(
        struct fixture *f, const char *const *arguments, uint32_t timeout_ms, struct outcome *ret)
{
    struct exec_order order = {EXEC_RUN, ++f->number, timeout_ms, "check-1", {NULL}};
    for (size_t i = 0; arguments[i] != NULL; i++)
        order.arguments[i] = arguments[i];
    ask(f, &order, ret);
    return order.number;
}

static void stop(struct fixture *f, uint32_t number)
{
    const struct exec_order order = {.verb = EXEC_STOP, .number = number};
    struct outcome stopped = {0};
    ask(f, &order, &stopped);
    while (stopped.calls == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(stopped.status, 0);
}

static void wait_for(struct fixture *f, const struct outcome *outcome)
{
    while (outcome->calls == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(outcome->calls, 1);
}

static struct outcome run(struct fixture *f, const char *const *arguments, uint32_t timeout_ms)
{
    struct outcome outcome = {0};
    begin(f, arguments, timeout_ms, &outcome);
    wait_for(f, &outcome);
    return outcome;
}

static struct outcome shell(struct fixture *f, const char *script, uint32_t timeout_ms)
{
    return run(f, (const char *const[]){"/bin/sh", "-c", script, "sh", f->dir, NULL}, timeout_ms);
}

static uint32_t begin_shell(struct fixture *f, const char *script, struct outcome *ret)
{
    return begin(
            f, (const char *const[]){"/bin/sh", "-c", script, "sh", f->dir, NULL}, LONG_MS, ret);
}

/* ---- what became of it ---- */

static void test_each_end_is_told(void **state)
{
    static const struct {
        const char *what, *script;
        uint32_t timeout_ms;
        enum exec_how how;
        uint32_t value;
        const char *output;
    } rows[] = {
            {"success",            "true",                                                        LONG_MS,  EXEC_EXIT,    0,        ""          },
            {"failure",            "exit 3",                                                      LONG_MS,  EXEC_EXIT,    3,        ""          },
            {"127 is its own",     "exit 127",                                                    LONG_MS,  EXEC_EXIT,    127,      ""          },
            {"both outputs",       "echo out; echo err >&2",                                      LONG_MS,  EXEC_EXIT,    0,        "out\nerr\n"},
            {"output and failure", "echo CRITICAL; exit 2",                                       LONG_MS,  EXEC_EXIT,    2,        "CRITICAL\n"},
            {"closed outputs",     "exec >&- 2>&-; exit 4",                                       LONG_MS,  EXEC_EXIT,    4,        ""          },
            {"no input",           "cat; echo end",                                               LONG_MS,  EXEC_EXIT,    0,        "end\n"     },
            {"a signal",           "echo a; kill -SEGV $$",                                       LONG_MS,  EXEC_SIGNAL,  SIGSEGV,  "a\n"       },
            {"late",               "echo begun; sleep 60",                                        BRIEF_MS, EXEC_TIMEOUT, BRIEF_MS, "begun\n"   },
            {"deaf and late",      "trap '' TERM INT HUP; echo deaf; while :; do sleep 60; done",
             BRIEF_MS,                                                                                      EXEC_TIMEOUT, BRIEF_MS, "deaf\n"    },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct outcome got = shell(*state, rows[i].script, rows[i].timeout_ms);
        if (got.failure != 0 || got.status != 0 || got.report.how != rows[i].how ||
                got.report.value != rows[i].value || strcmp(got.output, rows[i].output) != 0)
            fail_msg("%s: status %d, how %d, value %u, output \"%s\"", rows[i].what, got.status,
                    (int)got.report.how, got.report.value, got.output);
    }
}

static void test_what_cannot_be_executed(void **state)
{
    struct fixture *f = *state;
    char plain[PATH_MAX_BYTES], empty[PATH_MAX_BYTES], orphan[PATH_MAX_BYTES];
    snprintf(plain, sizeof(plain), "%s/plain", f->dir);
    snprintf(empty, sizeof(empty), "%s/empty", f->dir);
    snprintf(orphan, sizeof(orphan), "%s/orphan", f->dir);
    assert_int_equal(
            shell(f,
                    "cd $1; echo x >plain; chmod 644 plain; echo x >empty; chmod 755 empty;"
                    "echo '#!/no/interpreter' >orphan; chmod 755 orphan",
                    LONG_MS)
                    .report.value,
            0);
    const struct {
        const char *program;
        int error;
    } rows[] = {
            {"/no/such/program", -ENOENT },
            {"/etc/passwd/x",    -ENOTDIR},
            {"/",                -EACCES },
            {plain,              -EACCES },
            {empty,              -ENOEXEC}, /* no shell reads it in our stead */
            {orphan,             -ENOENT },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct outcome got = run(f, (const char *const[]){rows[i].program, NULL}, LONG_MS);
        if (got.failure != 0 || got.status != rows[i].error)
            fail_msg("%s: failure %d, status %d", rows[i].program, got.failure, got.status);
    }
}

/* It writes more than any pipe holds, and is not held up. */
static void test_much_output(void **state)
{
    struct outcome got = shell(*state, "echo first; yes | head -c 104857600; exit 5", LONG_MS);
    assert_int_equal(got.report.how, EXEC_EXIT);
    assert_int_equal(got.report.value, 5);
    assert_int_equal(got.report.output_length, EXEC_OUTPUT_MAX);
    assert_memory_equal(got.output, "first\ny\ny\n", 10);
}

/* ---- what it has ---- */

static void test_surroundings(void **state)
{
    static const struct {
        const char *what, *script, *output;
    } rows[] = {
            {"descriptors",           "exec /bin/ls /proc/self/fd",
             "0\n1\n2\n3\n"                                                                                              }, /* 3 is the list itself */
            {"input",                 "exec readlink /proc/self/fd/0",                                      "/dev/null\n"},
            {"directory",             "exec readlink /proc/self/cwd",                                       "/\n"        },
            {"core files",            "ulimit -Hc",                                                         "0\n"        },
            {"descriptors to be had", "ulimit -Hn",                                                         "1024\n"     },
            {"session and group",
             "set -- $(cat /proc/$$/stat); [ $5 = $$ ] && [ $6 = $$ ] && echo own",                         "own\n"      },
            {"signals",               "grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -f 2 | tr '\\n' ' '",
             "0000000000000000 0000000000000000 "                                                                        },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct outcome got = shell(*state, rows[i].script, LONG_MS);
        if (strcmp(got.output, rows[i].output) != 0)
            fail_msg("%s: \"%s\"", rows[i].what, got.output);
    }
}

static void test_environment(void **state)
{
    struct outcome got = run(*state, (const char *const[]){"/usr/bin/env", NULL}, LONG_MS);
    assert_string_equal(got.output, "PATH=" SPAWN_PATH "\nLANG=C\nHOLDFAST_CHECK_ID=check-1\n");
}

/* The helper itself: its own, of which none was ours. */
static void test_the_helper_has_nothing_of_ours(void **state)
{
    struct fixture *f = *state;
    struct role_report report;
    char script[PATH_MAX_BYTES], output[EXEC_OUTPUT_MAX + 1];
    role_describe(f->role, &report);
    snprintf(script, sizeof(script), "readlink /proc/%d/fd/*", report.pid);
    snprintf(output, sizeof(output), "%s", shell(f, script, LONG_MS).output);
    assert_non_null(strstr(output, "socket:"));
    assert_null(strstr(output, f->dir));
    assert_null(strstr(strstr(output, "socket:") + 1, "socket:")); /* the channel alone */
}

/* ---- what is left of it ---- */

static bool is_alive(const struct fixture *f, const char *name)
{
    char path[PATH_MAX_BYTES], text[32] = "";
    snprintf(path, sizeof(path), "%s/%s", f->dir, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)strtol(text, NULL, 10));
    file = fopen(path, "r");
    if (file == NULL)
        return false;
    char state = 'X';
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = 'X'; /* it ended in between */
    fclose(file);
    return state != 'Z' && state != 'X';
}

static void wait_dead(struct fixture *f, const char *name)
{
    uint64_t end_ms = clock_mono_ms() + LONG_MS;
    while (is_alive(f, name)) {
        if (clock_mono_ms() > end_ms)
            fail_msg("%s lives", name);
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
}

static void wait_file(struct fixture *f, const char *name)
{
    char path[PATH_MAX_BYTES];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", f->dir, name);
    uint64_t end_ms = clock_mono_ms() + LONG_MS;
    while (stat(path, &st) == -1 || st.st_size == 0) {
        if (clock_mono_ms() > end_ms)
            fail_msg("%s does not come", name);
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
}

#define PID_OF_CHILD(name) "sleep 60 & echo $! >$1/" name "; "
/* A daemon: of a session of its own, and its parent gone. */
#define PID_OF_DAEMON(name)                                                                        \
    "(setsid sh -c 'echo $$ >$0; exec sleep 60' $1/" name " &); "                                  \
    "while ! [ -s $1/" name " ]; do sleep 0.01; done; "

static void test_nothing_is_left(void **state)
{
    static const struct {
        const char *what, *script;
        uint32_t timeout_ms;
        const char *left;
    } rows[] = {
            {"child after the end",      PID_OF_CHILD("1") "exit 0",                 LONG_MS,  "1"},
            {"child after the deadline", PID_OF_CHILD("2") "wait",                   BRIEF_MS, "2"},
            {"deaf grandchildren",
             "trap '' TERM; (trap '' TERM; sleep 60 & echo $! >$1/3; wait) & wait",  BRIEF_MS,
             "3"                                                                                  },
            {"daemon after the end",     PID_OF_DAEMON("4") "exit 0",                LONG_MS,  "4"},
            {"daemon after deadline",    PID_OF_DAEMON("5") "sleep 60",              BRIEF_MS, "5"},
            {"group of its own",         "set -m; sleep 60 & echo $! >$1/6; exit 0", LONG_MS,  "6"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct outcome got = shell(f, rows[i].script, rows[i].timeout_ms);
        assert_int_equal(got.failure, 0);
        wait_file(f, rows[i].left);
        wait_dead(f, rows[i].left);
    }
}

/* An orphan of a command that still runs is that command's own affair. */
static void test_orphans_of_the_running_are_spared(void **state)
{
    struct fixture *f = *state;
    struct outcome outcome = {0};
    uint32_t number = begin_shell(f, "(sleep 60 & echo $! >$1/orphan); sleep 60", &outcome);
    wait_file(f, "orphan");
    for (unsigned i = 0; i < 3; i++)
        (void)shell(f, "true", LONG_MS);
    assert_true(is_alive(f, "orphan"));
    stop(f, number);
    wait_for(f, &outcome);
    assert_int_equal(outcome.status, -ECANCELED);
    wait_dead(f, "orphan");
}

static void test_one_too_many(void **state)
{
    struct fixture *f = *state;
    struct outcome *running = mem_zalloc(EXEC_RUNNING_MAX, sizeof(*running));
    for (size_t i = 0; i < EXEC_RUNNING_MAX; i++)
        begin(f, (const char *const[]){"/bin/sleep", "60", NULL}, LONG_MS, &running[i]);
    assert_int_equal(shell(f, "true", LONG_MS).status, -EBUSY);
    stop(f, 1);
    while (shell(f, "true", LONG_MS).status == -EBUSY) /* until the killed one is reaped */
        uv_run(&f->loop, UV_RUN_NOWAIT);
    stop_role(f);
    for (size_t i = 0; i < EXEC_RUNNING_MAX; i++)
        assert_int_equal(running[i].calls, 1);
    free(running);
}

/* ---- the end of the helper ---- */

static void begin_three(struct fixture *f, struct outcome *ret)
{
    begin_shell(f, "echo $$ >$1/a; exec sleep 60", &ret[0]);
    begin_shell(f, "trap '' TERM; (sleep 60 & echo $! >$1/b; wait) & wait", &ret[1]);
    begin_shell(f, PID_OF_DAEMON("c") "sleep 60", &ret[2]);
    wait_file(f, "a");
    wait_file(f, "b");
    wait_file(f, "c");
    assert_true(is_alive(f, "a") && is_alive(f, "b") && is_alive(f, "c"));
}

static void wait_three_dead(struct fixture *f)
{
    wait_dead(f, "a");
    wait_dead(f, "b");
    wait_dead(f, "c");
}

static void test_it_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct outcome outcomes[3] = {0};
    begin_three(f, outcomes);
    stop_role(f);
    wait_three_dead(f);
}

/* One that ends by itself has a while for it, after which it would be killed. */
static void wait_next_life(struct fixture *f)
{
    struct role_report report;
    do {
        uv_run(&f->loop, UV_RUN_ONCE);
        role_describe(f->role, &report);
    } while (report.restarts == 0);
}

/* Asked to end while it is ending, it ends as it would have. */
static void test_it_is_asked_twice(void **state)
{
    struct fixture *f = *state;
    struct role_report report;
    struct outcome outcome = {0};
    begin_shell(f, "echo begun >$1/begun; exec sleep 60", &outcome);
    wait_file(f, "begun");
    role_stop(f->role);
    while (role_state(f->role) != ROLE_ENDED) {
        role_describe(f->role, &report);
        if (report.pid != 0)
            kill(report.pid, SIGTERM);
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
}

/* Whoever orders what is no order is not obeyed any more; so ends a channel whose other end is gone. */
static void test_nonsense_ends_it(void **state)
{
    struct fixture *f = *state;
    struct outcome outcomes[3] = {0};
    begin_three(f, outcomes);
    static const struct role_question nonsense = {"x", 1, 0};
    struct outcome last = {0};
    role_ask_bytes(f->role, &nonsense, on_answer, &last);
    wait_for(f, &last);
    assert_int_equal(last.failure, -EPIPE);
    wait_three_dead(f);
    wait_next_life(f);
}

/* Killed itself, it takes its commands along; what those started in their turn it cannot. */
static void test_commands_die_with_it(void **state)
{
    struct fixture *f = *state;
    struct outcome outcome = {0};
    struct role_report report;
    begin_shell(f, "echo $$ >$1/alone; exec sleep 60", &outcome);
    wait_file(f, "alone");
    role_describe(f->role, &report);
    kill(report.pid, SIGKILL);
    wait_for(f, &outcome);
    assert_int_equal(outcome.failure, -EPIPE);
    wait_dead(f, "alone");
    struct outcome next = {0};
    while (next.calls == 0 || next.failure != 0) {
        next = (struct outcome){0};
        begin(f, (const char *const[]){"/bin/true", NULL}, LONG_MS, &next);
        wait_for(f, &next);
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(next.report.value, 0);
}

int main(int argc, char **argv)
{
    if (argc == 1 && strcmp(argv[0], EXEC_TITLE) == 0)
        return exec_helper_run(ROLE_FD_CHANNEL);

    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_each_end_is_told, setup, teardown),
            cmocka_unit_test_setup_teardown(test_what_cannot_be_executed, setup, teardown),
            cmocka_unit_test_setup_teardown(test_much_output, setup, teardown),
            cmocka_unit_test_setup_teardown(test_surroundings, setup, teardown),
            cmocka_unit_test_setup_teardown(test_environment, setup, teardown),
            cmocka_unit_test_setup_teardown(test_the_helper_has_nothing_of_ours, setup, teardown),
            cmocka_unit_test_setup_teardown(test_nothing_is_left, setup, teardown),
            cmocka_unit_test_setup_teardown(
                    test_orphans_of_the_running_are_spared, setup, teardown),
            cmocka_unit_test_setup_teardown(test_one_too_many, setup, teardown),
            cmocka_unit_test_setup_teardown(test_it_leaves_nothing, setup, teardown),
            cmocka_unit_test_setup_teardown(test_it_is_asked_twice, setup, teardown),
            cmocka_unit_test_setup_teardown(test_nonsense_ends_it, setup, teardown),
            cmocka_unit_test_setup_teardown(test_commands_die_with_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
