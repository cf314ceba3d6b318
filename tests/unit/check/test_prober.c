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

static struct check_target held_to(const struct stage *stage, uint32_t interval_ms)
{
    struct check_target target = bench_target(CHECK_TCP_HELD, stage->server.port);
    target.interval_ms = interval_ms;
    return target;
}

static void run_until(struct stage *stage, uint32_t slot, unsigned count)
{
    while (stage->seen.count[slot] < count)
        uv_run(&stage->loop, UV_RUN_ONCE);
}

/* Equal held checks are one connection, and each hears every pass and the failure. */
static void test_held_is_shared(void **state)
{
    static const struct hostile_script script = {
            .reply = "", .at_once = true, .after = AFTER_RESET, .after_ms = 500};
    struct stage stage;
    (void)state;
    stage_open(&stage, &script, 1);
    struct check_target target = held_to(&stage, 200);
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        prober_set(stage.prober, slot, &target, "a");
    prober_spread(stage.prober);
    run_until(&stage, 0, 2);
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        assert_int_equal(stage.seen.count[slot], 2);
        assert_int_equal(stage.seen.last[slot], PROBE_OK);
    }
    assert_int_equal(stage.server.accepted, 1);
    assert_int_equal(prober_stats(stage.prober).held, 1);
    while (stage.seen.last[0] == PROBE_OK)
        uv_run(&stage.loop, UV_RUN_ONCE);
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        assert_int_equal(stage.seen.last[slot], PROBE_RESET);
    assert_int_equal(prober_stats(stage.prober).held, 0);

    run_until(&stage, 0, stage.seen.count[0] + 1); /* connected again, an interval later */
    assert_int_equal(stage.seen.last[0], PROBE_OK);
    assert_int_equal(stage.server.accepted, 2);
    stage_close(&stage);
}

/* A held connection takes no place of a probe, but as many are held as there are places, and no more. */
static void test_held_places(void **state)
{
    struct stage stage;
    (void)state;
    stage_open(&stage, &silence, 1);
    struct check_target first = held_to(&stage, 100);
    struct check_target second = held_to(&stage, 101);
    struct check_target other = bench_target(CHECK_TCP, stage.server.port);
    other.interval_ms = 100;
    prober_set(stage.prober, 0, &first, "a");
    prober_spread(stage.prober);
    run_until(&stage, 0, 1);
    prober_set(stage.prober, 1, &second, "b");
    prober_set(stage.prober, 2, &other, "c");
    prober_spread(stage.prober);
    run_until(&stage, 1, 2);
    run_until(&stage, 2, 2);
    assert_int_equal(stage.seen.last[0], PROBE_OK);
    assert_int_equal(stage.seen.last[1], PROBE_NO_PLACE);
    assert_int_equal(probe_reason_outcome(PROBE_NO_PLACE), VERDICT_INCONCLUSIVE);
    assert_int_equal(stage.seen.last[2], PROBE_OK);

    prober_clear(stage.prober, 0); /* its place is the other's now */
    while (stage.seen.last[1] == PROBE_NO_PLACE)
        uv_run(&stage.loop, UV_RUN_ONCE);
    assert_int_equal(stage.seen.last[1], PROBE_OK);
    stage_close(&stage);
}

/* What a reload keeps stays connected; what it takes away, and all at the end, is let go. */
static void test_held_over_reloads(void **state)
{
    struct stage stage;
    (void)state;
    stage_open(&stage, &silence, 10);
    struct check_target target = held_to(&stage, 100);
    struct check_target slower = held_to(&stage, 150);
    prober_set(stage.prober, 0, &target, "a");
    prober_set(stage.prober, 1, &slower, "b");
    prober_spread(stage.prober);
    run_until(&stage, 0, 1);
    run_until(&stage, 1, 1);
    prober_set(stage.prober, 0, &target, "a");
    prober_clear(stage.prober, 1);
    prober_set(stage.prober, 2, &target, "c");
    prober_spread(stage.prober);
    run_until(&stage, 2, 2); /* of the connection that stands */
    while (stage.server.open > 1)
        uv_run(&stage.loop, UV_RUN_ONCE);
    assert_int_equal(stage.server.accepted, 2);
    assert_true(stage.server.saw_end && !stage.server.saw_reset);
    prober_stop(stage.prober);
    while (!prober_is_idle(stage.prober))
        uv_run(&stage.loop, UV_RUN_ONCE);
    while (stage.server.open > 0)
        uv_run(&stage.loop, UV_RUN_ONCE);
    stage_close(&stage);
}

/* A stall counts for what happened since the last pass, not for a connection's whole life. */
static void test_held_stall(void **state)
{
    static const struct {
        const char *what;
        struct hostile_script script;
        bool just_before;
        enum probe_reason expected;
    } rows[] = {
            {"stalled, then closed",         {.reply = "", .at_once = true, .after_ms = 700},  true,
             PROBE_STALLED                                                                                      },
            {"stalled, passed, then closed", {.reply = "", .at_once = true, .after_ms = 2600},
             false,                                                                                  PROBE_RESET},
    };
    const struct timespec nap = {.tv_sec = 1, .tv_nsec = 300000000};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage stage;
        stage_open(&stage, &rows[i].script, 1);
        struct check_target target = held_to(&stage, rows[i].just_before ? 60000 : 200);
        prober_set(stage.prober, 0, &target, "a");
        prober_spread(stage.prober);
        run_until(&stage, 0, 1);
        nanosleep(&nap, NULL);
        while (stage.seen.last[0] == PROBE_OK)
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
            cmocka_unit_test(test_held_is_shared),
            cmocka_unit_test(test_held_places),
            cmocka_unit_test(test_held_over_reloads),
            cmocka_unit_test(test_held_stall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
