#include "test.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "hostile.h"

#define BYTES(text)  ((struct check_bytes){(const uint8_t *)(text), sizeof(text) - 1})
#define RESPONSE_MS  300U
#define SLACK_MS     1000U /* the machine is shared */
#define NEVER_MS     60000U
#define MEMORY_SLACK 65536U
#define FLOOD        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct hostile_script hold = {.reply = "", .after = AFTER_HOLD};

static void test_connected_and_closed_with_fin(void **state)
{
    static const struct {
        const char *what;
        struct hostile_script script;
    } rows[] = {
            {"silent server",      {.reply = "", .after = AFTER_HOLD}                                   },
            {"greeting",           {.reply = "220 mail ESMTP\r\n", .at_once = true, .after = AFTER_HOLD}},
            {"greeting and close", {.reply = "220 mail\r\n", .at_once = true}                           },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct hostile server;
        bench_serve(&bench, &server, &rows[i].script);
        struct check_target target = bench_target(CHECK_TCP, server.port);
        struct probe_result result = bench_probe(&bench, &target);
        if (result.reason != PROBE_OK || strcmp(result.text, "connected") != 0)
            fail_msg("%s: %s", rows[i].what, result.text);
        while (server.open > 0)
            uv_run(&bench.loop, UV_RUN_ONCE);
        if (rows[i].script.after == AFTER_HOLD && !server.saw_end)
            fail_msg("%s: no end of stream", rows[i].what);
        if (server.saw_reset)
            fail_msg("%s: reset", rows[i].what);
        bench_leave(&bench, &server);
    }
}

static void test_refused(void **state)
{
    struct bench bench;
    struct hostile server;
    (void)state;
    bench_serve(&bench, &server, &hold);
    uint16_t port = server.port;
    hostile_close(&server);
    uv_run(&bench.loop, UV_RUN_NOWAIT);

    struct check_target target = bench_target(CHECK_TCP, port);
    struct probe_result result = bench_probe(&bench, &target);
    char expected[64];
    snprintf(expected, sizeof(expected), "connection to 127.0.0.1:%u refused", port);
    assert_int_equal(result.reason, PROBE_REFUSED);
    assert_string_equal(result.text, expected);
    bench_close(&bench);
}

/* A listener whose queue is full lets a connection attempt hang. */
static void test_connect_timeout(void **state)
{
    struct bench bench;
    struct sockaddr_in address;
    socklen_t length = sizeof(address);
    int filler[8];
    (void)state;
    bench_open(&bench, NULL);
    uv_ip4_addr("127.0.0.1", 0, &address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    for (size_t i = 0; i < COUNT(filler); i++) {
        filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(filler[i], (struct sockaddr *)&address, sizeof(address));
    }
    struct check_target target = bench_target(CHECK_TCP, ntohs(address.sin_port));
    target.connect_timeout_ms = 50;
    struct probe_result result = bench_probe(&bench, &target);
    assert_int_equal(result.reason, PROBE_CONNECT_TIMEOUT);
    assert_non_null(strstr(result.text, " within 50ms"));
    for (size_t i = 0; i < COUNT(filler); i++)
        close(filler[i]);
    close(listener);
    bench_close(&bench);
}

static void test_no_descriptor(void **state)
{
    struct bench bench;
    struct hostile server;
    struct rlimit before;
    (void)state;
    bench_serve(&bench, &server, &hold);
    uv_run(&bench.loop, UV_RUN_NOWAIT);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);

    struct check_target target = bench_target(CHECK_TCP, server.port);
    struct probe_result result = bench_probe(&bench, &target);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(result.reason, PROBE_NO_DESCRIPTOR);
    assert_int_equal(probe_reason_outcome(result.reason), VERDICT_INCONCLUSIVE);
    bench_leave(&bench, &server);
}

/* ---- Send and Expect ---- */

static struct check_target asking_target(enum check_type type, uint16_t port)
{
    struct check_target target = bench_target(type, port);
    target.send = BYTES("PING\r\n");
    target.expect = BYTES("+PONG");
    target.response_timeout_ms = RESPONSE_MS;
    return target;
}

