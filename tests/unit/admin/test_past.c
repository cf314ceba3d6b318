/* test_past.c -- what was otherwise at a time. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "admin/past.h"

/* clang-format off */
#define GUARD(ms, id, held)                                                                        \
    "{\"ms\":" ms ",\"kind\":\"guard\",\"check\":\"" id                                            \
    "\",\"from\":\"down\",\"to\":\"down\",\"held\":" held "}"
#define EVENT(ms, id, from, to)                                                                    \
    "{\"ms\":" ms ",\"kind\":\"verdict\",\"check\":\"" id "\",\"from\":" from ",\"to\":\"" to "\"}"

/* Two sets with a check each, and one deeper that has the first one's. */
#define TREE(a, b)                                                                                 \
    "{\"decision\":{\"sets\":[{\"check\":{\"id\":\"a\",\"state\":\"" a "\"}},"                     \
    "{\"target\":{\"sets\":[{\"check\":{\"id\":\"b\",\"state\":\"" b                               \
    "\"}},{\"check\":{\"id\":\"a\",\"state\":\"" a "\"}},{\"check\":null}]}}]}}"

/* clang-format on */

static const char *const events[] = {
        EVENT("1000", "a", "null", "up"),
        EVENT("2000", "a", "\"up\"", "down"),
        "{\"ms\":2500,\"kind\":\"inconclusive\",\"check\":\"a\",\"from\":\"up\",\"to\":\"up\"}",
        "{\"ms\":2600,\"kind\":\"ended\",\"role\":\"checker\"}",
        "no event",
        EVENT("3000", "b", "\"down\"", "up"),
        EVENT("4000", "a", "\"down\"", "up"),
};

