#include "test.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/ipc.h"
#include "base/log.h"
#include "check/checker.h"
#include "health/table.h"
#include "hostile.h"

static const struct hostile_script answer = {.reply = "HTTP/1.1 200 OK\r\n\r\n"};
static const struct hostile_script failure = {.reply = "HTTP/1.1 500 Oops\r\n\r\n"};

/* The checker in a process of its own, with this test as its supervisor and its endpoint. */
struct stage {
    uv_loop_t loop;
    struct hostile server;
    struct health_table *table;
    struct ipc *ipc;
    pid_t pid;
    char dir[64];
    char last_good[80], copy[96]; /* used if keeps_copy */
    bool keeps_copy;
    char payload[4096];
    int32_t status;
    uint32_t last_id;
    unsigned messages;
    bool is_over;
};

static void on_message(void *context, const struct ipc_message *message)
{
    struct stage *stage = context;
    if (message != NULL && message->type == IPC_EVENT)
        return; /* what has happened is not what was asked */
    if (message == NULL) {
        stage->is_over = true;
        return;
    }
    stage->messages++;
    stage->status = message->status;
    stage->last_id = message->id;
    snprintf(stage->payload, sizeof(stage->payload), "%s", message->payload);
}

static void run_child(const struct stage *stage, int channel, bool define_only)
{
    int table = health_table_export(stage->table, HEALTH_WRITE);
    struct checker_settings settings = {.checks_dir = stage->dir,
            .last_good_dir = stage->keeps_copy ? stage->last_good : NULL,
            .probes_max = 10,
            .define_only = define_only,
            .channel_fd = channel,
            .table_fd = table};
    log_open("checker", LOG_LEVEL_ERROR);
    _exit(table < 0 ? 99 : checker_run(&settings));
}

static void start(struct stage *stage, bool define_only)
{
    int pair[2];
    unsigned before = stage->messages;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    stage->is_over = false;
    stage->pid = fork();
    if (stage->pid == 0) {
        close(pair[0]);
        run_child(stage, pair[1], define_only);
    }
    close(pair[1]);
    assert_int_equal(ipc_open(&stage->ipc, &stage->loop, pair[0], on_message, stage), 0);
    while (stage->messages == before && !stage->is_over)
        uv_run(&stage->loop, UV_RUN_ONCE);
    assert_int_equal(stage->messages, before + 1);
}

