/* test_shadow_job.c -- a question about shadows beside the loop. */
#include "test.h"

#include <errno.h>
#include <uv.h>

#include "base/err.h"
#include "serve/shadow_job.h"
#include "zone/fixture.h"

#define ZONE                                                                                       \
    FIXTURE_HEAD                                                                                   \
    "www  IN A    192.0.2.10 ; @failover primary   check=www-eu\n"                                 \
    "www  IN A    192.0.2.11 ; @failover secondary check=www-us\n"

struct bench {
    struct fixture fixture;
    struct zone_set *zones;
    uv_loop_t loop;
    struct shadow_job *job;
    uint32_t answers, id;
    int status;
    char text[64];
};

static void on_answered(void *context, uint32_t id, int status, struct buf *text)
{
    struct bench *bench = context;
    bench->answers++;
    bench->id = id;
    bench->status = status;
    snprintf(bench->text, sizeof(bench->text), "%s", buf_string(text));
}

static void bench_init(struct bench *bench)
{
    memset(bench, 0, sizeof(*bench));
    fixture_init(&bench->fixture);
    struct zone *zone = fixture_load_good(&bench->fixture, "example.com", ZONE);
    bench->zones = zone_set_new(&zone, 1);
    assert_int_equal(uv_loop_init(&bench->loop), 0);
    bench->job = shadow_job_new(&bench->loop, bench->fixture.table, on_answered, bench);
}

/* Those of the zones are gone before the job is over. */
static void drop_zones(struct bench *bench)
{
    zone_set_free(bench->zones);
    bench->zones = NULL;
}

static void bench_done(struct bench *bench)
{
    shadow_job_stop(bench->job);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    shadow_job_free(bench->job);
    fixture_done(&bench->fixture);
}

static void test_one_after_the_other(void **state)
{
    struct bench bench;
    char words[] = "www-eu\nwww-us";
    (void)state;
    bench_init(&bench);
    assert_int_equal(shadow_job_start(bench.job, bench.zones, words, 7), 0);
    memset(words, 'x', sizeof(words) - 1);
    assert_int_equal(shadow_job_start(bench.job, bench.zones, "www-eu", 8), -EBUSY);
    assert_int_equal(bench.answers, 0);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(bench.answers, 1);
    assert_int_equal(bench.id, 7);
    assert_int_equal(bench.status, 0);
    assert_string_equal(bench.text, "1 0");

    assert_int_equal(shadow_job_start(bench.job, bench.zones, "www-eu www-us", 9), 0);
    drop_zones(&bench);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(bench.id, 9);
    assert_int_equal(bench.status, ERR_SYNTAX);
    assert_string_equal(bench.text, "");
    bench_done(&bench);
}

static void test_one_that_is_stopped_is_not_heard(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench);
    assert_int_equal(shadow_job_start(bench.job, bench.zones, "www-eu", 1), 0);
    drop_zones(&bench);
    bench_done(&bench);
    assert_int_equal(bench.answers, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_one_after_the_other),
            cmocka_unit_test(test_one_that_is_stopped_is_not_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