/* A check that a guard holds up counts as up, though it is found down. */
static void test_guards(void **state)
{
    static const char *const held[] = {
            EVENT("1000", "a", "null", "up"),
            EVENT("2000", "a", "\"up\"", "down"),
            GUARD("3000", "a", "true"),
            GUARD("4000", "a", "false"),
            "{\"ms\":4500,\"kind\":\"verdict\",\"check\":\"b\",\"from\":\"up\",\"to\":\"down\","
            "\"held\":true}",
            GUARD("5000", "b", "false"),
    };
    static const struct {
        uint64_t at_ms;
        const char *assumed;
    } rows[] = {
            {1500, ""                            },
            {2500, " assume=a=down"              },
            {3500, ""                            },
            {4200, " assume=a=down"              },
            {4700, " assume=a=down"              },
            {5000, " assume=a=down assume=b=down"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct past *past = past_new(rows[i].at_ms);
        struct buf assumed;
        buf_init(&assumed, 1024);
        for (size_t j = 0; j < COUNT(held); j++)
            past_take(past, held[j]);
        (void)past_assume(past, TREE("up", "up"), strlen(TREE("up", "up")), &assumed);
        if (strcmp(buf_string(&assumed), rows[i].assumed) != 0)
            fail_msg("%u:%s", (unsigned)rows[i].at_ms, buf_string(&assumed));
        buf_done(&assumed);
        past_free(past);
    }
}

/* What an operator had set goes before what was found. */
static void test_forces(void **state)
{
    static const char *const told[] = {
            "{\"ms\":1000,\"kind\":\"verdict\",\"check\":\"a\",\"from\":null,\"to\":\"up\"}",
            "{\"ms\":2000,\"kind\":\"force\",\"check\":\"a\",\"from\":\"auto\",\"to\":\"down\"}",
            "{\"ms\":2500,\"kind\":\"verdict\",\"check\":\"a\",\"from\":\"up\",\"to\":\"down\"}",
            "{\"ms\":2600,\"kind\":\"verdict\",\"check\":\"a\",\"from\":\"down\",\"to\":\"up\"}",
            "{\"ms\":3000,\"kind\":\"force\",\"check\":\"a\",\"from\":\"down\",\"to\":\"auto\"}",
            "{\"ms\":4000,\"kind\":\"force\",\"check\":\"b\",\"from\":\"down\",\"to\":\"up\"}",
    };
    static const struct {
        uint64_t at_ms;
        const char *assumed;
    } rows[] = {
            {1500, " assume=b=down"              },
            {2550, " assume=a=down assume=b=down"},
            {2700, " assume=a=down assume=b=down"},
            {3000, " assume=b=down"              },
            {4000, ""                            },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct past *past = past_new(rows[i].at_ms);
        struct buf assumed;
        buf_init(&assumed, 1024);
        for (size_t j = 0; j < COUNT(told); j++)
            past_take(past, told[j]);
        (void)past_assume(past, TREE("up", "up"), strlen(TREE("up", "up")), &assumed);
        if (strcmp(buf_string(&assumed), rows[i].assumed) != 0)
            fail_msg("%u:%s", (unsigned)rows[i].at_ms, buf_string(&assumed));
        buf_done(&assumed);
        past_free(past);
    }
}

/* A force whose event the journal has no more still stands; and whether the checker was silent. */
static void test_what_no_event_tells(void **state)
{
    static const char forced[] = "{\"check\":{\"id\":\"a\",\"state\":\"down\",\"forced\":true}}";
    static const char *const told[] = {
            EVENT("1000", "a", "\"down\"", "up"),
            "{\"ms\":2000,\"kind\":\"silent\",\"role\":\"checker\"}",
            "{\"ms\":3000,\"kind\":\"ended\",\"role\":\"checker\"}",
            "{\"ms\":3500,\"kind\":\"ready\",\"role\":\"responder\"}",
            "{\"ms\":4000,\"kind\":\"ready\",\"role\":\"checker\"}",
            "{\"ms\":5000,\"kind\":\"silent\",\"role\":\"checker\"}",
            "{\"ms\":6000,\"kind\":\"back\",\"role\":\"checker\"}",
    };
    static const struct {
        uint64_t at_ms;
        bool silent;
    } rows[] = {
            {1500, false},
            {2000, true },
            {3600, true },
            {4000, false},
            {5500, true },
            {6000, false}
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct past *past = past_new(rows[i].at_ms);
        struct buf assumed;
        buf_init(&assumed, 1024);
        for (size_t j = 0; j < COUNT(told); j++)
            past_take(past, told[j]);
        assert_int_equal(past_assume(past, forced, sizeof(forced) - 1, &assumed), 0);
        if (past_was_silent(past) != rows[i].silent)
            fail_msg("%u", (unsigned)rows[i].at_ms);
        buf_done(&assumed);
        past_free(past);
    }
}

static void test_times(void **state)
{
    static const struct {
        const char *what;
        uint64_t at_ms;
        const char *now, *assumed;
        uint32_t count;
    } rows[] = {
            {"as it is now",                 5000, TREE("up",     "up"),                         "",                                                                                                    0},
            {"one was down",                              3500,                     TREE("up", "up"), " assume=a=down",                                                                                                 1},
            {"b as its first event found it",                             2000,                                 TREE("up",                "up"),
             " assume=a=down assume=b=down",2},
            {"the moment itself is its end", 1999,    TREE("down",                 "up"),                 " assume=a=up assume=b=down",
             2},
            {"nothing of what is not asked",                         3500, "{\"sets\":[]}",                                                   "",                                                                                0                                                                                                                                                       },
            {"nothing of what is no object",               3500,                 "nonsense","",0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct past *past = past_new(rows[i].at_ms);
        struct buf assumed;
        buf_init(&assumed, 1024);
        for (size_t j = 0; j < COUNT(events); j++)
            past_take(past, events[j]);
        uint32_t count = past_assume(past, rows[i].now, strlen(rows[i].now), &assumed);
        if (count != rows[i].count || strcmp(buf_string(&assumed), rows[i].assumed) != 0)
            fail_msg("%s: %u:%s", rows[i].what, count, buf_string(&assumed));
        buf_done(&assumed);
        past_free(past);
    }
}

static void test_reach(void **state)
{
    struct past *past = past_new(1500);
    uint64_t first_ms;
    (void)state;
    assert_false(past_reaches(past, &first_ms));
    assert_int_equal(first_ms, 0);
    past_take(past, "{\"ms\":1501,\"kind\":\"ready\",\"role\":\"checker\"}");
    assert_false(past_reaches(past, &first_ms));
    assert_int_equal(first_ms, 1501);
    past_free(past);
    past = past_new(1501);
    past_take(past, "{\"ms\":1501,\"kind\":\"ready\",\"role\":\"checker\"}");
    assert_true(past_reaches(past, &first_ms));
    past_free(past);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_what_no_event_tells),
            cmocka_unit_test(test_times),
            cmocka_unit_test(test_forces),
            cmocka_unit_test(test_guards),
            cmocka_unit_test(test_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
