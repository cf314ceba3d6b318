/* test_str.c -- src/base/str.c */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

static void numbers_are_read_whole_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max;
        int want;
        uint64_t value;
    } cases[] = {
            {"0",                    10,         0,          0         },
            {"10",                   10,         0,          10        },
            {"007",                  10,         0,          7         },
            {"11",                   10,         -ERANGE,    0         },
            {"",                     10,         ERR_SYNTAX, 0         },
            {"1x",                   10,         ERR_SYNTAX, 0         },
            {"-1",                   10,         ERR_SYNTAX, 0         },
            {" 1",                   10,         ERR_SYNTAX, 0         },
            {"18446744073709551615", UINT64_MAX, 0,          UINT64_MAX},
            {"18446744073709551616", UINT64_MAX, -ERANGE,    0         },
            {"99999999999999999999", UINT64_MAX, -ERANGE,    0         },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = 4711;
        int got = str_parse_number(cases[i].text, cases[i].max, &value);
        uint64_t want = cases[i].want == 0 ? cases[i].value : 4711;
        if (got != cases[i].want || value != want)
            fail_msg("\"%s\": got %d", cases[i].text, got);
    }
}

static void distance_counts_edits(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        uint32_t want;
    } cases[] = {
            {"",         "",         0},
            {"",         "abc",      3},
            {"failover", "failover", 0},
            {"failover", "FAILOVER", 0},
            {"failvoer", "failover", 1},
            {"failove",  "failover", 1},
            {"fallover", "failover", 1},
            {"weight",   "weighted", 2},
            {"kitten",   "sitting",  3},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (str_distance(cases[i].a, cases[i].b) != cases[i].want ||
                str_distance(cases[i].b, cases[i].a) != cases[i].want)
            fail_msg("%s ~ %s: got %u", cases[i].a, cases[i].b,
                    str_distance(cases[i].a, cases[i].b));
    }
}

static void the_nearest_word_is_named_if_it_is_near(void **state)
{
    (void)state;
    static const char *const words[] = {"simple", "failover", "weighted", "multivalue"};
    static const struct {
        const char *word, *want;
    } cases[] = {
            {"falover",     "failover"  },
            {"wieghted",    "weighted"  },
            {"multivalued", "multivalue"},
            {"sample",      "simple"    },
            {"latency",     NULL        },
            {"x",           NULL        },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str_nearest nearest = {.word = cases[i].word};
        for (size_t j = 0; j < COUNT(words); j++)
            str_nearest_offer(&nearest, words[j]);
        bool same = cases[i].want == NULL
                            ? nearest.best == NULL
                            : nearest.best != NULL && strcmp(nearest.best, cases[i].want) == 0;
        if (!same)
            fail_msg("%s: got %s", cases[i].word, nearest.best != NULL ? nearest.best : "nothing");
    }
}

static void folding_and_endings(void **state)
{
    (void)state;
    assert_true(str_equal_fold("AbC", "aBc"));
    assert_false(str_equal_fold("abc", "abcd"));
    assert_false(str_equal_fold("a[", "a{"));
    assert_true(str_ends_with("example.com.zone", ".zone"));
    assert_false(str_ends_with("zone", ".zone"));
}

static void units_have_seconds(void **state)
{
    static const struct {
        char letter;
        uint32_t seconds;
    } rows[] = {
            {'s',  1     },
            {'M',  60    },
            {'h',  3600  },
            {'D',  86400 },
            {'w',  604800},
            {'y',  0     },
            {'1',  0     },
            {'\0', 0     },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (str_unit_s(rows[i].letter) != rows[i].seconds)
            fail_msg("%c: %u", rows[i].letter, str_unit_s(rows[i].letter));
}

static void printable_is_ascii_without_controls(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
            {"",                true },
            {"deploy of 1.2 ~", true },
            {"a\tb",            false},
            {"\x1b[2J",         false},
            {"a\x7f",           false},
            {"M\xc3\xbcller",   false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (str_is_printable(rows[i].text) != rows[i].want)
            fail_msg("row %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(numbers_are_read_whole_or_refused),
            cmocka_unit_test(distance_counts_edits),
            cmocka_unit_test(the_nearest_word_is_named_if_it_is_near),
            cmocka_unit_test(folding_and_endings),
            cmocka_unit_test(units_have_seconds),
            cmocka_unit_test(printable_is_ascii_without_controls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
