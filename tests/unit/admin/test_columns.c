#include "test.h"

#include <string.h>

#include "admin/columns.h"

static void test_aligned(void **state)
{
    (void)state;
    struct buf text;
    struct columns *columns = columns_new(3);
    buf_init(&text, 4096);
    columns_add(columns, (const char *const[]){"ID", "STATE", "REASON"});
    columns_add(columns, (const char *const[]){"www-eu", "up", ""});
    columns_add(columns, (const char *const[]){"m\xc3\xbc", "no data", "x"});
    columns_add(columns, (const char *const[]){NULL, NULL, NULL});
    columns_print(columns, &text);
    assert_string_equal(buf_string(&text), "ID      STATE    REASON\n"
                                           "www-eu  up       -\n"
                                           "m\xc3\xbc      no data  x\n"
                                           "-       -        -\n");
    buf_done(&text);
    columns_free(columns);
    columns_free(NULL);
}

static const struct {
    const char *what;
    const char *text;
    const char *safe;
} rows[] = {
        {"plain",         "a b",              "a b"             },
        {"UTF-8 stays",   "\xc3\xa4\xc2\xa0", "\xc3\xa4\xc2\xa0"},
        {"escape",        "\x1b[2J",          "?[2J"            },
        {"newline, tab",  "a\nb\tc",          "a?b?c"           },
        {"delete",        "\x7f",             "?"               },
        {"C1 in UTF-8",   "a\xc2\x9bz",       "a?z"             },
        {"cut character", "\xc2",             "\xc2"            },
};

static void test_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf text;
        buf_init(&text, 256);
        columns_add_safe(&text, rows[i].text);
        if (strcmp(buf_string(&text), rows[i].safe) != 0)
            fail_msg("%s: %s", rows[i].what, buf_string(&text));
        buf_done(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_aligned),
            cmocka_unit_test(test_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
