#include "test.h"

#include <string.h>

#include "admin/protocol.h"
#include "base/err.h"

static const struct {
    const char *what;
    const char *bytes;
    int error;
    size_t length;
} line_rows[] = {
        {"empty line",      "\n",            0,             0},
        {"a word",          "status\n",      0,             6},
        {"two words, more", "checks a\nb\n", 0,             8},
        {"no newline yet",  "status",        ERR_TRUNCATED, 0},
        {"nothing",         "",              ERR_TRUNCATED, 0},
        {"carriage return", "status\r\n",    ERR_SYNTAX,    0},
        {"control byte",    "a\x01",         ERR_SYNTAX,    0},
        {"UTF-8 is let by", "\xc3\xa4\n",    0,             2},
};

static void test_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(line_rows); i++) {
        size_t length = 0;
        int error = protocol_find_line(line_rows[i].bytes, strlen(line_rows[i].bytes), &length);
        if (error != line_rows[i].error || length != line_rows[i].length)
            fail_msg("%s: %d, length %zu", line_rows[i].what, error, length);
    }
}

static void test_longest_line(void **state)
{
    (void)state;
    char bytes[PROTOCOL_LINE_MAX + 2];
    size_t length;
    memset(bytes, 'a', sizeof(bytes));
    assert_int_equal(protocol_find_line(bytes, PROTOCOL_LINE_MAX, &length), ERR_TRUNCATED);
    assert_int_equal(protocol_find_line(bytes, PROTOCOL_LINE_MAX + 1, &length), ERR_TOO_LARGE);
    bytes[PROTOCOL_LINE_MAX] = '\n';
    assert_int_equal(protocol_find_line(bytes, PROTOCOL_LINE_MAX + 1, &length), 0);
    assert_int_equal(length, PROTOCOL_LINE_MAX);
}

#define ENDLESS "ok 00000000000000000000000000000000000000000000000000000000000000000000"

static const struct {
    const char *what;
    const char *bytes;
    int error;
    int status;
    size_t body;
} head_rows[] = {
        {"ok",                "ok 12\n{}",       0,             0,          12                },
        {"ok, empty",         "ok 0\n",          0,             0,          0                 },
        {"error",             "error -5002 7\n", 0,             ERR_FAULTY, 7                 },
        {"largest body",      "ok 134217728\n",  0,             0,          PROTOCOL_REPLY_MAX},
        {"too large",         "ok 134217729\n",  ERR_TOO_LARGE, 0,          0                 },
        {"not whole",         "ok 12",           ERR_TRUNCATED, 0,          0                 },
        {"nothing",           "",                ERR_TRUNCATED, 0,          0                 },
        {"another word",      "okay 12\n",       ERR_SYNTAX,    0,          0                 },
        {"no length",         "ok\n",            ERR_SYNTAX,    0,          0                 },
        {"positive code",     "error 5002 7\n",  ERR_SYNTAX,    0,          0                 },
        {"code zero",         "error -0 7\n",    ERR_SYNTAX,    0,          0                 },
        {"error, one number", "error 7\n",       ERR_SYNTAX,    0,          0                 },
        {"a word too many",   "ok 1 2\n",        ERR_SYNTAX,    0,          0                 },
        {"endless",           ENDLESS,           ERR_SYNTAX,    0,          0                 },
};

static void test_head(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(head_rows); i++) {
        int status = 0;
        size_t body = 0, head = 0;
        const char *bytes = head_rows[i].bytes;
        int error = protocol_read_head(bytes, strlen(bytes), &status, &body, &head);
        if (error != head_rows[i].error || status != head_rows[i].status ||
                body != head_rows[i].body)
            fail_msg("%s: %d, status %d, body %zu", head_rows[i].what, error, status, body);
        if (error == 0 && bytes[head - 1] != '\n')
            fail_msg("%s: head of %zu bytes", head_rows[i].what, head);
    }
}

static void test_print_head(void **state)
{
    (void)state;
    char text[PROTOCOL_HEAD_MAX];
    assert_int_equal(protocol_print_head(0, 12, text), 6);
    assert_string_equal(text, "ok 12\n");
    protocol_print_head(ERR_FAULTY, 7, text);
    assert_string_equal(text, "error -5002 7\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_line),
            cmocka_unit_test(test_longest_line),
            cmocka_unit_test(test_head),
            cmocka_unit_test(test_print_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
