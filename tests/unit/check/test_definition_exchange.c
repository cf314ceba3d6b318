/* test_definition_exchange.c -- src/check/definition_exchange.c: what is sent and what shall come. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "check/definition.h"
#include "dns/rr.h"

#define TEXT_MAX 8192U

/* Reads one check "x" on ::1.  Returns the faults, one a line, without their places; "" if there is
 * none. */
static const char *load(const char *config, struct definitions **ret, char faults[TEXT_MAX])
{
    char text[TEXT_MAX];
    struct diag *diag = diag_new();
    struct buf lines;
    buf_init(&lines, TEXT_MAX - 1);
    snprintf(text, sizeof(text), "{\"Id\":\"x\",\"HealthCheckConfig\":{\"IPAddress\":\"::1\",%s}}",
            config);
    int got = definitions_load_text("c.json", text, strlen(text), ret, diag);
    assert_int_equal(got, diag_errors(diag) > 0 ? ERR_FAULTY : 0);
    for (uint32_t i = 0; i < diag_kept(diag); i++)
        buf_printf(&lines, "%s%s", i > 0 ? "\n" : "", diag_fault_at(diag, i)->message);
    snprintf(faults, TEXT_MAX, "%s", buf_string(&lines));
    buf_done(&lines);
    diag_free(diag);
    return faults;
}

static void escapes_give_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *json, *bytes;
        size_t length;
    } rows[] = {
            {"PING\\r\\n",            "PING\r\n",   6},
            {"\\u0000\\u0008\\u00ff", "\0\x08\xff", 3},
            {"\xc3\xa9",              "\xe9",       1},
            {"\\u00c3\\u00a9",        "\xc3\xa9",   2},
            {"\\u007f\\u0080",        "\x7f\x80",   2},
            {"\\\"\\\\\\/",           "\"\\/",      3},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct definitions *definitions = NULL;
        char config[256], faults[TEXT_MAX];
        snprintf(config, sizeof(config),
                "\"Type\":\"TCP\",\"Port\":1,\"Send\":\"%s\",\"Expect\":\"%s\"", rows[i].json,
                rows[i].json);
        if (*load(config, &definitions, faults) != '\0')
            fail_msg("%s: %s", rows[i].json, faults);
        const struct check_target *target = &definitions->list->target;
        if (target->send.length != rows[i].length ||
                memcmp(target->send.bytes, rows[i].bytes, rows[i].length) != 0)
            fail_msg("%s: Send", rows[i].json);
        if (target->expect.length != rows[i].length ||
                memcmp(target->expect.bytes, rows[i].bytes, rows[i].length) != 0)
            fail_msg("%s: Expect", rows[i].json);
        definitions_free(definitions);
    }
}

/* A copy of definitions is JSON again: what was a NUL must be one then. */
static void bytes_survive_the_copy(void **state)
{
    (void)state;
    struct definitions *first = NULL, *second = NULL;
    struct diag *diag = diag_new();
    struct buf text;
    char faults[TEXT_MAX];
    buf_init(&text, TEXT_MAX);
    load("\"Type\":\"TCP\",\"Port\":1,\"Expect\":\"a\\u0000\\u00ff\"", &first, faults);
    assert_int_equal(definitions_text(first, &text), 0);
    assert_int_equal(
            definitions_load_text("copy", buf_string(&text), text.length, &second, diag), 0);
    assert_true(check_target_equal(&first->list->target, &second->list->target));
    definitions_free(first);
    definitions_free(second);
    buf_done(&text);
    diag_free(diag);
}

static void send_and_expect_have_maxima(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t most;
    } rows[] = {
            {"Send",   DEFINITION_SEND_MAX  },
            {"Expect", DEFINITION_EXPECT_MAX},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t length = rows[i].most; length <= rows[i].most + 1; length++) {
            struct definitions *definitions = NULL;
            char config[TEXT_MAX], faults[TEXT_MAX];
            /* Two bytes of UTF-8 each: bytes that are sent are counted. */
            size_t at = (size_t)snprintf(config, sizeof(config),
                    "\"Type\":\"TCP\",\"Port\":1,\"%s\":\"x\",\"%s\":\"",
                    i == 0 ? "Expect" : "Send", rows[i].name);
            for (size_t j = 0; j < length; j++, at += 2)
                memcpy(config + at, "\xc3\xbf", 2);
            memcpy(config + at, "\"", 2);
            load(config, &definitions, faults);
            assert_int_equal(definitions != NULL, length == rows[i].most);
            definitions_free(definitions);
        }
    }
}

