/* test_guard_list.c -- what the responder says of guarded zones. */
#include "test.h"

#include <string.h>

#include "base/err.h"
#include "check/guard_list.h"

static void test_lists(void **state)
{
    static const struct {
        const char *what, *text;
        int result;
        uint32_t zones, slots; /* of the last zone */
    } rows[] = {
            {"nothing",          "",                               0,          0, 0},
            {"a zone",           "example.com 50 10000 1 2 3\n",   0,          1, 3},
            {"two",              "a 50 10000 1\nb 1 1 131071 0\n", 0,          2, 2},
            {"without checks",   "a 50 10000\n",                   0,          1, 0},
            {"no end",           "a 50 10000 1",                   ERR_SYNTAX, 0, 0},
            {"no name",          " 50 10000 1\n",                  ERR_SYNTAX, 0, 0},
            {"nothing in it",    "\n",                             ERR_SYNTAX, 0, 0},
            {"no window",        "a 50\n",                         ERR_SYNTAX, 0, 0},
            {"no share",         "a 0 10000 1\n",                  ERR_SYNTAX, 0, 0},
            {"all of them",      "a 100 10000 1\n",                ERR_SYNTAX, 0, 0},
            {"no time",          "a 50 0 1\n",                     ERR_SYNTAX, 0, 0},
            {"beyond the table", "a 50 10000 131072\n",            ERR_SYNTAX, 0, 0},
            {"two blanks",       "a 50 10000 1  2\n",              ERR_SYNTAX, 0, 0},
            {"a second is bad",  "a 50 10000 1\nb x\n",            ERR_SYNTAX, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct guard_list list = {NULL, 0};
        int result = guard_list_parse(rows[i].text, strlen(rows[i].text), &list);
        uint32_t slots = list.count > 0 ? list.zones[list.count - 1].count : 0;
        if (result != rows[i].result || list.count != rows[i].zones || slots != rows[i].slots)
            fail_msg("%s: %d, %u zones, %u slots", rows[i].what, result, list.count, slots);
        guard_list_done(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
