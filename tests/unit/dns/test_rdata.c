/* test_rdata.c -- src/dns/rdata.c */
#include "test.h"

#include <string.h>

#include "base/err.h"
#include "dns/rdata.h"
#include "dns/rr.h"

#define ROW(x)  (x), sizeof(x) - 1
#define BEFORE  "\3wWw\7eXample\0" /* at 0; "example" is at 4 */
#define WWW     "\3www\7example\0"
#define EXAMPLE "\7example\0"
#define NUMBERS "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"

static void names_become_whole_and_lower_case(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint16_t type;
        const char *rdata;
        size_t size;
        const char *want; /* NULL: refused */
        size_t want_size;
    } cases[] = {
  /* clang-format off */
            {"an address",            RR_A,     ROW("\300\0AB"),             ROW("\300\0AB")},
            {"a pointer",             RR_NS,    ROW("\300\0"),               ROW(WWW)},
            {"labels and a pointer",  RR_CNAME, ROW("\1M\300\4"),            ROW("\1m" EXAMPLE)},
            {"no pointer",            RR_PTR,   ROW("\1M\0"),                ROW("\1m\0")},
            {"behind a number",       RR_MX,    ROW("\0\12\300\4"),          ROW("\0\12" EXAMPLE)},
            {"behind three",          RR_SRV,   ROW("\0\1\0\2\0\3\1A\0"),    ROW("\0\1\0\2\0\3\1a\0")},
            {"two and numbers",       RR_SOA,   ROW("\300\4\300\0" NUMBERS), ROW(EXAMPLE WWW NUMBERS)},
            {"behind strings",        35,       ROW("\0\1\0\2\1S\0\2AB\1N\0"), ROW("\0\1\0\2\1S\0\2AB\1n\0")},
            {"a text keeps its case", RR_TXT,   ROW("\2Ab"),                 ROW("\2Ab")},
            {"parameters behind",     RR_SVCB,  ROW("\0\1\1A\0\0\1\0\1A"),   ROW("\0\1\1a\0\0\1\0\1A")},
            {"unknown",               65280,    ROW("\1A\0"),                ROW("\1A\0")},
            {"empty",                 RR_NS,    ROW(""),                     NULL, 0},
            {"name overruns",         RR_NS,    ROW("\3ab"),                 NULL, 0},
            {"no root",               RR_NS,    ROW("\1a"),                  NULL, 0},
            {"number cut",            RR_MX,    ROW("\0"),                   NULL, 0},
            {"string overruns",       35,       ROW("\0\1\0\2\5S"),          NULL, 0},
            {"string missing",        35,       ROW("\0\1\0\2"),             NULL, 0},
            {"pointer to itself",     RR_NS,    ROW("\300\15"),              NULL, 0},
            {"pointer forwards",      RR_NS,    ROW("\300\20\0"),            NULL, 0},
  /* clang-format on */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t message[128];
        uint8_t bytes[128] = "x";
        size_t at = sizeof(BEFORE) - 1;
        struct wire_writer writer = {.bytes = bytes, .size = sizeof(bytes), .at = 1};
        memset(message, 0, sizeof(message));
        memcpy(message, BEFORE, at);
        memcpy(message + at, cases[i].rdata, cases[i].size);
        struct message_record record = {
                .type = cases[i].type, .rdata = at, .rdata_bytes = (uint16_t)cases[i].size};

        int got = rdata_read(message, sizeof(message), &record, &writer);
        if (got != (cases[i].want != NULL ? 0 : ERR_SYNTAX) || writer.failed ||
                writer.at != 1 + cases[i].want_size)
            fail_msg("%s: got %d, %zu bytes", cases[i].what, got, writer.at);
        if (memcmp(bytes + 1, cases[i].want != NULL ? cases[i].want : "", cases[i].want_size) != 0)
            fail_msg("%s: wrong bytes", cases[i].what);
    }
}

static void what_does_not_fit_is_taken_back(void **state)
{
    (void)state;
    uint8_t bytes[16];
    const struct message_record record = {.type = RR_CNAME, .rdata = 13, .rdata_bytes = 2};
    const uint8_t message[] = BEFORE "\300\0";
    struct wire_writer writer = {.bytes = bytes, .size = 13, .at = 1};
    assert_int_equal(rdata_read(message, 15, &record, &writer), ERR_TOO_LARGE);
    assert_int_equal(writer.at, 1);
    assert_false(writer.failed);
    writer.size = 14;
    assert_int_equal(rdata_read(message, 15, &record, &writer), 0);
    assert_int_equal(rdata_read(message, 14, &record, &writer), ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(names_become_whole_and_lower_case),
            cmocka_unit_test(what_does_not_fit_is_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
