#include "test.h"

#include "check/schedule.h"
#include "health/timing.h"

static void test_first_runs_are_spread(void **state)
{
    static const struct {
        const char *what;
        uint32_t interval_ms, rank, count;
        uint64_t expected;
    } rows[] = {
            {"a single one starts at once", 10000,      0,    1,     0             },
            {"the first of many",           10000,      0,    10000, 0             },
            {"half way",                    10000,      5,    10,    5000          },
            {"the last of many",            10000,      9999, 10000, 9999          },
            {"the longest interval",        UINT32_MAX, 1,    2,     UINT32_MAX / 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (schedule_first_ms(rows[i].interval_ms, rows[i].rank, rows[i].count) != rows[i].expected)
            fail_msg("%s", rows[i].what);
}

static void test_jitter(void **state)
{
    static const uint32_t intervals[] = {1, 19, 100, 1000, 10000, UINT32_MAX / 2};
    struct rand rand = rand_from_seed(1);
    (void)state;
    for (size_t i = 0; i < COUNT(intervals); i++) {
        uint64_t jitter = (uint64_t)intervals[i] * TIMING_JITTER_PERCENT / 100;
        uint64_t low = UINT64_MAX, high = 0;
        for (unsigned draw = 0; draw < 2000; draw++) {
            uint64_t next = schedule_next_ms(intervals[i], &rand);
            low = next < low ? next : low;
            high = next > high ? next : high;
        }
        if (low < intervals[i] - jitter || high > intervals[i] + jitter)
            fail_msg("%u: outside", intervals[i]);
        if (high - low < jitter)
            fail_msg("%u: hardly any", intervals[i]);
    }
}

static void test_order_and_places(void **state)
{
    struct schedule *schedule = schedule_new(2, rand_from_seed(2));
    char a, b, c, d;
    (void)state;
    assert_true(schedule_due_ms(schedule) == SCHEDULE_NEVER);
    assert_null(schedule_take(schedule, 5000));
    struct schedule_item *third = schedule_add(schedule, 1000, 30, &c);
    struct schedule_item *first = schedule_add(schedule, 1000, 10, &a);
    schedule_add(schedule, 1000, 20, &b);
    schedule_add(schedule, 1000, 30, &d);

    assert_null(schedule_take(schedule, 9));
    assert_true(schedule_due_ms(schedule) == 10);
    assert_ptr_equal(schedule_take(schedule, 10), &a);
    assert_null(schedule_take(schedule, 10));
    assert_ptr_equal(schedule_take(schedule, 300), &b);
    assert_null(schedule_take(schedule, 400)); /* both places are taken */
    assert_true(schedule_due_ms(schedule) == SCHEDULE_NEVER);

    schedule_ended(schedule, first, 500);
    assert_true(schedule_due_ms(schedule) == 30); /* overdue, and first come */
    assert_ptr_equal(schedule_take(schedule, 500), &c);
    schedule_remove(schedule, third); /* running: its place is free */
    assert_ptr_equal(schedule_take(schedule, 500), &d);
    struct schedule_stats stats = schedule_stats(schedule);
    assert_int_equal(stats.items, 3);
    assert_int_equal(stats.running, 2);
    assert_int_equal(stats.started, 4);
    assert_int_equal(stats.late, 3);
    assert_int_equal(stats.late_ms_max, 470);
    assert_int_equal(quantiles_get(&stats.lateness, 25), 32); /* one of four in time */
    assert_in_range(quantiles_get(&stats.lateness, 100), 470 * 875, 470 * 1125);
    schedule_free(schedule);
}

static void test_next_follows_the_end(void **state)
{
    struct schedule *schedule = schedule_new(1, rand_from_seed(3));
    char a;
    (void)state;
    struct schedule_item *item = schedule_add(schedule, 1000, 0, &a);
    assert_ptr_equal(schedule_take(schedule, 0), &a);
    schedule_ended(schedule, item, 7000);
    assert_in_range(schedule_due_ms(schedule), 7950, 8050);
    schedule_free(schedule);
}

/* What is held takes no place, and comes back into one when it has ended. */
static void test_held(void **state)
{
    struct schedule *schedule = schedule_new(1, rand_from_seed(6));
    char a, b;
    (void)state;
    struct schedule_item *first = schedule_add(schedule, 1000, 0, &a);
    struct schedule_item *second = schedule_add(schedule, 1000, 0, &b);
    assert_ptr_equal(schedule_take(schedule, 0), &a);
    assert_null(schedule_take(schedule, 0));
    schedule_hold(schedule, first);
    schedule_hold(schedule, first); /* each further pass says so again */
    assert_int_equal(schedule_stats(schedule).held, 1);
    assert_int_equal(schedule_stats(schedule).running, 0);
    assert_ptr_equal(schedule_take(schedule, 0), &b);
    schedule_hold(schedule, second);
    assert_int_equal(schedule_stats(schedule).held, 2);
    assert_true(schedule_due_ms(schedule) == SCHEDULE_NEVER);

    schedule_ended(schedule, first, 7000);
    assert_in_range(schedule_due_ms(schedule), 7950, 8050);
    assert_ptr_equal(schedule_take(schedule, 9000), &a); /* no more held than any other */
    assert_int_equal(schedule_stats(schedule).running, 1);
    schedule_remove(schedule, second);
    assert_int_equal(schedule_stats(schedule).held, 0);
    assert_int_equal(schedule_stats(schedule).running, 1);
    schedule_ended(schedule, first, 9000);
    assert_int_equal(schedule_stats(schedule).running, 0);
    schedule_free(schedule);
}

/* Whatever is added, removed and ended, items come in the order they are due. */
static void test_heap(void **state)
{
    enum {
        ITEMS = 500
    };
    struct schedule *schedule = schedule_new(ITEMS, rand_from_seed(4));
    struct schedule_item *items[ITEMS];
    uint64_t due[ITEMS];
    struct rand rand = rand_from_seed(5);
    uint64_t last = 0;
    unsigned taken = 0;
    (void)state;
    for (size_t i = 0; i < ITEMS; i++) {
        due[i] = rand_below(&rand, 1000);
        items[i] = schedule_add(schedule, 1000, due[i], &due[i]);
    }
    for (size_t i = 0; i < ITEMS; i += 3)
        schedule_remove(schedule, items[i]);
    for (uint64_t *next; (next = schedule_take(schedule, 1000)) != NULL; taken++) {
        if (*next < last)
            fail_msg("%u: due %llu after %llu", taken, (unsigned long long)*next,
                    (unsigned long long)last);
        last = *next;
    }
    assert_int_equal(taken, ITEMS - (ITEMS + 2) / 3);
    schedule_free(schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_first_runs_are_spread),
            cmocka_unit_test(test_jitter),
            cmocka_unit_test(test_order_and_places),
            cmocka_unit_test(test_next_follows_the_end),
            cmocka_unit_test(test_held),
            cmocka_unit_test(test_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
