/* test_probe_grpc.c -- gRPC through src/check/probe_http.c and libcurl: frames byte by byte, as a hostile
 * endpoint may send them.  What an ordinary library sends is in tests/integration/test_grpc.py. */
#include "test.h"

#include <stdio.h>
#include <unistd.h>

#include "hostile.h"

#define FRAMES_MAX 8192U
#define PATIENT_MS 20000U /* longer than a busy machine takes */

/* RFC 9113 section 6, and HPACK (RFC 7541) without its compression. */
#define DATA        0
#define HEADERS     1
#define RST_STREAM  3
#define SETTINGS    4
#define GOAWAY      7
#define END_STREAM  1
#define END_HEADERS 4
#define STATUS_200  "\x88"
#define CONTENT_TYPE                                                                               \
    "\x0f\x10\x10"                                                                                 \
    "application/grpc"
#define CODE_0                                                                                     \
    "\x00\x0b"                                                                                     \
    "grpc-status"                                                                                  \
    "\x01"                                                                                         \
    "0"
#define SERVING    "\0\0\0\0\2\x08\x01"
#define PART(text) text, sizeof(text) - 1

struct frame {
    uint8_t type, flags;
    uint8_t stream;
    const char *payload;
    size_t length;
};

#define GREETING                                                                                   \
    {                                                                                              \
        SETTINGS, 0, 0, "", 0                                                                      \
    }
#define GOOD                                                                                       \
    GREETING, {HEADERS, END_HEADERS, 1, PART(STATUS_200 CONTENT_TYPE)},                            \
            {DATA, 0, 1, PART(SERVING)},                                                           \
    {                                                                                              \
        HEADERS, END_HEADERS | END_STREAM, 1, PART(CODE_0)                                         \
    }

static size_t encode(const struct frame *frames, size_t count, char ret[FRAMES_MAX])
{
    size_t length = 0;
    for (size_t i = 0; i < count && (i == 0 || frames[i].payload != NULL); i++) {
        const struct frame *frame = &frames[i];
        const char head[9] = {0, (char)(frame->length >> 8), (char)frame->length, (char)frame->type,
                (char)frame->flags, 0, 0, 0, (char)frame->stream};
        memcpy(ret + length, head, sizeof(head));
        memcpy(ret + length + sizeof(head), frame->payload, frame->length);
        length += sizeof(head) + frame->length;
    }
    return length;
}

static struct probe_result probe_once(
        const struct hostile_script *script, uint32_t response_timeout_ms)
{
    struct bench bench;
    struct hostile server;
    bench_open(&bench, NULL);
    hostile_open(&server, &bench.loop, script);
    struct check_target target = bench_target(CHECK_GRPC, server.port);
    target.path = NULL;
    target.status_low = target.status_high = 200;
    target.response_timeout_ms = response_timeout_ms;
    struct probe_result result = bench_probe(&bench, &target);
    hostile_close(&server);
    bench_close(&bench);
    return result;
}

struct row {
    const char *what;
    struct frame frames[6];
    struct hostile_script script; /* its reply is made of the frames */
    enum probe_reason reason;
    const char *text;
};

