/* test_evidence.c -- what a probe saw, as JSON that anybody may print. */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "check/evidence.h"

static void expect(const struct evidence *evidence, const char *json)
{
    struct doc *doc = evidence_doc(evidence);
    struct buf text;
    buf_init(&text, 8192);
    doc_print(doc, &text);
    if (strcmp(buf_string(&text), json) != 0)
        fail_msg("%s and not %s", buf_string(&text), json);
    buf_done(&text);
    doc_free(doc);
}

static void test_nothing(void **state)
{
    const struct evidence_certificate none = {.subject = ""};
    const struct evidence evidence = {.certificate = &none};
    (void)state;
    expect(&(struct evidence){.addresses = 0}, "{}");
    expect(&evidence, "{}");
}

static void test_everything(void **state)
{
    const struct evidence_certificate certificate = {"/CN=a\nb", "/CN=ca", 1800000000};
    struct evidence evidence = {
            .reached_us = {1, 2, 3, 4, 5},
            .addresses = 3,
            .os_error = ECONNRESET,
            .status = "HTTP/1.1 200 \x1b[2J",
            .body = (const uint8_t *)"a\\b\0\x7f\xc3\xa4\n",
            .body_length = 8,
            .certificate = &certificate,
    };
    (void)state;
    assert_int_equal(net_address_parse("[2001:db8::1]:443", 0, &evidence.peer), 0);
    assert_int_equal(net_address_parse("192.0.2.1:1024", 0, &evidence.local), 0);
    expect(&evidence,
            "{\"resolved_us\":1,\"connected_us\":2,\"secured_us\":3,\"answered_us\":4,\"done_us\":"
            "5,"
            "\"address\":\"[2001:db8::1]:443\",\"source\":\"192.0.2.1:1024\",\"addresses\":3,"
            "\"errno\":\"ECONNRESET\",\"status\":\"HTTP/1.1 200 \\\\x1b[2J\","
            "\"body\":\"a\\\\\\\\b\\\\x00\\\\x7f\\\\xc3\\\\xa4\\\\n\",\"certificate\":{\"subject\":"
            "\"/CN=a\\\\nb\","
            "\"issuer\":\"/CN=ca\",\"expires\":\"2027-01-15T08:00:00.000Z\"}}");
}

/* The longest there can be fits an event of the journal with its other members. */
static void test_the_longest(void **state)
{
    struct evidence_certificate certificate = {.expires_s = 1};
    uint8_t body[EVIDENCE_BODY_MAX];
    char status[EVIDENCE_STATUS_MAX + 1] = "";
    const struct evidence evidence = {.status = status,
            .body = body,
            .body_length = sizeof(body),
            .certificate = &certificate};
    struct buf text;
    (void)state;
    memset(body, 0xff, sizeof(body));
    memset(status, '\\', sizeof(status) - 1);
    memset(certificate.subject, '\\', EVIDENCE_NAME_MAX);
    memset(certificate.issuer, '\\', EVIDENCE_NAME_MAX);
    struct doc *doc = evidence_doc(&evidence);
    buf_init(&text, 8192);
    doc_print(doc, &text);
    assert_false(text.cut);
    assert_in_range(text.length, 4000, 6000);
    buf_done(&text);
    doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_nothing),
            cmocka_unit_test(test_everything),
            cmocka_unit_test(test_the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
