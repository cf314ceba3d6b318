/* test_probe_exec.c -- src/check/probe_exec.c and commands.c, with the helper as a real process, which is
 * this program executed again. */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/role.h"
#include "check/probe_kind.h"
#include "exec/helper.h"
#include "hostile.h"

#define RUNNING_MAX 3U
#define LONG_MS     30000U

static int setup(void **state)
{
    struct bench *bench = mem_zalloc(1, sizeof(*bench));
    log_open("test", LOG_LEVEL_ERROR);
    bench_open(bench, NULL);
    probe_engine_allow_commands(bench->engine, RUNNING_MAX);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    probe_engine_stop(bench->engine);
    while (!probe_engine_is_idle(bench->engine))
        uv_run(&bench->loop, UV_RUN_ONCE);
    bench_close(bench);
    free(bench);
    return 0;
}

static struct check_target target_of(const char *const *command, uint32_t timeout_ms)
{
    return (struct check_target){
            .type = CHECK_EXEC,
            .headers = no_headers,
            .command = command,
            .check_id = "check-1",
            .timeout_ms = timeout_ms,
            .connect_timeout_ms = 4000,
            .interval_ms = 1000,
    };
}

static void test_each_end_has_its_reason(void **state)
{
    static const struct {
        const char *what;
        const char *command[4];
        uint32_t timeout_ms;
        uint16_t status_low, status_high;
        enum probe_reason reason;
        const char *text;
    } rows[] = {
  /* clang-format off */
            {"0", {"/bin/true"}, LONG_MS, 0, 0, PROBE_OK, "exit status 0"},
            {"0 with words", {"/bin/echo", " DISK OK\t-\n free "}, LONG_MS, 0, 0, PROBE_OK,
             "exit status 0: DISK OK - free"},
            {"not 0", {"/bin/sh", "-c", "echo down >&2; exit 2"}, LONG_MS, 0, 0, PROBE_EXIT,
             "exit status 2: down"},
            {"a warning that is expected", {"/bin/sh", "-c", "exit 1"}, LONG_MS, 0, 1, PROBE_OK,
             "exit status 1"},
            {"above what is expected", {"/bin/sh", "-c", "exit 2"}, LONG_MS, 0, 1, PROBE_EXIT,
             "exit status 2"},
            {"below what is expected", {"/bin/true"}, LONG_MS, 3, 255, PROBE_EXIT, "exit status 0"},
            {"127 of a shell is its own", {"/bin/sh", "-c", "exit 127"}, LONG_MS, 0, 0, PROBE_EXIT,
             "exit status 127"},
            {"killed", {"/bin/sh", "-c", "echo x; kill -KILL $$"}, LONG_MS, 0, 255, PROBE_EXIT,
             "killed by SIGKILL: x"},
            {"a signal without a name", {"/bin/sh", "-c", "kill -40 $$"}, LONG_MS, 0, 0, PROBE_EXIT,
             "killed by signal 40"},
            {"late", {"/bin/sh", "-c", "echo a; sleep 60"}, 250, 0, 0, PROBE_COMMAND_TIMEOUT,
             "not ended within 250ms, killed: a"},
            {"what does not print", {"/bin/sh", "-c", "printf 'a\\033[2J\\377b\\000c'"}, LONG_MS, 0, 0,
             PROBE_OK, "exit status 0: a [2J?b c"},
            {"missing", {"/no/such/program"}, LONG_MS, 0, 0, PROBE_NO_COMMAND,
             "/no/such/program cannot be executed: No such file or directory"},
            {"not a program", {"/etc"}, LONG_MS, 0, 0, PROBE_NO_COMMAND,
             "/etc cannot be executed: Permission denied"},
  /* clang-format on */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_target target = target_of(rows[i].command, rows[i].timeout_ms);
        target.status_low = rows[i].status_low;
        target.status_high = rows[i].status_high;
        struct probe_result result = bench_probe(*state, &target);
        if (result.reason != rows[i].reason || strcmp(result.text, rows[i].text) != 0)
            fail_msg("%s: reason %d, %s", rows[i].what, (int)result.reason, result.text);
    }
}

