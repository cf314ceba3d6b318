/* test_caution.c -- shares that grow and times that are over. */
#include "test.h"

#include "health/caution.h"

static void test_lack(void **state)
{
    static const struct {
        const char *what;
        uint32_t ramp_ms;
        uint64_t age_ms;
        uint8_t lack;
    } rows[] = {
            {"no ramp",         0,          0,          0  },
            {"its beginning",   32000,      0,          248},
            {"a step",          32000,      1000,       240},
            {"half",            32000,      16000,      120},
            {"before the end",  32000,      31999,      0  },
            {"its end",         32000,      32000,      0  },
            {"long after",      32000,      UINT64_MAX, 0  },
            {"one millisecond", 1,          0,          248},
            {"the longest",     UINT32_MAX, 0,          248},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (caution_lack(rows[i].ramp_ms, rows[i].age_ms) != rows[i].lack)
            fail_msg("%s: %u", rows[i].what, caution_lack(rows[i].ramp_ms, rows[i].age_ms));
}

/* It only grows, in no more than its steps, and is never nothing. */
static void test_it_grows(void **state)
{
    uint8_t before = CAUTION_WHOLE;
    unsigned steps = 0;
    (void)state;
    for (uint64_t age_ms = 0; age_ms <= 60000; age_ms++) {
        uint8_t lack = caution_lack(60000, age_ms);
        assert_true(lack <= before && lack < CAUTION_WHOLE);
        steps += lack != before;
        before = lack;
    }
    assert_true(steps <= CAUTION_STEPS);
    assert_int_equal(before, 0);
}

static void test_suspect(void **state)
{
    static const struct {
        const char *what;
        uint32_t suspect_ms;
        uint64_t unsettled_ms, now_ms;
        bool suspect;
    } rows[] = {
            {"never unsettled",     1000, 0,    500,  false},
            {"just now",            1000, 5000, 5000, true },
            {"within",              1000, 5000, 5999, true },
            {"over",                1000, 5000, 6000, false},
            {"not wanted",          0,    5000, 5000, false},
            {"the clock went back", 1000, 5000, 4999, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (caution_is_suspect(rows[i].suspect_ms, rows[i].unsettled_ms, rows[i].now_ms) !=
                rows[i].suspect)
            fail_msg("%s", rows[i].what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_lack),
            cmocka_unit_test(test_it_grows),
            cmocka_unit_test(test_suspect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
