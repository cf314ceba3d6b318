/* test_dns_response.c -- src/check/dns_response.c */
#include "test.h"

#include <string.h>

#include "check/dns_response.h"
#include "dns/rr.h"

#define ROW(x)                             (x), sizeof(x) - 1
#define ID                                 "\1\2"
#define WWW                                "\3www\7example\0"
#define QUESTION(type)                     WWW "\0" type "\0\1"
#define HEADER(flags, answers, additional) ID flags "\0\1\0" answers "\0\0\0" additional
#define RECORD(type, rdata)                "\300\14\0" type "\0\1\0\0\0\74\0" rdata
#define A(last)                            RECORD("\1", "\4\300\0\2" last)
#define OPT(high)                          "\0\0\51\4\320" high "\0\0\0\0\0"

#define IS_A  "\1"
#define IS_NS "\2"

static struct check_dns asking(uint16_t type)
{
    return (struct check_dns){.name = (const uint8_t *)WWW, .type = type};
}

static struct dns_query query_for(const struct check_dns *dns)
{
    struct dns_query query;
    dns_query_init(&query, dns, 0x0102);
    return query;
}

static void what_is_no_response_is_foreign(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *message;
        size_t size;
        enum dns_response want;
    } rows[] = {
  /* clang-format off */
            {"a response", ROW(HEADER("\204\0", "\0", "\0") QUESTION(IS_A)), DNS_RESPONSE_WHOLE},
            {"any rcode", ROW(HEADER("\204\5", "\0", "\0") QUESTION(IS_A)), DNS_RESPONSE_WHOLE},
            {"in another case", ROW(HEADER("\204\0", "\0", "\0") "\3WWW\7eXample\0\0\1\0\1"), DNS_RESPONSE_WHOLE},
            {"truncated", ROW(HEADER("\206\0", "\0", "\0") QUESTION(IS_A)), DNS_RESPONSE_TRUNCATED},
            {"truncated behind the question", ROW(HEADER("\206\0", "\1", "\0") QUESTION(IS_A)),
                    DNS_RESPONSE_TRUNCATED},
            {"nothing", ROW(""), DNS_RESPONSE_FOREIGN},
            {"half a header", ROW(ID "\204\0\0"), DNS_RESPONSE_FOREIGN},
            {"another id", ROW("\1\3\204\0\0\1\0\0\0\0\0\0" QUESTION(IS_A)), DNS_RESPONSE_FOREIGN},
            {"a query", ROW(HEADER("\4\0", "\0", "\0") QUESTION(IS_A)), DNS_RESPONSE_FOREIGN},
            {"another opcode", ROW(HEADER("\244\0", "\0", "\0") QUESTION(IS_A)), DNS_RESPONSE_FOREIGN},
            {"no question", ROW(ID "\204\1\0\0\0\0\0\0\0\0"), DNS_RESPONSE_FOREIGN},
            {"two questions", ROW(ID "\204\0\0\2\0\0\0\0\0\0" QUESTION(IS_A) QUESTION(IS_A)),
                    DNS_RESPONSE_FOREIGN},
            {"another type", ROW(HEADER("\204\0", "\0", "\0") QUESTION(IS_NS)), DNS_RESPONSE_FOREIGN},
            {"another class", ROW(HEADER("\204\0", "\0", "\0") WWW "\0\1\0\3"), DNS_RESPONSE_FOREIGN},
            {"another name", ROW(HEADER("\204\0", "\0", "\0") "\3wwx\7example\0\0\1\0\1"),
                    DNS_RESPONSE_FOREIGN},
            {"a name above", ROW(HEADER("\204\0", "\0", "\0") "\7example\0\0\1\0\1"), DNS_RESPONSE_FOREIGN},
            {"a question cut", ROW(HEADER("\204\0", "\0", "\0") WWW "\0\1\0"), DNS_RESPONSE_FOREIGN},
            {"a question that is a pointer", ROW(HEADER("\204\0", "\0", "\0") "\300\14\0\1\0\1"),
                    DNS_RESPONSE_FOREIGN},
  /* clang-format on */
    };
    const struct check_dns dns = asking(RR_A);
    struct dns_query query = query_for(&dns);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (dns_response_match(&query, (const uint8_t *)rows[i].message, rows[i].size) !=
                rows[i].want)
            fail_msg("%s", rows[i].what);
}

