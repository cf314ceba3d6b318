/* test_grpc_response.c -- src/check/grpc_response.c: what an answer comes to, piece by piece. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "check/grpc_response.h"

#define OK_HEADERS  "HTTP/2 200 \r\n", "content-type: application/grpc\r\n", "\r\n"
#define SERVING     "\0\0\0\0\2\x08\x01"
#define BYTES(text) text, sizeof(text) - 1

struct row {
    const char *what;
    const char *headers[6];
    const char *body;
    size_t body_length;
    const char *trailers[4];
    enum http_end end;
    enum probe_reason reason;
    const char *text;
};

/* Hands over one part, in pieces of `piece` bytes. */
static void hand_over(
        const struct row *row, size_t piece, struct http_response *http, struct grpc_response *grpc)
{
    bool more = true;
    for (const char *const *line = row->headers; more && *line != NULL; line++) {
        more = http_response_header(http, *line, strlen(*line));
        grpc_response_header(grpc, *line, strlen(*line));
    }
    for (size_t at = 0; more && at < row->body_length; at += piece) {
        size_t left = row->body_length - at;
        more = grpc_response_body(grpc, row->body + at, left < piece ? left : piece);
    }
    for (const char *const *line = row->trailers; more && *line != NULL; line++) {
        more = http_response_header(http, *line, strlen(*line));
        grpc_response_header(grpc, *line, strlen(*line));
    }
}

static void run(const struct row *row, size_t piece, bool has_hung_up)
{
    const struct check_target target = {
            .type = CHECK_GRPC, .status_low = 200, .status_high = 200, .response_timeout_ms = 2000};
    struct http_response http;
    struct grpc_response grpc;
    char text[HEALTH_REASON_MAX + 1];
    http_response_init(&http, &target);
    grpc_response_init(&grpc);
    hand_over(row, piece, &http, &grpc);
    grpc.has_hung_up = has_hung_up;
    enum probe_reason reason = grpc_response_conclude(&grpc, &http, row->end);
    grpc_response_explain(&grpc, &http, reason, text);
    if (reason != row->reason || strcmp(text, row->text) != 0)
        fail_msg("%s, pieces of %zu: reason %d, %s", row->what, piece, (int)reason, text);
    grpc_response_done(&grpc);
    http_response_done(&http);
}

