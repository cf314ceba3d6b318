/* test_lint.c -- zones as text, and what is found in them. */
#include "test.h"

#include "base/err.h"
#include "lint/world.h"

struct row {
    const char *what;
    const char *zone;
    const char *expected; /* all findings but those of checks that the zone does not name */
};

#define TWO_SITES                                                                                  \
    "w A 192.0.2.1 ; @failover primary check=a\nw A 192.0.2.2 ; @failover secondary check=b\n"

static const struct row failures[] = {
        {"nothing routed", "www A 192.0.2.1\n", ""},
        {"one site is meant so", "www A 192.0.2.1 ; @simple check=a\n",
         "note FAIL_OPEN www A [down a: simple = 192.0.2.1]\n"},
        {"one site behind aliases too",
         "x A 192.0.2.1 ; @simple alias=y\ny A 192.0.2.1 ; @simple alias=z\n"
         "z A 192.0.2.1 ; @failover primary check=a\n",
         "note FAIL_OPEN x A [down a: simple > simple > primary = 192.0.2.1]\n"
         "note FAIL_OPEN y A [down a: simple > primary = 192.0.2.1]\n"
         "note FAIL_OPEN z A [down a: primary = 192.0.2.1]\n"},
        {"failover of two", TWO_SITES, "note FAIL_OPEN w A [down a+b: primary = 192.0.2.1]\n"},
        {"failover of three needs three failures", TWO_SITES "w A 192.0.2.3 ; @failover 3 check=c\n",
         ""},
        {"both on one check",
         "w A 192.0.2.1 ; @failover primary check=a\n"
         "w A 192.0.2.2 ; @failover secondary check=a\n",
         "warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n"},
        {"a last resort without check", TWO_SITES "w A 192.0.2.3 ; @failover 3\n",
         "note UNCHECKED_LAST_RESORT w A [down a+b: 3 = 192.0.2.3]\n"},
        {"a weight of 0 is a last resort",
         "w A 192.0.2.1 ; @weighted 5 set=x check=a\nw A 192.0.2.2 ; @weighted 0 set=y\n",
         "note UNCHECKED_LAST_RESORT w A [down a: y = 192.0.2.2]\n"},
        {"a check of an alias is one of all behind it",
         "p A 192.0.2.1\nw A 192.0.2.1 ; @failover primary alias=p check=a\n"
         "w A 192.0.2.2 ; @failover secondary\n",
         "note UNCHECKED_LAST_RESORT w A [down a: secondary = 192.0.2.2]\n"},
        {"what a single does is not told of its pairs",
         "w A 192.0.2.1 ; @failover primary check=a\n"
         "w A 192.0.2.2 ; @failover secondary check=a\n"
         "v A 192.0.2.1 ; @failover primary alias=w check=b\n"
         "v A 192.0.2.3 ; @failover secondary check=c\n",
         "note FAIL_OPEN v A [down a+c: primary > primary = 192.0.2.1]"
         " [down b+c: primary > primary = 192.0.2.1]\n"
         "warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n"},
        {"a part of the answers",
         "p A 192.0.2.1 ; @simple check=a\n"
         "w A 192.0.2.1 ; @weighted 1 set=x alias=p evaluate=no\n"
         "w A 192.0.2.2 ; @weighted 3 set=y check=b\n",
         "note FAIL_OPEN p A [down a: simple = 192.0.2.1]\n"
         "warning FAIL_OPEN w A [down a 25%: x > simple = 192.0.2.1, y = 192.0.2.2]\n"},
        {"several records and sets",
         "w A 192.0.2.1 ; @weighted 1 set=x check=a\nw A 192.0.2.2 ; @weighted 1 set=x check=a\n"
         "w A 192.0.2.3 ; @weighted 1 set=x check=a\nw A 192.0.2.4 ; @weighted 1 set=y check=a\n",
         "warning FAIL_OPEN w A [down a: x = 192.0.2.1, 192.0.2.2 and 1 more, y = 192.0.2.4]\n"},
        {"more ends than are shown",
         "w A 192.0.2.1 ; @multivalue set=1 check=a\nw A 192.0.2.2 ; @multivalue set=2 check=a\n"
         "w A 192.0.2.3 ; @multivalue set=3 check=a\nw A 192.0.2.4 ; @multivalue set=4 check=a\n"
         "w A 192.0.2.5 ; @multivalue set=5 check=a\n",
         "warning FAIL_OPEN w A [down a: 1 = 192.0.2.1, 2 = 192.0.2.2, 3 = 192.0.2.3, "
         "4 = 192.0.2.4, ...]\n"},
        {"more failures than are shown",
         "w A 192.0.2.1 ; @failover primary alias=m\nw A 192.0.2.2 ; @failover secondary alias=n\n"
         "m A 192.0.2.1 ; @simple alias=o check=a\no A 192.0.2.1 ; @simple alias=q check=b\n"
         "q A 192.0.2.1 ; @simple check=c\n"
         "n A 192.0.2.2 ; @simple alias=r check=d\nr A 192.0.2.2 ; @simple alias=s check=e\n"
         "s A 192.0.2.2 ; @simple check=f\n",
         "note FAIL_OPEN m A [down a: simple > simple > simple = 192.0.2.1]"
         " [down b: simple > simple > simple = 192.0.2.1]"
         " [down c: simple > simple > simple = 192.0.2.1]\n"
         "note FAIL_OPEN n A [down d: simple > simple > simple = 192.0.2.2]"
         " [down e: simple > simple > simple = 192.0.2.2]"
         " [down f: simple > simple > simple = 192.0.2.2]\n"
         "note FAIL_OPEN o A [down b: simple > simple = 192.0.2.1]"
         " [down c: simple > simple = 192.0.2.1]\n"
         "note FAIL_OPEN q A [down c: simple = 192.0.2.1]\n"
         "note FAIL_OPEN r A [down e: simple > simple = 192.0.2.2]"
         " [down f: simple > simple = 192.0.2.2]\n"
         "note FAIL_OPEN s A [down f: simple = 192.0.2.2]\n"
         "note FAIL_OPEN w A [down a+d: primary > simple > simple > simple = 192.0.2.1]"
         " [down a+e: primary > simple > simple > simple = 192.0.2.1]"
         " [down a+f: primary > simple > simple > simple = 192.0.2.1]"
         " [down b+d: primary > simple > simple > simple = 192.0.2.1]"
         " [down b+e: primary > simple > simple > simple = 192.0.2.1]"
         " [down b+f: primary > simple > simple > simple = 192.0.2.1]"
         " [down c+d: primary > simple > simple > simple = 192.0.2.1]"
         " [down c+e: primary > simple > simple > simple = 192.0.2.1] and 1\n"},
        {"a family is lost", TWO_SITES "w AAAA 2001:db8::1 ; @failover primary check=c\n",
         "note FAIL_OPEN w A [down a+b: primary = 192.0.2.1]\n"
         "note FAMILY_LOST w A [down a+b: primary = 192.0.2.1]\n"
         "note FAIL_OPEN w AAAA [down c: primary = 2001:db8::1]\n"
         "warning FAMILY_LOST w AAAA [down c: primary = 2001:db8::1]\n"},
        {"families that go together lose none",
         TWO_SITES "w AAAA 2001:db8::1 ; @failover primary check=a\n"
                   "w AAAA 2001:db8::2 ; @failover secondary check=b\n",
         "note FAIL_OPEN w A [down a+b: primary = 192.0.2.1]\n"
         "note FAIL_OPEN w AAAA [down a+b: primary = 2001:db8::1]\n"},
        {"a plain family is none to be left with", TWO_SITES "w AAAA 2001:db8::1\n",
         "note FAIL_OPEN w A [down a+b: primary = 192.0.2.1]\n"},
        {"a family left with what has no check",
         "w A 192.0.2.1 ; @failover primary check=a\nw A 192.0.2.2 ; @failover secondary\n"
         "w AAAA 2001:db8::1 ; @failover primary check=a\n"
         "w AAAA 2001:db8::2 ; @failover secondary check=b\n",
         "note UNCHECKED_LAST_RESORT w A [down a: secondary = 192.0.2.2]\n"
         "warning FAMILY_LOST w A [down a: secondary = 192.0.2.2]\n"
         "note FAIL_OPEN w AAAA [down a+b: primary = 2001:db8::1]\n"},
        {"wildcards and glue are names too",
         "*.w MX 1 ns ; @simple check=a\nsub NS ns.sub\nns.sub A 192.0.2.9 ; @simple check=b\n",
         "note FAIL_OPEN ns.sub A [down b: simple = 192.0.2.9]\n"
         "note FAIL_OPEN *.w MX [down a: simple = 1 ns.example.com.]\n"},
};

