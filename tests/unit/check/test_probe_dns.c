/* test_probe_dns.c -- src/check/probe_dns.c, against name servers of every kind. */
#include "test.h"

#include <limits.h>
#include <malloc.h>

#include "base/clock.h"
#include "dns/rr.h"
#include "hostile_dns.h"

#define RESPONSE_MS  300U
#define SLACK_MS     1000U /* the machine is shared */
#define MEMORY_SLACK 65536U
#define ANY          UINT_MAX

static struct check_target dns_target(uint16_t port)
{
    struct check_target target = bench_target(CHECK_DNS, port);
    target.response_timeout_ms = RESPONSE_MS;
    target.dns = (struct check_dns){
            .name = (const uint8_t *)"\3www\7example", .type = RR_A, .edns = true};
    return target;
}

/* Replaces the port, which no row can know, by the word PORT. */
static const char *without_port(const char *text, uint16_t port, char ret[HEALTH_REASON_MAX + 1])
{
    char number[16];
    snprintf(number, sizeof(number), ":%u", port);
    const char *found = strstr(text, number);
    if (found == NULL)
        return text;
    snprintf(ret, HEALTH_REASON_MAX + 1, "%.*s:PORT%s", (int)(found - text), text,
            found + strlen(number));
    return ret;
}

static const struct {
    const char *what;
    enum hostile_dns_act udp, tcp;
    bool over_tcp;
    uint8_t rcode;
    enum probe_reason reason;
    const char *text;  /* a part of it */
    unsigned queries;  /* over UDP */
    uint32_t least_ms; /* that it takes */
} rows[] = {
  /* clang-format off */
        {"an answer", DNS_ANSWER, DNS_SILENT, false, RCODE_NOERROR, PROBE_OK, "NOERROR", 1, 0},
        {"another rcode", DNS_ANSWER, DNS_SILENT, false, RCODE_SERVFAIL, PROBE_RCODE,
                "rcode SERVFAIL, expected NOERROR", 1, 0},
        {"the first datagram lost", DNS_SECOND, DNS_SILENT, false, RCODE_NOERROR, PROBE_OK, "NOERROR", 2,
                RESPONSE_MS / 2},
        {"silence", DNS_SILENT, DNS_SILENT, false, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "no response from 127.0.0.1:PORT within 300ms", 2, RESPONSE_MS},
        {"a wrong id", DNS_WRONG_ID, DNS_SILENT, false, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "no response from 127.0.0.1:PORT within 300ms; 2 that answer something else were ignored", 2,
                RESPONSE_MS},
        {"a wrong question", DNS_WRONG_QUESTION, DNS_SILENT, false, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "within 300ms; 2 that answer", 2, RESPONSE_MS},
        {"no question", DNS_NO_QUESTION, DNS_SILENT, false, RCODE_FORMERR, PROBE_RESPONSE_TIMEOUT,
                "within 300ms; 2 that answer", 2, RESPONSE_MS},
        {"garbage", DNS_GARBAGE, DNS_SILENT, false, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "within 300ms; 2 that answer", 2, RESPONSE_MS},
        {"a huge datagram", DNS_HUGE, DNS_SILENT, false, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "within 300ms; 2 that answer", 2, RESPONSE_MS},
        {"another source", DNS_STRANGER, DNS_SILENT, false, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "within 300ms", 2, RESPONSE_MS},
        {"a flood", DNS_FLOOD, DNS_SILENT, false, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "that answer something else were ignored", 2, RESPONSE_MS},
        {"an answer in a flood", DNS_FLOOD_ANSWER, DNS_SILENT, false, RCODE_NOERROR, PROBE_OK, "NOERROR", ANY,
                HOSTILE_DNS_LATER_MS},
        {"truncated, then over TCP", DNS_TRUNCATED, DNS_ANSWER, false, RCODE_NOERROR, PROBE_OK,
                "NOERROR, over TCP", 1, 0},
        {"truncated, then closed", DNS_TRUNCATED, DNS_CLOSE, false, RCODE_NOERROR, PROBE_RESET,
                "connection to 127.0.0.1:PORT (after TC) closed before a response came", 1, 0},
        {"truncated, then silence", DNS_TRUNCATED, DNS_SILENT, false, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "no response from 127.0.0.1:PORT (after TC) within 300ms", 1, RESPONSE_MS},

        {"TCP", DNS_SILENT, DNS_ANSWER, true, RCODE_NOERROR, PROBE_OK, "NOERROR, over TCP", 0, 0},
        {"TCP byte by byte", DNS_SILENT, DNS_BYTES, true, RCODE_NOERROR, PROBE_OK, "NOERROR, over TCP", 0, 0},
        {"TCP too slow", DNS_SILENT, DNS_SLOW, true, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "within 300ms", 0, RESPONSE_MS},
        {"TCP refuses", DNS_SILENT, DNS_ANSWER, true, RCODE_REFUSED, PROBE_RCODE,
                "rcode REFUSED, expected NOERROR, over TCP", 0, 0},
        {"TCP closed", DNS_SILENT, DNS_CLOSE, true, RCODE_NOERROR, PROBE_RESET,
                "connection to 127.0.0.1:PORT closed before a response came", 0, 0},
        {"TCP reset", DNS_SILENT, DNS_RESET, true, RCODE_NOERROR, PROBE_RESET,
                "connection to 127.0.0.1:PORT reset before a response came", 0, 0},
        {"TCP closed within the answer", DNS_SILENT, DNS_HALF, true, RCODE_NOERROR, PROBE_RESET,
                "closed before a response came", 0, 0},
        {"TCP wrong id", DNS_SILENT, DNS_WRONG_ID, true, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "within 300ms; 1 that answer", 0, RESPONSE_MS},
        {"TCP garbage", DNS_SILENT, DNS_GARBAGE, true, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "within 300ms; 1 that answer", 0, RESPONSE_MS},
        {"TCP an answer in a flood", DNS_SILENT, DNS_FLOOD_ANSWER, true, RCODE_NOERROR, PROBE_OK,
                "NOERROR, over TCP", 0, HOSTILE_DNS_LATER_MS},
        {"TCP nothing but lengths", DNS_SILENT, DNS_EMPTY, true, RCODE_NOERROR, PROBE_RESPONSE_TIMEOUT,
                "that answer something else were ignored", 0, RESPONSE_MS},
  /* clang-format on */
};