static void rcodes_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        size_t size;
        uint16_t expected;
        enum probe_reason reason;
        const char *text;
    } rows[] = {
  /* clang-format off */
            {ROW(HEADER("\204\0", "\0", "\0") QUESTION(IS_A)), RCODE_NOERROR, PROBE_OK, "NOERROR"},
            {ROW(HEADER("\204\3", "\0", "\0") QUESTION(IS_A)), RCODE_NXDOMAIN, PROBE_OK, "NXDOMAIN"},
            {ROW(HEADER("\204\5", "\0", "\0") QUESTION(IS_A)), RCODE_NOERROR, PROBE_RCODE,
                    "rcode REFUSED, expected NOERROR"},
            {ROW(HEADER("\204\0", "\0", "\0") QUESTION(IS_A)), RCODE_REFUSED, PROBE_RCODE,
                    "rcode NOERROR, expected REFUSED"},
            {ROW(HEADER("\204\7", "\0", "\1") QUESTION(IS_A) OPT("\1")), RCODE_NOERROR, PROBE_RCODE,
                    "rcode BADCOOKIE, expected NOERROR"},
            {ROW(HEADER("\204\0", "\0", "\1") QUESTION(IS_A) OPT("\377")), RCODE_NOERROR, PROBE_RCODE,
                    "rcode RCODE4080, expected NOERROR"},
            {ROW(HEADER("\204\0", "\1", "\0") QUESTION(IS_A)), RCODE_NOERROR, PROBE_DNS,
                    "the response is malformed behind its question"},
            {ROW(HEADER("\204\0", "\0", "\0") QUESTION(IS_A) "x"), RCODE_NOERROR, PROBE_DNS,
                    "the response is malformed behind its question"},
  /* clang-format on */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_dns dns = asking(RR_A);
        char text[HEALTH_REASON_MAX + 1];
        dns.rcode = rows[i].expected;
        struct dns_query query = query_for(&dns);
        enum probe_reason reason =
                dns_response_judge(&query, (const uint8_t *)rows[i].message, rows[i].size, text);
        if (reason != rows[i].reason || strcmp(text, rows[i].text) != 0)
            fail_msg("%s: got %s", rows[i].text, text);
    }
}

#define OK_HEADER(answers) HEADER("\204\0", answers, "\0")

