/* test_shown.c -- src/check/shown.c */
#include "test.h"

#include <string.h>

#include "check/shown.h"

#define ROW(x) (x), sizeof(x) - 1

static void what_is_shown_is_printable_and_short(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        const char *want;
    } rows[] = {
            {ROW(""),                                             "\"\""                         },
            {ROW("220 mail"),                                     "\"220 mail\""                 },
            {ROW("a\r\n\t\"\\b"),                                 "\"a\\r\\n\\t\\\"\\\\b\""      },
            {ROW("\0\x01\x7f\x80\xff"),                           "\"\\x00\\x01\\x7f\\x80\\xff\""},
            {ROW("\33[2J"),                                       "\"\\x1b[2J\""                 },
            {ROW("1234567890123456789012345678901234567890123"),
             "\"1234567890123456789012345678901234567890123\""                                   },
            {ROW("12345678901234567890123456789012345678901234"),
             "\"1234567890123456789012345678901234567890123\"..."                                },
            {ROW("\0\0\0\0\0\0\0\0\0\0\0"),
             "\"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"..."                         },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[SHOWN_MAX + 1];
        shown(rows[i].bytes, rows[i].length, text);
        assert_string_equal(text, rows[i].want);
    }
}

/* Each byte in each number: nothing ever passes the room or the alphabet. */
static void no_byte_escapes(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char bytes[64], text[SHOWN_MAX + 1];
        memset(bytes, byte, sizeof(bytes));
        for (size_t length = 0; length <= sizeof(bytes); length++) {
            shown(bytes, length, text);
            assert_in_range(strlen(text), 2, SHOWN_MAX);
            for (const char *at = text; *at != '\0'; at++)
                assert_in_range(*at, ' ', '~');
        }
    }
}

static void all_is_shown_on_demand(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 1024);
    shown_all("12345678901234567890123456789012345678901234567890\0\"", 52, &text);
    assert_string_equal(
            buf_string(&text), "12345678901234567890123456789012345678901234567890\\x00\\\"");
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_is_shown_is_printable_and_short),
            cmocka_unit_test(no_byte_escapes),
            cmocka_unit_test(all_is_shown_on_demand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