static void test_servers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct hostile_dns server;
        char text[HEALTH_REASON_MAX + 1];
        bench_serve_dns(&bench, &server, rows[i].udp, rows[i].tcp);
        server.rcode = rows[i].rcode;
        struct check_target target = dns_target(server.port);
        target.dns.over_tcp = rows[i].over_tcp;
        uint64_t start_ms = clock_mono_ms();
        struct probe_result result = bench_probe(&bench, &target);
        uint64_t took_ms = clock_mono_ms() - start_ms;
        if (result.reason != rows[i].reason ||
                strstr(without_port(result.text, server.port, text), rows[i].text) == NULL)
            fail_msg("%s: %s", rows[i].what, result.text);
        if (took_ms < rows[i].least_ms || took_ms > RESPONSE_MS + SLACK_MS)
            fail_msg("%s: took %llums", rows[i].what, (unsigned long long)took_ms);
        if (rows[i].queries != ANY && server.udp_queries != rows[i].queries)
            fail_msg("%s: %u queries", rows[i].what, server.udp_queries);
        bench_leave_dns(&bench, &server);
    }
}

/* Whatever comes, none of it is kept. */
static void test_floods_hold_no_memory(void **state)
{
    (void)state;
    for (int over_tcp = 0; over_tcp < 2; over_tcp++) {
        struct bench bench;
        struct hostile_dns server;
        struct outcome outcome = {0};
        bench_serve_dns(&bench, &server, DNS_FLOOD, DNS_FLOOD);
        struct check_target target = dns_target(server.port);
        target.dns.over_tcp = over_tcp;
        size_t before = mallinfo2().uordblks;
        probe_start(bench.engine, &target, "check-1", bench_ended, &outcome);
        while (outcome.calls == 0) {
            uv_run(&bench.loop, UV_RUN_ONCE);
            assert_true(mallinfo2().uordblks < before + MEMORY_SLACK);
        }
        assert_true(server.ticks > 20);
        bench_leave_dns(&bench, &server);
    }
}

/* A forger who does not see the queries cannot know the port or the id; only the repetition has the same. */
static void test_ids_and_ports_are_fresh(void **state)
{
    struct bench bench;
    struct hostile_dns server;
    unsigned ids = 0, ports = 0;
    (void)state;
    bench_serve_dns(&bench, &server, DNS_SECOND, DNS_SILENT);
    struct check_target target = dns_target(server.port);
    target.response_timeout_ms = 100;
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(bench_probe(&bench, &target).reason, PROBE_OK);
        assert_int_equal(server.ids[2 * i], server.ids[2 * i + 1]);
        assert_int_equal(server.ports[2 * i], server.ports[2 * i + 1]);
    }
    for (unsigned i = 2; i < 12; i += 2) {
        ids += server.ids[i] != server.ids[i - 2];
        ports += server.ports[i] != server.ports[i - 2];
    }
    assert_in_range(ids, 4, 5); /* one pair may be equal by chance */
    assert_in_range(ports, 4, 5);
    bench_leave_dns(&bench, &server);
}

