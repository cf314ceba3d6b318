/* test_zone_job.c -- work over the zones in another thread. */
#include "test.h"

#include "serve/zone_job.h"
#include "zone/fixture.h"

#define ZONES 2U

struct bench {
    struct fixture fixture;
    struct zone_set *zones;
    struct zone *second;
    uv_loop_t loop;
    struct zone_job job;
    size_t count; /* of zones that the work had */
    bool had_second;
    unsigned runs, ends;
};

static void run(void *context, const struct zone_set *zones)
{
    struct bench *bench = context;
    bench->runs++;
    bench->count = zone_set_count(zones);
    bench->had_second = false;
    for (size_t i = 0; i < bench->count; i++)
        bench->had_second |= zone_set_at(zones, i) == bench->second;
}

static void on_done(void *context)
{
    struct bench *bench = context;
    assert_false(bench->job.runs); /* another one may be started now */
    bench->ends++;
}

static void bench_init(struct bench *bench)
{
    memset(bench, 0, sizeof(*bench));
    fixture_init(&bench->fixture);
    struct zone *zones[ZONES] = {
            fixture_load_good(&bench->fixture, "example.com", FIXTURE_HEAD),
            fixture_load_good(&bench->fixture, "example.net", FIXTURE_HEAD),
    };
    bench->second = zones[1];
    bench->zones = zone_set_new(zones, ZONES);
    assert_int_equal(uv_loop_init(&bench->loop), 0);
    zone_job_init(&bench->job, run, on_done, bench);
}

static void bench_done(struct bench *bench)
{
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    fixture_done(&bench->fixture);
}

static void test_all_and_one(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench);
    zone_job_start(&bench.job, &bench.loop, bench.zones, NULL);
    assert_true(bench.job.runs);
    assert_int_equal(bench.ends, 0); /* not before the loop turns */
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(bench.count, ZONES);
    assert_true(bench.had_second);

    zone_job_start(&bench.job, &bench.loop, bench.zones, bench.second);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(bench.count, 1);
    assert_true(bench.had_second);
    assert_int_equal(bench.runs, 2);
    assert_int_equal(bench.ends, 2);
    zone_set_free(bench.zones);
    bench_done(&bench);
}

/* A load may replace all zones meanwhile; the sanitizers see whether what the job has is still there, and gone after. */
static void test_zones_stay_for_it(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench);
    zone_job_start(&bench.job, &bench.loop, bench.zones, NULL);
    zone_set_free(bench.zones);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(bench.count, ZONES);
    assert_int_equal(bench.ends, 1);
    bench_done(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_all_and_one),
            cmocka_unit_test(test_zones_stay_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
