/* test_definition_target.c -- src/check/definition_target.c: targets compared, copied, described. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "check/definition.h"

#define TEXT_MAX 1024U

/* Two checks on ::1. */
static struct definitions *load_pair(const char *a, const char *b)
{
    char text[TEXT_MAX];
    struct definitions *definitions = NULL;
    struct diag *diag = diag_new();
    snprintf(text, sizeof(text),
            "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"IPAddress\":\"::1\",%s}},"
            "{\"Id\":\"b\",\"HealthCheckConfig\":{\"IPAddress\":\"::1\",%s}}]",
            a, b);
    if (definitions_load_text("t.json", text, strlen(text), &definitions, diag) != 0)
        fail_msg("%s: %s", text, diag_fault_at(diag, 0)->message);
    diag_free(diag);
    return definitions;
}

#define HTTP "\"Type\":\"HTTP\""
#define TCP  "\"Type\":\"TCP\",\"Port\":25,\"Expect\":\"x\""
#define GRPC "\"Type\":\"GRPC\",\"Port\":1"
#define DNS  "\"Type\":\"DNS\",\"Question\":{\"Name\":\"a\",\"Type\":\"NS\"}"

static const struct {
    const char *a, *b;
    bool same;
} pairs[] = {
  /* clang-format off */
        {HTTP, HTTP ",\"Port\":81", false},
        {HTTP, HTTP ",\"ResourcePath\":\"/x\"", false},
        {HTTP, HTTP ",\"RequestInterval\":5", false},
        {HTTP, HTTP ",\"ConnectTimeout\":1", false},
        {HTTP, HTTP ",\"ResponseTimeout\":1", false},
        {HTTP, HTTP ",\"Method\":\"HEAD\"", false},
        {HTTP, HTTP ",\"Headers\":{\"A\":\"b\"}", false},
        {HTTP, HTTP ",\"ExpectedStatus\":200", false},
        {HTTP, HTTP ",\"FullyQualifiedDomainName\":\"a.example\"", false},
        {HTTP, HTTP ",\"Comment\":\"c\"", true},
        {HTTP, HTTP ",\"FailureThreshold\":9", true},
        {HTTP, HTTP ",\"Inverted\":true", true},
        {TCP, TCP, true},
        {TCP, TCP ",\"Send\":\"s\"", false},
        {TCP ",\"Send\":\"s\"", TCP ",\"Send\":\"t\"", false},
        {TCP, "\"Type\":\"TCP\",\"Port\":25,\"Expect\":\"y\"", false},
        {TCP, "\"Type\":\"TCP_HELD\",\"Port\":25,\"Expect\":\"x\"", false},
        {GRPC ",\"Service\":\"s\"", GRPC ",\"Service\":\"s\"", true},
        {GRPC, GRPC ",\"Service\":\"s\"", false},
        {GRPC, "\"Type\":\"GRPCS\",\"Port\":1", false},
        {DNS, DNS, true},
        {DNS, "\"Type\":\"DNS\",\"Question\":{\"Name\":\"A.\",\"Type\":\"ns\"}", true},
        {DNS, "\"Type\":\"DNS\",\"Question\":{\"Name\":\"b\",\"Type\":\"NS\"}", false},
        {DNS, "\"Type\":\"DNS\",\"Question\":{\"Name\":\"a\",\"Type\":\"SOA\"}", false},
        {DNS, DNS ",\"Protocol\":\"UDP\"", true},
        {DNS, DNS ",\"Protocol\":\"TCP\"", false},
        {DNS, DNS ",\"RecursionDesired\":true", false},
        {DNS, DNS ",\"EDNS\":false", false},
        {DNS, DNS ",\"ExpectedRcode\":\"NXDOMAIN\"", false},
        {DNS, DNS ",\"ExpectedRdata\":[\"b\"]", false},
        {DNS ",\"ExpectedRdata\":[\"b.\"]", DNS ",\"ExpectedRdata\":[\"B\"]", true},
        {DNS ",\"ExpectedRdata\":[\"b\"]", DNS ",\"ExpectedRdata\":[\"c\"]", false},
        {DNS ",\"ExpectedRdata\":[\"b\"]", DNS ",\"ExpectedRdata\":[\"b\",\"c\"]", false},
  /* clang-format on */
};

static void targets_are_compared_field_by_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct definitions *definitions = load_pair(pairs[i].a, pairs[i].b);
        const struct check_target *a = &definitions->list[0].target;
        const struct check_target *b = &definitions->list[1].target;
        if (check_target_equal(a, b) != pairs[i].same)
            fail_msg("%s, %s", pairs[i].a, pairs[i].b);
        if (pairs[i].same && check_target_hash(a) != check_target_hash(b))
            fail_msg("%s, %s: hash", pairs[i].a, pairs[i].b);
        definitions_free(definitions);
    }
}

/* That nothing of it points back shows the address sanitizer. */
static void a_copy_outlives_what_it_was_made_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct arena *arena = arena_new();
        struct definitions *definitions = load_pair(pairs[i].a, pairs[i].b);
        struct check_target copy = check_target_copy(arena, &definitions->list[1].target);
        definitions_free(definitions);
        definitions = load_pair(pairs[i].a, pairs[i].b);
        if (!check_target_equal(&copy, &definitions->list[1].target))
            fail_msg("%s", pairs[i].b);
        definitions_free(definitions);
        arena_free(arena);
    }
}

static void targets_are_described(void **state)
{
    (void)state;
    static const struct {
        const char *config, *want;
    } rows[] = {
            {"\"Type\":\"TCP\",\"Port\":25",                   "tcp://[::1]:25"                },
            {"\"Type\":\"TCP_HELD\",\"Port\":25",              "tcp://[::1]:25 (held)"         },
            {DNS,                                              "dns://[::1]:53/a.?type=NS"     },
            {DNS ",\"Port\":5,\"Protocol\":\"TCP\"",           "dns://[::1]:5/a.?type=NS (TCP)"},
            {"\"Type\":\"DNS\",\"Question\":{\"Name\":\".\"}", "dns://[::1]:53/.?type=A"       },
            {HTTP ",\"FullyQualifiedDomainName\":\"x\"",       "http://[::1]:80/ (x)"          },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[HEALTH_TARGET_MAX + 1];
        struct definitions *definitions = load_pair(rows[i].config, rows[i].config);
        definition_describe(definitions->list, text);
        assert_string_equal(text, rows[i].want);
        definitions_free(definitions);
    }
}

/* 255 bytes of a name, each of four characters, are more than there is room for. */
static void a_long_target_is_cut(void **state)
{
    (void)state;
    struct check_target target = {.type = CHECK_DNS, .address = "192.0.2.53", .port = 53};
    struct definition definition = {.target = target};
    char text[HEALTH_TARGET_MAX + 1];
    uint8_t name[255] = {0};
    for (size_t label = 0; label < 3; label++) {
        memset(name + label * 64, 1, 64);
        name[label * 64] = 63;
    }
    definition.target.dns.name = name;
    definition_describe(&definition, text);
    assert_int_equal(strlen(text), HEALTH_TARGET_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(targets_are_compared_field_by_field),
            cmocka_unit_test(a_copy_outlives_what_it_was_made_of),
            cmocka_unit_test(targets_are_described),
            cmocka_unit_test(a_long_target_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