static void a_dns_check_is_read(void **state)
{
    (void)state;
    static const uint8_t mail[] = "\0\012\4mail\7example";
    struct definitions *definitions = NULL;
    char faults[TEXT_MAX];
    load("\"Type\":\"DNS\",\"Question\":{\"Name\":\"Example\",\"Type\":\"mx\",\"Comment\":\"c\"},"
         "\"Protocol\":\"TCP\",\"RecursionDesired\":true,\"EDNS\":false,\"ResponseTimeout\":1,"
         "\"ExpectedRdata\":[\"10 Mail.example\",\"\\\\# 4 00050000\"]",
            &definitions, faults);
    /* The second is no MX: a preference, and a root that is not the end. */
    assert_string_equal(
            faults, "HealthCheckConfig.ExpectedRdata[1]: these bytes are not the rdata of MX");

    load("\"Type\":\"DNS\",\"Question\":{\"Name\":\"Example\",\"Type\":\"mx\",\"Comment\":\"c\"},"
         "\"Protocol\":\"TCP\",\"RecursionDesired\":true,\"EDNS\":false,\"ResponseTimeout\":1,"
         "\"ExpectedRdata\":[\"10 Mail.example\",\"\\\\# 3 000500\"]",
            &definitions, faults);
    assert_string_equal(faults, "");
    const struct check_dns *dns = &definitions->list->target.dns;
    assert_memory_equal(dns->name, "\7Example", 9);
    assert_int_equal(dns->type, RR_MX);
    assert_true(dns->over_tcp && dns->recursion_desired && !dns->edns);
    assert_int_equal(dns->rcode, RCODE_NOERROR);
    assert_int_equal(dns->rdata_count, 2);
    assert_int_equal(dns->rdata[0].length, sizeof(mail));
    assert_memory_equal(dns->rdata[0].bytes, mail, sizeof(mail));
    assert_int_equal(dns->rdata[1].length, 3);
    assert_int_equal(definitions->list->target.response_timeout_ms, 1000);
    definitions_free(definitions);
}

static void the_defaults_of_a_dns_check(void **state)
{
    (void)state;
    struct definitions *definitions = NULL;
    char faults[TEXT_MAX];
    load("\"Type\":\"DNS\",\"Question\":{\"Name\":\"www.example.com.\"}", &definitions, faults);
    assert_string_equal(faults, "");
    const struct check_target *target = &definitions->list->target;
    assert_int_equal(target->port, 53);
    assert_int_equal(target->connect_timeout_ms, 4000);
    assert_int_equal(target->response_timeout_ms, 2000);
    assert_int_equal(target->dns.type, RR_A);
    assert_true(target->dns.edns && !target->dns.over_tcp && !target->dns.recursion_desired);
    assert_int_equal(target->dns.rcode, RCODE_NOERROR);
    assert_int_equal(target->dns.rdata_count, 0);
    definitions_free(definitions);
}

#define TCP "\"Type\":\"TCP\",\"Port\":1,"
#define ASK "\"Type\":\"DNS\",\"Question\":{\"Name\":\"a\"}"

