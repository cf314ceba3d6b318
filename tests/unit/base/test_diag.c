/* test_diag.c -- src/base/diag.c */
#include "test.h"

#include <string.h>

#include "base/diag.h"

static void a_fault_reads_as_file_line_column(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct diag_place place;
        const char *want;
    } cases[] = {
            {"everything known", {"a.zone", 7, 12}, "a.zone:7:12: error: bad TTL \"x\""},
            {"no column",        {"a.zone", 7, 0},  "a.zone:7: error: bad TTL \"x\""   },
            {"only the file",    {"a.zone", 0, 0},  "a.zone: error: bad TTL \"x\""     },
            {"no place",         {NULL, 0, 0},      "error: bad TTL \"x\""             },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct diag *diag = diag_new();
        struct buf text;
        buf_init(&text, 200);
        diag_error(diag, cases[i].place, "bad TTL \"%s\"", "x");
        diag_fault_format(diag_fault_at(diag, 0), &text);
        if (strcmp(buf_string(&text), cases[i].want) != 0)
            fail_msg("%s: got %s", cases[i].what, buf_string(&text));
        buf_done(&text);
        diag_free(diag);
    }
}

static void a_hundred_are_kept_and_all_are_counted(void **state)
{
    (void)state;
    struct diag *diag = diag_new();
    struct diag *sum = diag_new();
    for (uint32_t i = 0; i < DIAG_FAULTS_MAX; i++)
        diag_error(diag, (struct diag_place){"f", i + 1, 1}, "fault");
    diag_error(diag, (struct diag_place){"f", 1, 1}, "one too many");
    diag_warning(diag, (struct diag_place){"f", 1, 1}, "another");
    diag_append(sum, diag);
    diag_append(sum, diag);

    assert_int_equal(diag_kept(diag), DIAG_FAULTS_MAX);
    assert_int_equal(diag_errors(diag), DIAG_FAULTS_MAX + 1);
    assert_int_equal(diag_warnings(diag), 1);
    assert_int_equal(diag_kept(sum), DIAG_FAULTS_MAX);
    assert_int_equal(diag_errors(sum), 2 * (DIAG_FAULTS_MAX + 1));
    assert_int_equal(diag_warnings(sum), 2);
    diag_free(diag);
    diag_free(sum);
    diag_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_fault_reads_as_file_line_column),
            cmocka_unit_test(a_hundred_are_kept_and_all_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
