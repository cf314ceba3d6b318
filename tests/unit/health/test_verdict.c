/* test_verdict.c -- src/health/verdict.c: results to verdict, and Disabled and Inverted. */
#include "test.h"

#include <string.h>

#include "health/verdict.h"

static const char *letter(enum health_state state)
{
    return state == HEALTH_UP ? "u" : state == HEALTH_DOWN ? "d" : "?";
}

/* `results` are p, f and i; after each the raw state is the letter below it in `want`. */
static void results_move_the_state(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint32_t fall, rise;
        const char *results;
        const char *want;
    } cases[] = {
            {"the first pass decides",             3,  3,  "p",           "u"          },
            {"the first failure decides",          3,  3,  "f",           "d"          },
            {"inconclusive gives no data",         3,  3,  "iii",         "???"        },
            {"inconclusive, then a failure",       3,  3,  "if",          "?d"         },
            {"falls at the threshold",             3,  3,  "pfff",        "uuud"       },
            {"a pass starts the count anew",       3,  3,  "pffpfff",     "uuuuuud"    },
            {"inconclusive moves no counter",      3,  3,  "pffif",       "uuuud"      },
            {"rises at its own threshold",         3,  2,  "fpp",         "ddu"        },
            {"a failure starts the rise anew",     1,  2,  "fpfpp",       "ddddu"      },
            {"threshold one flips every time",     1,  1,  "pfpf",        "udud"       },
            {"the largest threshold, one short",   10, 1,  "pfffffffff",  "uuuuuuuuuu" },
            {"the largest threshold",              10, 1,  "pffffffffff", "uuuuuuuuuud"},
            {"largest rise",                       1,  10, "fpppppppppp",
             "dddddddddd"
                    "u"                                                                },
            {"falls again only after all of them", 2,  2,  "pffppff",     "uudduud"    },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct verdict verdict = {HEALTH_UNKNOWN, 0};
        struct verdict_rule rule = {.fall = cases[i].fall, .rise = cases[i].rise};
        for (size_t j = 0; cases[i].results[j] != '\0'; j++) {
            enum health_state before = verdict.raw;
            char result = cases[i].results[j];
            bool changed = verdict_step(&verdict, &rule,
                    result == 'p'   ? VERDICT_PASS
                    : result == 'f' ? VERDICT_FAIL
                                    : VERDICT_INCONCLUSIVE,
                    0);
            if (letter(verdict.raw)[0] != cases[i].want[j])
                fail_msg("%s: result %zu left %s", cases[i].what, j, letter(verdict.raw));
            if (changed != (before != verdict.raw))
                fail_msg("%s: result %zu: changed is %d", cases[i].what, j, changed);
            if (changed && verdict.streak != 0)
                fail_msg("%s: result %zu: streak is %u", cases[i].what, j, verdict.streak);
        }
    }
}

static void the_streak_counts_results_against_the_state(void **state)
{
    (void)state;
    struct verdict verdict = {HEALTH_UP, 0};
    struct verdict_rule rule = {.fall = 3, .rise = 3};
    assert_false(verdict_step(&verdict, &rule, VERDICT_FAIL, 0));
    assert_int_equal(verdict.streak, 1);
    assert_false(verdict_step(&verdict, &rule, VERDICT_INCONCLUSIVE, 0));
    assert_int_equal(verdict.streak, 1);
    assert_false(verdict_step(&verdict, &rule, VERDICT_FAIL, 0));
    assert_int_equal(verdict.streak, 2);
    assert_false(verdict_step(&verdict, &rule, VERDICT_PASS, 0));
    assert_int_equal(verdict.streak, 0);
}

/* A reload may lower a threshold below the streak that was reached: the next result decides. */
static void a_lowered_threshold_counts_what_was_seen(void **state)
{
    (void)state;
    struct verdict verdict = {HEALTH_UP, 5};
    struct verdict_rule rule = {.fall = 2, .rise = 2};
    assert_true(verdict_step(&verdict, &rule, VERDICT_FAIL, 0));
    assert_int_equal(verdict.raw, HEALTH_DOWN);
}

