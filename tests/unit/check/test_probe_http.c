#include "test.h"

#include <sys/resource.h>
#include <unistd.h>

#include "hostile.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

/* {"ok":true} in gzip. */
static const char gzip_ok[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01\x0b\x00\xf4\xff"
                              "{\"ok\":true}\x90\x5f\xd4\xa7\x0b\x00\x00\x00";

struct row {
    const char *what;
    enum check_type type;
    struct hostile_script script;
    enum probe_reason reason;
    const char *text; /* part of it */
    uint32_t response_timeout_ms;
};

static const char *padding(size_t length)
{
    char *text = mem_alloc(length + 1);
    memset(text, 'x', length);
    text[length] = '\0';
    return text;
}

/* A response whose body has `before` bytes, then the string. */
static char *body_with_ok_at(size_t before)
{
    char *text = mem_alloc(before + 128);
    const char *pad = padding(before);
    sprintf(text, OK_HEAD "Content-Length: %zu\r\n\r\n%sok", before + 2, pad);
    free((void *)(uintptr_t)pad);
    return text;
}

static void run_row(const struct row *row, const char *search)
{
    struct bench bench;
    struct hostile server;
    bench_open(&bench, NULL);
    hostile_open(&server, &bench.loop, &row->script);
    struct check_target target = bench_target(row->type, server.port);
    target.search = search;
    if (row->response_timeout_ms != 0)
        target.response_timeout_ms = row->response_timeout_ms;
    struct probe_result result = bench_probe(&bench, &target);
    if (result.reason != row->reason || strstr(result.text, row->text) == NULL)
        fail_msg("%s: reason %d, %s", row->what, (int)result.reason, result.text);
    hostile_close(&server);
    bench_close(&bench);
}

static void test_status(void **state)
{
    static const struct row rows[] = {
            {"199",                             CHECK_HTTP, {.reply = "HTTP/1.1 199 Odd\r\n\r\n"},                     PROBE_STATUS,
             "HTTP status 199 Odd and no final one",                                                                                                    0  },
            {"200",                             CHECK_HTTP, {.reply = OK_HEAD "Content-Length: 0\r\n\r\n"},            PROBE_OK,     "200 OK",
             0                                                                                                                                             },
            {"200 without a phrase",            CHECK_HTTP, {.reply = "HTTP/1.1 200\r\n\r\n"},                         PROBE_OK,     "200",
             0                                                                                                                                             },
            {"301 is not followed (vector 33)", CHECK_HTTP,
             {.reply = "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n\r\n"},
             PROBE_OK,                                                                                                               "301 Moved",       0  },
            {"399",                             CHECK_HTTP, {.reply = "HTTP/1.0 399 X\r\n\r\n"},                       PROBE_OK,     "399 X",           0  },
            {"400",                             CHECK_HTTP, {.reply = "HTTP/1.1 400 Bad Request\r\n\r\n"},             PROBE_STATUS,
             "HTTP status 400 Bad Request, expected 200-399",                                                                                           0  },
            {"500",                             CHECK_HTTP, {.reply = "HTTP/1.1 500 Oops\r\n\r\nbody"},                PROBE_STATUS,
             "HTTP status 500 Oops, expected 200-399",                                                                                                  0  },
            {"100 then 200",                    CHECK_HTTP, {.reply = "HTTP/1.1 100 Continue\r\n\r\n" OK_HEAD "\r\n"},
             PROBE_OK,                                                                                                               "200 OK",          0  },
            {"101 unasked",                     CHECK_HTTP,
             {.reply = "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", .after = AFTER_HOLD},
             PROBE_STATUS,                                                                                                           "HTTP status 101", 100},
            {"phrase of control bytes",         CHECK_HTTP, {.reply = "HTTP/1.1 200 a\033[2Jb\r\n\r\n"},
             PROBE_OK,                                                                                                               "200 a[2Jb",       0  },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        run_row(&rows[i], NULL);
}

static void test_match(void **state)
{
    char *inside = body_with_ok_at(5118);
    char *straddling = body_with_ok_at(5119);
    const struct row rows[] = {
            {"found",                                     CHECK_HTTP_STR_MATCH, {.reply = OK_HEAD "\r\nall ok here"},              PROBE_OK,
             "200 OK, SearchString found",                                                                                                                                                              0 },
            {"ends as soon as it is found",               CHECK_HTTP_STR_MATCH,
             {.reply = OK_HEAD "\r\nok", .after = AFTER_HOLD},                                                                     PROBE_OK,     "found",                                               0 },
            {"one byte at a time",                        CHECK_HTTP_STR_MATCH,
             {.reply = OK_HEAD "\r\nnot o not k but ok", .byte_every_ms = 1},                                                      PROBE_OK,
             "found",                                                                                                                                                                                   0 },
            {"ends with byte 5120",                       CHECK_HTTP_STR_MATCH, {.reply = inside},                                 PROBE_OK,     "found",                                               0 },
            {"straddles byte 5120 (vector 34)",           CHECK_HTTP_STR_MATCH, {.reply = straddling},
             PROBE_NO_MATCH,                                                                                                                     "SearchString \"ok\" not within the first 5120 bytes", 0 },
            {"status 500 with the string (vector 34)",    CHECK_HTTP_STR_MATCH,
             {.reply = "HTTP/1.1 500 Oops\r\n\r\nok"},                                                                             PROBE_STATUS, "HTTP status 500",                                     0 },
            {"wrong case (vector 34)",                    CHECK_HTTP_STR_MATCH, {.reply = OK_HEAD "\r\nOK Ok oK"},
             PROBE_NO_MATCH,                                                                                                                     "SearchString",                                        0 },
            {"chunked, split in the middle",              CHECK_HTTP_STR_MATCH,
             {.reply = OK_HEAD
                            "Transfer-Encoding: chunked\r\n\r\n2\r\nxo\r\n2\r\nkx\r\n0\r\n\r\n"},
             PROBE_OK,                                                                                                                           "found",                                               0 },
            {"on a redirect's own body",                  CHECK_HTTP_STR_MATCH,
             {.reply = "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nok"},                                                            PROBE_OK,
             "302 Found",                                                                                                                                                                               0 },
            {"empty body",                                CHECK_HTTP_STR_MATCH, {.reply = OK_HEAD "Content-Length: 0\r\n\r\n"},
             PROBE_NO_MATCH,                                                                                                                     "SearchString",                                        0 },
            {"body cut off",                              CHECK_HTTP_STR_MATCH,
             {.reply = OK_HEAD "Content-Length: 10\r\n\r\nabc"},                                                                   PROBE_RESET,
             "connection closed within the body",                                                                                                                                                       0 },
            {"body late",                                 CHECK_HTTP_STR_MATCH, {.reply = OK_HEAD "\r\nabc", .after = AFTER_HOLD},
             PROBE_RESPONSE_TIMEOUT,                                                                                                             "body not received within 80ms of the status line",    80},
            {"endless body without it",                   CHECK_HTTP_STR_MATCH,
             {.reply = OK_HEAD "\r\n", .tail = "0123456789", .after = AFTER_REPEAT},
             PROBE_NO_MATCH,                                                                                                                     "SearchString",                                        0 },
            {"endless extension of a chunk",              CHECK_HTTP_STR_MATCH,
             {.reply = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n1;",
                            .tail = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"
                                    "ef",
                            .after = AFTER_REPEAT},
             PROBE_HTTP,                                                                                                                         "more than 1048576 bytes came",                        0 },
            {"unknown encoding is matched raw",           CHECK_HTTP_STR_MATCH,
             {.reply = OK_HEAD "Content-Encoding: wild\r\n\r\nok"},                                                                PROBE_OK,     "found",                                               0 },
            {"an encoding inside another is matched raw", CHECK_HTTP_STR_MATCH,
             {.reply = OK_HEAD "Content-Encoding: gzip, gzip\r\n\r\nok"},                                                          PROBE_OK,     "found",
             0                                                                                                                                                                                            },
            {"gzip that is none",                         CHECK_HTTP_STR_MATCH,
             {.reply = OK_HEAD "Content-Encoding: gzip\r\n\r\nok but not gzip"},                                                   PROBE_HTTP,
             "response is not proper HTTP",                                                                                                                                                             0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        run_row(&rows[i], "ok");
    free(inside);
    free(straddling);
}

static void test_gzip(void **state)
{
    char reply[512];
    int head = sprintf(reply, OK_HEAD "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
            sizeof(gzip_ok) - 1);
    memcpy(reply + head, gzip_ok, sizeof(gzip_ok) - 1);
    const struct row row = {
            "gzip", CHECK_HTTP_STR_MATCH,
            {.reply = reply, .length = (size_t)head + sizeof(gzip_ok) - 1},
             PROBE_OK, "found", 0
    };
    (void)state;
    run_row(&row, "{\"ok\":true}");
}

static void test_broken(void **state)
{
    static const struct row rows[] = {
            {"reset at connect",              CHECK_HTTP, {.reply = "", .at_once = true, .after = AFTER_RESET},
             PROBE_RESET,                                                                                                                    "connection",                                            0  },
            {"closed at connect",             CHECK_HTTP, {.reply = "", .at_once = true},                            PROBE_RESET,
             "connection closed before a status line",                                                                                                                                                0  },
            {"reset after the request",       CHECK_HTTP, {.reply = "", .after = AFTER_RESET},
             PROBE_RESET,                                                                                                                    "connection closed before a status line",                0  },
            {"closed after the request",      CHECK_HTTP, {.reply = ""},                                             PROBE_RESET,
             "connection closed before a status line",                                                                                                                                                0  },
            {"closed in the status line",     CHECK_HTTP, {.reply = "HTTP/1.1 20"},                                  PROBE_RESET,
             "connection closed before a status line",                                                                                                                                                0  },
            {"closed within the headers",     CHECK_HTTP, {.reply = OK_HEAD "Server: x\r\nSome"},
             PROBE_RESET,                                                                                                                    "connection closed within the headers",                  0  },
            {"reset within the headers",      CHECK_HTTP,
             {.reply = OK_HEAD "Server: x\r\nSome", .after = AFTER_RESET},                                           PROBE_RESET,
             "connection closed within the headers",                                                                                                                                                  0  },
            {"reset within the body",         CHECK_HTTP,
             {.reply = OK_HEAD "Content-Length: 9\r\n\r\nabc", .after = AFTER_RESET},
             PROBE_OK,                                                                                                                       "200 OK",                                                0  },
            {"silent",                        CHECK_HTTP, {.reply = "", .after = AFTER_HOLD},                        PROBE_RESPONSE_TIMEOUT,
             "no status line within 60ms of the connection",                                                                                                                                          60 },
            {"status line too slowly",        CHECK_HTTP, {.reply = OK_HEAD "\r\n", .byte_every_ms = 20},
             PROBE_RESPONSE_TIMEOUT,                                                                                                         "no status line within 60ms of the connection",          60 },
            {"interim answers only",          CHECK_HTTP,
             {.reply = "HTTP/1.1 103 Early\r\n\r\n", .after = AFTER_HOLD},
             PROBE_RESPONSE_TIMEOUT,                                                                                                         "HTTP status 103 and no final one within 60ms",          60 },
            {"status line, then silence",     CHECK_HTTP, {.reply = OK_HEAD, .after = AFTER_HOLD},
             PROBE_OK,                                                                                                                       "200 OK",                                                60 },
            {"bad status line, then silence", CHECK_HTTP,
             {.reply = "HTTP/1.1 503 Service Unavailable\r\n", .after = AFTER_HOLD},
             PROBE_STATUS,                                                                                                                   "HTTP status 503 Service Unavailable, expected 200-399", 60 },
            {"body that does not end",        CHECK_HTTP, {.reply = OK_HEAD "\r\n", .after = AFTER_HOLD},
             PROBE_OK,                                                                                                                       "200 OK",                                                60 },
            {"endless body",                  CHECK_HTTP,
             {.reply = OK_HEAD "\r\n", .tail = "0123456789abcdef", .after = AFTER_REPEAT},
             PROBE_OK,                                                                                                                       "200 OK",                                                0  },
            {"endless headers",               CHECK_HTTP,
             {.reply = OK_HEAD,
                            .tail = "X-Pad: 0123456789abcdef\r\n",
                            .after = AFTER_REPEAT},
             PROBE_HTTP,                                                                                                                     "response headers larger than 16384 bytes",              0  },
            {"endless header line",           CHECK_HTTP,
             {.reply = OK_HEAD "X: ", .tail = "0123456789abcdef", .after = AFTER_REPEAT},
             PROBE_HTTP,                                                                                                                     "response headers larger than 16384 bytes",              0  },
            {"endless interim answers",       CHECK_HTTP,
             {.reply = "", .tail = "HTTP/1.1 100 Continue\r\n\r\n", .after = AFTER_REPEAT},
             PROBE_HTTP,                                                                                                                     "response headers larger than 16384 bytes",              0  },
            {"HTTP/0.9",                      CHECK_HTTP, {.reply = "<html>hello</html>"},                           PROBE_HTTP,
             "response is not proper HTTP",                                                                                                                                                           0  },
            {"noise",                         CHECK_HTTP,
             {.reply = "\x16\x03\x01\x00\x01\x02", .length = 6, .after = AFTER_HOLD},
             PROBE_HTTP,                                                                                                                     "response is not proper HTTP",                           200},
            {"four digits of status",         CHECK_HTTP, {.reply = "HTTP/1.1 2000 OK\r\n\r\n"},                     PROBE_HTTP,
             "",                                                                                                                                                                                      0  },
            {"status 000",                    CHECK_HTTP, {.reply = "HTTP/1.1 000 OK\r\n\r\n", .after = AFTER_HOLD},
             PROBE_HTTP,                                                                                                                     "",                                                      200},
            {"header without a colon",        CHECK_HTTP, {.reply = OK_HEAD "nonsense\r\n\r\n"},
             PROBE_HTTP,                                                                                                                     "response is not proper HTTP",                           0  },
            {"negative length",               CHECK_HTTP, {.reply = OK_HEAD "Content-Length: -1\r\n\r\n"},
             PROBE_HTTP,                                                                                                                     "response is not proper HTTP",                           0  },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        run_row(&rows[i], NULL);
}

/* 16 kB that would become 16 MB: reading stops at our bound, for both kinds. */
static void test_bomb_is_bounded(void **state)
{
    static char reply[32768];
    (void)state;
    FILE *file = fopen(TEST_DATA_DIR "/zeros-16mb.gz", "rb");
    assert_non_null(file);
    int head = sprintf(reply, OK_HEAD "Content-Encoding: gzip\r\n\r\n");
    size_t length = fread(reply + head, 1, sizeof(reply) - (size_t)head, file);
    assert_true(length > 10000);
    assert_true(feof(file));
    fclose(file);

    struct hostile_script script = {
            .reply = reply, .length = (size_t)head + length, .after = AFTER_HOLD};
    const struct row rows[] = {
            {"plain",    CHECK_HTTP,           script, PROBE_OK,       "200 OK",       0},
            {"searched", CHECK_HTTP_STR_MATCH, script, PROBE_NO_MATCH, "SearchString", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        run_row(&rows[i], "ok");
}

static void test_refused(void **state)
{
    static const struct hostile_script script = {.reply = ""};
    struct bench bench;
    struct hostile server;
    (void)state;
    bench_open(&bench, NULL);
    hostile_open(&server, &bench.loop, &script);
    uint16_t port = server.port;
    hostile_close(&server);
    uv_run(&bench.loop, UV_RUN_NOWAIT);
    struct check_target target = bench_target(CHECK_HTTP, port);
    struct probe_result result = bench_probe(&bench, &target);
    char expected[64];
    snprintf(expected, sizeof(expected), "connection to 127.0.0.1:%u refused", port);
    assert_string_equal(result.text, expected);
    assert_int_equal(result.reason, PROBE_REFUSED);
    bench_close(&bench);
}

static void test_no_descriptor(void **state)
{
    static const struct hostile_script script = {.reply = ""};
    struct bench bench;
    struct hostile server;
    struct rlimit before;
    (void)state;
    bench_open(&bench, NULL);
    hostile_open(&server, &bench.loop, &script);
    uv_run(&bench.loop, UV_RUN_NOWAIT);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    struct check_target target = bench_target(CHECK_HTTP, server.port);
    struct probe_result result = bench_probe(&bench, &target);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    if (result.reason != PROBE_NO_DESCRIPTOR)
        fail_msg("reason %d: %s", (int)result.reason, result.text);
    hostile_close(&server);
    bench_close(&bench);
}

/* An address that this host has no way to: connect() itself refuses. */
static void test_no_route(void **state)
{
    struct bench bench;
    (void)state;
    bench_open(&bench, NULL);
    struct check_target target = bench_target(CHECK_HTTP, 80);
    target.address = "255.255.255.255"; /* EACCES or ENETUNREACH, at once */
    struct probe_result result = bench_probe(&bench, &target);
    if (result.reason != PROBE_NO_ROUTE)
        fail_msg("reason %d: %s", (int)result.reason, result.text);
    assert_int_equal(probe_reason_outcome(result.reason), VERDICT_INCONCLUSIVE);
    bench_close(&bench);
}

static void test_request(void **state)
{
    static const struct hostile_script script = {.reply = OK_HEAD "\r\n"};
    static const char *const headers[] = {"X-Token: a b", "X-Empty:", "Host: other.example", NULL};
    struct bench bench;
    struct hostile server;
    char expected[1024];
    (void)state;
    bench_open(&bench, NULL);
    hostile_open(&server, &bench.loop, &script);
    struct check_target target = bench_target(CHECK_HTTP, server.port);
    target.host = "www.example.com";
    target.path = "/a/../b?q=1 2#x";
    assert_int_equal(bench_probe(&bench, &target).reason, PROBE_OK);
    snprintf(expected, sizeof(expected),
            "GET /a/../b?q=1%%202%%23x HTTP/1.1\r\n"
            "Host: www.example.com:%u\r\n"
            "User-Agent: Holdfast-Health-Check/%s (ref check-1)\r\n"
            "Accept: */*\r\n"
            "Accept-Encoding: identity,gzip,deflate\r\n"
            "Connection: close\r\n\r\n",
            server.port, "0.1.0");
    assert_string_equal(server.request, expected);

    target.headers = headers;
    target.method = "OPTIONS";
    assert_int_equal(bench_probe(&bench, &target).reason, PROBE_OK);
    assert_non_null(strstr(server.request, "OPTIONS /a"));
    assert_non_null(strstr(server.request, "\r\nX-Token: a b\r\n"));
    assert_non_null(strstr(server.request, "\r\nX-Empty:\r\n"));
    assert_non_null(strstr(server.request, "\r\nHost: other.example\r\n"));
    assert_null(strstr(server.request, "www.example.com"));
    target.method = "HEAD";
    assert_int_equal(bench_probe(&bench, &target).reason, PROBE_OK);
    assert_memory_equal(server.request, "HEAD /a", 7);
    hostile_close(&server);
    bench_close(&bench);
}

/* A name is resolved when it is probed. */
static void test_resolved(void **state)
{
    static const struct hostile_script script = {.reply = OK_HEAD "\r\n"};
    struct bench bench;
    struct hostile server;
    (void)state;
    bench_open(&bench, NULL);
    hostile_open(&server, &bench.loop, &script);
    struct check_target target = bench_target(CHECK_HTTP, server.port);
    target.address = NULL;
    target.host = "localhost";
    assert_int_equal(bench_probe(&bench, &target).reason, PROBE_OK);
    assert_non_null(strstr(server.request, "Host: localhost:"));
    target.host = "no such name";
    struct probe_result result = bench_probe(&bench, &target);
    if (result.reason != PROBE_NO_ADDRESS && result.reason != PROBE_RESOLVER)
        fail_msg("reason %d: %s", (int)result.reason, result.text);
    hostile_close(&server);
    bench_close(&bench);
}

/* At whatever stage a probe is stopped, its handler is called once, later. */
static void test_stop(void **state)
{
    static const struct hostile_script script = {.reply = OK_HEAD, .after = AFTER_HOLD};
    struct bench bench;
    struct hostile server;
    (void)state;
    bench_open(&bench, NULL);
    hostile_open(&server, &bench.loop, &script);
    struct check_target target = bench_target(CHECK_HTTP, server.port);
    for (unsigned turns = 0; turns < 12; turns++) {
        struct outcome outcome = {0};
        struct probe *probe = probe_start(bench.engine, &target, "check-1", bench_ended, &outcome);
        for (unsigned i = 0; i < turns && outcome.calls == 0; i++)
            uv_run(&bench.loop, UV_RUN_NOWAIT);
        assert_int_equal(outcome.calls, 0);
        probe_stop(probe);
        probe_stop(probe);
        assert_int_equal(outcome.calls, 0);
        bench_wait(&bench, &outcome);
        assert_int_equal(outcome.result.reason, PROBE_STOPPED);
    }
    target.address = NULL;
    target.host = "localhost";
    struct outcome outcome = {0};
    probe_stop(probe_start(bench.engine, &target, "check-1", bench_ended, &outcome));
    bench_wait(&bench, &outcome);
    assert_int_equal(outcome.result.reason, PROBE_STOPPED);
    hostile_close(&server);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_status),
            cmocka_unit_test(test_match),
            cmocka_unit_test(test_gzip),
            cmocka_unit_test(test_broken),
            cmocka_unit_test(test_bomb_is_bounded),
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_no_descriptor),
            cmocka_unit_test(test_no_route),
            cmocka_unit_test(test_request),
            cmocka_unit_test(test_resolved),
            cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
