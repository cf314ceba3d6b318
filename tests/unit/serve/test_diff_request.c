/* test_diff_request.c -- src/serve/diff_request.c: what is read, and what is refused with which words. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "serve/diff_request.h"

#define ID_64 "0123456789012345678901234567890123456789012345678901234567890123"

/* "ZONE +id -id", the zone or "-" for none. */
static void show(const struct diff_request *request, struct buf *ret)
{
    char name[NAME_TEXT_MAX];

    buf_add_string(ret, request->has_zone ? name_to_text(request->zone.bytes, name) : "-");
    for (uint32_t i = 0; i < request->changes_count; i++)
        buf_printf(ret, " %c%s", request->changes[i].added ? '+' : '-', request->changes[i].id);
}

static void requests_are_read(void **state)
{
    static const struct {
        const char *text;
        int error;
        const char *want; /* what was read, or why not */
    } rows[] = {
            {"",                         0,          "-"                                      },
            {"  ",                       0,          "-"                                      },
            {" example.com",             0,          "example.com."                           },
            {" .  ",                     0,          "."                                      },
            {"\n",                       0,          "-"                                      },
            {" example.com.\n+a  -b ",   0,          "example.com. +a -b"                     },
            {"\n+a=b,c\"\\ --x",         0,          "- +a=b,c\"\\ --x"                       },
            {"\n+" ID_64,                0,          "- +" ID_64                              },
            {" example.com example.net", ERR_SYNTAX, "wanted: diff [ZONE]"                    },
            {" example..com",            ERR_SYNTAX, "\"example..com\" is no name"            },
            {"\na",                      ERR_SYNTAX, "the change of a check is not understood"},
            {"\n+",                      ERR_SYNTAX, "the change of a check is not understood"},
            {"\n+" ID_64 "4",            ERR_SYNTAX, "the change of a check is not understood"},
            {"\n+a\n+b",                 ERR_SYNTAX, "the change of a check is not understood"},
            {"\n+a\x7f",                 ERR_SYNTAX, "the change of a check is not understood"},
            {"\n+\xc3\xa4",              ERR_SYNTAX, "the change of a check is not understood"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct diff_request request;
        struct buf text;
        buf_init(&text, 1024);
        int error = diff_request_parse(rows[i].text, &request, &text);
        if (error == 0)
            show(&request, &text);
        if (error != rows[i].error || strcmp(buf_string(&text), rows[i].want) != 0)
            fail_msg("\"%s\": %d %s", rows[i].text, error, buf_string(&text));
        if (error == 0)
            diff_request_done(&request);
        buf_done(&text);
    }
}

static void too_many_changes_are_refused(void **state)
{
    struct diff_request request;
    struct buf text, why;
    (void)state;

    buf_init(&text, 1 << 20);
    buf_init(&why, 1024);
    buf_add_string(&text, "\n");
    for (uint32_t i = 0; i < DIFF_CHANGES_MAX; i++)
        buf_add_string(&text, "+a ");
    assert_int_equal(diff_request_parse(buf_string(&text), &request, &why), 0);
    assert_int_equal(request.changes_count, DIFF_CHANGES_MAX);
    diff_request_done(&request);
    buf_add_string(&text, "+a");
    assert_int_equal(diff_request_parse(buf_string(&text), &request, &why), ERR_SYNTAX);
    assert_non_null(strstr(buf_string(&why), "more than"));
    buf_done(&text);
    buf_done(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(requests_are_read),
            cmocka_unit_test(too_many_changes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
