/* test_err.c -- src/base/err.c */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

static void every_code_has_a_text_of_its_own(void **state)
{
    (void)state;
#define CODE(name, code, text) name,
    static const int codes[] = {ERR_MAP(CODE)};
#undef CODE
    for (size_t i = 0; i < COUNT(codes); i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(err_text(codes[i]), err_text(codes[j]));
    assert_string_equal(err_text(-ENOENT), strerror(ENOENT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_code_has_a_text_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