/* What an endpoint may do to a probe that asks PING, in both types: none takes longer than the deadline. */
static const struct {
    const char *what;
    struct hostile_script script;
    enum probe_reason reason;
    const char *text;
} answers[] = {
  /* clang-format off */
        {"the answer", {.reply = "+PONG\r\n", .request = "PING\r\n", .after = AFTER_HOLD},
                PROBE_OK, "connected, Expect found"},
        {"before it was asked", {.reply = "hello\r\n+PONG", .at_once = true, .after = AFTER_HOLD},
                PROBE_OK, "connected, Expect found"},
        {"byte by byte", {.reply = "+PONG\r\n", .request = "PING\r\n", .byte_every_ms = 10,
                .after = AFTER_HOLD}, PROBE_OK, "connected, Expect found"},
        {"byte by byte, too slowly", {.reply = "+PONG\r\n", .request = "PING\r\n",
                .byte_every_ms = 200, .after = AFTER_HOLD},
                PROBE_NO_MATCH, "Expect \"+PONG\" not within 300ms; came \"+\""},
        {"silence", {.reply = "", .request = "PING\r\n", .after = AFTER_HOLD},
                PROBE_RESPONSE_TIMEOUT, "nothing came within 300ms; expected \"+PONG\""},
        {"other bytes", {.reply = "-LOADING\r\n", .request = "PING\r\n", .after = AFTER_HOLD},
                PROBE_NO_MATCH, "Expect \"+PONG\" not within 300ms; came \"-LOADING\\r\\n\""},
        {"other bytes and close", {.reply = "-LOADING\r\n", .request = "PING\r\n"},
                PROBE_NO_MATCH, "Expect \"+PONG\" not before the connection was closed; came "
                "\"-LOADING\\r\\n\""},
        {"endless other bytes", {.reply = "", .tail = FLOOD, .at_once = true, .after = AFTER_REPEAT},
                PROBE_NO_MATCH, "Expect \"+PONG\" not within the first 5120 bytes; came "
                "\"0123456789abcdef0123456789abcdef0123456789a\"..."},
        {"close when connected", {.reply = "", .at_once = true},
                PROBE_RESET, "nothing came before the connection was closed; expected \"+PONG\""},
        {"close when asked", {.reply = "", .request = "PING\r\n"},
                PROBE_RESET, "nothing came before the connection was closed; expected \"+PONG\""},
        {"half close", {.reply = "+PO", .request = "PING\r\n", .after = AFTER_FIN},
                PROBE_NO_MATCH, "Expect \"+PONG\" not before the connection was closed; came \"+PO\""},
        {"reset when connected", {.reply = "", .at_once = true, .after = AFTER_RESET, .after_ms = 50},
                PROBE_RESET, "nothing came before the connection was reset; expected \"+PONG\""},
        {"reset when asked", {.reply = "", .request = "PING\r\n", .after = AFTER_RESET},
                PROBE_RESET, "nothing came before the connection was reset; expected \"+PONG\""},
        {"reset within the answer", {.reply = "+PO", .request = "PING\r\n", .after = AFTER_RESET,
                .after_ms = 50},
                PROBE_NO_MATCH, "Expect \"+PONG\" not before the connection was reset; came \"+PO\""},
  /* clang-format on */
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct bench bench;
        struct hostile server;
        bench_serve(&bench, &server, &answers[i].script);
        struct check_target target = asking_target(CHECK_TCP, server.port);
        uint64_t start_ms = clock_mono_ms();
        struct probe_result result = bench_probe(&bench, &target);
        if (result.reason != answers[i].reason || strcmp(result.text, answers[i].text) != 0)
            fail_msg("%s: %s", answers[i].what, result.text);
        if (clock_mono_ms() - start_ms > 2 * RESPONSE_MS + SLACK_MS)
            fail_msg("%s: too late", answers[i].what);
        bench_leave(&bench, &server);
    }
}

