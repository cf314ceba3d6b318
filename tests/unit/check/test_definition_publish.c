/* test_definition_publish.c -- src/check/definition_publish.c: definitions meet the table. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "check/definition.h"
#include "health/timing.h"

#define NOW_MS 1795316400000U

struct fixture {
    struct health_table *table;
    struct definitions *definitions;
    uint32_t slots[8];
};

static void load(struct fixture *fixture, const char *text)
{
    struct diag *diag = diag_new();
    definitions_free(fixture->definitions);
    fixture->definitions = NULL;
    if (definitions_load_text("c.json", text, strlen(text), &fixture->definitions, diag) < 0)
        fail_msg("%s", diag_fault_at(diag, 0)->message);
    diag_free(diag);
}

static void publish(struct fixture *fixture, const char *text, uint64_t now_ms)
{
    load(fixture, text);
    assert_int_equal(
            definitions_publish(fixture->definitions, fixture->table, now_ms, fixture->slots), 0);
}

static struct health_detail detail_of(const struct fixture *fixture, uint32_t slot)
{
    struct health_detail detail;
    assert_int_equal(health_table_read(fixture->table, slot, &detail), 0);
    return detail;
}

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){0};
    *state = &fixture;
    return health_table_create(&fixture.table);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    health_table_close(fixture->table);
    definitions_free(fixture->definitions);
    return 0;
}

#define CHECK(id, more)                                                                            \
    "{\"Id\":\"" id "\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\"," more \
    "\"Port\":25}}"
#define ELSEWHERE(id)                                                                              \
    "{\"Id\":\"" id "\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.9\","      \
    "\"Port\":25}}"

static void a_new_check_is_healthy_until_data_unless_inverted(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture,
            "[" CHECK("a", "") "," CHECK("b", "\"Inverted\":true,") "," CHECK(
                    "c", "\"Disabled\":true,\"Inverted\":true,") "]",
            NOW_MS);
    static const enum health_state want[] = {HEALTH_UP, HEALTH_DOWN, HEALTH_DOWN};
    static const uint32_t flags[] = {HEALTH_DEFINED, HEALTH_DEFINED | HEALTH_INVERTED,
            HEALTH_DEFINED | HEALTH_INVERTED | HEALTH_DISABLED};
    for (uint32_t i = 0; i < COUNT(want); i++) {
        struct health_verdict word = health_table_get(fixture->table, fixture->slots[i]);
        struct health_detail detail = detail_of(fixture, fixture->slots[i]);
        assert_int_equal(word.state, want[i]);
        assert_true(word.no_data);
        assert_int_equal(word.since_s, NOW_MS / 1000);
        assert_int_equal(detail.since_ms, NOW_MS);
        assert_int_equal(detail.flags, flags[i]);
        assert_int_equal(detail.changes, 0);
        assert_string_equal(detail.type, "TCP");
        assert_string_equal(detail.target, "tcp://192.0.2.1:25");
    }
}

/* What a checker would have written by then. */
static void decide(struct fixture *fixture, uint32_t slot, enum health_state raw, uint32_t streak)
{
    struct health_detail detail = detail_of(fixture, slot);
    detail.raw_state = raw;
    detail.streak = streak;
    detail.fails = 7;
    detail.since_ms = NOW_MS + 5000;
    health_table_put(fixture->table, slot,
            (struct health_verdict){.state = raw, .since_s = (uint32_t)(detail.since_ms / 1000)});
    health_table_write(fixture->table, slot, &detail);
}

static void a_known_check_keeps_its_slot_verdict_and_counters(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, "[" CHECK("b", "") "," CHECK("d", "") "]", NOW_MS);
    uint32_t b = fixture->slots[0], d = fixture->slots[1];
    decide(fixture, b, HEALTH_DOWN, 1);
    decide(fixture, d, HEALTH_DOWN, 1);

    publish(fixture,
            "[" CHECK("a", "") "," CHECK("b", "") "," CHECK("c", "") "," ELSEWHERE("d") "]",
            NOW_MS + 9000);
    assert_int_equal(fixture->slots[1], b);
    assert_int_equal(fixture->slots[3], d);
    assert_int_not_equal(fixture->slots[0], fixture->slots[2]);
    struct health_detail kept = detail_of(fixture, b);
    assert_int_equal(health_table_get(fixture->table, b).state, HEALTH_DOWN);
    assert_int_equal(kept.since_ms, NOW_MS + 5000);
    assert_int_equal(kept.fails, 7);
    assert_int_equal(kept.streak, 1);
    /* Another target: the verdict stays, but a streak against the old one says nothing of it. */
    struct health_detail moved = detail_of(fixture, d);
    assert_int_equal(moved.raw_state, HEALTH_DOWN);
    assert_int_equal(moved.streak, 0);
    assert_string_equal(moved.target, "tcp://192.0.2.9:25");
}