static const struct row rules[] = {
        {"an alias that is not evaluated",
         "p A 192.0.2.1 ; @simple check=a\nw A 192.0.2.1 ; @failover primary alias=p evaluate=no\n"
         "w A 192.0.2.2 ; @failover secondary check=b\n",
         "warning NEVER_FAILS_OVER w A: \"primary\" cannot fail: it has no check, and its alias is "
         "not evaluated; the sets behind it are never answered\n"},
        {"an alias with a check may be unevaluated",
         "p A 192.0.2.1 ; @simple check=a\n"
         "w A 192.0.2.1 ; @failover primary alias=p evaluate=no check=c\n"
         "w A 192.0.2.2 ; @failover secondary check=b\n",
         ""},
        {"a leaf without check holds its branch up",
         "p A 192.0.2.1 ; @weighted 1 set=x check=a\np A 192.0.2.2 ; @weighted 1 set=y\n"
         "w A 192.0.2.1 ; @failover primary alias=p\nw A 192.0.2.3 ; @failover secondary check=b\n",
         "warning NEVER_FAILS_OVER w A: \"primary\" cannot fail: \"y\" of p.example.com. A has no "
         "check; the sets behind it are never answered\n"},
        {"nothing to fail over to", "p A 192.0.2.1\nw A 192.0.2.1 ; @failover primary alias=p\n",
         "note NEVER_FAILS_OVER w A: \"primary\" cannot fail: \"plain\" of p.example.com. A has no "
         "check; and there is nothing to fail over to\n"},
        {"the second of three", "w A 192.0.2.1 ; @failover primary check=a\n"
                                "w A 192.0.2.2 ; @failover secondary\n"
                                "w A 192.0.2.3 ; @failover 3 check=c\n",
         "warning NEVER_FAILS_OVER w A: \"secondary\" cannot fail: it has no check; the sets behind "
         "it are never answered\n"},
        {"weights fail over without checks, and are meant so",
         "w A 192.0.2.1 ; @weighted 1 set=x\nw A 192.0.2.2 ; @weighted 1 set=y check=a\n", ""},
        {"a long TTL", "w 60 A 192.0.2.1 ; @simple check=a\nv 61 A 192.0.2.1 ; @simple check=b\n"
                       "u 3600 A 192.0.2.1 ; @weighted 1 set=x\n",
         "note LONG_TTL v A: what goes by a check has a TTL of 61 s; at most 60 s is advised\n"},
        {"a long TTL is told where it is written",
         "v 90 A 192.0.2.1 ; @simple check=b\nw A 192.0.2.1 ; @simple alias=v check=a\n"
         "t 90 A 192.0.2.1\nx A 192.0.2.1 ; @simple alias=t check=a\n",
         "note LONG_TTL v A: what goes by a check has a TTL of 90 s; at most 60 s is advised\n"
         "note LONG_TTL x A: what goes by a check has a TTL of 90 s; at most 60 s is advised\n"},
        {"a slow failover", "w 264 A 192.0.2.1 ; @simple check=a\nv 263 A 192.0.2.1 ; @simple check=b\n",
         "note LONG_TTL v A: what goes by a check has a TTL of 263 s; at most 60 s is advised\n"
         "warning SLOW_FAILOVER w A: a failover takes up to 301 s: 37 s until a check is found "
         "down, and a TTL of 264 s\n"
         "note LONG_TTL w A: what goes by a check has a TTL of 264 s; at most 60 s is advised\n"},
        {"a last resort's TTL is none of a failover",
         TWO_SITES "w 3600 A 192.0.2.3 ; @failover 3\n", ""},
        {"a negative TTL", "w 29 A 192.0.2.1 ; @simple check=a\nv 20 A 192.0.2.1 ; @weighted 1\nu 1 A 192.0.2.1\n",
         "note NEGATIVE_TTL example.com. SOA: resolvers remember for 30 s that something is absent, "
         "but v.example.com., which is routed, for 20 s only\n"},
};

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

