/* Documents out of a real table. */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "admin/status.h"

#define NOW_MS 1800000000000U

static void put(struct health_table *table, uint32_t slot, const char *id, uint32_t flags,
        struct health_verdict verdict)
{
    struct health_detail detail = {
            .type = "HTTP",
            .target = "http://192.0.2.1:80/",
            .reason = "connection refused",
            .flags = flags,
            .raw_state = HEALTH_DOWN,
            .streak = 2,
            .last_outcome = 2,
            .passes = 10,
            .fails = 3,
            .changes = 1,
            .since_ms = NOW_MS - 4250,
            .last_probe_ms = NOW_MS - 100,
            .duration_ms = 7,
            .interval_ms = 10000,
            .timeout_ms = 8000,
            .linger_ms = 2000,
            .fall = 3,
            .rise = 1,
    };
    snprintf(detail.id, sizeof(detail.id), "%s", id);
    health_table_write(table, slot, &detail);
    health_table_put(table, slot, verdict);
}

struct fixture {
    struct health_table *table;
    struct forces *forces;
};

static int setup(void **state)
{
    static struct fixture fixture;
    struct health_table *table = NULL;
    const uint32_t since_s = (NOW_MS - 4250) / 1000;
    assert_int_equal(health_table_create(&table), 0);
    put(table, 0, "www-eu", HEALTH_DEFINED,
            (struct health_verdict){.state = HEALTH_DOWN, .since_s = since_s});
    put(table, 1, "www-us", HEALTH_DEFINED | HEALTH_INVERTED,
            (struct health_verdict){.state = HEALTH_UP, .no_data = true, .since_s = since_s});
    put(table, 3, "old", HEALTH_LEAVING,
            (struct health_verdict){.state = HEALTH_UP, .since_s = since_s});
    fixture = (struct fixture){table, forces_new()};
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    health_table_close(f->table);
    forces_free(f->forces);
    return 0;
}

static void test_count(void **state)
{
    const struct fixture *f = *state;
    struct status_counts counts;
    status_count(f->table, &counts);
    assert_int_equal(counts.total, 3);
    assert_int_equal(counts.up, 2);
    assert_int_equal(counts.down, 1);
    assert_int_equal(counts.no_data, 1);
    assert_int_equal(counts.leaving, 1);
    assert_int_equal(counts.forced, 0);
    assert_int_equal(health_table_force(f->table, 0, "www-eu", HEALTH_UP), 0);
    status_count(f->table, &counts); /* counted as what answers go by */
    assert_int_equal(counts.up, 3);
    assert_int_equal(counts.down, 0);
    assert_int_equal(counts.forced, 1);
    assert_int_equal(counts.shadows, 0);
}

/* What it would be is after inversion. */
static void test_a_shadow(void **state)
{
    const struct fixture *f = *state;
    struct status_counts counts;
    struct health_detail detail;
    assert_int_equal(health_table_read(f->table, 0, &detail), 0);
    detail.flags |= HEALTH_SHADOW | HEALTH_INVERTED;
    detail.raw_state = HEALTH_UP;
    detail.changes = 5;
    detail.answer_changes = 3;
    health_table_write(f->table, 0, &detail);
    status_count(f->table, &counts);
    assert_int_equal(counts.shadows, 1);
    assert_int_equal(counts.shadows_down, 1);
    assert_int_equal(counts.shadow_changes, 5);
    assert_int_equal(counts.shadow_answer_changes, 3);

    struct buf text;
    buf_init(&text, 1 << 16);
    assert_int_equal(status_print_check(f->table, f->forces, "www-eu", NOW_MS, &text), 0);
    assert_non_null(strstr(buf_string(&text), "\"changes\":5,\"answer_changes\":3"));
    assert_non_null(strstr(buf_string(&text), "\"shadow\":true,\"would_be\":\"down\""));
    buf_done(&text);
}

static json_t *parse(struct buf *text)
{
    json_t *json = json_loads(buf_string(text), 0, NULL);
    assert_non_null(json);
    buf_done(text);
    return json;
}