/* An operator's word outlasts a reload; it ends with the check. */
static void what_is_forced_stays_forced_until_the_check_is_retired(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, "[" CHECK("a", "") "," CHECK("b", "") "]", NOW_MS);
    uint32_t a = fixture->slots[0];
    assert_int_equal(health_table_force(fixture->table, a, "a", HEALTH_DOWN), 0);
    publish(fixture, "[" CHECK("a", "\"Disabled\":true,") "," CHECK("b", "") "]", NOW_MS);
    assert_true(health_table_get(fixture->table, a).forced);
    assert_int_equal(health_table_get(fixture->table, a).state, HEALTH_DOWN);
    assert_int_equal(health_table_found(fixture->table, a).state, HEALTH_UP);
    assert_int_equal(detail_of(fixture, a).changes, 0);
    publish(fixture, "[" CHECK("b", "") "]", NOW_MS); /* leaving */
    assert_true(health_table_get(fixture->table, a).forced);
    definitions_retire(fixture->table);
    assert_int_equal(health_table_get(fixture->table, a).state, HEALTH_UNKNOWN);
    publish(fixture, "[" CHECK("b", "") "," CHECK("c", "") "]", NOW_MS);
    assert_int_equal(fixture->slots[1], a);
    assert_false(health_table_get(fixture->table, a).forced);
}

static void turning_a_check_round_changes_its_verdict_at_once(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, CHECK("a", ""), NOW_MS);
    decide(fixture, fixture->slots[0], HEALTH_DOWN, 0);
    publish(fixture, CHECK("a", "\"Disabled\":true,"), NOW_MS + 60000);
    struct health_verdict word = health_table_get(fixture->table, fixture->slots[0]);
    assert_int_equal(word.state, HEALTH_UP);
    assert_int_equal(word.since_s, (NOW_MS + 60000) / 1000);
    assert_int_equal(detail_of(fixture, fixture->slots[0]).changes, 1);
}

static void a_removed_check_leaves_and_is_freed_on_retire(void **state)
{
    struct fixture *fixture = *state;
    struct health_detail detail;
    publish(fixture, "[" CHECK("a", "") "," CHECK("b", "") "]", NOW_MS);
    uint32_t a = fixture->slots[0];
    decide(fixture, a, HEALTH_DOWN, 0);

    publish(fixture, "[" CHECK("b", "") "," CHECK("c", "") "]", NOW_MS);
    assert_int_equal(detail_of(fixture, a).flags, HEALTH_LEAVING);
    assert_int_equal(health_table_get(fixture->table, a).state, HEALTH_DOWN);
    assert_int_not_equal(fixture->slots[1], a);

    /* It may come back before anybody retired it. */
    publish(fixture, "[" CHECK("a", "") "," CHECK("b", "") "," CHECK("c", "") "]", NOW_MS);
    assert_int_equal(fixture->slots[0], a);
    assert_int_equal(detail_of(fixture, a).flags, HEALTH_DEFINED);

    publish(fixture, "[" CHECK("b", "") "," CHECK("c", "") "]", NOW_MS);
    definitions_retire(fixture->table);
    assert_int_equal(health_table_read(fixture->table, a, &detail), -ENOENT);
    assert_int_equal(health_table_get(fixture->table, a).state, HEALTH_UNKNOWN);

    publish(fixture, "[" CHECK("b", "") "," CHECK("c", "") "," CHECK("d", "") "]", NOW_MS);
    assert_int_equal(fixture->slots[2], a);
}

#define PROBED(id, type, more)                                                                     \
    "{\"Id\":\"" id "\",\"HealthCheckConfig\":{\"Type\":\"" type                                   \
    "\",\"IPAddress\":\"192.0.2.1\",\"Port\":80" more "}},"
#define COUNTING(id, children, more)                                                               \
    "{\"Id\":\"" id "\",\"HealthCheckConfig\":{\"Type\":\"CALCULATED\",\"HealthThreshold\":1,"     \
    "\"ChildHealthChecks\":[" children "]" more "}}"

static void how_a_check_is_probed_is_published(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *id;
        uint32_t interval_ms, timeout_ms, linger_ms, fall, rise;
        bool counted;
    } rows[] = {
            {"http",  10000, 8000, 2000, 3, 3, true },
            {"match", 500,   4600, 0,    2, 1, false},
            {"sums",  10000, 8000, 2000, 3, 3, false},
            {"tcp",   60000, 1500, 200,  2, 5, true },
            {"turns", 60000, 1500, 200,  5, 2, false},
    };

    publish(fixture,
            "[" PROBED("http", "HTTP", "") PROBED("match", "HTTP_STR_MATCH",
                    ",\"SearchString\":\"x\",\"RequestInterval\":0.5,\"ResponseTimeout\":0.3,"
                    "\"FailureThreshold\":2,\"SuccessThreshold\":1") PROBED("tcp", "TCP",
                    ",\"RequestInterval\":60,\"ConnectTimeout\":1.5,\"FailureThreshold\":2,"
                    "\"SuccessThreshold\":5,\"Inverted\":true") COUNTING("sums", "\"http\"",
                    "") "," COUNTING("turns", "\"http\",\"tcp\"", "") "]",
            NOW_MS);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct health_detail detail = detail_of(fixture, fixture->slots[i]);
        assert_string_equal(detail.id, rows[i].id);
        assert_int_equal(detail.interval_ms, rows[i].interval_ms);
        assert_int_equal(detail.timeout_ms, rows[i].timeout_ms);
        assert_int_equal(detail.linger_ms, rows[i].linger_ms);
        assert_int_equal(detail.fall, rows[i].fall);
        assert_int_equal(detail.rise, rows[i].rise);
        assert_int_equal((detail.flags & HEALTH_COUNTED) != 0, rows[i].counted);
    }
    /* A reload tells anew. */
    publish(fixture, "[" PROBED("http", "HTTP", ",\"RequestInterval\":1") CHECK("x", "") "]",
            NOW_MS);
    struct health_detail detail = detail_of(fixture, fixture->slots[0]);
    assert_int_equal(detail.interval_ms, 1000);
    assert_int_equal(detail.flags, HEALTH_DEFINED);
}

