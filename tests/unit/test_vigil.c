/* test_vigil.c -- what is found of a checker, second by second. */
#include "test.h"

#include <string.h>

#include "vigil.h"

/* A step is a second: b it has beaten, . it has not, s as . while it starts, z as . after we slept for a minute.  What is
 * found: - nothing, S silent, B back, H hung. */
static void test_stories(void **state)
{
    static const struct {
        const char *what, *steps, *found;
        uint32_t timeout_ms;
    } rows[] = {
            {"it lives",                "bbbbbb",       "------",       5000},
            {"it pauses",               "b..b",         "----",         5000},
            {"silent, and back",        "b....b",       "----SB",       9000},
            {"hung",                    "b.....",       "----SH",       5000},
            {"hung again",              "b..........",  "----SH----H",  5000},
            {"hung, and another beats", "b.....b",      "----SHB",      5000},
            {"never hung",              "b...........", "----S-------", 0   },
            {"a start takes its time",  "bsssssssss",   "----S-----",   5000},
            {"we slept",                "b..z...b",     "--------",     5000},
            {"silent before we slept",  "b....z....b",  "----S-----B",  9000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vigil vigil = {0};
        struct vigil_question question = {
                .now_ms = 100000, .beat_ms = 1, .timeout_ms = rows[i].timeout_ms};
        for (size_t j = 0; rows[i].steps[j] != '\0'; j++) {
            char step = rows[i].steps[j];
            question.now_ms += step == 'z' ? 60000 : 1000;
            question.beat_ms += step == 'b';
            question.is_starting = step == 's';
            char found = "-SBH"[vigil_ask(&vigil, &question)];
            if (found != rows[i].found[j])
                fail_msg("%s: step %zu: %c", rows[i].what, j, found);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_stories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
