/* When the state is saved; the test owns the seconds. */
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "health/state.h"
#include "saver.h"

struct fixture {
    uv_loop_t loop;
    struct health_table *table;
    struct saver *saver;
    char dir[64], path[96];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    log_open("test", LOG_LEVEL_ERROR);
    snprintf(f->dir, sizeof(f->dir), "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof(f->path), "%s/health.state", f->dir);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(health_table_create(&f->table), 0);
    f->saver = saver_new(&f->loop, f->table, f->path);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    saver_finish(f->saver);
    saver_finish(NULL);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    assert_int_equal(unlink(f->path), 0); /* the end always saves */
    assert_int_equal(rmdir(f->dir), 0);
    health_table_close(f->table);
    free(f);
    return 0;
}

/* Whether a tick at `now_ms` saved. */
static bool saves(struct fixture *f, uint64_t now_ms)
{
    unlink(f->path);
    saver_tick(f->saver, now_ms);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    return access(f->path, F_OK) == 0;
}

static void test_when(void **state)
{
    struct fixture *f = *state;
    const struct health_detail detail = {.id = "www-eu", .type = "TCP", .flags = HEALTH_DEFINED};
    assert_false(saves(f, 1000)); /* nothing happened */
    health_table_write(f->table, 0, &detail);
    health_table_put(f->table, 0, (struct health_verdict){.state = HEALTH_UP, .since_s = 1});
    assert_true(saves(f, 2000)); /* something did */
    assert_false(saves(f, 3000));
    health_table_put(f->table, 0, (struct health_verdict){.state = HEALTH_DOWN, .since_s = 2});
    assert_true(saves(f, 4000));
    health_table_beat(f->table, 77);
    assert_false(saves(f, 5000)); /* the checker lives, but that waits */
    assert_false(saves(f, 4000 + SAVER_IDLE_MS - 1));
    assert_true(saves(f, 4000 + SAVER_IDLE_MS));
    assert_false(saves(f, 4000 + 3 * SAVER_IDLE_MS)); /* it is dead: no use in writing the same */

    struct health_table *again = NULL;
    struct health_detail read;
    health_table_put(f->table, 0, (struct health_verdict){.state = HEALTH_UP, .since_s = 3});
    assert_true(saves(f, 100000));
    assert_int_equal(health_table_create(&again), 0);
    assert_int_equal(health_state_load(again, f->path), 0);
    assert_int_equal(health_table_read(again, 0, &read), 0);
    assert_string_equal(read.id, "www-eu");
    health_table_close(again);
}

/* What could not be saved is tried again, changed or not. */
static void test_failure_is_retried(void **state)
{
    struct fixture *f = *state;
    health_table_put(f->table, 0, (struct health_verdict){.state = HEALTH_UP, .since_s = 1});
    assert_int_equal(rmdir(f->dir), 0);
    assert_false(saves(f, 1000));
    assert_false(saves(f, 2000));
    assert_int_equal(mkdir(f->dir, 0700), 0);
    assert_true(saves(f, 3000));
    assert_false(saves(f, 4000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_when, setup, teardown),
            cmocka_unit_test_setup_teardown(test_failure_is_retried, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