/* Our faults and the definition's are never the endpoint's. */
static void test_what_counts_against_an_endpoint(void **state)
{
    static const struct {
        enum probe_reason reason;
        enum verdict_outcome outcome;
    } rows[] = {
            {PROBE_EXIT,            VERDICT_FAIL        },
            {PROBE_COMMAND_TIMEOUT, VERDICT_FAIL        },
            {PROBE_NO_COMMAND,      VERDICT_INCONCLUSIVE},
            {PROBE_NO_PROCESS,      VERDICT_INCONCLUSIVE},
            {PROBE_HELPER,          VERDICT_INCONCLUSIVE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(probe_reason_outcome(rows[i].reason), rows[i].outcome);
}

static void test_much_is_cut(void **state)
{
    static const char *const command[] = {"/bin/sh", "-c", "yes | head -c 100000", NULL};
    struct check_target target = target_of(command, LONG_MS);
    struct probe_result result = bench_probe(*state, &target);
    assert_int_equal(result.reason, PROBE_OK);
    assert_int_equal(strlen(result.text), HEALTH_REASON_MAX);
    assert_memory_equal(result.text, "exit status 0: y y y", 20);
}

static void test_one_too_many(void **state)
{
    static const char *const sleeper[] = {"/bin/sleep", "60", NULL};
    static const char *const quick[] = {"/bin/true", NULL};
    struct bench *bench = *state;
    struct check_target slow = target_of(sleeper, LONG_MS), fast = target_of(quick, LONG_MS);
    struct outcome outcomes[RUNNING_MAX] = {0};
    struct probe *probes[RUNNING_MAX];
    for (size_t i = 0; i < RUNNING_MAX; i++)
        probes[i] = probe_start(bench->engine, &slow, "slow", bench_ended, &outcomes[i]);

    struct probe_result result = bench_probe(bench, &fast);
    assert_int_equal(result.reason, PROBE_NO_PROCESS);
    assert_string_equal(result.text, "3 commands run already, no more may");
    for (size_t i = 0; i < RUNNING_MAX; i++)
        probe_stop(probes[i]);
    for (size_t i = 0; i < RUNNING_MAX; i++) {
        bench_wait(bench, &outcomes[i]);
        assert_int_equal(outcomes[i].result.reason, PROBE_STOPPED);
    }
    assert_int_equal(bench_probe(bench, &fast).reason, PROBE_OK);
}

/* The one child of this process, as the kernel tells it; 0 for none. */
static pid_t helper_pid(void)
{
    char path[64];
    int pid = 0;
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    if (fscanf(file, "%d", &pid) != 1)
        pid = 0;
    fclose(file);
    return pid;
}

/* Probes until it is well again. */
static void wait_ok(struct bench *bench)
{
    static const char *const quick[] = {"/bin/true", NULL};
    struct check_target target = target_of(quick, LONG_MS);
    enum probe_reason reason;
    while ((reason = bench_probe(bench, &target).reason) != PROBE_OK)
        assert_int_equal(reason, PROBE_HELPER);
}

static void test_a_helper_that_dies(void **state)
{
    static const char *const sleeper[] = {"/bin/sleep", "60", NULL};
    struct bench *bench = *state;
    struct check_target target = target_of(sleeper, LONG_MS);
    struct outcome outcome = {0};
    wait_ok(bench);
    pid_t first = helper_pid();
    probe_start(bench->engine, &target, "slow", bench_ended, &outcome);
    kill(first, SIGKILL);
    bench_wait(bench, &outcome);
    assert_int_equal(outcome.result.reason, PROBE_HELPER);
    assert_string_equal(outcome.result.text, "helper that runs commands died");
    wait_ok(bench);
    assert_int_not_equal(helper_pid(), first);
}

/* One that stands still is given up some time after the deadline. */
static void test_a_helper_that_hangs(void **state)
{
    static const char *const sleeper[] = {"/bin/sleep", "60", NULL};
    struct bench *bench = *state;
    struct check_target target = target_of(sleeper, 50);
    wait_ok(bench);
    pid_t first = helper_pid();
    kill(first, SIGSTOP);
    struct probe_result result = bench_probe(bench, &target);
    assert_int_equal(result.reason, PROBE_HELPER);
    assert_string_equal(result.text, "the helper that runs commands does not answer");
    wait_ok(bench);
    assert_int_not_equal(helper_pid(), first);
}

static void test_commands_that_are_not_allowed(void **state)
{
    static const char *const quick[] = {"/bin/true", NULL};
    struct bench bench;
    struct check_target target = target_of(quick, LONG_MS);
    (void)state;
    bench_open(&bench, NULL);
    struct probe_result result = bench_probe(&bench, &target);
    assert_int_equal(result.reason, PROBE_INTERNAL);
    assert_string_equal(result.text, "commands are off");
    assert_int_equal(helper_pid(), 0);
    assert_true(probe_engine_is_idle(bench.engine));
    bench_close(&bench);
}

int main(int argc, char **argv)
{
    if (argc == 1 && strcmp(argv[0], EXEC_TITLE) == 0)
        return exec_helper_run(ROLE_FD_CHANNEL);

    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_each_end_has_its_reason, setup, teardown),
            cmocka_unit_test(test_what_counts_against_an_endpoint),
            cmocka_unit_test_setup_teardown(test_much_is_cut, setup, teardown),
            cmocka_unit_test_setup_teardown(test_one_too_many, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_helper_that_dies, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_helper_that_hangs, setup, teardown),
            cmocka_unit_test(test_commands_that_are_not_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