static void test_one_check(void **state)
{
    const struct fixture *f = *state;
    struct buf text;
    buf_init(&text, 1 << 16);
    assert_int_equal(status_print_check(f->table, f->forces, "www-eu", NOW_MS, &text), 0);
    json_t *json = parse(&text);
    const json_t *row = json_array_get(json_object_get(json, "checks"), 0);
    const char *id, *kind, *target, *condition, *since, *reason, *outcome;
    json_int_t for_ms, streak, passes, fails;
    int no_data, defined;
    assert_int_equal(
            json_unpack((json_t *)(uintptr_t)row, "{ss ss ss ss ss ss ss sI sI sI sI sb sb}", "id",
                    &id, "type", &kind, "target", &target, "state", &condition, "since", &since,
                    "reason", &reason, "last_outcome", &outcome, "for_ms", &for_ms, "streak",
                    &streak, "passes", &passes, "fails", &fails, "no_data", &no_data, "defined",
                    &defined),
            0);
    assert_string_equal(id, "www-eu");
    assert_string_equal(kind, "HTTP");
    assert_string_equal(condition, "down");
    assert_string_equal(outcome, "fail");
    assert_string_equal(reason, "connection refused");
    assert_string_equal(since, "2027-01-15T07:59:55.750Z");
    assert_int_equal(for_ms, 4250);
    assert_int_equal(streak, 2);
    assert_int_equal(passes, 10);
    assert_false(no_data);
    assert_true(defined);
    json_int_t interval, timeout, linger, fall, rise, worst;
    assert_int_equal(json_unpack((json_t *)(uintptr_t)row, "{sI sI sI sI sI sI}", "interval_ms",
                             &interval, "timeout_ms", &timeout, "linger_ms", &linger, "fall", &fall,
                             "rise", &rise, "detection_worst_ms", &worst),
            0);
    assert_true(interval == 10000 && timeout == 8000 && linger == 2000 && fall == 3 && rise == 1);
    assert_int_equal(worst, 57500);
    json_decref(json);
}

static void test_all_checks(void **state)
{
    const struct fixture *f = *state;
    struct buf text;
    buf_init(&text, 1 << 16);
    status_print_checks(f->table, f->forces, NOW_MS, &text);
    json_t *json = parse(&text);
    const json_t *rows = json_object_get(json, "checks");
    assert_int_equal(json_array_size(rows), 3); /* the free slot between is no row */
    assert_true(json_is_true(json_object_get(json_array_get(rows, 1), "inverted")));
    assert_true(json_is_true(json_object_get(json_array_get(rows, 2), "leaving")));
    json_decref(json);
}

static void set_force(struct fixture *f, const char *id, uint64_t until_ms)
{
    struct force force = {
            .state = HEALTH_UP,
            .since_ms = NOW_MS - 60000,
            .until_ms = until_ms,
            .owner = "jane",
            .reason = "deploy",
    };
    snprintf(force.id, sizeof(force.id), "%s", id);
    assert_int_equal(forces_set(f->forces, &force), 0);
    forces_apply(f->forces, f->table);
}