/* Returns the exit status, or minus the signal. */
static int wait_end(struct stage *stage)
{
    int status;
    while (!stage->is_over)
        uv_run(&stage->loop, UV_RUN_ONCE);
    ipc_close(stage->ipc);
    stage->ipc = NULL;
    assert_int_equal(waitpid(stage->pid, &status, 0), stage->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int end(struct stage *stage, int signal)
{
    kill(stage->pid, signal);
    return wait_end(stage);
}

static void define(const struct stage *stage, const char *json)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/checks.json", stage->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(json, file);
    fclose(file);
}

static void define_http(const struct stage *stage, const char *id, const char *extra)
{
    char json[512];
    snprintf(json, sizeof(json),
            "[{\"Id\":\"%s\",\"HealthCheckConfig\":{\"Type\":\"HTTP\",\"IPAddress\":\"127.0.0.1\","
            "\"Port\":%u,\"RequestInterval\":0.1,\"FailureThreshold\":2%s}},"
            "{\"Id\":\"sum\",\"HealthCheckConfig\":{\"Type\":\"CALCULATED\",\"HealthThreshold\":1,"
            "\"ChildHealthChecks\":[\"%s\"]}}]",
            id, stage->server.port, extra, id);
    define(stage, json);
}

static void request(struct stage *stage, const char *command)
{
    struct ipc_message message = {.type = IPC_REQUEST,
            .id = stage->last_id + 1,
            .payload = command,
            .length = strlen(command)};
    unsigned before = stage->messages;
    ipc_send(stage->ipc, &message);
    while (stage->messages == before)
        uv_run(&stage->loop, UV_RUN_ONCE);
    assert_int_equal(stage->last_id, message.id);
}

static bool find(const struct stage *stage, const char *id, struct health_detail *ret)
{
    for (uint32_t slot = 0; slot < health_table_used(stage->table); slot++)
        if (health_table_read(stage->table, slot, ret) == 0 && strcmp(ret->id, id) == 0)
            return true;
    return false;
}

static enum health_state state_of(const struct stage *stage, const char *id)
{
    struct health_detail detail;
    for (uint32_t slot = 0; slot < health_table_used(stage->table); slot++)
        if (health_table_read(stage->table, slot, &detail) == 0 && strcmp(detail.id, id) == 0)
            return health_table_get(stage->table, slot).state;
    return HEALTH_UNKNOWN;
}

static void wait_for(struct stage *stage, const char *id, enum health_state state)
{
    struct health_detail detail = {0};
    while (state_of(stage, id) != state || !find(stage, id, &detail) || detail.last_outcome == 0)
        uv_run(&stage->loop, UV_RUN_ONCE);
}

static void wait_for_probes(struct stage *stage, const char *id, uint64_t more)
{
    struct health_detail detail = {0};
    assert_true(find(stage, id, &detail));
    uint64_t wanted = detail.passes + detail.fails + more;
    while (!find(stage, id, &detail) || detail.passes + detail.fails < wanted)
        uv_run(&stage->loop, UV_RUN_ONCE);
}

/* The test reads the table between turns, so the loop must turn. */
static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static uv_timer_t *stage_tick(struct stage *stage)
{
    uv_timer_t *tick = mem_zalloc(1, sizeof(*tick));
    uv_timer_init(&stage->loop, tick);
    uv_timer_start(tick, on_tick, 10, 10);
    stage->loop.data = tick;
    return tick;
}

static int set_up(void **state)
{
    struct stage *stage = mem_zalloc(1, sizeof(*stage));
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(uv_loop_init(&stage->loop), 0);
    stage_tick(stage);
    hostile_open(&stage->server, &stage->loop, &answer);
    assert_int_equal(health_table_create(&stage->table), 0);
    strcpy(stage->dir, "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(stage->dir));
    snprintf(stage->last_good, sizeof(stage->last_good), "%s/last-good", stage->dir);
    snprintf(stage->copy, sizeof(stage->copy), "%s/" CHECKER_COPY, stage->last_good);
    *state = stage;
    return 0;
}

static void free_tick(uv_handle_t *handle)
{
    free(handle);
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    char path[128];
    ipc_close(stage->ipc); /* open only if the test failed; the checker leaves */
    snprintf(path, sizeof(path), "%s/checks.json", stage->dir);
    unlink(path);
    unlink(stage->copy);
    rmdir(stage->last_good);
    rmdir(stage->dir);
    hostile_close(&stage->server);
    uv_close((uv_handle_t *)stage->loop.data, free_tick);
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&stage->loop), 0);
    health_table_close(stage->table);
    free(stage);
    return 0;
}

static void assert_said(const struct stage *stage, const char *part)
{
    if (strstr(stage->payload, part) == NULL)
        fail_msg("%s is not in %s", part, stage->payload);
}

static void test_down_and_up(void **state)
{
    struct stage *stage = *state;
    struct health_detail detail;
    define_http(stage, "web", "");
    start(stage, false);
    assert_int_equal(stage->status, 0);
    assert_said(stage, "\"checks\":2");
    assert_said(stage, "\"added\":2");
    wait_for(stage, "web", HEALTH_UP);
    stage->server.script = &failure;
    wait_for(stage, "web", HEALTH_DOWN);
    assert_true(find(stage, "web", &detail));
    assert_string_equal(detail.reason, "HTTP status 500 Oops, expected 200-399");
    wait_for(stage, "sum", HEALTH_DOWN);
    stage->server.script = &answer;
    wait_for(stage, "sum", HEALTH_UP);
    assert_true(health_table_last_beat_ms(stage->table) > 0);
    assert_int_equal(end(stage, SIGTERM), 0);
    assert_int_equal(state_of(stage, "web"), HEALTH_UP);
}