static void test_frames(void **state)
{
    static const struct row rows[] = {
  /* clang-format off */
            {"good", {GOOD}, {.after = AFTER_HOLD}, PROBE_OK, "SERVING"},
            {"one byte at a time", {GOOD}, {.byte_every_ms = 1, .after = AFTER_HOLD}, PROBE_OK,
             "SERVING"},
            {"before it was asked", {GREETING}, {.at_once = true, .after = AFTER_CLOSE}, PROBE_RESET,
             "connection ended without an answer in HTTP/2"},
            {"frames of unknown types", {GREETING, {0xfe, 0xff, 1, PART("junk")},
              {HEADERS, END_HEADERS, 1, PART(STATUS_200 CONTENT_TYPE)}, {0xfd, 0, 0, PART("")},
              {DATA, 0, 1, PART(SERVING)}, {HEADERS, END_HEADERS | END_STREAM, 1, PART(CODE_0)}},
             {.after = AFTER_HOLD}, PROBE_OK, "SERVING"},
            {"no settings first", {{HEADERS, END_HEADERS, 1, PART(STATUS_200 CONTENT_TYPE)}},
             {.after = AFTER_HOLD}, PROBE_RESET, "connection ended without an answer in HTTP/2"},
            {"a header block that is none", {GREETING, {HEADERS, END_HEADERS, 1, PART("\xff\xff\xff\xff\xff\xff")}},
             {.after = AFTER_HOLD}, PROBE_RESET, "connection ended without an answer in HTTP/2"},
            {"a header block without a status", {GREETING, {HEADERS, END_HEADERS, 1, PART(CODE_0)}},
             {.after = AFTER_HOLD}, PROBE_RESET, "stream reset by the endpoint: PROTOCOL_ERROR (err 1)"},
            {"settings too long", {{SETTINGS, 0, 0, PART("12345")}}, {.after = AFTER_HOLD}, PROBE_RESET,
             "connection ended without an answer in HTTP/2"},
            {"a stream of nobody's", {GREETING, {DATA, 0, 7, PART("x")}}, {.after = AFTER_HOLD},
             PROBE_RESET, "connection ended without an answer in HTTP/2"},
            {"reset before an answer", {GREETING, {RST_STREAM, 0, 1, PART("\0\0\0\x0b")}},
             {.after = AFTER_HOLD}, PROBE_RESET,
             "stream reset by the endpoint: ENHANCE_YOUR_CALM (err 11)"},
            {"refused", {GREETING, {RST_STREAM, 0, 1, PART("\0\0\0\x07")}}, {.after = AFTER_HOLD},
             PROBE_RESET, "stream refused by the endpoint"},
            {"goes away", {GREETING, {GOAWAY, 0, 0, PART("\0\0\0\0\0\0\0\0")}}, {.after = AFTER_HOLD},
             PROBE_HTTP, "response is not proper HTTP: Error in the HTTP2 framing layer"},
            {"trailers only, then reset", {GREETING,
              {HEADERS, END_HEADERS | END_STREAM, 1, PART(STATUS_200 CONTENT_TYPE CODE_0)},
              {RST_STREAM, 0, 1, PART("\0\0\0\0")}}, {.after = AFTER_HOLD}, PROBE_GRPC,
             "grpc-status 0, but no message"},
            {"trailers that end nothing", {GREETING,
              {HEADERS, END_HEADERS, 1, PART(STATUS_200 CONTENT_TYPE)}, {DATA, 0, 1, PART(SERVING)},
              {HEADERS, END_HEADERS, 1, PART(CODE_0)}}, {.after = AFTER_HOLD}, PROBE_RESET,
             "stream reset by the endpoint: PROTOCOL_ERROR (err 1)"},
            {"a block that goes on without end", {GREETING, {HEADERS, 0, 1, PART(STATUS_200)}},
             {.tail = "\0\0\x04\x09\0\0\0\0\x01\x00\x01" "a" "\x00", .tail_length = 13,
              .after = AFTER_REPEAT}, PROBE_RESET, "connection ended without an answer in HTTP/2"},
            {"empty data without end", {GREETING, {HEADERS, END_HEADERS, 1, PART(STATUS_200 CONTENT_TYPE)}},
             {.tail = "\0\0\0\0\0\0\0\0\x01", .tail_length = 9, .after = AFTER_REPEAT},
             PROBE_HTTP, "more than 1048576 bytes came"},
            {"a reset of the connection", {GREETING}, {.after = AFTER_RESET}, PROBE_RESET,
             "connection ended without an answer in HTTP/2"},
            {"no end", {GREETING, {HEADERS, END_HEADERS, 1, PART(STATUS_200 CONTENT_TYPE)},
              {DATA, 0, 1, PART(SERVING)}}, {.after = AFTER_HOLD}, PROBE_RESPONSE_TIMEOUT,
             "call not ended within 1.0s of the status line"},
  /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char bytes[FRAMES_MAX];
        struct hostile_script script = rows[i].script;
        script.reply = bytes;
        script.length = encode(rows[i].frames, COUNT(rows[i].frames), bytes);
        bool is_late = rows[i].reason == PROBE_RESPONSE_TIMEOUT;
        struct probe_result result = probe_once(&script, is_late ? 1000 : PATIENT_MS);
        if (result.reason != rows[i].reason || strcmp(result.text, rows[i].text) != 0)
            fail_msg("%s: reason %d, %s", rows[i].what, (int)result.reason, result.text);
    }
}

/* How many are answered before somebody has enough depends on how they arrive. */
static void test_pings(void **state)
{
    static const char settings[] = "\0\0\0\x04\0\0\0\0\0";
    static const struct hostile_script script = {.reply = settings,
            .length = sizeof(settings) - 1,
            .tail = "\0\0\x08\x06\0\0\0\0\0"
                    "12345678",
            .tail_length = 17,
            .after = AFTER_REPEAT};
    (void)state;
    struct probe_result result = probe_once(&script, PATIENT_MS);
    assert_true(result.reason == PROBE_HTTP || result.reason == PROBE_RESET);
    assert_true(result.duration_ms < PATIENT_MS);
}

/* Whoever answers in HTTP/1.1 has not understood. */
static void test_http1(void **state)
{
    static const struct hostile_script script = {
            .reply = "HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\n\r\n"};
    (void)state;
    struct probe_result result = probe_once(&script, PATIENT_MS);
    assert_int_equal(result.reason, PROBE_RESET);
    assert_string_equal(result.text, "connection ended without an answer in HTTP/2");
}

/* The good answer, cut off after each of its bytes: never good, never without an end. */
static void test_cut_everywhere(void **state)
{
    static const struct frame frames[] = {GOOD};
    char bytes[FRAMES_MAX];
    size_t whole = encode(frames, COUNT(frames), bytes);
    (void)state;
    for (size_t length = 1; length <= whole; length++) {
        const struct hostile_script script = {.reply = bytes, .length = length};
        struct probe_result result = probe_once(&script, PATIENT_MS);
        if ((result.reason == PROBE_OK) != (length == whole) ||
                probe_reason_outcome(result.reason) == VERDICT_INCONCLUSIVE)
            fail_msg("%zu of %zu bytes: reason %d, %s", length, whole, (int)result.reason,
                    result.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_frames),
            cmocka_unit_test(test_pings),
            cmocka_unit_test(test_http1),
            cmocka_unit_test(test_cut_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