/* Behind the answer anything may come: it has passed. */
static void test_after_the_answer(void **state)
{
    static const struct {
        const char *what;
        struct hostile_script script;
    } rows[] = {
            {"endless bytes", {.reply = "+PONG",
                                      .tail = FLOOD,
                                      .request = "PING\r\n",
                                      .after = AFTER_REPEAT}},
            {"reset",         {.reply = "+PONG",
                              .request = "PING\r\n",
                              .after = AFTER_RESET,
                              .after_ms = 50}                       },
            {"close",         {.reply = "+PONG", .request = "PING\r\n"}                  },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct hostile server;
        bench_serve(&bench, &server, &rows[i].script);
        struct check_target target = asking_target(CHECK_TCP, server.port);
        struct probe_result result = bench_probe(&bench, &target);
        if (result.reason != PROBE_OK || result.duration_ms > RESPONSE_MS)
            fail_msg("%s: %s", rows[i].what, result.text);
        bench_leave(&bench, &server);
    }
}

/* Send arrives as it stands, whatever its bytes, and Expect without Send sends nothing. */
static void test_what_is_sent(void **state)
{
    static const struct hostile_script script = {
            .reply = "", .request = "\r\n", .after = AFTER_HOLD};
    struct bench bench;
    struct hostile server;
    (void)state;
    bench_serve(&bench, &server, &script);
    struct check_target target = asking_target(CHECK_TCP, server.port);
    target.response_timeout_ms = 100;
    target.send = BYTES("\0\xff\r\n");
    bench_probe(&bench, &target);
    assert_int_equal(server.request_length, 4);
    assert_memory_equal(server.request, "\0\xff\r\n", 4);
    target.send = (struct check_bytes){0};
    bench_probe(&bench, &target);
    assert_int_equal(server.accepted, 2);
    assert_int_equal(server.request_length, 0);
    bench_leave(&bench, &server);
}

/* ---- TCP_HELD ---- */

/* What a probe has told: its passes, and how it ended. */
struct story {
    unsigned passes;
    char first[HEALTH_REASON_MAX + 1];
    struct probe_result last;
    uint64_t ended_ms; /* 0 while it goes on */
};

static void on_told(void *context, const struct probe_result *result)
{
    struct story *story = context;
    assert_int_equal(story->ended_ms, 0);
    story->last = *result;
    if (!result->goes_on)
        story->ended_ms = clock_mono_ms();
    else if (story->passes++ == 0)
        snprintf(story->first, sizeof(story->first), "%s", result->text);
    if (result->goes_on)
        assert_int_equal(result->reason, PROBE_OK);
}

static struct check_target held_target(uint16_t port, uint32_t interval_ms)
{
    struct check_target target = bench_target(CHECK_TCP_HELD, port);
    target.interval_ms = interval_ms;
    return target;
}

static void tell_passes(struct bench *bench, const struct story *story, unsigned passes)
{
    while (story->passes < passes && story->ended_ms == 0)
        uv_run(&bench->loop, UV_RUN_ONCE);
    assert_int_equal(story->ended_ms, 0);
}

static void tell_end(struct bench *bench, const struct story *story)
{
    while (story->ended_ms == 0)
        uv_run(&bench->loop, UV_RUN_ONCE);
}

static void test_held_passes_each_interval(void **state)
{
    struct bench bench;
    struct hostile server;
    struct story story = {0};
    (void)state;
    bench_serve(&bench, &server, &hold);
    struct check_target target = held_target(server.port, 100);
    uint64_t start_ms = clock_mono_ms();
    struct probe *probe = probe_start(bench.engine, &target, "check-1", on_told, &story);
    tell_passes(&bench, &story, 4);
    assert_true(clock_mono_ms() - start_ms >= 400);
    assert_string_equal(story.first, "connected");
    unsigned held_ms = 0;
    assert_int_equal(sscanf(story.last.text, "connected for %ums", &held_ms), 1);
    assert_in_range(held_ms, 400, 999);
    assert_int_equal(server.accepted, 1);
    assert_int_equal(server.request_length, 0); /* nothing was sent */

    probe_stop(probe);
    tell_end(&bench, &story);
    assert_int_equal(story.last.reason, PROBE_STOPPED);
    while (server.open > 0)
        uv_run(&bench.loop, UV_RUN_ONCE);
    assert_true(server.saw_end && !server.saw_reset);
    bench_leave(&bench, &server);
}

