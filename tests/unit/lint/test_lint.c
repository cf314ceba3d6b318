/* test_lint.c -- zones as text, and what is found in them; tests/data/lint has the zones. */
#include "test.h"

#include "base/err.h"
#include "lint/world.h"

/* The findings as text, of failures or of the others. */
static char *find(const struct world *world, bool of_failures)
{
    struct lint_report *report = world_lint(world);
    struct buf text;

    buf_init(&text, WORLD_TEXT_MAX);
    for (size_t i = 0; i < lint_report_count(report); i++) {
        const struct lint_finding *finding = lint_report_at(report, i);
        bool is_failure = finding->code <= LINT_FAMILY_LOST;
        if (finding->code != LINT_UNUSED_CHECK && is_failure == of_failures)
            world_show(world, finding, &text);
    }
    char *found = strdup(buf_string(&text));
    buf_done(&text);
    lint_report_free(report);
    return found;
}

static void check_case(const char *what, const char *zone, const char *expected, bool of_failures)
{
    struct world world;

    world_init(&world);
    world_load(&world, zone);
    char *found = find(&world, of_failures);
    if (strcmp(found, expected) != 0)
        fail_msg("%s: wanted\n%sfound\n%s", what, expected, found);
    free(found);
    world_done(&world);
}

static void check_failures(const char *what, const char *zone, const char *expected)
{
    check_case(what, zone, expected, true);
}

static void check_rules(const char *what, const char *zone, const char *expected)
{
    check_case(what, zone, expected, false);
}

static void failures_of_zones(void **state)
{
    (void)state;
    assert_true(world_each_case("failures.txt", check_failures) >= 12);
}

static void rules_of_zones(void **state)
{
    (void)state;
    assert_true(world_each_case("rules.txt", check_rules) >= 12);
}

/* ------------------------------------------------------------------ checks, waivers, times */

/* All findings as text, and how many warnings, notes and waived ones there are. */
static char *find_all(struct world *world)
{
    struct lint_report *report = world_lint(world);
    struct buf text;

    buf_init(&text, WORLD_TEXT_MAX);
    for (size_t i = 0; i < lint_report_count(report); i++)
        world_show(world, lint_report_at(report, i), &text);
    buf_printf(&text, "%u %u %u\n", lint_report_warnings(report), lint_report_notes(report),
            lint_report_waived(report));
    char *found = strdup(buf_string(&text));
    buf_done(&text);
    lint_report_free(report);
    return found;
}

static void expect(struct world *world, const char *expected)
{
    char *found = find_all(world);
    assert_string_equal(found, expected);
    free(found);
}

/* Both sites on one check, and every other check named once. */
#define SITE                                                                                       \
    "w A 192.0.2.1 ; @failover primary check=a\nw A 192.0.2.2 ; @failover secondary check=a\n"

/* A set for each check from `first` on, in a group that a fourth failure would open. */
static void name_checks(char first, struct buf *ret)
{
    for (char id = first; id < 'a' + (char)WORLD_CHECKS; id++)
        buf_printf(ret, "u A 192.0.2.%d ; @weighted 1 set=%c check=%c\n", id, id, id);
}

static void load(struct world *world, const char *text, char first)
{
    struct buf whole;

    world_init(world);
    buf_init(&whole, WORLD_TEXT_MAX);
    buf_add_string(&whole, text);
    name_checks(first, &whole);
    world_load(world, buf_string(&whole));
    buf_done(&whole);
}

static void checks_nobody_uses(void **state)
{
    (void)state;
    struct health_detail detail;
    struct world world;

    load(&world, SITE, 'e');
    assert_int_equal(health_table_read(world.fixture.table, 2, &detail), 0);
    detail.flags |= HEALTH_COUNTED;
    health_table_write(world.fixture.table, 2, &detail);
    detail.flags = HEALTH_LEAVING;
    snprintf(detail.id, sizeof(detail.id), "gone");
    health_table_write(world.fixture.table, WORLD_CHECKS, &detail);
    expect(&world, "warning FAIL_OPEN w A\n"
                   "  [down a: primary = 192.0.2.1]\n"
                   "note UNUSED_CHECK b\n"
                   "note UNUSED_CHECK d\n"
                   "1 2 0\n");
    world_done(&world);
}

static void one_zone_says_nothing_of_checks(void **state)
{
    (void)state;
    struct world world;

    load(&world, SITE, 'e');
    world.sources.only = zone_set_at(world.zones, 0);
    world.sources.waivers = (char *const[]){"x:LONG_TTL"};
    world.sources.waivers_count = 1;
    expect(&world, "warning FAIL_OPEN w A\n"
                   "  [down a: primary = 192.0.2.1]\n1 0 0\n");
    world_done(&world);
}

