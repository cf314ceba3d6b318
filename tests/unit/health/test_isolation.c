/* test_isolation.c -- whose silence counts: stories of canaries and endpoints. */
#include "test.h"

#include <string.h>

#include "health/isolation.h"

#define SUBJECTS 8U

/* A step is SUBJECT WHAT: A to D are endpoints of IPv4, a canary of IPv4 is X or Y, of IPv6 is Z; + an answer, - silence,
 * d it went down.  What is found behind each: 4 and 6 cut by canaries, s by share; and c if the silence of a probe of IPv4
 * that began a second ago may change a verdict. */
static const struct {
    const char *what;
    uint32_t share;
    const char *steps, *found;
} rows[] = {
        {"one endpoint alone is believed",     100, "A+A-",         "c,c"           },
        {"one of two",                         100, "A+B+A-",       "c,c,c"         },
        {"both of two are ourselves",          100, "A+B+A-B-",     "c,c,c,s"       },
        {"until one answers",                  100, "A+B+A-B-A+",   "c,c,c,s,c"     },
        {"what is down does not count",        100, "A+B+C+CdA-B-", "c,c,c,c,c,s"   },
        {"half of four",                       50,  "A+B+C+D+A-B-", "c,c,c,c,c,s"   },
        {"never by share",                     0,   "A+B+A-B-",     "c,c,c,c"       },
        {"a canary says who it is",            100, "X+A+B+A-B-",   "c,c,c,c,c"     },
        {"a silent canary",                    100, "X+A+A-X-",     "c,c,c,4"       },
        {"two canaries, one of them silent",   100, "X+Y+A-X-",     "c,c,c,c"       },
        {"both silent",                        100, "X+Y+X-Y-Y+",   "c,c,c,4,c"     },
        {"another family",                     100, "Z+A+B+Z-A-B-", "c,c,c,6c,6c,6c"},
        {"a canary that has not answered yet", 100, "A+X-",         "c,4"           },
};

static void check_row(size_t i)
{
    static const char names[SUBJECTS] = "ABCDXYZ";
    struct isolation isolation = {.share_percent = rows[i].share};
    struct isolation_subject subjects[SUBJECTS] = {0};
    char found[64] = "";

    for (const char *step = rows[i].steps; *step != '\0'; step += 2) {
        struct isolation_subject *subject = &subjects[strchr(names, step[0]) - names];
        if (!subject->takes_part) {
            subject->takes_part = true;
            subject->is_canary = step[0] >= 'X';
            subject->family = step[0] == 'Z' ? ISOLATION_IPV6 : ISOLATION_IPV4;
            isolation_add(&isolation, subject);
        }
        isolation_note(&isolation, subject,
                step[1] == '+'   ? ISOLATION_ANSWER
                : step[1] == '-' ? ISOLATION_SILENCE
                                 : ISOLATION_NOTHING,
                step[1] != 'd', 5000);
        bool cut =
                isolation_by_canaries(&isolation, ISOLATION_IPV4) || isolation_by_share(&isolation);
        if (found[0] != '\0')
            strcat(found, ",");
        strcat(found, isolation_by_canaries(&isolation, ISOLATION_IPV4) ? "4" : "");
        strcat(found, isolation_by_canaries(&isolation, ISOLATION_IPV6) ? "6" : "");
        strcat(found, isolation_by_share(&isolation) ? "s" : "");
        strcat(found, !cut && isolation_is_confirmed(&isolation, ISOLATION_IPV4, 4000) ? "c" : "");
    }
    if (strcmp(found, rows[i].found) != 0)
        fail_msg("%s: %s", rows[i].what, found);
    for (size_t j = 0; j < SUBJECTS; j++)
        isolation_remove(&isolation, &subjects[j]);
    assert_int_equal(isolation.up + isolation.silent, 0);
    assert_int_equal(isolation.family[ISOLATION_IPV4].canaries, 0);
}

static void test_stories(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_row(i);
}

/* Only an answer since the probe began says that the way was open meanwhile. */
static void test_an_old_answer_confirms_nothing(void **state)
{
    struct isolation isolation = {.share_percent = 100};
    struct isolation_subject canary = {.takes_part = true, .is_canary = true};
    (void)state;
    isolation_add(&isolation, &canary);
    isolation_note(&isolation, &canary, ISOLATION_ANSWER, true, 1000);
    assert_true(isolation_is_confirmed(&isolation, ISOLATION_IPV4, 1000));
    assert_false(isolation_is_confirmed(&isolation, ISOLATION_IPV4, 1001));
    isolation_note(&isolation, &canary, ISOLATION_ANSWER, true, 2000);
    assert_true(isolation_is_confirmed(&isolation, ISOLATION_IPV4, 1001));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_stories),
            cmocka_unit_test(test_an_old_answer_confirms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
