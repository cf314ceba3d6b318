/* test_buf.c -- src/base/buf.c */
#include "test.h"

#include <string.h>

#include "base/buf.h"

static void what_passes_the_maximum_is_cut_and_remembered(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *first, *second, *want;
        bool cut;
    } cases[] = {
            {"fits",             "abc",     "de",  "abcde",  false},
            {"fits to the byte", "abcd",    "ef",  "abcdef", false},
            {"second is cut",    "abcd",    "efg", "abcdef", true },
            {"first is cut",     "abcdefg", "",    "abcdef", true },
            {"nothing at all",   "",        "",    "",       false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf buf;
        buf_init(&buf, 6);
        buf_add_string(&buf, cases[i].first);
        buf_printf(&buf, "%s", cases[i].second);
        if (strcmp(buf_string(&buf), cases[i].want) != 0 || buf.cut != cases[i].cut)
            fail_msg("%s: got \"%s\", cut %d", cases[i].what, buf_string(&buf), buf.cut);
        buf_done(&buf);
    }
}

static void long_text_is_formatted_whole(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10000);
    buf_printf(&buf, "%03000d|%s", 7, "end");
    assert_int_equal(buf.length, 3004);
    assert_string_equal(buf_string(&buf) + 2999, "7|end");
    buf_done(&buf);
}

static void consuming_moves_the_rest_to_the_front(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    buf_add_string(&buf, "one two");
    buf_consume(&buf, 4);
    assert_string_equal(buf_string(&buf), "two");
    buf_consume(&buf, 99);
    assert_int_equal(buf.length, 0);
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_passes_the_maximum_is_cut_and_remembered),
            cmocka_unit_test(long_text_is_formatted_whole),
            cmocka_unit_test(consuming_moves_the_rest_to_the_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
