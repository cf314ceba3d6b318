/* test_alias.c -- aliases between groups: depth, cost, order, and that a choice goes all the way.
 * The single faults have files in tests/data/zones/bad/groups, which test_group.c runs. */
#include "test.h"

#include "dns/rr.h"
#include "zone/fixture.h"
#include "zone/lookup.h"

static const struct route_group *find_group(const struct zone *zone, const char *text)
{
    struct name name;
    assert_int_equal(name_from_text(text, zone->apex, &name), 0);
    const struct node *node = zone_lookup_exact(zone, name.bytes);
    assert_non_null(node);
    const struct rrset *rrset = node_rrset(node, RR_A);
    assert_non_null(rrset);
    return rrset->group;
}

static void expect_faults(struct fixture *fixture, const char *text, const char *expected)
{
    struct zone *zone = fixture_load(fixture, "example.com.", text);
    char *faults = fixture_faults(fixture->diag);
    assert_null(zone);
    if (strcmp(faults, expected) != 0)
        fail_msg("faults:\n%s", faults);
    free(faults);
}

/* A chain of so many aliases, first to last or last to first in canonical order. */
static void write_chain(struct buf *text, uint32_t length, bool upwards)
{
    buf_add_string(text, FIXTURE_HEAD);
    for (uint32_t i = 0; i < length; i++)
        buf_printf(text, "a%02u A 192.0.2.1 ; @simple alias=a%02u\n", upwards ? i : length - i,
                upwards ? i + 1 : length - i - 1);
    buf_printf(text, "a%02u A 192.0.2.99\n", upwards ? length : 0);
}

static void test_depth(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint32_t length;
        bool upwards;
        bool good;
    } rows[] = {
            {"16 aliases, from the first name", 16, true,  true },
            {"16 aliases, from the last name",  16, false, true },
            {"17 aliases, from the first name", 17, true,  false},
            {"17 aliases, from the last name",  17, false, false},
            {"90 aliases, from the first name", 90, true,  false},
            {"90 aliases, from the last name",  90, false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture fixture;
        struct buf text;
        fixture_init(&fixture);
        buf_init(&text, FIXTURE_TEXT_MAX);
        write_chain(&text, rows[i].length, rows[i].upwards);
        struct zone *zone = fixture_load(&fixture, "example.com.", buf_string(&text));
        if ((zone != NULL) != rows[i].good)
            fail_msg("%s: %s", rows[i].what, zone != NULL ? "good" : "faulty");
        zone_unref(zone);
        buf_done(&text);
        fixture_done(&fixture);
    }
}

/* A choice from the top of the longest chain ends at the plain records. */
static void test_choice_goes_down(void **state)
{
    (void)state;
    struct rand rand = rand_from_seed(4);
    struct route_choice choice;
    struct fixture fixture;
    struct buf text;

    fixture_init(&fixture);
    buf_init(&text, FIXTURE_TEXT_MAX);
    write_chain(&text, 16, true);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", buf_string(&text));
    const struct route_group *top = find_group(zone, "a00");
    assert_int_equal(top->cost_health, 17);
    const struct route_worker worker = {.index = ROUTE_WORKER_NONE};
    struct route_query query = {.health = fixture.table, .worker = &worker, .rand = &rand};
    route_choose(top, &query, &choice);
    const struct rrset *rrset = choice.set[0]->data;
    assert_int_equal(rrset->wire[15], 99);
    zone_unref(zone);
    buf_done(&text);
    fixture_done(&fixture);
}

/* All aliases to one plain rrset share its group. */
static void test_plain_target_is_shared(void **state)
{
    (void)state;
    static const char text[] = FIXTURE_HEAD "a IN A 192.0.2.1 ; @simple alias=ns\n"
                                            "b IN A 192.0.2.1 ; @failover primary alias=ns\n"
                                            "b IN A 192.0.2.1 ; @failover secondary alias=NS\n";
    struct fixture fixture;
    struct name name;

    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", text);
    const struct route_group *target = find_group(zone, "a")->sets[0].alias;
    assert_ptr_equal(find_group(zone, "b")->sets[0].alias, target);
    assert_ptr_equal(find_group(zone, "b")->sets[1].alias, target);
    assert_int_equal(target->policy, ROUTE_SIMPLE);
    assert_int_equal(target->count, 1);
    assert_int_equal(target->sets[0].check, HEALTH_SLOT_NONE);
    assert_int_equal(name_from_text("ns", zone->apex, &name), 0);
    const struct rrset *rrset = node_rrset(zone_lookup_exact(zone, name.bytes), RR_A);
    assert_ptr_equal(target->sets[0].data, rrset);
    assert_null(rrset->group); /* asked directly it is a plain rrset */
    zone_unref(zone);
    fixture_done(&fixture);
}

/* A group of 300 aliases, with `keys` behind each, to a group of 300 sets. */
static void write_wide(struct buf *text, const char *keys)
{
    buf_add_string(text, FIXTURE_HEAD);
    for (uint32_t i = 0; i < 300; i++)
        buf_printf(text, "leaf A 10.0.%u.%u ; @weighted 1\n", i / 250, i % 250);
    for (uint32_t i = 0; i < 300; i++)
        buf_printf(text, "top A 10.0.%u.%u ; @weighted 1 alias=leaf%s\n", i / 250, i % 250, keys);
}

static void test_cost(void **state)
{
    (void)state;
    struct fixture fixture;
    struct buf text;

    fixture_init(&fixture);
    buf_init(&text, FIXTURE_TEXT_MAX);
    write_wide(&text, "");
    expect_faults(&fixture, buf_string(&text),
            "305:18: answering from this group may mean looking at more than 65536 sets behind its "
            "aliases\n");
    buf_done(&text);

    /* Unevaluated, only the one that is chosen is looked into. */
    write_wide(&text, " evaluate=no");
    struct zone *zone = fixture_load_good(&fixture, "example.com.", buf_string(&text));
    assert_int_equal(find_group(zone, "top")->cost, 600);
    zone_unref(zone);
    buf_done(&text);
    fixture_done(&fixture);
}

static void test_sets_max(void **state)
{
    (void)state;
    for (uint32_t sets = ROUTE_SETS_MAX; sets <= ROUTE_SETS_MAX + 1; sets++) {
        struct fixture fixture;
        struct buf text;
        fixture_init(&fixture);
        buf_init(&text, FIXTURE_TEXT_MAX);
        buf_add_string(&text, FIXTURE_HEAD);
        for (uint32_t i = 0; i < sets; i++)
            buf_printf(&text, "w A 10.0.%u.%u ; @multivalue\n", i / 250, i % 250);
        if (sets > ROUTE_SETS_MAX) {
            expect_faults(&fixture, buf_string(&text),
                    "1029:17: a @multivalue group of 1025 sets; it may have 1024\n");
        } else {
            struct zone *zone = fixture_load_good(&fixture, "example.com.", buf_string(&text));
            assert_int_equal(find_group(zone, "w")->count, ROUTE_SETS_MAX);
            zone_unref(zone);
        }
        buf_done(&text);
        fixture_done(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_depth),
            cmocka_unit_test(test_choice_goes_down),
            cmocka_unit_test(test_plain_target_is_shared),
            cmocka_unit_test(test_cost),
            cmocka_unit_test(test_sets_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
