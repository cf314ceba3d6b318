/* test_waiver.c -- waivers as they are written, and what they are for. */
#include "test.h"

#include <string.h>

#include "base/err.h"
#include "dns/rr.h"
#include "lint/waiver.h"

#define WHY_MAX 4096U

static const struct {
    const char *text;
    const char *why; /* NULL: it is read, as follows */
    const char *name;
    uint16_t type;
    enum lint_code code;
} rows[] = {
        {"www.example.com:FAIL_OPEN",      NULL,                                                      "www.example.com",  0,       LINT_FAIL_OPEN   },
        {"www.example.com. aaaa:LONG_TTL", NULL,                                                      "www.example.com.", RR_AAAA, LINT_LONG_TTL    },
        {"*:unused_check",                 NULL,                                                      "*",                0,       LINT_UNUSED_CHECK},
        {"* A:FAMILY_LOST",                NULL,                                                      "*",                RR_A,    LINT_FAMILY_LOST },
        {"a:b:UNUSED_CHECK",               NULL,                                                      "a:b",              0,       LINT_UNUSED_CHECK},
        {"",                               "not NAME:CODE, NAME TYPE:CODE or *:CODE: \"\"",           NULL,               0,       0                },
        {"www",                            "not NAME:CODE, NAME TYPE:CODE or *:CODE: \"www\"",        NULL,               0,       0                },
        {":FAIL_OPEN",                     "not NAME:CODE, NAME TYPE:CODE or *:CODE: \":FAIL_OPEN\"", NULL,               0,       0                },
        {"www:FAIL_OPNE",                  "\"FAIL_OPNE\" is no code; did you mean FAIL_OPEN?",       NULL,               0,       0                },
        {"www:",                           "\"\" is no code",                                         NULL,               0,       0                },
        {"www AAA AA:FAIL_OPEN",           "\"AAA AA\" is no type",                                   NULL,               0,       0                },
        {"www :FAIL_OPEN",                 "\"\" is no type",                                         NULL,               0,       0                },
};

static void what_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct lint_waiver waiver;
        struct buf why;
        buf_init(&why, WHY_MAX);
        int error = lint_waiver_parse(rows[i].text, &waiver, &why);
        if (error != (rows[i].why != NULL ? ERR_SYNTAX : 0) ||
                (rows[i].why != NULL && strcmp(buf_string(&why), rows[i].why) != 0))
            fail_msg("%s: %d, %s", rows[i].text, error, buf_string(&why));
        if (error == 0) {
            assert_string_equal(waiver.name, rows[i].name);
            assert_int_equal(waiver.type, rows[i].type);
            assert_int_equal(waiver.code, rows[i].code);
        }
        buf_done(&why);
    }
}

static void a_long_name_is_refused(void **state)
{
    (void)state;
    char text[NAME_TEXT_MAX + 32];
    struct lint_waiver waiver;
    struct buf why;

    buf_init(&why, WHY_MAX);
    for (size_t length = NAME_TEXT_MAX - 1; length <= NAME_TEXT_MAX; length++) {
        memset(text, 'n', length);
        strcpy(text + length, ":LONG_TTL");
        assert_int_equal(
                lint_waiver_parse(text, &waiver, &why), length < NAME_TEXT_MAX ? 0 : ERR_SYNTAX);
    }
    assert_string_equal(buf_string(&why), "longer than any name");
    buf_done(&why);
}

static void what_it_covers(void **state)
{
    (void)state;
    static const struct {
        const char *waiver;
        const char *name;
        uint16_t type;
        enum lint_code code;
        bool covers;
    } cases[] = {
            {"www.example.com:FAIL_OPEN",   "www.example.com.", RR_A,    LINT_FAIL_OPEN,    true },
            {"WWW.example.com.:FAIL_OPEN",  "www.example.com.", RR_AAAA, LINT_FAIL_OPEN,    true },
            {"www.example.com A:FAIL_OPEN", "www.example.com.", RR_A,    LINT_FAIL_OPEN,    true },
            {"www.example.com A:FAIL_OPEN", "www.example.com.", RR_AAAA, LINT_FAIL_OPEN,    false},
            {"www.example.com:FAIL_OPEN",   "www.example.com.", RR_A,    LINT_LONG_TTL,     false},
            {"w.example.com:FAIL_OPEN",     "www.example.com.", RR_A,    LINT_FAIL_OPEN,    false},
            {"www.example.com:FAIL_OPEN",   "www.example.co.",  RR_A,    LINT_FAIL_OPEN,    false},
            {".:FAIL_OPEN",                 ".",                RR_A,    LINT_FAIL_OPEN,    true },
            {"*:UNUSED_CHECK",              "a.b",              0,       LINT_UNUSED_CHECK, true },
            {"* A:UNUSED_CHECK",            "a.b",              0,       LINT_UNUSED_CHECK, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct lint_finding finding = {
                .code = cases[i].code, .name = cases[i].name, .type = cases[i].type};
        struct lint_waiver waiver;
        struct buf why;
        buf_init(&why, WHY_MAX);
        assert_int_equal(lint_waiver_parse(cases[i].waiver, &waiver, &why), 0);
        if (lint_waiver_covers(&waiver, &finding) != cases[i].covers)
            fail_msg("%s for %s", cases[i].waiver, cases[i].name);
        buf_done(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_is_read),
            cmocka_unit_test(a_long_name_is_refused),
            cmocka_unit_test(what_it_covers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
