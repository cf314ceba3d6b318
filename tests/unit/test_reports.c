/* test_reports.c -- src/reports.c: what two roles say, as one document. */
#include "test.h"

#include <string.h>

#include "reports.h"

static void documents_and_notes_are_put_together(void **state)
{
    struct reports reports;
    struct buf json;
    (void)state;

    reports_init(&reports);
    reports_print(&reports, &json);
    assert_string_equal(buf_string(&json), "{\"checks\":null,\"zones\":null,\"notes\":[]}");
    buf_done(&json);

    buf_add_string(&reports.checks, "{\"a\":1}");
    buf_add_string(&reports.zones, "{}");
    reports_note(&reports, "one thing");
    reports_note(&reports, "and another");
    reports_print(&reports, &json);
    assert_string_equal(buf_string(&json),
            "{\"checks\":{\"a\":1},\"zones\":{},\"notes\":[\"one thing\",\"and another\"]}");
    buf_done(&json);

    reports_clear(&reports);
    reports_note(&reports, "last");
    reports_print(&reports, &json);
    assert_string_equal(buf_string(&json), "{\"checks\":null,\"zones\":null,\"notes\":[\"last\"]}");
    buf_done(&json);
    reports_done(&reports);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(documents_and_notes_are_put_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