static void each_fault_is_told_with_its_path(void **state)
{
    (void)state;
    static const struct {
        const char *config, *want; /* behind "HealthCheckConfig" */
    } rows[] = {
  /* clang-format off */
            {TCP "\"Send\":\"x\"", ": Send without Expect: nothing would use it"},
            {TCP "\"ResponseTimeout\":1", ": ResponseTimeout without Expect: nothing would use it"},
            {TCP "\"Expect\":\"\"", ".Expect: has 0 bytes; wanted 1 to 255"},
            {TCP "\"Expect\":7", ".Expect: is a number; wanted a string"},
            {TCP "\"Expect\":\"\\u0100\"", ".Expect: has a character above U+00FF; each stands for one "
             "byte, so write UTF-8 as \\u00c3\\u00a9"},
            {TCP "\"Expect\":\"\\ud83d\\ude00\"", ".Expect: has a character above U+00FF; each stands "
             "for one byte, so write UTF-8 as \\u00c3\\u00a9"},
            {TCP "\"Expct\":\"x\"", ".Expct: unknown member \"Expct\"; did you mean \"Expect\"?"},
            {TCP "\"Question\":{}", ".Question: means nothing for a check of type TCP"},
            {"\"Type\":\"HTTP\",\"Expect\":\"x\"", ".Expect: means nothing for a check of type HTTP"},
            {"\"Type\":\"TCP_HLED\"", ".Type: \"TCP_HLED\" is no type of check; did you mean "
             "\"TCP_HELD\"?"},
            {"\"Type\":\"TCP_HELD\"", ": a check of type TCP_HELD wants a Port"},
            {"\"Type\":\"TCP_HELD\",\"Port\":1,\"FullyQualifiedDomainName\":\"a\"",
             ": a TCP_HELD check with IPAddress takes no FullyQualifiedDomainName: nothing would use "
             "it"},
            {"\"Type\":\"DNS\"", ": a check of type DNS wants a Question"},
            {"\"Type\":\"DNS\",\"Question\":\"a\"",
             ".Question: is a string; wanted an object with Name and Type"},
            {"\"Type\":\"DNS\",\"Question\":{}", ".Question.Name: is missing; wanted a string"},
            {"\"Type\":\"DNS\",\"Question\":{\"Nmae\":\"a\",\"Name\":\"a\"}",
             ".Question.Nmae: unknown member \"Nmae\"; did you mean \"Name\"?"},
            {"\"Type\":\"DNS\",\"Question\":{\"Name\":\"a..b\"}",
             ".Question.Name: \"a..b\" is no domain name"},
            {"\"Type\":\"DNS\",\"Question\":{\"Name\":\"@\"}",
             ".Question.Name: \"@\" is no domain name"},
            {"\"Type\":\"DNS\",\"Question\":{\"Name\":\"a\\u0000b\"}",
             ".Question.Name: is a string with a NUL; wanted a string"},
            {"\"Type\":\"DNS\",\"Question\":{\"Name\":\"a\",\"Type\":\"AAAAA\"}",
             ".Question.Type: \"AAAAA\" is no type of record; did you mean \"AAAA\"?"},
            {"\"Type\":\"DNS\",\"Question\":{\"Name\":\"a\",\"Type\":\"unheard-of\"}",
             ".Question.Type: \"unheard-of\" is no type of record"},
            {"\"Type\":\"DNS\",\"Question\":{\"Name\":\"a\",\"Type\":\"AXFR\"}",
             ".Question.Type: AXFR is no type that a check can ask for"},
            {ASK ",\"Protocol\":\"udp\"", ".Protocol: is \"udp\"; wanted \"UDP\" or \"TCP\""},
            {ASK ",\"EDNS\":1232", ".EDNS: is a number; wanted true or false"},
            {ASK ",\"Send\":\"x\"", ".Send: means nothing for a check of type DNS"},
            {ASK ",\"ExpectedRcode\":3", ".ExpectedRcode: is a number; wanted a string"},
            {ASK ",\"ExpectedRcode\":\"NXDOMAN\"",
             ".ExpectedRcode: \"NXDOMAN\" is no rcode; did you mean \"NXDOMAIN\"?"},
            {ASK ",\"ExpectedRcode\":\"fine\"",
             ".ExpectedRcode: \"fine\" is no rcode; wanted NOERROR, NXDOMAIN, REFUSED ..."},
            {ASK ",\"ExpectedRdata\":\"192.0.2.1\"", ".ExpectedRdata: wanted an array of 1 to 16 rdata"},
            {ASK ",\"ExpectedRdata\":[]", ".ExpectedRdata: wanted an array of 1 to 16 rdata"},
            {ASK ",\"ExpectedRdata\":[\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\","
             "\"1\",\"1\",\"1\",\"1\",\"1\",\"1\"]", ".ExpectedRdata: wanted an array of 1 to 16 rdata"},
            {ASK ",\"ExpectedRdata\":[\"192.0.2.1\",7]",
             ".ExpectedRdata[1]: is a number; wanted a string"},
            {ASK ",\"ExpectedRdata\":[\"192.0.2.300\"]",
             ".ExpectedRdata[0]: not an IPv4 address: \"192.0.2.300\""},
            {ASK ",\"ExpectedRcode\":\"NXDOMAIN\",\"ExpectedRdata\":[\"192.0.2.1\"]",
             ": ExpectedRdata wants ExpectedRcode NOERROR: no other has an answer"},
            {"\"Type\":\"TC\\u0000P\"", ".Type: is a string with a NUL; wanted a string"},
            {"\"Type\":\"HTTP\",\"Headers\":{\"A\":\"x\\u0000y\"}",
             ".Headers.A: is a string with a NUL; wanted a string without control bytes"},
            {"\"Type\":\"HTTP\",\"ResourcePath\":\"/x\\u0000y\"",
             ".ResourcePath: is a string with a NUL; wanted a string"},
            {"\"Type\":\"HTTP\",\"ExpectedStatus\":\"200\\u0000\"",
             ".ExpectedStatus: wanted a status from 100 to 599, or two as \"200-299\""},
  /* clang-format on */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct definitions *definitions = NULL;
        char faults[TEXT_MAX];
        load(rows[i].config, &definitions, faults);
        size_t before = strlen("HealthCheckConfig");
        if (strncmp(faults, "HealthCheckConfig", before) != 0 ||
                strcmp(faults + before, rows[i].want) != 0)
            fail_msg("%s: got %s", rows[i].config, faults);
        assert_null(definitions);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(escapes_give_bytes),
            cmocka_unit_test(bytes_survive_the_copy),
            cmocka_unit_test(send_and_expect_have_maxima),
            cmocka_unit_test(a_dns_check_is_read),
            cmocka_unit_test(the_defaults_of_a_dns_check),
            cmocka_unit_test(each_fault_is_told_with_its_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