static void check_row(const struct row *row, bool of_failures)
{
    struct world world;

    world_init(&world);
    world_load(&world, row->zone);
    char *found = find(&world, of_failures);
    if (strcmp(found, row->expected) != 0)
        fail_msg("%s: wanted\n%sfound\n%s", row->what, row->expected, found);
    free(found);
    world_done(&world);
}

static void failures_of_zones(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(failures); i++)
        check_row(&failures[i], true);
}

static void rules_of_zones(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rules); i++)
        check_row(&rules[i], false);
}

/* ------------------------------------------------------------------ checks, waivers, times */

/* All findings but notes of failures, as text. */
static char *find_rest(struct world *world)
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
    char *found = find_rest(world);
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
    expect(&world, "warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n"
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
    expect(&world, "warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n1 0 0\n");
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
    expect(&world, "warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n1 0 0\n");
    world_done(&world);
}

static void what_is_waived(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        char *waivers[3];
        const char *expected;
    } rows[] = {
            {"by name", {"w.example.com:FAIL_OPEN"},
             "waived warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n"
             "note UNUSED_CHECK b\n0 1 1\n"},
            {"by name and type, in any case", {"W.Example.COM. a:fail_open", "b:UNUSED_CHECK"},
             "waived warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n"
             "waived note UNUSED_CHECK b\n0 0 2\n"},
            {"everywhere", {"*:FAIL_OPEN"},
             "waived warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n"
             "note UNUSED_CHECK b\n0 1 1\n"},
            {"another type, code and name", {"w.example.com AAAA:FAIL_OPEN", "*:LONG_TTL",
             "example.com:FAIL_OPEN"},
             "warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n"
             "note UNUSED_CHECK b\n"
             "note UNUSED_WAIVER w.example.com AAAA:FAIL_OPEN\n"
             "note UNUSED_WAIVER *:LONG_TTL\n"
             "note UNUSED_WAIVER example.com:FAIL_OPEN\n1 4 0\n"},
            {"waivers for waivers", {"*:UNUSED_WAIVER", "x:LONG_TTL", "*:*"},
             "warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n"
             "note UNUSED_CHECK b\n"
             "waived note UNUSED_WAIVER x:LONG_TTL\n1 1 1\n"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world;
        load(&world, SITE, 'c');
        world.sources.waivers = (char *const *)rows[i].waivers;
        while (world.sources.waivers_count < 3 &&
                rows[i].waivers[world.sources.waivers_count] != NULL)
            world.sources.waivers_count++;
        char *found = find_rest(&world);
        if (strcmp(found, rows[i].expected) != 0)
            fail_msg("%s: found\n%s", rows[i].what, found);
        free(found);
        world_done(&world);
    }
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
    detail.interval_ms = 0; /* not known */
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
    expect(&world, "warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n1 0 0\n");
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
    char *found = find_rest(&world);
    assert_non_null(strstr(found,
            "note NOT_TRIED v A: 67 checks decide: no pairs of them were tried, only each alone\n"));
    assert_non_null(strstr(found,
            "note NOT_TRIED w A: 66 checks decide: no pairs of them were tried, only each alone\n"));
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
