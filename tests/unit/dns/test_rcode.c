/* test_rcode.c -- src/dns/rcode.c */
#include "test.h"

#include "dns/rcode.h"
#include "dns/rr.h"

static void rcodes_have_words_or_numbers(void **state)
{
    (void)state;
    static const struct {
        unsigned rcode;
        const char *text;
        bool has_word;
    } cases[] = {
            {RCODE_NOERROR,   "NOERROR",   true },
            {RCODE_NXDOMAIN,  "NXDOMAIN",  true },
            {RCODE_BADCOOKIE, "BADCOOKIE", true },
            {12,              "RCODE12",   false},
            {24,              "RCODE24",   false},
            {RCODE_MAX,       "RCODE4095", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[RCODE_TEXT_MAX];
        assert_string_equal(rcode_format(cases[i].rcode, text), cases[i].text);
        assert_int_equal(rcode_word(cases[i].rcode) != NULL, cases[i].has_word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(rcodes_have_words_or_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
