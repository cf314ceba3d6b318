/* test_guard.c -- limits as text, and stories of checks that go down together. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "health/guard.h"

static void test_limits(void **state)
{
    static const struct {
        const char *text;
        int result;
        uint32_t share, window_ms;
    } rows[] = {
            {"50% in 10s",     0,          50, 10000   },
            {"1% in 1s",       0,          1,  1000    },
            {"99% in 1d",      0,          99, 86400000},
            {"30% in 5M",      0,          30, 300000  },
            {"",               ERR_SYNTAX, 0,  0       },
            {"50%",            ERR_SYNTAX, 0,  0       },
            {"50 in 10s",      ERR_SYNTAX, 0,  0       },
            {"50% in 10",      ERR_SYNTAX, 0,  0       },
            {"50% in 10s ",    ERR_SYNTAX, 0,  0       },
            {"50% in 10y",     ERR_SYNTAX, 0,  0       },
            {"0% in 10s",      ERR_SYNTAX, 0,  0       },
            {"100% in 10s",    ERR_SYNTAX, 0,  0       },
            {"-5% in 10s",     ERR_SYNTAX, 0,  0       },
            {"50% in 0s",      ERR_SYNTAX, 0,  0       },
            {"50% in 2d",      ERR_SYNTAX, 0,  0       },
            {"50% in 999999w", ERR_SYNTAX, 0,  0       },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct guard_limit limit = {0};
        struct buf why;
        buf_init(&why, 256);
        int result = guard_limit_parse(rows[i].text, &limit, &why);
        if (result != rows[i].result || limit.share_percent != rows[i].share ||
                limit.window_ms != rows[i].window_ms || (result != 0) != (why.length > 0))
            fail_msg("\"%s\": %d, %u%% in %ums, %s", rows[i].text, result, limit.share_percent,
                    limit.window_ms, buf_string(&why));
        buf_done(&why);
    }
}

static void test_what_a_share_allows(void **state)
{
    static const struct {
        uint32_t share, checks, allowed;
    } rows[] = {
            {50, 6,      3    },
            {50, 5,      2    },
            {50, 2,      1    },
            {50, 1,      1    }, /* one alone is no mass */
            {1,  10,     1    },
            {99, 100000, 99000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct guard_limit limit = {rows[i].share, 1000};
        assert_int_equal(guard_limit_allows(&limit, rows[i].checks), rows[i].allowed);
    }
}

/* Words: A- a check goes down, A+ it comes back, ok the operator accepts, +5 five seconds go by.  Behind each stands who
 * is held, or - while the guard is quiet. */
static const struct {
    const char *what;
    uint32_t members, share; /* in 10 seconds */
    const char *words, *held;
} stories[] = {
  /* clang-format off */
        {"within the share",             4, 50, "A- B-",                     "- -"},
        {"beyond it",                    4, 50, "A- B- C-",                  "- - ABC"},
        {"all at once",                  4, 50, "A- B- C- D-",               "- - ABC ABCD"},
        {"one after the other",          4, 50, "A- +6 B- +6 C- +6 D-",      "- - - - - - -"},
        {"at the end of the window",     4, 50, "A- +5 B- +5 C-",            "- - - - ABC"},
        {"who came back has not gone",   4, 50, "A- B- A+ C-",               "- - - -"},
        {"again is again",               4, 50, "A- B- A+ C- A-",            "- - - - ABC"},
        {"it passes",                    4, 50, "A- B- C- A+",               "- - ABC -"},
        {"not yet",                      4, 50, "A- B- C- D- A+ B+",         "- - ABC ABCD BCD -"},
        {"passed, and again",            4, 50, "A- B- C- A+ A-",            "- - ABC - ABC"},
        {"passed, and long after",       4, 50, "A- B- C- A+ +9 +9 A- D-",   "- - ABC - - - - -"},
        {"accepted",                     4, 50, "A- B- C- ok D-",            "- - ABC - -"},
        {"accepted, then all again",     4, 50, "A- B- C- ok A+ B+ C+ A- B- C-", "- - ABC - - - - - - ABC"},
        {"what was long down",           4, 25, "A- +9 +9 B- C-",            "- - - - BC"},
        {"it stays for long",            4, 50, "A- B- C- +9 +9 +9",         "- - ABC ABC ABC ABC"},
        {"two of two",                   2, 50, "A- B-",                     "- AB"},
        {"one of one",                   1, 50, "A-",                        "-"},
        {"twice the same",               4, 50, "A- A- A- B-",               "- - - -"},
        {"back without having gone",     4, 50, "A+ B+ A- B- C-",            "- - - - ABC"},
  /* clang-format on */
};