/* The failure comes with the event, however long the interval is. */
static void test_held_ends_at_once(void **state)
{
    static const struct {
        const char *what;
        struct hostile_script script;
        const char *text;
    } rows[] = {
  /* clang-format off */
            {"closed", {.reply = "", .at_once = true, .after_ms = 400},
                    "connection closed by the endpoint after "},
            {"half closed", {.reply = "", .at_once = true, .after = AFTER_FIN, .after_ms = 400},
                    "connection closed by the endpoint after "},
            {"reset", {.reply = "", .at_once = true, .after = AFTER_RESET, .after_ms = 400},
                    "connection reset by the endpoint after "},
            {"closed behind bytes", {.reply = "bye\r\n", .at_once = true, .after_ms = 400},
                    "connection closed by the endpoint after "},
  /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct hostile server;
        struct story story = {0};
        bench_serve(&bench, &server, &rows[i].script);
        struct check_target target = held_target(server.port, NEVER_MS);
        uint64_t start_ms = clock_mono_ms();
        probe_start(bench.engine, &target, "check-1", on_told, &story);
        tell_end(&bench, &story);
        if (story.passes != 1 || story.last.reason != PROBE_RESET ||
                strncmp(story.last.text, rows[i].text, strlen(rows[i].text)) != 0)
            fail_msg("%s: %u passes, %s", rows[i].what, story.passes, story.last.text);
        if (story.ended_ms - start_ms > 400 + SLACK_MS)
            fail_msg("%s: after %llums", rows[i].what,
                    (unsigned long long)(story.ended_ms - start_ms));
        bench_leave(&bench, &server);
    }
}

/* A proxy without a backend takes connections and closes them: that never was a pass. */
static void test_held_must_settle(void **state)
{
    static const struct hostile_script rows[] = {
            {.reply = "",      .at_once = true     },
            { .reply = "", .at_once = true, .after = AFTER_RESET},
            { .reply = "421 busy\r\n", .at_once = true,      .after_ms = 100},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct hostile server;
        struct story story = {0};
        bench_serve(&bench, &server, &rows[i]);
        struct check_target target = held_target(server.port, NEVER_MS);
        probe_start(bench.engine, &target, "check-1", on_told, &story);
        tell_end(&bench, &story);
        assert_int_equal(story.passes, 0);
        assert_int_equal(story.last.reason, PROBE_RESET);
        bench_leave(&bench, &server);
    }
}

/* The same answers as for TCP, but what is right stays. */
static void test_held_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct bench bench;
        struct hostile server;
        struct story story = {0};
        bench_serve(&bench, &server, &answers[i].script);
        struct check_target target = asking_target(CHECK_TCP_HELD, server.port);
        target.interval_ms = 100;
        struct probe *probe = probe_start(bench.engine, &target, "check-1", on_told, &story);
        if (answers[i].reason == PROBE_OK) {
            tell_passes(&bench, &story, 3);
            assert_string_equal(story.first, answers[i].text);
            probe_stop(probe);
        }
        tell_end(&bench, &story);
        if (answers[i].reason != PROBE_OK &&
                (story.passes > 0 || story.last.reason != answers[i].reason ||
                        strcmp(story.last.text, answers[i].text) != 0))
            fail_msg("%s: %u passes, %s", answers[i].what, story.passes, story.last.text);
        bench_leave(&bench, &server);
    }
}

/* An endpoint that never stops talking is read no faster than PROBE_BYTES_MAX in an interval, and holds no
 * memory; it passes as long as it is there. */
