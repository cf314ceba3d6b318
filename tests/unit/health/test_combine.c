/* test_combine.c -- src/health/combine.c: a verdict out of verdicts. */
#include "test.h"

#include "health/combine.h"
#include "health/verdict.h"

#define U HEALTH_UP
#define D HEALTH_DOWN
#define N HEALTH_UNKNOWN

static void children_are_counted_against_the_threshold(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        enum health_state children[4];
        uint32_t count, threshold;
        enum health_state want;
    } cases[] = {
            {"vector 30: threshold 0",         {U, U, D},    3, 0,   U},
            {"vector 30: threshold 4",         {U, U, D},    3, 4,   D},
            {"vector 30: threshold 2",         {U, U, D},    3, 2,   U},
            {"threshold 0, all down",          {D, D, D},    3, 0,   U},
            {"threshold above count, all up",  {U, U, U},    3, 4,   D},
            {"one of three, all down",         {D, D, D},    3, 1,   D},
            {"one of three, the last up",      {D, D, U},    3, 1,   U},
            {"all of three, the first down",   {D, U, U},    3, 3,   D},
            {"all of three",                   {U, U, U},    3, 3,   U},
            {"a child without a slot is up",   {N, D, D},    3, 1,   U},
            {"no children, threshold 0",       {N},          0, 0,   U},
            {"no children, threshold 1",       {N},          0, 1,   D},
            {"only `count` children are read", {D, D, U, U}, 2, 1,   D},
            {"the largest threshold",          {U, U, U},    3, 256, D},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        enum health_state got =
                combine_children(cases[i].children, cases[i].count, cases[i].threshold);
        if (got != cases[i].want)
            fail_msg("%s: got %d, want %d", cases[i].what, got, cases[i].want);
    }
}

/* Vector 31: what is combined is each child's final status. */
static void a_disabled_child_counts_as_healthy(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct verdict_rule rule;
        enum health_state want;
    } cases[] = {
            {"vector 31: disabled", {.fall = 3, .rise = 3, .disabled = true},                   U},
            {"disabled, inverted",  {.fall = 3, .rise = 3, .inverted = true, .disabled = true}, D},
            {"failing",             {.fall = 3, .rise = 3},                                     D},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct verdict failing = {HEALTH_DOWN, 0};
        enum health_state child = verdict_final(&failing, &cases[i].rule);
        if (combine_children(&child, 1, 1) != cases[i].want)
            fail_msg("%s", cases[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(children_are_counted_against_the_threshold),
            cmocka_unit_test(a_disabled_child_counts_as_healthy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