static void tell_held(const struct guard *guard, char *ret)
{
    struct guard_report report;
    uint32_t count = 0;
    guard_describe(guard, &report);
    strcat(ret, *ret != '\0' ? " " : "");
    for (uint32_t i = 0; i < report.members; i++)
        if (guard_holds(guard, i)) {
            strncat(ret, &"ABCD"[i], 1);
            count++;
        }
    strcat(ret, report.since_ms == 0 ? "-" : "");
    assert_int_equal(report.held, count);
    assert_true(report.held <= report.down && report.down <= report.members);
    assert_true(report.since_ms == 0 ? count == 0 : count > report.allowed);
}

static void take_word(struct guard *guard, const char *word, uint64_t *now_ms)
{
    uint32_t member = (uint32_t)(word[0] - 'A');
    if (strcmp(word, "ok") == 0)
        (void)guard_accept(guard);
    else if (word[0] == '+')
        *now_ms += 1000U * (uint64_t)(word[1] - '0');
    else if (word[1] == '-')
        (void)guard_fall(guard, member, *now_ms);
    else
        (void)guard_rise(guard, member, *now_ms);
}

static void run_story(size_t number, char *ret)
{
    const struct guard_limit limit = {stories[number].share, 10000};
    struct guard *guard = guard_new(&limit, stories[number].members);
    uint64_t now_ms = 1000;
    char words[128], *rest = words, *word;
    *ret = '\0';
    snprintf(words, sizeof(words), "%s", stories[number].words);
    while ((word = strtok_r(rest, " ", &rest)) != NULL) {
        take_word(guard, word, &now_ms);
        tell_held(guard, ret);
    }
    guard_free(guard);
}

static void test_stories(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(stories); i++) {
        char held[256];
        run_story(i, held);
        if (strcmp(held, stories[i].held) != 0)
            fail_msg("%s: %s: \"%s\" and not \"%s\"", stories[i].what, stories[i].words, held,
                    stories[i].held);
    }
}

/* ---- a guard in the place of another ---- */

static void test_news_is_told_once(void **state)
{
    const struct guard_limit limit = {50, 10000};
    struct guard *guard = guard_new(&limit, 4);
    (void)state;
    assert_int_equal(guard_fall(guard, 0, 1000), GUARD_NOTHING);
    assert_int_equal(guard_fall(guard, 1, 1000), GUARD_NOTHING);
    assert_int_equal(guard_fall(guard, 2, 1000), GUARD_RAISED);
    assert_int_equal(guard_fall(guard, 3, 1000), GUARD_NOTHING);
    assert_int_equal(guard_rise(guard, 0, 1000), GUARD_NOTHING);
    assert_int_equal(guard_rise(guard, 1, 1000), GUARD_PASSED);
    assert_int_equal(guard_rise(guard, 2, 1000), GUARD_NOTHING);
    guard_free(guard);
}

static void test_it_is_taken_over(void **state)
{
    static const struct {
        const char *what, *words; /* of the guard before, which begins at 1 s */
        const char *then;         /* of the one that takes its place */
        const char *held;         /* at first, and behind each of these */
    } rows[] = {
            {"a window",              "A- B-",       "C-",       "- ABC"         },
            {"a window that is over", "A- +9 +9 B-", "C-",       "- -"           },
            {"raised",                "A- B- C-",    "D- A+ B+", "ABC ABCD BCD -"},
            {"accepted",              "A- B- C- ok", "D-",       "- -"           },
            {"quiet",                 "A- A+",       "B- C- D-", "- - - BCD"     },
    };
    const struct guard_limit limit = {50, 10000};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct guard *old = guard_new(&limit, 4), *guard = guard_new(&limit, 4);
        struct guard_report report;
        uint64_t now_ms = 1000;
        char words[64], held[64] = "", *rest = words, *word;
        snprintf(words, sizeof(words), "%s", rows[i].words);
        while ((word = strtok_r(rest, " ", &rest)) != NULL)
            take_word(old, word, &now_ms);
        guard_describe(old, &report);
        for (uint32_t member = 0; member < 4; member++) {
            const struct guard_past past = guard_past_of(old, member);
            if (past.fell_ms != 0)
                guard_remember(guard, member, &past);
        }
        guard_resume(guard, report.since_ms, now_ms);
        tell_held(guard, held);
        snprintf(words, sizeof(words), "%s", rows[i].then);
        for (rest = words; (word = strtok_r(rest, " ", &rest)) != NULL;) {
            take_word(guard, word, &now_ms);
            tell_held(guard, held);
        }
        if (strcmp(held, rows[i].held) != 0)
            fail_msg("%s: \"%s\" and not \"%s\"", rows[i].what, held, rows[i].held);
        guard_free(old);
        guard_free(guard);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_limits),
            cmocka_unit_test(test_what_a_share_allows),
            cmocka_unit_test(test_stories),
            cmocka_unit_test(test_news_is_told_once),
            cmocka_unit_test(test_it_is_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
