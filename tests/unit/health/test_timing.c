/* test_timing.c -- how long it can take, held against a clock that plays the worst case. */
#include "test.h"

#include "health/timing.h"
#include "health/verdict.h"

static const struct {
    const char *what;
    struct health_detail detail;
    uint64_t expected;
} rows[] = {
        {"not known",                      {.timeout_ms = 1000, .fall = 3},                   0  },
        {"the defaults of HTTP",
         {.interval_ms = 10000, .timeout_ms = 8000, .linger_ms = 2000, .fall = 3, .rise = 3},
         57500                                                                                   },
        {"one failure",
         {.interval_ms = 10000, .timeout_ms = 10000, .linger_ms = 200, .fall = 1, .rise = 9},
         20700                                                                                   },
        {"inverted: passes bring it down",
         {.flags = HEALTH_INVERTED,
                        .interval_ms = 1000,
                        .timeout_ms = 100,
                        .fall = 9,
                        .rise = 2},
         2300                                                                                    },
        {"the smallest",
         {.interval_ms = 100, .timeout_ms = 50, .linger_ms = 0, .fall = 1, .rise = 1},        155},
        {"the largest",
         {.interval_ms = 86400000,
                        .timeout_ms = 180000,
                        .linger_ms = 60000,
                        .fall = 10,
                        .rise = 1},
         60000 + 10ULL * (86400000 + 4320000 + 180000)                                           },
};

static void worst_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t got = timing_down_ms(&rows[i].detail);
        if (got != rows[i].expected)
            fail_msg("%s: %llu ms", rows[i].what, (unsigned long long)got);
    }
}

/* The state machine itself, fed by the slowest probes there can be. */
static void the_verdict_falls_just_then(void **state)
{
    (void)state;
    for (size_t i = 1; i < COUNT(rows); i++) {
        const struct health_detail *detail = &rows[i].detail;
        struct verdict_rule rule = {.fall = detail->fall, .rise = detail->rise};
        struct verdict verdict = {.raw = HEALTH_UP};
        uint64_t now_ms = detail->linger_ms; /* the end of a probe that passed */
        if ((detail->flags & HEALTH_INVERTED) != 0)
            continue;
        (void)verdict_step(&verdict, &rule, VERDICT_PASS, 0);
        while (verdict.raw == HEALTH_UP) {
            now_ms += detail->interval_ms + timing_jitter_ms(detail->interval_ms);
            now_ms += detail->timeout_ms;
            (void)verdict_step(&verdict, &rule, VERDICT_FAIL, 0);
        }
        if (now_ms != rows[i].expected)
            fail_msg("%s: down after %llu ms", rows[i].what, (unsigned long long)now_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(worst_cases),
            cmocka_unit_test(the_verdict_falls_just_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