static void test_held_flood(void **state)
{
    static char flood[65536];
    static const struct hostile_script script = {.reply = "",
            .tail = flood,
            .tail_length = sizeof(flood),
            .at_once = true,
            .after = AFTER_REPEAT};
    struct bench bench;
    struct hostile server;
    struct story story = {0};
    (void)state;
    bench_serve(&bench, &server, &script);
    struct check_target target = held_target(server.port, 200);
    struct probe *probe = probe_start(bench.engine, &target, "check-1", on_told, &story);
    tell_passes(&bench, &story, 2);
    size_t before = mallinfo2().uordblks;
    size_t written = server.written;
    tell_passes(&bench, &story, 7);
    assert_true(mallinfo2().uordblks < before + MEMORY_SLACK);
    /* Five intervals, one more for what was on its way, and a last read that overshoots. */
    assert_in_range(server.written - written, 3 * PROBE_BYTES_MAX, 6 * PROBE_BYTES_MAX + 65536);
    probe_stop(probe);
    tell_end(&bench, &story);
    bench_leave(&bench, &server);
}

/* A peer that is gone without a word: the kernel's keepalive finds it, four seconds being the least. */
static void test_held_peer_is_gone(void **state)
{
    static const struct hostile_script script = {
            .reply = "", .at_once = true, .after = AFTER_DEAF, .after_ms = 250};
    struct bench bench;
    struct hostile server;
    struct story story = {0};
    (void)state;
    bench_serve(&bench, &server, &script);
    struct check_target target = held_target(server.port, 1000);
    uint64_t start_ms = clock_mono_ms();
    probe_start(bench.engine, &target, "check-1", on_told, &story);
    tell_end(&bench, &story);
    assert_int_equal(story.last.reason, PROBE_RESPONSE_TIMEOUT);
    assert_non_null(
            strstr(story.last.text, "no keepalive from the endpoint within 4.0s; was connected"));
    assert_in_range(story.ended_ms - start_ms, 3500, 6000);
    assert_true(story.passes >= 3);
    bench_leave(&bench, &server);
}

/* What the table tells of a check: for a held one, the first failure comes no later than an interval, its
 * jitter and a timeout, or than the keepalive. */
static void test_timing(void **state)
{
    static const struct {
        enum check_type type;
        uint32_t interval_ms;
        bool expects;
        uint32_t timeout_ms, linger_ms;
    } rows[] = {
            {CHECK_TCP,      10000,    false, 4000,               200                               },
            {CHECK_TCP,      10000,    true,  4000 + RESPONSE_MS, 200                               },
            {CHECK_TCP_HELD, 10000,    false, 4200,               22000 - 10500 - 4200              },
            {CHECK_TCP_HELD, 10000,    true,  4200 + RESPONSE_MS, 22000 - 10500 - 4200 - RESPONSE_MS},
            {CHECK_TCP_HELD, 100,      false, 4100,               0                                 },
            {CHECK_TCP_HELD, 86400000, false, 4200,               0                                 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_target target =
                rows[i].expects ? asking_target(rows[i].type, 1) : bench_target(rows[i].type, 1);
        target.interval_ms = rows[i].interval_ms;
        assert_int_equal(probe_timeout_ms(&target), rows[i].timeout_ms);
        assert_int_equal(probe_linger_ms(&target), rows[i].linger_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_connected_and_closed_with_fin),
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_connect_timeout),
            cmocka_unit_test(test_no_descriptor),
            cmocka_unit_test(test_answers),
            cmocka_unit_test(test_after_the_answer),
            cmocka_unit_test(test_what_is_sent),
            cmocka_unit_test(test_held_passes_each_interval),
            cmocka_unit_test(test_held_ends_at_once),
            cmocka_unit_test(test_held_must_settle),
            cmocka_unit_test(test_held_answers),
            cmocka_unit_test(test_held_flood),
            cmocka_unit_test(test_held_peer_is_gone),
            cmocka_unit_test(test_timing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