/* What answers go by, who has set it, and what is found below. */
static void test_forced(void **state)
{
    struct fixture *f = *state;
    struct buf text;
    buf_init(&text, 1 << 16);
    set_force(f, "www-eu", NOW_MS + 90000);
    assert_int_equal(status_print_check(f->table, f->forces, "www-eu", NOW_MS, &text), 0);
    json_t *json = parse(&text);
    json_t *row = json_array_get(json_object_get(json, "checks"), 0);
    const char *condition, *found, *since, *found_since, *forced, *until, *owner, *reason;
    json_int_t for_ms, found_for_ms, age_ms, left_ms;
    assert_int_equal(json_unpack(row, "{ss ss ss ss sI sI s{ss sI ss sI ss ss}}", "state",
                             &condition, "found", &found, "since", &since, "found_since",
                             &found_since, "for_ms", &for_ms, "found_for_ms", &found_for_ms,
                             "forced", "state", &forced, "age_ms", &age_ms, "until", &until,
                             "left_ms", &left_ms, "owner", &owner, "reason", &reason),
            0);
    assert_string_equal(condition, "up");
    assert_string_equal(found, "down");
    assert_string_equal(since, "2027-01-15T07:59:00.000Z");
    assert_string_equal(found_since, "2027-01-15T07:59:55.750Z");
    assert_int_equal(for_ms, 60000);
    assert_int_equal(found_for_ms, 4250);
    assert_string_equal(forced, "up");
    assert_int_equal(age_ms, 60000);
    assert_string_equal(until, "2027-01-15T08:01:30.000Z");
    assert_int_equal(left_ms, 90000);
    assert_string_equal(owner, "jane");
    assert_string_equal(reason, "deploy");
    json_decref(json);
}

static void test_list_of_forces(void **state)
{
    struct fixture *f = *state;
    struct buf text;
    buf_init(&text, 1 << 16);
    set_force(f, "www-us", 0);
    set_force(f, "not-there", NOW_MS - 1);
    struct doc *doc = doc_new();
    status_set_forces(doc, "forces", f->forces, NOW_MS);
    doc_print(doc, &text);
    doc_free(doc);
    assert_string_equal(buf_string(&text),
            "{\"forces\":[{\"state\":\"up\",\"since\":\"2027-01-15T07:59:00.000Z\",\"age_ms\":"
            "60000,"
            "\"until\":null,\"left_ms\":null,\"owner\":\"jane\",\"reason\":\"deploy\","
            "\"id\":\"www-us\",\"missing\":false},{\"state\":\"up\","
            "\"since\":\"2027-01-15T07:59:00.000Z\",\"age_ms\":60000,"
            "\"until\":\"2027-01-15T07:59:59.999Z\",\"left_ms\":0,\"owner\":\"jane\","
            "\"reason\":\"deploy\",\"id\":\"not-there\",\"missing\":true}]}");
    buf_done(&text);
}

static void test_not_found(void **state)
{
    const struct fixture *f = *state;
    struct buf text;
    buf_init(&text, 1 << 16);
    assert_int_equal(status_print_check(f->table, f->forces, "ww-eu", NOW_MS, &text), -ENOENT);
    assert_string_equal(buf_string(&text),
            "{\"error\":\"no check \\\"ww-eu\\\"; did you mean \\\"www-eu\\\"?\"}");
    buf_done(&text);
}

static void test_heartbeat(void **state)
{
    static const struct {
        const char *what;
        uint64_t beat_ms;
        bool silent;
    } rows[] = {
            {"just now",       NOW_MS,        false},
            {"at the edge",    NOW_MS - 3000, false},
            {"beyond",         NOW_MS - 3001, true },
            {"ahead",          NOW_MS + 3000, false},
            {"clock set back", NOW_MS + 3001, true },
            {"never",          0,             true },
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf text;
        buf_init(&text, 4096);
        health_table_beat(f->table, rows[i].beat_ms);
        struct doc *doc = status_heartbeat_doc(f->table, NOW_MS);
        doc_print(doc, &text);
        doc_free(doc);
        json_t *json = parse(&text);
        if (json_is_true(json_object_get(json, "silent")) != rows[i].silent)
            fail_msg("%s: wrong", rows[i].what);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_count, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_shadow, setup, teardown),
            cmocka_unit_test_setup_teardown(test_one_check, setup, teardown),
            cmocka_unit_test_setup_teardown(test_all_checks, setup, teardown),
            cmocka_unit_test_setup_teardown(test_forced, setup, teardown),
            cmocka_unit_test_setup_teardown(test_list_of_forces, setup, teardown),
            cmocka_unit_test_setup_teardown(test_not_found, setup, teardown),
            cmocka_unit_test_setup_teardown(test_heartbeat, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
