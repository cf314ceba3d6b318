/* test_edns.c -- src/dns/edns.c */
#include "test.h"

#include <string.h>

#include "base/err.h"
#include "dns/edns.h"

#define OPT_512  "\0\0\x29\2\0\0\0\0\0" /* without length and options */
#define PLAIN    "\0\0\x29\x04\xd0\0\0\x80\0\0\0"
#define A_RECORD "\1a\0\0\1\0\1\0\0\0\0\0\4\1\2\3\4"
#define ROW(x)   (x), sizeof(x) - 1

static void opt_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *records;
        size_t size;
        uint16_t answers, additional;
        uint16_t udp_size_bytes; /* 0: there is no OPT */
        uint16_t flags, options_bytes;
        uint8_t version;
    } cases[] = {
            {"none",            ROW(""),                                   0, 0, 0,    0,       0, 0},
            {"plain",           ROW(PLAIN),                                0, 1, 1232, EDNS_DO, 0, 0},
            {"small size",      ROW("\0\0\x29\0\1\0\0\0\0\0\0"),           0, 1, 512,  0,       0, 0},
            {"version 1",       ROW("\0\0\x29\2\0\0\1\0\0\0\0"),           0, 1, 512,  0,       0, 1},
            {"option",          ROW(OPT_512 "\0\6\0\x0a\0\2xy"),           0, 1, 512,  0,       6, 0},
            {"behind a record", ROW(A_RECORD PLAIN),                       1, 1, 1232, EDNS_DO, 0, 0},
            {"before one",      ROW(PLAIN "\xc0\x0c\0\1\0\1\0\0\0\0\0\0"), 0, 2, 1232, EDNS_DO, 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t message[256] = {0};
        uint16_t counts[4] = {1, cases[i].answers, 0, cases[i].additional};
        struct edns edns;
        memcpy(message + 12, cases[i].records, cases[i].size);
        int got = edns_read(message, 12 + cases[i].size, 12, counts, &edns);
        if (got != 0 || edns.present != (cases[i].udp_size_bytes > 0))
            fail_msg("%s: got %d, present %d", cases[i].what, got, edns.present);
        if (edns.udp_size_bytes != cases[i].udp_size_bytes || edns.flags != cases[i].flags ||
                edns.options_bytes != cases[i].options_bytes || edns.version != cases[i].version)
            fail_msg("%s: wrong values", cases[i].what);
    }
}

static void the_high_bits_of_an_rcode_are_kept(void **state)
{
    (void)state;
    uint8_t message[64] = {0};
    const uint16_t counts[4] = {0, 0, 0, 1};
    struct wire_writer writer = {.bytes = message, .size = sizeof(message)};
    struct edns edns;

    edns_write(&writer, 1232, 0, 0x173);
    assert_int_equal(edns_read(message, writer.at, 0, counts, &edns), 0);
    assert_int_equal(edns.rcode_high, 0x17);
}

static void bad_records_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *records;
        size_t size;
        uint16_t answers, additional;
    } cases[] = {
            {"twice",             ROW(PLAIN PLAIN),                0, 2},
            {"in the answer",     ROW(PLAIN),                      1, 0},
            {"other owner",       ROW("\1a" PLAIN),                0, 1},
            {"owner by pointer",  ROW("\xc0\0" PLAIN),             0, 1},
            {"option overruns",   ROW(OPT_512 "\0\6\0\x0a\0\3xy"), 0, 1},
            {"option header cut", ROW(OPT_512 "\0\3\0\x0a\0"),     0, 1},
            {"rdata cut",         ROW(OPT_512 "\0\6\0\x0a"),       0, 1},
            {"bytes behind",      ROW(PLAIN "x"),                  0, 1},
            {"record missing",    ROW(""),                         0, 1},
            {"owner cut",         ROW("\5ab"),                     1, 0},
            {"owner reserved",    ROW("\x80" A_RECORD),            1, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t message[256] = {0};
        uint16_t counts[4] = {1, cases[i].answers, 0, cases[i].additional};
        struct edns edns = {.version = 99};
        memcpy(message + 12, cases[i].records, cases[i].size);
        int got = edns_read(message, 12 + cases[i].size, 12, counts, &edns);
        if (got != ERR_SYNTAX || edns.version != 99)
            fail_msg("%s: got %d, version %u", cases[i].what, got, edns.version);
    }
}

static void options_are_taken_one_by_one(void **state)
{
    (void)state;
    struct wire_reader options = {.bytes = (const uint8_t *)"\0\x0a\0\2xy\0\3\0\0", .size = 10};
    uint16_t code = 0;
    uint16_t length = 0;
    const uint8_t *data = NULL;

    assert_true(edns_next_option(&options, &code, &data, &length));
    assert_int_equal(code, 10);
    assert_int_equal(length, 2);
    assert_memory_equal(data, "xy", 2);
    assert_true(edns_next_option(&options, &code, &data, &length));
    assert_int_equal(code, 3);
    assert_int_equal(length, 0);
    assert_false(edns_next_option(&options, &code, &data, &length));
    assert_false(options.failed);
}

static void opt_is_written(void **state)
{
    (void)state;
    uint8_t bytes[EDNS_OPT_BYTES];
    struct wire_writer writer = {.bytes = bytes, .size = sizeof(bytes)};

    edns_write(&writer, 1232, EDNS_DO, 16);
    assert_false(writer.failed);
    assert_int_equal(writer.at, EDNS_OPT_BYTES);
    assert_memory_equal(bytes, "\0\0\x29\x04\xd0\1\0\x80\0\0\0", EDNS_OPT_BYTES);
    edns_write(&writer, 1232, EDNS_DO, 16);
    assert_true(writer.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(opt_is_found),
            cmocka_unit_test(the_high_bits_of_an_rcode_are_kept),
            cmocka_unit_test(bad_records_are_refused),
            cmocka_unit_test(options_are_taken_one_by_one),
            cmocka_unit_test(opt_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