static void rdata_is_judged(void **state)
{
    (void)state;
    static const struct check_bytes one[] = {
            {(const uint8_t *)"\300\0\2\1", 4}
    };
    static const struct check_bytes two[] = {
            {(const uint8_t *)"\300\0\2\1", 4},
            {(const uint8_t *)"\300\0\2\2", 4}
    };
    static const struct check_bytes server[] = {
            {(const uint8_t *)"\2ns\7example", 12}
    };
    static const struct {
        const char *what;
        uint16_t type;
        const struct check_bytes *wanted;
        uint32_t count;
        const char *message;
        size_t size;
        const char *text; /* NULL: passes */
    } rows[] = {
  /* clang-format off */
            {"the one", RR_A, one, 1, ROW(OK_HEADER("\1") QUESTION(IS_A) A("\1")), NULL},
            {"among others", RR_A, one, 1, ROW(OK_HEADER("\3") QUESTION(IS_A) A("\7") A("\1") A("\2")), NULL},
            {"both, in any order", RR_A, two, 2, ROW(OK_HEADER("\2") QUESTION(IS_A) A("\2") A("\1")), NULL},
            {"one of both", RR_A, two, 2, ROW(OK_HEADER("\1") QUESTION(IS_A) A("\1")),
                    "ExpectedRdata \"192.0.2.2\" not among 1 A of the answer, the first \"192.0.2.1\""},
            {"another", RR_A, one, 1, ROW(OK_HEADER("\2") QUESTION(IS_A) A("\7") A("\10")),
                    "ExpectedRdata \"192.0.2.1\" not among 2 A of the answer, the first \"192.0.2.7\""},
            {"none", RR_A, one, 1, ROW(OK_HEADER("\0") QUESTION(IS_A)),
                    "ExpectedRdata \"192.0.2.1\": the answer has no A"},
            {"of another type", RR_A, one, 1, ROW(OK_HEADER("\1") QUESTION(IS_A) RECORD("\20", "\4\300\0\2\1")),
                    "ExpectedRdata \"192.0.2.1\": the answer has no A"},
            {"in another section", RR_A, one, 1, ROW(ID "\204\0\0\1\0\0\0\1\0\0" QUESTION(IS_A) A("\1")),
                    "ExpectedRdata \"192.0.2.1\": the answer has no A"},
            {"of another class", RR_A, one, 1,
                    ROW(OK_HEADER("\1") QUESTION(IS_A) "\300\14\0\1\0\3\0\0\0\74\0\4\300\0\2\1"),
                    "ExpectedRdata \"192.0.2.1\": the answer has no A"},
            {"too short", RR_A, one, 1, ROW(OK_HEADER("\1") QUESTION(IS_A) RECORD("\1", "\3\300\0\2")),
                    "ExpectedRdata \"192.0.2.1\" not among 1 A of the answer, the first \"\\\\# 3 c00002\""},
            {"behind a CNAME", RR_A, one, 1, ROW(OK_HEADER("\2") QUESTION(IS_A)
                    RECORD("\5", "\4\1x\300\20") "\1x\300\20\0\1\0\1\0\0\0\74\0\4\300\0\2\1"), NULL},
            {"a compressed name in another case", RR_NS, server, 1,
                    ROW(OK_HEADER("\1") "\3www\7Example\0\0\2\0\1" RECORD("\2", "\5\2NS\300\20")), NULL},
            {"a name that is none", RR_NS, server, 1,
                    ROW(OK_HEADER("\1") QUESTION(IS_NS) RECORD("\2", "\2\300\60")),
                    "ExpectedRdata \"ns.example.\" not among 1 NS of the answer"},
  /* clang-format on */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_dns dns = asking(rows[i].type);
        char text[HEALTH_REASON_MAX + 1];
        dns.rdata = rows[i].wanted;
        dns.rdata_count = rows[i].count;
        struct dns_query query = query_for(&dns);
        enum probe_reason reason =
                dns_response_judge(&query, (const uint8_t *)rows[i].message, rows[i].size, text);
        if (reason != (rows[i].text == NULL ? PROBE_OK : PROBE_RDATA) ||
                strcmp(text,
                        rows[i].text == NULL ? "NOERROR, ExpectedRdata found" : rows[i].text) != 0)
            fail_msg("%s: got %s", rows[i].what, text);
    }
}

/* A message full of records, each leading through all the pointers there can be, costs little. */
static void a_costly_response_is_bounded(void **state)
{
    (void)state;
    static const struct check_bytes server[] = {
            {(const uint8_t *)"\2ns\7example", 12}
    };
    static uint8_t message[MESSAGE_MAX_BYTES];
    struct check_dns dns = asking(RR_NS);
    char text[HEALTH_REASON_MAX + 1];
    dns.rdata = server;
    dns.rdata_count = 1;
    struct dns_query query = query_for(&dns);
    struct wire_writer writer = {.bytes = message, .size = sizeof(message)};
    struct message_header header = {.id = 0x0102, .flags = MESSAGE_QR, .counts = {1}};
    uint16_t records = 0;

    wire_reserve(&writer, MESSAGE_HEADER_BYTES);
    wire_write(&writer, QUESTION(IS_NS), sizeof(QUESTION(IS_NS)) - 1);
    /* One record of another type holds a chain of pointers, each to the one before. */
    wire_write(&writer, "\0\0\20\0\1\0\0\0\0\77\320", 11);
    size_t chain = writer.at;
    for (; writer.at < chain + 0x3fd0; writer.at += 2)
        wire_store16(message + writer.at,
                (uint16_t)(NAME_POINTER | (writer.at == chain ? 12 : writer.at - 2)));
    for (; writer.at + 14 <= sizeof(message); records++) {
        wire_write(&writer, "\300\14\0\2\0\1\0\0\0\0\0\2", 12);
        wire_write16(&writer, (uint16_t)(NAME_POINTER | 0x3ff0));
    }
    header.counts[1] = (uint16_t)(records + 1);
    message_header_write(message, &header);
    assert_int_equal(dns_response_judge(&query, message, writer.at, text), PROBE_RDATA);
    assert_non_null(strstr(text, " NS of the answer, the first \"www.example.\""));
    assert_true(records > DNS_RESPONSE_RECORDS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_is_no_response_is_foreign),
            cmocka_unit_test(rcodes_are_judged),
            cmocka_unit_test(rdata_is_judged),
            cmocka_unit_test(a_costly_response_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
