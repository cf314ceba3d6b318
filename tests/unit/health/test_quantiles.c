/* test_quantiles.c -- quantiles of durations, an eighth more or less. */
#include "test.h"

#include "base/rand.h"
#include "health/quantiles.h"

static void test_single_durations(void **state)
{
    (void)state;
    for (uint64_t us = 64; us < 60000000; us += us / 7 + 1) {
        struct quantiles quantiles = {.counts = {0}};
        quantiles_add(&quantiles, us);
        for (uint32_t percent = 1; percent <= 100; percent += 33) {
            uint32_t got = quantiles_get(&quantiles, percent);
            if (got < us - us / 8 || got > us + us / 8 + 1)
                fail_msg("%llu: %u", (unsigned long long)us, got);
        }
    }
}

static void test_the_ends(void **state)
{
    struct quantiles quantiles = {.counts = {0}};
    (void)state;
    assert_int_equal(quantiles_get(&quantiles, 99), 0);
    quantiles_add(&quantiles, 0);
    assert_int_equal(quantiles_get(&quantiles, 99), 32);
    quantiles_add(&quantiles, UINT64_MAX);
    assert_true(quantiles_get(&quantiles, 100) > 60000000);
}

static void test_many(void **state)
{
    struct quantiles quantiles = {.counts = {0}};
    struct rand rand = rand_from_seed(1);
    (void)state;
    for (unsigned i = 0; i < 100000; i++)
        quantiles_add(&quantiles, 1000 + rand_below(&rand, 9000)); /* 1 to 10 ms, evenly */
    assert_in_range(quantiles_get(&quantiles, 50), 4800, 6300);
    assert_in_range(quantiles_get(&quantiles, 90), 8000, 10300);
    assert_in_range(quantiles_get(&quantiles, 99), 8500, 11300);
}

/* What is long past fades. */
static void test_a_change(void **state)
{
    struct quantiles quantiles = {.counts = {0}};
    (void)state;
    for (unsigned i = 0; i < 10000; i++)
        quantiles_add(&quantiles, 1000);
    for (unsigned i = 0; i < 2000; i++)
        quantiles_add(&quantiles, 100000);
    assert_in_range(quantiles_get(&quantiles, 50), 88000, 112000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_single_durations),
            cmocka_unit_test(test_the_ends),
            cmocka_unit_test(test_many),
            cmocka_unit_test(test_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
