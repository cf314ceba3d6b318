/* test_message.c -- src/dns/message.c */
#include "test.h"

#include <string.h>

#include "base/err.h"
#include "dns/message.h"

#define HEADER "\x12\x34\x01\x00\0\1\0\2\0\3\0\4"

static void header_round_trip(void **state)
{
    (void)state;
    struct message_header header;
    uint8_t bytes[MESSAGE_HEADER_BYTES];

    message_header_read((const uint8_t *)HEADER, &header);
    assert_int_equal(header.id, 0x1234);
    assert_int_equal(header.flags, MESSAGE_RD);
    for (uint16_t i = 0; i < 4; i++)
        assert_int_equal(header.counts[i], i + 1);
    message_header_write(bytes, &header);
    assert_memory_equal(bytes, HEADER, sizeof(bytes));
    assert_int_equal(message_opcode(0x2800), 5);
}

static void questions_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *question;
        size_t size;
        int want;
    } cases[] = {
            {"whole",           "\1A\0\0\1\0\1",  7, 0         },
            {"bytes behind",    "\1A\0\0\1\0\1x", 8, 0         },
            {"class cut",       "\1A\0\0\1\0",    6, ERR_SYNTAX},
            {"type cut",        "\1A\0\0",        4, ERR_SYNTAX},
            {"no question",     "",               0, ERR_SYNTAX},
            {"name cut",        "\5A",            2, ERR_SYNTAX},
            {"name compressed", "\xc0\0\0\1\0\1", 6, ERR_SYNTAX},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t message[64] = HEADER;
        struct message_question question = {.end = 0};
        memcpy(message + MESSAGE_HEADER_BYTES, cases[i].question, cases[i].size);
        int got = message_question_read(message, MESSAGE_HEADER_BYTES + cases[i].size, &question);
        if (got != cases[i].want || question.end != (got == 0 ? 19U : 0U))
            fail_msg("%s: got %d, end %zu", cases[i].what, got, question.end);
        if (got == 0 &&
                (question.type != 1 || question.class != 1 || memcmp(question.name, "\1A", 3) != 0))
            fail_msg("%s: wrong values", cases[i].what);
    }
    struct message_question question;
    assert_int_equal(message_question_read((const uint8_t *)HEADER, 11, &question), ERR_SYNTAX);
}

static void records_are_stepped_over(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *record;
        size_t size;
        bool want;
    } cases[] = {
            {"whole",           "\1a\0\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4", 17, true },
            {"owner a pointer", "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\0",      12, true },
            {"no rdata",        "\0\0\1\0\1\0\0\0\x3c\0\0",            11, true },
            {"rdata overruns",  "\0\0\1\0\1\0\0\0\x3c\0\5\1\2\3\4",    15, false},
            {"fixed part cut",  "\0\0\1\0\1\0\0\0\x3c\0",              10, false},
            {"pointer cut",     "\xc0",                                1,  false},
            {"label too long",  "\x40\0\0\1\0\1\0\0\0\x3c\0\0",        12, false},
            {"nothing",         "",                                    0,  false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct wire_reader reader = {
                .bytes = (const uint8_t *)cases[i].record, .size = cases[i].size};
        struct message_record record = {.type = 99};
        if (message_record_read(&reader, &record) != cases[i].want)
            fail_msg("%s", cases[i].what);
        if (reader.failed == cases[i].want || (!cases[i].want && record.type != 99))
            fail_msg("%s: reader or record", cases[i].what);
        if (cases[i].want && (record.type != 1 || record.class != 1 || record.ttl != 60 ||
                                     record.owner != 0 || reader.at != cases[i].size ||
                                     record.rdata + record.rdata_bytes != reader.at))
            fail_msg("%s: wrong values", cases[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(header_round_trip),
            cmocka_unit_test(questions_are_read),
            cmocka_unit_test(records_are_stepped_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