/* Its checks may be the zone's that could not be read. */
static void a_faulty_zone_hides_what_it_uses(void **state)
{
    (void)state;
    struct world world;

    load(&world, SITE, 'e');
    struct zone *zones[] = {zone_ref(zone_set_at(world.zones, 0)),
            zone_new_faulty((const uint8_t *)"\6faulty\4test")};
    zone_set_free(world.zones);
    world.zones = zone_set_new(zones, COUNT(zones));
    world.sources.zones = world.zones;
    expect(&world, "warning FAIL_OPEN w A\n"
                   "  [down a: primary = 192.0.2.1]\n1 0 0\n");
    world_done(&world);
}

static const struct {
    const char *what;
    const char *waivers; /* parted by newlines */
    const char *expected;
} waived_rows[] = {
        {"by name",                                "w.example.com:FAIL_OPEN",
         "waived warning FAIL_OPEN w A\n"
                "  [down a: primary = 192.0.2.1]\n"
                "note UNUSED_CHECK b\n0 1 1\n"                                                                                                },
        {"by name and type, in any case",          "W.Example.COM. a:fail_open\nb:UNUSED_CHECK",
         "waived warning FAIL_OPEN w A\n"
                "  [down a: primary = 192.0.2.1]\n"
                "waived note UNUSED_CHECK b\n0 0 2\n"                                                                                         },
        {"everywhere",                             "*:FAIL_OPEN",
         "waived warning FAIL_OPEN w A\n"
                "  [down a: primary = 192.0.2.1]\n"
                "note UNUSED_CHECK b\n0 1 1\n"                                                                                                },
        {"another type, code and name",
         "w.example.com AAAA:FAIL_OPEN\n*:LONG_TTL\nexample.com:FAIL_OPEN",                      "warning FAIL_OPEN w A\n"
                "  [down a: primary = 192.0.2.1]\n"
                "note UNUSED_CHECK b\n"
                "note UNUSED_WAIVER w.example.com AAAA:FAIL_OPEN\n"
                "note UNUSED_WAIVER *:LONG_TTL\n"
                "note UNUSED_WAIVER example.com:FAIL_OPEN\n1 4 0\n"},
        {"waivers for waivers",                    "*:UNUSED_WAIVER\nx:LONG_TTL\n*:*",
         "warning FAIL_OPEN w A\n"
                "  [down a: primary = 192.0.2.1]\n"
                "note UNUSED_CHECK b\n"
                "waived note UNUSED_WAIVER x:LONG_TTL\n1 1 1\n"                                                                               },
        {"a waiver for waivers that are all used", "*:UNUSED_WAIVER\n*:FAIL_OPEN",
         "waived warning FAIL_OPEN w A\n"
                "  [down a: primary = 192.0.2.1]\n"
                "note UNUSED_CHECK b\n"
                "waived note UNUSED_WAIVER *:UNUSED_WAIVER\n0 1 2\n"                                                                          },
};

static void check_waived(const char *what, const char *waivers, const char *expected)
{
    struct world world;
    char text[256];
    char *list[4];
    char *rest;

    load(&world, SITE, 'c');
    snprintf(text, sizeof(text), "%s", waivers);
    world.sources.waivers = list;
    for (char *word = strtok_r(text, "\n", &rest); word != NULL; word = strtok_r(NULL, "\n", &rest))
        list[world.sources.waivers_count++] = word;
    char *found = find_all(&world);
    if (strcmp(found, expected) != 0)
        fail_msg("%s: found\n%s", what, found);
    free(found);
    world_done(&world);
}

static void what_is_waived(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(waived_rows); i++)
        check_waived(waived_rows[i].what, waived_rows[i].waivers, waived_rows[i].expected);
}

