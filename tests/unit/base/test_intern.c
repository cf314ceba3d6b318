/* test_intern.c -- numbers of strings, over many sizes and growths. */
#include "test.h"

#include <string.h>

#include "base/intern.h"

#define MANY 20000U

static void equal_strings_have_one_number(void **state)
{
    static const struct {
        const char *what;
        const char *bytes;
        uint32_t size;
        uint32_t number;
    } rows[] = {
            {"the first",                  "eu-west-1", 9,  0},
            {"another",                    "eu-west-2", 9,  1},
            {"the first again",            "eu-west-1", 9,  0},
            {"the beginning of the first", "eu-west-1", 8,  2},
            {"nothing",                    "",          0,  3},
            {"nothing again",              "x",         0,  3},
            {"a zero byte",                "",          1,  4},
            {"the first with its NUL",     "eu-west-1", 10, 5},
            {"the other again",            "eu-west-2", 9,  1},
    };
    struct intern *intern = intern_new();
    uint32_t size = 7;
    (void)state;

    assert_int_equal(intern_find(intern, "eu-west-1", 9), INTERN_NONE);
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t number = intern_add(intern, rows[i].bytes, rows[i].size);
        if (number != rows[i].number)
            fail_msg("%s: %u", rows[i].what, number);
        const char *kept = intern_at(intern, number, &size);
        if (size != rows[i].size || memcmp(kept, rows[i].bytes, size) != 0)
            fail_msg("%s: other bytes are kept", rows[i].what);
    }
    assert_int_equal(intern_count(intern), 6);
    assert_int_equal(intern_find(intern, "eu-west-2", 9), 1);
    assert_int_equal(intern_find(intern, "eu-west-3", 9), INTERN_NONE);
    intern_free(intern);
    intern_free(NULL);
}

static void many_strings_keep_their_numbers(void **state)
{
    struct intern *intern = intern_new();
    (void)state;

    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t words[3] = {i, i % 7, ~i};
        assert_int_equal(intern_add(intern, words, 4 + i % 9), i);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t words[3] = {i, i % 7, ~i};
        uint32_t size;
        assert_int_equal(intern_find(intern, words, 4 + i % 9), i);
        const void *kept = intern_at(intern, i, &size);
        assert_int_equal((uintptr_t)kept % 8, 0);
        assert_memory_equal(kept, words, 4 + i % 9);
    }
    assert_int_equal(intern_count(intern), MANY);
    assert_true(intern_size_bytes(intern) > MANY * 12);
    intern_free(intern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(equal_strings_have_one_number),
            cmocka_unit_test(many_strings_keep_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