/* An operator's word for a child counts in its parent, from the moment the supervisor asks for it. */
static void test_recount(void **state)
{
    struct stage *stage = *state;
    uint32_t slot = 0;
    struct health_detail detail;
    define_http(stage, "web", "");
    start(stage, false);
    wait_for(stage, "sum", HEALTH_UP);
    while (health_table_read(stage->table, slot, &detail) != 0 || strcmp(detail.id, "web") != 0)
        slot++;
    assert_int_equal(health_table_force(stage->table, slot, "web", HEALTH_DOWN), 0);
    request(stage, "recount");
    assert_int_equal(stage->status, 0);
    assert_int_equal(state_of(stage, "sum"), HEALTH_DOWN);
    assert_int_equal(end(stage, SIGKILL), -SIGKILL);
    assert_int_equal(health_table_force(stage->table, slot, "web", HEALTH_UNKNOWN), 0);
    start(stage, false); /* whoever was not asked counts when it starts */
    assert_int_equal(state_of(stage, "sum"), HEALTH_UP);
    assert_int_equal(end(stage, SIGTERM), 0);
}

/* A fault keeps everything as it was; removed checks go on until they are retired. */
static void test_reload(void **state)
{
    struct stage *stage = *state;
    struct health_detail detail;
    define_http(stage, "web", "");
    start(stage, false);
    wait_for(stage, "web", HEALTH_UP);

    define(stage, "[{\"Id\":");
    request(stage, "reload");
    assert_int_equal(stage->status, ERR_FAULTY);
    assert_said(stage, "\"checks\":2");
    assert_said(stage, "\"errors\":1");
    wait_for_probes(stage, "web", 2);

    define_http(stage, "web", ",\"Inverted\":true");
    request(stage, "reload");
    assert_int_equal(stage->status, 0);
    assert_said(stage, "\"changed\":1");
    assert_int_equal(state_of(stage, "web"), HEALTH_DOWN);

    define_http(stage, "new", "");
    request(stage, "reload");
    assert_said(stage, "\"added\":1");
    assert_said(stage, "\"removed\":1");
    assert_true(find(stage, "web", &detail));
    assert_true((detail.flags & HEALTH_LEAVING) != 0);
    wait_for_probes(stage, "web", 2);
    request(stage, "retire");
    assert_int_equal(stage->status, 0);
    assert_false(find(stage, "web", &detail));
    wait_for(stage, "new", HEALTH_UP);

    request(stage, "dance");
    assert_int_equal(stage->status, ERR_SYNTAX);
    assert_int_equal(end(stage, SIGTERM), 0);
}

/* kill -9 loses nothing: counters and verdict go on where they were. */
static void test_killed(void **state)
{
    struct stage *stage = *state;
    struct health_detail before, after;
    define_http(stage, "web", "");
    stage->server.script = &failure;
    start(stage, false);
    wait_for(stage, "web", HEALTH_DOWN);
    assert_int_equal(end(stage, SIGKILL), -SIGKILL);
    assert_true(find(stage, "web", &before));
    define(stage, "nonsense"); /* without definitions nothing is probed, and nothing is lost */
    start(stage, false);
    assert_int_equal(stage->status, ERR_FAULTY);
    assert_int_equal(state_of(stage, "web"), HEALTH_DOWN);
    define_http(stage, "web", "");
    request(stage, "reload");
    assert_int_equal(state_of(stage, "web"), HEALTH_DOWN);
    wait_for_probes(stage, "web", 1);
    assert_true(find(stage, "web", &after));
    assert_true(after.fails > before.fails);
    assert_int_equal(after.changes, before.changes);
    assert_int_equal(after.since_ms, before.since_ms);
    assert_int_equal(end(stage, SIGTERM), 0);
}

