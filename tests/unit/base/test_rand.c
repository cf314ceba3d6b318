/* test_rand.c -- src/base/rand.c */
#include "test.h"

#include "base/rand.h"

static void a_seed_gives_its_sequence(void **state)
{
    (void)state;
    struct rand a = rand_from_seed(1), b = rand_from_seed(1), c = rand_from_seed(2);
    bool differs = false;
    for (int i = 0; i < 100; i++) {
        uint64_t value = rand_next(&a);
        assert_int_equal(value, rand_next(&b));
        differs |= value != rand_next(&c);
    }
    assert_true(differs);
}

/* With a fixed seed the counts are the same in every run; 10 % is more than six standard deviations. */
static void every_value_below_a_limit_is_as_likely(void **state)
{
    (void)state;
    static const uint32_t limits[] = {1, 2, 3, 7, 10, 100};
    struct rand rand = rand_from_seed(42);

    for (size_t i = 0; i < COUNT(limits); i++) {
        uint32_t seen[100] = {0};
        for (uint32_t draw = 0; draw < 4000 * limits[i]; draw++) {
            uint32_t value = rand_below(&rand, limits[i]);
            assert_true(value < limits[i]);
            seen[value]++;
        }
        for (uint32_t value = 0; value < limits[i]; value++)
            if (seen[value] < 3600 || seen[value] > 4400)
                fail_msg("%u below %u: %u times", value, limits[i], seen[value]);
    }
}

static void a_huge_limit_is_not_biased_to_low_numbers(void **state)
{
    (void)state;
    struct rand rand = rand_from_seed(7);
    uint32_t upper = 0;
    for (int draw = 0; draw < 20000; draw++)
        upper += rand_below(&rand, 3U << 30) >= 3U << 29;
    assert_in_range(upper, 9500, 10500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_seed_gives_its_sequence),
            cmocka_unit_test(every_value_below_a_limit_is_as_likely),
            cmocka_unit_test(a_huge_limit_is_not_biased_to_low_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
