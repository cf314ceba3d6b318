#include "test.h"

#include <sys/resource.h>
#include <unistd.h>

#include "hostile.h"

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
        bench_open(&bench, NULL);
        hostile_open(&server, &bench.loop, &rows[i].script);
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
        hostile_close(&server);
        bench_close(&bench);
    }
}

static void test_refused(void **state)
{
    struct bench bench;
    struct hostile server;
    (void)state;
    bench_open(&bench, NULL);
    hostile_open(&server, &bench.loop, &hold);
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
    bench_open(&bench, NULL);
    hostile_open(&server, &bench.loop, &hold);
    uv_run(&bench.loop, UV_RUN_NOWAIT);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);

    struct check_target target = bench_target(CHECK_TCP, server.port);
    struct probe_result result = bench_probe(&bench, &target);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(result.reason, PROBE_NO_DESCRIPTOR);
    assert_int_equal(probe_reason_outcome(result.reason), VERDICT_INCONCLUSIVE);
    hostile_close(&server);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_connected_and_closed_with_fin),
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_connect_timeout),
            cmocka_unit_test(test_no_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