/* What was in force while the files are faulty is in force in the next process too. */
static void test_killed_with_a_copy(void **state)
{
    struct stage *stage = *state;
    struct health_detail detail;
    stage->keeps_copy = true;
    define_http(stage, "old", "");
    start(stage, false);
    assert_int_equal(stage->status, 0);
    define_http(stage, "web", "");
    request(stage, "reload"); /* it is the last load that is kept */
    assert_int_equal(stage->status, 0);
    request(stage, "retire");
    wait_for(stage, "web", HEALTH_UP);
    define(stage, "[{\"Id\":");
    request(stage, "reload");
    assert_int_equal(stage->status, ERR_FAULTY);

    for (int life = 0; life < 2; life++) { /* the copy serves any number of processes */
        assert_int_equal(end(stage, SIGKILL), -SIGKILL);
        start(stage, false);
        assert_int_equal(stage->status, ERR_FAULTY);
        assert_said(stage, "\"checks\":2");
        assert_said(stage, "\"errors\":1");
        assert_said(stage, "checks.json:1");
        wait_for_probes(stage, "web", 2);
        assert_false(find(stage, "old", &detail));
    }
    stage->server.script = &failure;
    wait_for(stage, "sum", HEALTH_DOWN);

    define_http(stage, "new", "");
    request(stage, "reload");
    assert_int_equal(stage->status, 0);
    assert_said(stage, "\"added\":1");
    assert_said(stage, "\"removed\":1");
    wait_for(stage, "new", HEALTH_DOWN);
    assert_int_equal(end(stage, SIGTERM), 0);
}

static void test_faulty_copy(void **state)
{
    struct stage *stage = *state;
    stage->keeps_copy = true;
    define_http(stage, "web", "");
    start(stage, false);
    assert_int_equal(end(stage, SIGTERM), 0);
    define(stage, "nonsense");
    assert_int_equal(truncate(stage->copy, 20), 0);
    start(stage, false);
    assert_int_equal(stage->status, ERR_FAULTY);
    assert_said(stage, "\"checks\":0");
    assert_said(stage, "\"errors\":1"); /* the files', not the copy's */
    define_http(stage, "web", "");
    request(stage, "reload");
    assert_int_equal(stage->status, 0);
    assert_int_equal(end(stage, SIGTERM), 0);
}

/* A process that was stopped finds its deadlines passed; no verdict may follow from that. */
static void test_stopped(void **state)
{
    static const struct hostile_script silence = {.reply = "", .after = AFTER_HOLD};
    struct stage *stage = *state;
    struct health_detail detail = {0};
    define_http(stage, "web", ",\"ResponseTimeout\":0.2");
    start(stage, false);
    wait_for(stage, "web", HEALTH_UP);
    stage->server.script = &silence;
    unsigned accepted = stage->server.accepted;
    while (stage->server.accepted == accepted || strstr(stage->server.request, "\r\n\r\n") == NULL)
        uv_run(&stage->loop, UV_RUN_ONCE);
    kill(stage->pid, SIGSTOP);
    stage->server.script = &answer; /* only the probe under way can fail */
    usleep(1500000);                /* the stall itself */
    kill(stage->pid, SIGCONT);
    while (!find(stage, "web", &detail) || detail.inconclusives == 0)
        uv_run(&stage->loop, UV_RUN_ONCE);
    assert_int_equal(detail.fails, 0);
    wait_for_probes(stage, "web", 1);
    assert_int_equal(state_of(stage, "web"), HEALTH_UP);
    assert_true(find(stage, "web", &detail));
    assert_int_equal(detail.changes, 0);
    assert_int_equal(end(stage, SIGTERM), 0);
}

