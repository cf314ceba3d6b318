/* test_dns_query.c -- src/check/dns_query.c */
#include "test.h"

#include <string.h>

#include "check/dns_query.h"
#include "dns/rr.h"

#define ROW(x)   (x), sizeof(x) - 1
#define QUESTION "\3www\7example\0\0\34\0\1"
#define OPT      "\0\0\51\4\320\0\0\0\0\0\0"

static void queries_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        bool recursion_desired, edns;
        const char *want;
        size_t length;
    } rows[] = {
            {"plain",          false, false, ROW("\1\2\0\0\0\1\0\0\0\0\0\0" QUESTION)    },
            {"with recursion", true,  false, ROW("\1\2\1\0\0\1\0\0\0\0\0\0" QUESTION)    },
            {"with EDNS",      false, true,  ROW("\1\2\0\0\0\1\0\0\0\0\0\1" QUESTION OPT)},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct check_dns dns = {
                .name = (const uint8_t *)"\3www\7example",
                .type = RR_AAAA,
                .recursion_desired = rows[i].recursion_desired,
                .edns = rows[i].edns,
        };
        struct dns_query query;
        dns_query_init(&query, &dns, 0x0102);
        if (query.length != rows[i].length ||
                memcmp(dns_query_message(&query), rows[i].want, query.length) != 0)
            fail_msg("%s", rows[i].what);
        assert_int_equal(wire_load16(query.framed), query.length);
        assert_int_equal(query.id, 0x0102);
    }
}

static void the_longest_name_fits(void **state)
{
    (void)state;
    uint8_t name[NAME_MAX_BYTES] = {0};
    const struct check_dns dns = {.name = name, .type = RR_A, .edns = true};
    struct dns_query query;
    for (size_t at = 0; at + 2 < sizeof(name); at += 2)
        memcpy(name + at, "\1x", 2);
    dns_query_init(&query, &dns, 0);
    assert_int_equal(query.length, DNS_QUERY_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(queries_are_written),
            cmocka_unit_test(the_longest_name_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
