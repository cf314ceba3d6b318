/* test_doc.c -- a report as JSON, whole whatever the room is. */
#include "test.h"

#include <jansson.h>

#include "lint/world.h"

#define SITES 300U

static json_t *print(const struct lint_report *report, size_t room)
{
    struct buf text;

    buf_init(&text, WORLD_TEXT_MAX);
    lint_report_print(report, room, &text);
    if (text.length > room)
        fail_msg("%zu bytes where %zu were wanted", text.length, room);
    json_t *root = json_loadb(text.data, text.length, 0, NULL);
    assert_true(json_is_object(root));
    buf_done(&text);
    return root;
}

static json_int_t number_of(const json_t *root, const char *key)
{
    const json_t *member = json_object_get(root, key);
    assert_true(json_is_integer(member));
    return json_integer_value(member);
}

static void load_sites(struct world *world)
{
    struct buf text;

    world_init(world);
    buf_init(&text, WORLD_TEXT_MAX);
    for (uint32_t i = 0; i < SITES; i++)
        buf_printf(&text,
                "w%u 90 A 192.0.2.1 ; @failover primary check=a\n"
                "w%u 90 A 192.0.2.2 ; @failover secondary check=a\n",
                i, i);
    world_load(world, buf_string(&text));
    buf_done(&text);
}

static void whatever_the_room_is(void **state)
{
    (void)state;
    struct world world;

    load_sites(&world);
    struct lint_report *report = world_lint(&world);
    size_t findings = lint_report_count(report);
    assert_int_equal(findings, 2 * SITES + WORLD_CHECKS - 1);
    for (size_t room = 1500; room < WORLD_TEXT_MAX; room = room * 5 / 4) {
        json_t *root = print(report, room);
        size_t shown = json_array_size(json_object_get(root, "findings"));
        size_t times = json_array_size(json_object_get(root, "times"));
        assert_int_equal(shown + (size_t)number_of(root, "findings_more"), findings);
        assert_int_equal(times + (size_t)number_of(root, "times_more"), SITES);
        assert_true(room < 4000 || times > 0); /* findings leave them some room */
        assert_int_equal(number_of(root, "warnings"), SITES);
        assert_int_equal(number_of(root, "notes"), SITES + WORLD_CHECKS - 1);
        json_decref(root);
    }
    lint_report_free(report);
    world_done(&world);
}

static void every_member(void **state)
{
    (void)state;
    struct world world;

    world_init(&world);
    world_load(&world, "w 90 A 192.0.2.1 ; @failover primary check=a\n"
                       "w 90 A 192.0.2.2 ; @failover secondary check=a\n");
    struct lint_report *report = world_lint(&world);
    json_t *root = print(report, WORLD_TEXT_MAX);
    const json_t *finding = json_array_get(json_object_get(root, "findings"), 1);
    char *text = json_dumps(finding, JSON_COMPACT);
    assert_string_equal(text,
            "{\"code\":\"FAIL_OPEN\",\"severity\":\"warning\",\"waived\":false,"
            "\"zone\":\"example.com.\",\"name\":\"w.example.com.\",\"type\":\"A\","
            "\"message\":\"nothing healthy is left, and what is down is answered\","
            "\"advice\":\"add a set at another place, or a last resort without check\","
            "\"failures\":[{\"checks\":[\"a\"],\"share\":1.0,\"clients\":0,\"client\":null,"
            "\"first\":null,\"answered\":[{\"sets\":\"primary\",\"records\":\"192.0.2.1\"}],"
            "\"answered_more\":false}],\"failures_more\":0}");
    free(text);
    text = json_dumps(json_object_get(root, "slowest"), JSON_COMPACT);
    assert_string_equal(text,
            "{\"zone\":\"example.com.\",\"name\":\"w.example.com.\",\"type\":\"A\","
            "\"check\":\"a\",\"failover_worst_ms\":126100,\"detection_worst_ms\":36100,"
            "\"ttl_s\":90}");
    free(text);
    assert_true(json_is_null(json_object_get(root, "zone")));
    assert_int_equal(number_of(root, "zones"), 1);
    assert_int_equal(number_of(root, "names"), 1);
    assert_int_equal(number_of(root, "checks"), WORLD_CHECKS);
    json_decref(root);
    lint_report_free(report);
    world_done(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(whatever_the_room_is),
            cmocka_unit_test(every_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