static void times_of_names(void **state)
{
    (void)state;
    struct health_detail detail;
    struct world world;

    world_init(&world);
    assert_int_equal(health_table_read(world.fixture.table, 1, &detail), 0);
    detail.flags |= HEALTH_INVERTED; /* two passes bring it down */
    health_table_write(world.fixture.table, 1, &detail);
    assert_int_equal(health_table_read(world.fixture.table, 2, &detail), 0);
    detail.interval_ms = detail.linger_ms = 0; /* not known */
    health_table_write(world.fixture.table, 2, &detail);
    world_load(&world, "w 10 A 192.0.2.1 ; @failover primary check=a\n"
                       "w 20 A 192.0.2.2 ; @failover secondary check=b\n"
                       "w 99 A 192.0.2.3 ; @failover 3\n"
                       "v 30 A 192.0.2.1 ; @simple check=b\nu A 192.0.2.1 ; @simple check=c\n"
                       "t A 192.0.2.1 ; @simple alias=v\ns A 192.0.2.1 ; @weighted 1\n");
    struct lint_report *report = world_lint(&world);
    static const struct {
        const char *name;
        uint32_t check;
        uint64_t detection_ms;
        uint32_t ttl_s;
    } rows[] = {
            {"t.example.com.", 1, 24100, 30},
            {"v.example.com.", 1, 24100, 30},
            {"w.example.com.", 0, 36100, 20},
    };
    assert_int_equal(lint_report_times(report), COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct lint_time *time = lint_report_time_at(report, i);
        assert_string_equal(time->name, rows[i].name);
        assert_int_equal(time->check, rows[i].check);
        assert_int_equal(time->detection_ms, rows[i].detection_ms);
        assert_int_equal(time->ttl_s, rows[i].ttl_s);
    }
    lint_report_free(report);
    world_done(&world);
}

static void what_is_up_now_makes_no_difference(void **state)
{
    (void)state;
    struct world world;

    load(&world, SITE, 'b');
    for (uint32_t slot = 0; slot < WORLD_CHECKS; slot++)
        health_table_put(world.fixture.table, slot,
                (struct health_verdict){.state = slot % 2 == 0 ? HEALTH_DOWN : HEALTH_UP});
    expect(&world, "warning FAIL_OPEN w A\n"
                   "  [down a: primary = 192.0.2.1]\n1 0 0\n");
    for (uint32_t slot = 0; slot < WORLD_CHECKS; slot++)
        assert_int_equal(health_table_get(world.fixture.table, slot).state,
                slot % 2 == 0 ? HEALTH_DOWN : HEALTH_UP);
    world_done(&world);
}

static void a_stopped_lint_is_not_whole(void **state)
{
    (void)state;
    const atomic_bool stop = true;
    struct world world;
    struct buf text;

    load(&world, SITE, 'e');
    world.sources.stop = &stop;
    struct lint_report *report = world_lint(&world);
    assert_int_equal(lint_report_count(report), 0);
    buf_init(&text, WORLD_TEXT_MAX);
    lint_report_print(report, WORLD_TEXT_MAX, &text);
    assert_non_null(strstr(buf_string(&text), "\"stopped\":true"));
    buf_done(&text);
    lint_report_free(report);
    world_done(&world);
}

/* ------------------------------------------------------------------ limits */

/* More checks than are tried in pairs, all of one set each. */
static void many_checks_are_tried_alone(void **state)
{
    (void)state;
    struct world world;
    struct buf text;
    char id[16];

    world_init(&world);
    buf_init(&text, WORLD_TEXT_MAX);
    for (uint32_t i = 0; i <= LINT_PAIR_CHECKS; i++) {
        snprintf(id, sizeof(id), "many-%u", i);
        world_define(&world, WORLD_CHECKS + i, id);
        buf_printf(&text, "l%u A 192.0.2.1 ; @simple check=%s%s\n", i, id,
                i < LINT_PAIR_CHECKS ? "" : "\nw A 192.0.2.1 ; @weighted 0 set=last check=a");
        buf_printf(&text, "w A 192.0.2.1 ; @weighted 1 set=s%u alias=l%u\n", i, i);
    }
    buf_printf(&text, "v A 192.0.2.1 ; @failover primary alias=w\n"
                      "v A 192.0.2.1 ; @failover secondary check=b\n");
    health_ids_free(world.fixture.ids);
    world.fixture.ids = health_ids_new(world.fixture.table);
    world.fixture.basis.ids = world.fixture.ids;
    world_load(&world, buf_string(&text));
    char *found = find_all(&world);
    assert_non_null(strstr(found, "note NOT_TRIED v A: 67 checks decide: no pairs of them were "
                                  "tried, only each alone\n"));
    assert_non_null(strstr(found, "note NOT_TRIED w A: 66 checks decide: no pairs of them were "
                                  "tried, only each alone\n"));
    assert_null(strstr(found, "FAIL_OPEN w"));
    free(found);
    buf_done(&text);
    world_done(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(failures_of_zones),
            cmocka_unit_test(rules_of_zones),
            cmocka_unit_test(checks_nobody_uses),
            cmocka_unit_test(one_zone_says_nothing_of_checks),
            cmocka_unit_test(a_faulty_zone_hides_what_it_uses),
            cmocka_unit_test(what_is_waived),
            cmocka_unit_test(times_of_names),
            cmocka_unit_test(what_is_up_now_makes_no_difference),
            cmocka_unit_test(a_stopped_lint_is_not_whole),
            cmocka_unit_test(many_checks_are_tried_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