/* Which child is slowest depends on the way its parent turns: an inverted one goes down with a child that
 * comes up. */
static void the_slowest_child_counts(void **state)
{
    struct fixture *fixture = *state;
    const char *children = "[" PROBED("a", "TCP", ",\"FailureThreshold\":9,\"SuccessThreshold\":1")
            PROBED("b", "TCP", ",\"FailureThreshold\":2,\"SuccessThreshold\":8") COUNTING("c",
                    "\"a\",\"b\"", "") "," COUNTING("d", "\"a\",\"b\"", ",\"Inverted\":true") "]";

    publish(fixture, children, NOW_MS);
    struct health_detail upright = detail_of(fixture, fixture->slots[2]);
    struct health_detail inverted = detail_of(fixture, fixture->slots[3]);
    assert_int_equal(upright.fall, 9);
    assert_int_equal(inverted.rise, 8);
    assert_int_equal(timing_down_ms(&upright), 200 + 9 * (10000 + 500 + 10000));
    assert_int_equal(timing_down_ms(&inverted), 200 + 8 * (10000 + 500 + 10000));
}

/* Whoever counts a CALCULATED check waits for what that one waits for. */
static void nested_checks_have_the_pace_of_the_slowest(void **state)
{
    struct fixture *fixture = *state;
    /* The top comes before what it counts, in the file and by id. */
    publish(fixture,
            "[" COUNTING("a", "\"b\",\"y\"", "") "," COUNTING("b", "\"x\",\"c\"",
                    ",\"Inverted\":true") "," COUNTING("c", "\"x\"", "") "," PROBED("x", "TCP",
                    ",\"FailureThreshold\":2,\"SuccessThreshold\":8") CHECK("y", "") "]",
            NOW_MS);
    struct health_detail top = detail_of(fixture, fixture->slots[0]);
    struct health_detail middle = detail_of(fixture, fixture->slots[1]);
    assert_int_equal(middle.fall, 2);
    assert_int_equal(middle.rise, 8);
    assert_int_equal(top.fall, 8); /* the one between is inverted */
    assert_int_equal(timing_down_ms(&top), 200 + 8 * (10000 + 500 + 10000));
    assert_int_equal(timing_down_ms(&middle), timing_down_ms(&top));
}

/* Slots that are leaving are not free yet; a check that has a slot needs no other. */
static void a_full_table_has_room_for_those_in_it(void **state)
{
    struct fixture *fixture = *state;
    struct health_detail detail = {.flags = HEALTH_LEAVING};
    struct diag *diag = diag_new();

    for (uint32_t slot = 0; slot < HEALTH_TABLE_SLOTS; slot++) {
        snprintf(detail.id, sizeof(detail.id), "old-%u", slot);
        health_table_write(fixture->table, slot, &detail);
    }
    load(fixture,
            "[{\"Id\":\"old-7\",\"HealthCheckConfig\":{\"Type\":\"HTTP\",\"IPAddress\":\"::1\"}}]");
    assert_int_equal(definitions_fit(fixture->definitions, fixture->table, "dir", diag), 0);
    load(fixture,
            "[{\"Id\":\"new\",\"HealthCheckConfig\":{\"Type\":\"HTTP\",\"IPAddress\":\"::1\"}}]");
    assert_int_equal(
            definitions_fit(fixture->definitions, fixture->table, "dir", diag), ERR_FAULTY);
    assert_string_equal(
            diag_fault_at(diag, 0)->message, "the health table is full: it holds 131072 checks");
    assert_string_equal(detail_of(fixture, 7).id, "old-7");
    diag_free(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
            TEST(a_new_check_is_healthy_until_data_unless_inverted),
            TEST(what_is_forced_stays_forced_until_the_check_is_retired),
            TEST(a_known_check_keeps_its_slot_verdict_and_counters),
            TEST(turning_a_check_round_changes_its_verdict_at_once),
            TEST(a_removed_check_leaves_and_is_freed_on_retire),
            TEST(how_a_check_is_probed_is_published),
            TEST(the_slowest_child_counts),
            TEST(nested_checks_have_the_pace_of_the_slowest),
            TEST(a_full_table_has_room_for_those_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
