#include "test.h"

#include <time.h>

#include "check/prober.h"
#include "check/stall.h"
#include "hostile.h"

#define SLOTS 8U

struct seen {
    unsigned count[SLOTS];
    enum probe_reason last[SLOTS];
    unsigned total;
};

static const struct hostile_script answer = {.reply = "HTTP/1.1 200 OK\r\n\r\n"};
static const struct hostile_script silence = {.reply = "", .after = AFTER_HOLD};

static void on_result(void *context, uint32_t slot, const struct probe_result *result)
{
    struct seen *seen = context;
    seen->count[slot]++;
    seen->last[slot] = result->reason;
    seen->total++;
}

struct stage {
    uv_loop_t loop;
    struct hostile server;
    struct prober *prober;
    struct seen seen;
};

static void stage_open(
        struct stage *stage, const struct hostile_script *script, uint32_t probes_max)
{
    struct prober_settings settings = {.probes_max = probes_max,
            .rand = rand_from_seed(1),
            .handler = on_result,
            .context = &stage->seen};
    signal(SIGPIPE, SIG_IGN);
    stage->seen = (struct seen){0};
    assert_int_equal(uv_loop_init(&stage->loop), 0);
    hostile_open(&stage->server, &stage->loop, script);
    assert_int_equal(prober_new(&stage->prober, &stage->loop, &settings), 0);
}

static void stage_close(struct stage *stage)
{
    prober_stop(stage->prober);
    while (!prober_is_idle(stage->prober))
        uv_run(&stage->loop, UV_RUN_ONCE);
    prober_free(stage->prober);
    hostile_close(&stage->server);
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&stage->loop), 0);
}

static struct check_target target_to(const struct stage *stage, const char *path)
{
    struct check_target target = bench_target(CHECK_HTTP, stage->server.port);
    target.path = path;
    target.interval_ms = 100;
    return target;
}

static void test_equal_targets_are_probed_once(void **state)
{
    struct stage stage;
    (void)state;
    stage_open(&stage, &answer, 100);
    struct check_target one = target_to(&stage, "/one");
    struct check_target two = target_to(&stage, "/two");
    one.interval_ms = two.interval_ms = 100000; /* one probe of each is all there is */
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        prober_set(stage.prober, slot, slot % 2 == 0 ? &one : &two, "check");
    prober_clear(stage.prober, 7);
    prober_set(stage.prober, 7, &one, "check");
    one.path = "/changed afterwards"; /* the prober has its own copy */
    prober_spread(stage.prober);
    assert_int_equal(prober_stats(stage.prober).items, 2);
    while (stage.seen.total < 1)
        uv_run(&stage.loop, UV_RUN_ONCE);
    assert_int_equal(stage.seen.total, 5); /* the second starts half an interval later */
    assert_int_equal(stage.server.accepted, 1);
    stage_close(&stage);
}

static void test_repeats_and_lets_go(void **state)
{
    struct stage stage;
    (void)state;
    stage_open(&stage, &answer, 100);
    struct check_target one = target_to(&stage, "/one");
    struct check_target two = target_to(&stage, "/two");
    prober_set(stage.prober, 0, &one, "a");
    prober_set(stage.prober, 1, &one, "b");
    prober_spread(stage.prober);
    while (stage.seen.count[0] < 3)
        uv_run(&stage.loop, UV_RUN_ONCE);
    assert_int_equal(stage.seen.count[1], 3);

    prober_set(stage.prober, 0, &two, "a");
    prober_spread(stage.prober);
    unsigned before = stage.seen.count[0];
    while (stage.seen.count[0] < before + 2 || stage.seen.count[1] < 5)
        uv_run(&stage.loop, UV_RUN_ONCE);
    assert_int_equal(prober_stats(stage.prober).items, 2);
    prober_clear(stage.prober, 0);
    prober_clear(stage.prober, 1);
    assert_int_equal(prober_stats(stage.prober).items, 0);
    stage_close(&stage);
}

/* A probe that nobody wants any more ends without a result. */
static void test_clear_while_running(void **state)
{
    struct stage stage;
    (void)state;
    stage_open(&stage, &silence, 100);
    struct check_target target = target_to(&stage, "/");
    prober_set(stage.prober, 0, &target, "a");
    prober_spread(stage.prober);
    while (stage.server.accepted == 0)
        uv_run(&stage.loop, UV_RUN_ONCE);
    assert_int_equal(prober_stats(stage.prober).running, 1);
    prober_clear(stage.prober, 0);
    assert_int_equal(prober_stats(stage.prober).running, 0);
    while (!prober_is_idle(stage.prober))
        uv_run(&stage.loop, UV_RUN_ONCE);
    assert_int_equal(stage.seen.total, 0);
    stage_close(&stage);
}

static void test_places(void **state)
{
    struct stage stage;
    (void)state;
    stage_open(&stage, &answer, 1);
    char paths[SLOTS][8];
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        snprintf(paths[slot], sizeof(paths[slot]), "/%u", slot);
        struct check_target target = target_to(&stage, paths[slot]);
        prober_set(stage.prober, slot, &target, "a");
    }
    prober_spread(stage.prober);
    while (stage.seen.total < 3 * SLOTS) {
        uv_run(&stage.loop, UV_RUN_ONCE);
        assert_true(prober_stats(stage.prober).running <= 1);
    }
    stage_close(&stage);
}

/* What fails across a stall of this process is nobody's fault; what passes has passed. */
static void test_stall(void **state)
{
    static const struct {
        const char *what;
        const struct hostile_script *script;
        bool stall;
        enum probe_reason expected;
    } rows[] = {
            {"failed, awake",   &silence, false, PROBE_RESPONSE_TIMEOUT},
            {"failed, stalled", &silence, true,  PROBE_STALLED         },
            {"passed, stalled", &answer,  true,  PROBE_OK              },
    };
    const struct timespec nap = {.tv_sec = 1, .tv_nsec = 300000000};
    (void)state;
    assert_true(1300 > STALL_BEAT_MS + STALL_LIMIT_MS);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage stage;
        stage_open(&stage, rows[i].script, 1);
        struct check_target target = target_to(&stage, "/");
        target.response_timeout_ms = 100;
        prober_set(stage.prober, 0, &target, "a");
        prober_spread(stage.prober);
        /* The endpoint, which sleeps with us, must have said before what it has to say. */
        while (strstr(stage.server.request, "\r\n\r\n") == NULL)
            uv_run(&stage.loop, UV_RUN_ONCE);
        /* The stall itself: the process does nothing at all. */
        if (rows[i].stall)
            nanosleep(&nap, NULL);
        while (stage.seen.total == 0)
            uv_run(&stage.loop, UV_RUN_ONCE);
        if (stage.seen.last[0] != rows[i].expected)
            fail_msg("%s: %s", rows[i].what, probe_reason_text(stage.seen.last[0]));
        stage_close(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_equal_targets_are_probed_once),
            cmocka_unit_test(test_repeats_and_lets_go),
            cmocka_unit_test(test_clear_while_running),
            cmocka_unit_test(test_places),
            cmocka_unit_test(test_stall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