static void test_what_it_means(void **state)
{
    static const struct row rows[] = {
  /* clang-format off */
            {"serving", {OK_HEADERS}, BYTES(SERVING), {"grpc-status: 0\r\n"}, HTTP_END_COMPLETE,
             PROBE_OK, "SERVING"},
            {"names in another case", {"HTTP/2 200\r\n", "Content-Type:application/GRPC+proto\r\n", "\r\n"},
             BYTES(SERVING), {"Grpc-Status:0\r\n"}, HTTP_END_COMPLETE, PROBE_OK, "SERVING"},
            {"a type with parameters",
             {"HTTP/2 200 \r\n", "content-type: application/grpc; x=y\r\n", "\r\n"}, BYTES(SERVING),
             {"grpc-status: 0\r\n"}, HTTP_END_COMPLETE, PROBE_OK, "SERVING"},
            {"not serving", {OK_HEADERS}, BYTES("\0\0\0\0\2\x08\x02"), {"grpc-status: 0\r\n"},
             HTTP_END_COMPLETE, PROBE_NOT_SERVING, "NOT_SERVING"},
            {"an empty message", {OK_HEADERS}, BYTES("\0\0\0\0\0"), {"grpc-status: 0\r\n"},
             HTTP_END_COMPLETE, PROBE_NOT_SERVING, "UNKNOWN"},
            {"of no name", {OK_HEADERS}, BYTES("\0\0\0\0\2\x08\x07"), {"grpc-status: 0\r\n"},
             HTTP_END_COMPLETE, PROBE_NOT_SERVING, "serving status 7"},
            {"trailers only",
             {"HTTP/2 200 \r\n", "content-type: application/grpc\r\n", "grpc-status: 5\r\n",
              "grpc-message: no \x1b[2J such\r\n", "\r\n"},
             BYTES(""), {NULL}, HTTP_END_COMPLETE, PROBE_GRPC_STATUS,
             "grpc-status 5 NOT_FOUND: no [2J such"},
            {"fails after a message", {OK_HEADERS}, BYTES(SERVING), {"grpc-status: 99\r\n"},
             HTTP_END_COMPLETE, PROBE_GRPC_STATUS, "grpc-status 99"},
            {"failed, whatever came of the connection", {OK_HEADERS}, BYTES(""),
             {"grpc-status: 14\r\n"}, HTTP_END_LOST, PROBE_GRPC_STATUS, "grpc-status 14 UNAVAILABLE"},
            {"failed, though a message is no good", {OK_HEADERS}, BYTES("\0\0\0\0\1"),
             {"grpc-status: 13\r\n"}, HTTP_END_COMPLETE, PROBE_GRPC_STATUS, "grpc-status 13 INTERNAL"},
            {"a code of letters", {OK_HEADERS}, BYTES(SERVING), {"grpc-status: ok\r\n"},
             HTTP_END_COMPLETE, PROBE_GRPC, "grpc-status is no number"},
            {"an empty code", {OK_HEADERS}, BYTES(SERVING), {"grpc-status:\r\n"}, HTTP_END_COMPLETE,
             PROBE_GRPC, "grpc-status is no number"},
            {"a code too large", {OK_HEADERS}, BYTES(SERVING), {"grpc-status: 4294967296\r\n"},
             HTTP_END_COMPLETE, PROBE_GRPC, "grpc-status is no number"},
            {"a code too long", {OK_HEADERS}, BYTES(SERVING), {"grpc-status: 00000000000\r\n"},
             HTTP_END_COMPLETE, PROBE_GRPC, "grpc-status is no number"},
            {"HTTP/1.1", {"HTTP/1.1 200 OK\r\n", "content-type: application/grpc\r\n", "\r\n"},
             BYTES(SERVING), {"grpc-status: 0\r\n"}, HTTP_END_COMPLETE, PROBE_GRPC,
             "the answer is not HTTP/2"},
            {"status 503", {"HTTP/2 503 \r\n", "content-type: text/plain\r\n", "\r\n"}, BYTES("busy"),
             {NULL}, HTTP_END_COMPLETE, PROBE_STATUS, "HTTP status 503, expected 200"},
            {"status 204", {"HTTP/2 204 \r\n", "\r\n"}, BYTES(""), {NULL}, HTTP_END_COMPLETE,
             PROBE_STATUS, "HTTP status 204, expected 200"},
            {"another type", {"HTTP/2 200 \r\n", "content-type: application/grpcx\r\n", "\r\n"},
             BYTES(SERVING), {"grpc-status: 0\r\n"}, HTTP_END_COMPLETE, PROBE_GRPC,
             "content-type application/grpcx, expected application/grpc"},
            {"a type too short", {"HTTP/2 200 \r\n", "content-type: application/grp\r\n", "\r\n"},
             BYTES(SERVING), {"grpc-status: 0\r\n"}, HTTP_END_COMPLETE, PROBE_GRPC,
             "content-type application/grp, expected application/grpc"},
            {"no type", {"HTTP/2 200 \r\n", "\r\n"}, BYTES(SERVING), {"grpc-status: 0\r\n"},
             HTTP_END_COMPLETE, PROBE_GRPC, "no content-type, expected application/grpc"},
            {"no trailers", {OK_HEADERS}, BYTES(SERVING), {NULL}, HTTP_END_COMPLETE, PROBE_GRPC,
             "no grpc-status: the trailers are missing"},
            {"other trailers", {OK_HEADERS}, BYTES(SERVING), {"grpc-statuses: 0\r\n"},
             HTTP_END_COMPLETE, PROBE_GRPC, "no grpc-status: the trailers are missing"},
            {"no message", {OK_HEADERS}, BYTES(""), {"grpc-status: 0\r\n"}, HTTP_END_COMPLETE,
             PROBE_GRPC, "grpc-status 0, but no message"},
            {"a prefix cut off", {OK_HEADERS}, BYTES("\0\0\0\0"), {"grpc-status: 0\r\n"},
             HTTP_END_COMPLETE, PROBE_GRPC, "message cut off within its prefix"},
            {"a message cut off", {OK_HEADERS}, BYTES("\0\0\0\0\3\x08\x01"), {"grpc-status: 0\r\n"},
             HTTP_END_COMPLETE, PROBE_GRPC, "message cut off after 2 of 3 bytes"},
            {"compressed", {OK_HEADERS}, BYTES("\1\0\0\0\2\x08\x01"), {"grpc-status: 0\r\n"},
             HTTP_END_COMPLETE, PROBE_GRPC, "message is compressed"},
            {"too large", {OK_HEADERS}, BYTES("\0\0\0\x10\1"), {NULL}, HTTP_END_LOST, PROBE_GRPC,
             "message of 4097 bytes, at most 4096 are read"},
            {"one byte more", {OK_HEADERS}, BYTES(SERVING "\0"), {NULL}, HTTP_END_LOST, PROBE_GRPC,
             "more than one message"},
            {"two messages", {OK_HEADERS}, BYTES(SERVING SERVING), {NULL}, HTTP_END_LOST, PROBE_GRPC,
             "more than one message"},
            {"no protocol buffer", {OK_HEADERS}, BYTES("\0\0\0\0\2\x08\x81"), {"grpc-status: 0\r\n"},
             HTTP_END_COMPLETE, PROBE_GRPC, "message is no HealthCheckResponse"},
            {"nothing came", {NULL}, BYTES(""), {NULL}, HTTP_END_LOST, PROBE_RESET,
             "connection ended without an answer in HTTP/2"},
            {"nothing in time", {NULL}, BYTES(""), {NULL}, HTTP_END_EXPIRED, PROBE_RESPONSE_TIMEOUT,
             "no status line within 2.0s of the connection"},
            {"lost within the headers", {"HTTP/2 200 \r\n"}, BYTES(""), {NULL}, HTTP_END_LOST,
             PROBE_RESET, "connection closed within the headers"},
            {"late within the headers", {"HTTP/2 200 \r\n"}, BYTES(""), {NULL}, HTTP_END_EXPIRED,
             PROBE_RESPONSE_TIMEOUT, "headers not received within 2.0s of the status line"},
            {"lost before the trailers", {OK_HEADERS}, BYTES(SERVING), {NULL}, HTTP_END_LOST,
             PROBE_RESET, "connection closed before the end of the call"},
            {"late trailers", {OK_HEADERS}, BYTES(SERVING), {NULL}, HTTP_END_EXPIRED,
             PROBE_RESPONSE_TIMEOUT, "call not ended within 2.0s of the status line"},
  /* clang-format on */
    };
    static const size_t pieces[] = {1, 3, 1000};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t j = 0; j < COUNT(pieces); j++)
            run(&rows[i], pieces[j], false);
}