/* Over TCP after TC the id is another. */
static void test_the_id_after_truncation(void **state)
{
    struct bench bench;
    struct hostile_dns server;
    unsigned equal = 0;
    (void)state;
    bench_serve_dns(&bench, &server, DNS_TRUNCATED, DNS_ANSWER);
    struct check_target target = dns_target(server.port);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(bench_probe(&bench, &target).reason, PROBE_OK);
        equal += server.ids[2 * i] == server.ids[2 * i + 1];
        while (server.stream.data != NULL)
            uv_run(&bench.loop, UV_RUN_ONCE);
    }
    assert_true(equal < 2);
    bench_leave_dns(&bench, &server);
}

/* ICMP says that nobody listens: that decides nothing before the deadline, but it is told. */
static void test_a_closed_port(void **state)
{
    struct bench bench;
    struct hostile_dns server;
    char text[HEALTH_REASON_MAX + 1];
    (void)state;
    bench_serve_dns(&bench, &server, DNS_ANSWER, DNS_SILENT);
    uint16_t port = server.port;
    uv_close((uv_handle_t *)&server.socket, NULL);
    uv_run(&bench.loop, UV_RUN_NOWAIT);
    struct check_target target = dns_target(port);
    uint64_t start_ms = clock_mono_ms();
    struct probe_result result = bench_probe(&bench, &target);
    assert_in_range(clock_mono_ms() - start_ms, RESPONSE_MS, RESPONSE_MS + SLACK_MS);
    assert_int_equal(result.reason, PROBE_REFUSED);
    assert_string_equal(without_port(result.text, port, text),
            "no response from 127.0.0.1:PORT within 300ms: the port is closed");

    /* Somebody begins to listen between the two datagrams. */
    struct outcome outcome = {0};
    target.response_timeout_ms = 1000;
    probe_start(bench.engine, &target, "check-1", bench_ended, &outcome);
    uv_run(&bench.loop, UV_RUN_NOWAIT);
    hostile_dns_listen(&server, hostile_dns_bind(SOCK_DGRAM, &port));
    bench_wait(&bench, &outcome);
    assert_int_equal(outcome.result.reason, PROBE_OK);
    bench_leave_dns(&bench, &server);
}

static void test_stopped_at_every_stage(void **state)
{
    static const struct {
        enum hostile_dns_act udp, tcp;
        bool over_tcp;
    } stages[] = {
            {DNS_SILENT,    DNS_SILENT, false},
            {DNS_FLOOD,     DNS_SILENT, false},
            {DNS_TRUNCATED, DNS_SILENT, false},
            {DNS_SILENT,    DNS_SLOW,   true },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(stages); i++) {
        for (unsigned turns = 0; turns < 6; turns++) {
            struct bench bench;
            struct hostile_dns server;
            struct outcome outcome = {0};
            bench_serve_dns(&bench, &server, stages[i].udp, stages[i].tcp);
            struct check_target target = dns_target(server.port);
            target.dns.over_tcp = stages[i].over_tcp;
            struct probe *probe =
                    probe_start(bench.engine, &target, "check-1", bench_ended, &outcome);
            for (unsigned turn = 0; turn < turns; turn++)
                uv_run(&bench.loop, UV_RUN_NOWAIT);
            probe_stop(probe);
            bench_wait(&bench, &outcome);
            assert_int_equal(outcome.result.reason, PROBE_STOPPED);
            bench_leave_dns(&bench, &server);
        }
    }
}

static void test_timing(void **state)
{
    struct check_target target = dns_target(1);
    (void)state;
    assert_int_equal(probe_timeout_ms(&target), 4000 + 2 * RESPONSE_MS); /* TC at the last moment */
    assert_int_equal(probe_linger_ms(&target), 0);
    target.dns.over_tcp = true;
    assert_int_equal(probe_timeout_ms(&target), 4000 + RESPONSE_MS);
    target.address = NULL;
    assert_int_equal(probe_timeout_ms(&target), 4000 + RESPONSE_MS);
    target.dns.over_tcp = false;
    assert_int_equal(probe_timeout_ms(&target), 2 * (4000 + RESPONSE_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_servers),
            cmocka_unit_test(test_floods_hold_no_memory),
            cmocka_unit_test(test_ids_and_ports_are_fresh),
            cmocka_unit_test(test_the_id_after_truncation),
            cmocka_unit_test(test_a_closed_port),
            cmocka_unit_test(test_stopped_at_every_stage),
            cmocka_unit_test(test_timing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