/* A streak that is complete waits for the end of the hold, unless a result comes between. */
static void a_state_is_held(void **state)
{
    const struct verdict_rule rule = {.fall = 2, .rise = 2, .hold_ms = 1000};
    struct verdict verdict = {HEALTH_UP, 0};
    (void)state;
    assert_false(verdict_step(&verdict, &rule, VERDICT_FAIL, 0));
    assert_false(verdict_is_held(&verdict, &rule));
    for (uint64_t age_ms = 100; age_ms < 1000; age_ms += 100) {
        assert_false(verdict_step(&verdict, &rule, VERDICT_FAIL, age_ms));
        assert_true(verdict_is_held(&verdict, &rule));
        assert_int_equal(verdict.streak, 2);
    }
    assert_false(verdict_release(&verdict, &rule, 999));
    assert_int_equal(verdict.raw, HEALTH_UP);
    assert_true(verdict_release(&verdict, &rule, 1000));
    assert_int_equal(verdict.raw, HEALTH_DOWN);
    assert_false(verdict_step(&verdict, &rule, VERDICT_PASS, 10));
    assert_false(verdict_step(&verdict, &rule, VERDICT_PASS, 20));
    assert_true(verdict_is_held(&verdict, &rule));
    assert_false(verdict_step(&verdict, &rule, VERDICT_FAIL, 30)); /* the streak is over */
    assert_false(verdict_release(&verdict, &rule, 5000));
    assert_false(verdict_step(&verdict, &rule, VERDICT_PASS, 5000));
    assert_true(verdict_step(&verdict, &rule, VERDICT_PASS, 5100)); /* nothing to wait for */
    /* The first result of a new check decides at once. */
    verdict = (struct verdict){HEALTH_UNKNOWN, 0};
    assert_true(verdict_step(&verdict, &rule, VERDICT_FAIL, 0));
}

static void the_final_status_is_disabled_then_inverted(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        enum health_state raw;
        bool disabled, inverted;
        enum health_state want;
    } cases[] = {
            {"vector 28: new",                HEALTH_UNKNOWN, false, false, HEALTH_UP  },
            {"vector 28: new, inverted",      HEALTH_UNKNOWN, false, true,  HEALTH_DOWN},
            {"new, disabled",                 HEALTH_UNKNOWN, true,  false, HEALTH_UP  },
            {"new, disabled and inverted",    HEALTH_UNKNOWN, true,  true,  HEALTH_DOWN},
            {"up",                            HEALTH_UP,      false, false, HEALTH_UP  },
            {"up, inverted",                  HEALTH_UP,      false, true,  HEALTH_DOWN},
            {"up, disabled",                  HEALTH_UP,      true,  false, HEALTH_UP  },
            {"up, disabled and inverted",     HEALTH_UP,      true,  true,  HEALTH_DOWN},
            {"down",                          HEALTH_DOWN,    false, false, HEALTH_DOWN},
            {"down, inverted",                HEALTH_DOWN,    false, true,  HEALTH_UP  },
            {"vector 29: disabled",           HEALTH_DOWN,    true,  false, HEALTH_UP  },
            {"vector 29: disabled, inverted", HEALTH_DOWN,    true,  true,  HEALTH_DOWN},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct verdict verdict = {cases[i].raw, 0};
        struct verdict_rule rule = {
                .fall = 3, .rise = 3, .inverted = cases[i].inverted, .disabled = cases[i].disabled};
        enum health_state got = verdict_final(&verdict, &rule);
        if (got != cases[i].want)
            fail_msg("%s: got %s, want %s", cases[i].what, letter(got), letter(cases[i].want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(results_move_the_state),
            cmocka_unit_test(the_streak_counts_results_against_the_state),
            cmocka_unit_test(a_lowered_threshold_counts_what_was_seen),
            cmocka_unit_test(a_state_is_held),
            cmocka_unit_test(the_final_status_is_disabled_then_inverted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