/* Its trailers may have been sent, and not have reached us; its message did. */
static void test_who_hangs_up_at_once(void **state)
{
    static const struct row rows[] = {
  /* clang-format off */
            {"no trailers from who hung up", {OK_HEADERS}, BYTES(SERVING), {NULL}, HTTP_END_COMPLETE,
             PROBE_OK, "SERVING"},
            {"not serving from who hung up", {OK_HEADERS}, BYTES("\0\0\0\0\2\x08\x02"), {NULL},
             HTTP_END_COMPLETE, PROBE_NOT_SERVING, "NOT_SERVING"},
            {"failed, and hung up", {OK_HEADERS}, BYTES(SERVING), {"grpc-status: 14\r\n"},
             HTTP_END_COMPLETE, PROBE_GRPC_STATUS, "grpc-status 14 UNAVAILABLE"},
            {"no message from who hung up", {OK_HEADERS}, BYTES(""), {NULL}, HTTP_END_COMPLETE,
             PROBE_GRPC, "no grpc-status: the trailers are missing"},
            {"half a message from who hung up", {OK_HEADERS}, BYTES("\0\0\0\0\2\x08"), {NULL},
             HTTP_END_COMPLETE, PROBE_GRPC, "message cut off after 1 of 2 bytes"},
            {"lost by who hung up", {OK_HEADERS}, BYTES(SERVING), {NULL}, HTTP_END_LOST, PROBE_RESET,
             "connection closed before the end of the call"},
  /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        run(&rows[i], 1, true);
}

/* An unknown field fills the message up to its maximum. */
static void test_largest_message(void **state)
{
    char body[GRPC_PREFIX_BYTES + GRPC_MESSAGE_MAX] = {
            0, 0, 0, 0x10, 0x00, 0x08, 0x01, 0x12, (char)0xfb, 0x1f};
    const struct row row = {"the largest", {OK_HEADERS}, body, sizeof(body), {"grpc-status: 0\r\n"},
            HTTP_END_COMPLETE, PROBE_OK, "SERVING"};
    (void)state;
    run(&row, 1, false);
    run(&row, sizeof(body), false);
}

static void test_nothing_follows_a_fault(void **state)
{
    struct grpc_response grpc;
    (void)state;
    grpc_response_init(&grpc);
    assert_false(grpc_response_body(&grpc, BYTES("\0\xff\xff\xff\xff")));
    assert_false(grpc_response_body(&grpc, BYTES(SERVING)));
    assert_int_equal(grpc.fault, GRPC_TOO_LARGE);
    assert_null(grpc.body);
    grpc_response_done(&grpc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_what_it_means),
            cmocka_unit_test(test_who_hangs_up_at_once),
            cmocka_unit_test(test_largest_message),
            cmocka_unit_test(test_nothing_follows_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