/* Whoever may write definitions may not run programs for that. */
static void test_commands_are_off(void **state)
{
    struct stage *stage = *state;
    define(stage, "{\"Id\":\"own\",\"HealthCheckConfig\":{\"Type\":\"EXEC\",\"Command\":["
                  "\"/bin/true\"]}}");
    start(stage, false);
    assert_int_equal(stage->status, ERR_FAULTY);
    assert_said(stage, "\"checks\":0");
    assert_said(stage, "exec-checks = true");
    assert_int_equal(end(stage, SIGTERM), 0);
}

static void test_define_only(void **state)
{
    struct stage *stage = *state;
    define_http(stage, "web", "");
    start(stage, true);
    assert_int_equal(stage->status, 0);
    assert_int_equal(wait_end(stage), 0);
    assert_int_equal(state_of(stage, "web"), HEALTH_UP);
    assert_int_equal(stage->server.accepted, 0);
}

static void test_define_only_with_a_copy(void **state)
{
    struct stage *stage = *state;
    struct health_detail detail;
    stage->keeps_copy = true;
    define_http(stage, "web", "");
    start(stage, true);
    assert_int_equal(wait_end(stage), 0);
    define(stage, "nonsense");
    health_table_close(stage->table);
    assert_int_equal(health_table_create(&stage->table), 0); /* only the copy knows the check */
    start(stage, true);
    assert_int_equal(stage->status, ERR_FAULTY);
    assert_int_equal(wait_end(stage), 0);
    assert_true(find(stage, "web", &detail));
    assert_int_equal(stage->server.accepted, 0);
}

/* What a reload would change is told, and nothing changes. */
static void test_diff(void **state)
{
    struct stage *stage = *state;
    struct health_detail detail;
    define_http(stage, "web", "");
    start(stage, false);
    wait_for(stage, "web", HEALTH_UP);
    request(stage, "diff");
    assert_int_equal(stage->status, 0);
    assert_string_equal(stage->payload,
            "\n{\"added\":[],\"removed\":[],\"changed\":[],\"unnamed\":0,"
            "\"errors\":0,\"warnings\":0,\"faults\":[]}");

    define_http(stage, "new", "");
    for (int again = 0; again < 2; again++) {
        request(stage, "diff");
        assert_int_equal(stage->status, ERR_DIFFERENT);
        assert_ptr_equal(strstr(stage->payload, "+new -web\n{"), stage->payload);
        assert_said(stage,
                "\"changed\":[{\"id\":\"sum\",\"fields\":[{\"field\":\"ChildHealthChecks\","
                "\"old\":\"web\",\"new\":\"new\"}]}]");
    }
    assert_false(find(stage, "new", &detail));
    assert_true(find(stage, "web", &detail));
    assert_int_equal(detail.flags & HEALTH_LEAVING, 0);
    wait_for_probes(stage, "web", 2);

    define(stage, "[{\"Id\":");
    request(stage, "diff");
    assert_int_equal(stage->status, ERR_FAULTY);
    assert_ptr_equal(strstr(stage->payload, "\n{"), stage->payload); /* those in force would stay */
    assert_said(stage, "checks.json:1:");

    define_http(stage, "new", "");
    request(stage, "reload");
    assert_int_equal(stage->status, 0);
    request(stage, "diff");
    assert_int_equal(stage->status, 0);
    assert_int_equal(end(stage, SIGTERM), 0);
}

/* The supervisor closing the channel is an order to leave. */
static void test_channel_closed(void **state)
{
    struct stage *stage = *state;
    int status;
    define_http(stage, "web", "");
    start(stage, false);
    ipc_close(stage->ipc);
    stage->ipc = NULL;
    uv_run(&stage->loop, UV_RUN_NOWAIT);
    assert_int_equal(waitpid(stage->pid, &status, 0), stage->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_down_and_up, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_recount, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_reload, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_killed, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_killed_with_a_copy, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_faulty_copy, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_stopped, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_commands_are_off, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_define_only, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_define_only_with_a_copy, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_diff, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_channel_closed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
