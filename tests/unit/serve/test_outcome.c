/* test_outcome.c -- src/serve/outcome.c: the answers a name may get, and the bound on how many are followed. */
#include "test.h"

#include "base/rand.h"
#include "dns/rr.h"
#include "serve/outcome.h"
#include "zone/fixture.h"

#define ZONE                                                                                       \
    FIXTURE_HEAD "p A 192.0.2.1\np A 192.0.2.2\n"                                                  \
                 "w A 192.0.2.1 ; @weighted 1 set=x check=www-eu\n"                                \
                 "w A 192.0.2.2 ; @weighted 3 set=y\n"                                             \
                 "w A 192.0.2.3 ; @weighted 0 set=z\n"                                             \
                 "f A 192.0.2.9 ; @failover primary alias=w check=www-us\n"                        \
                 "f A 192.0.2.8 ; @failover secondary\n"                                           \
                 "m A 192.0.2.1 ; @multivalue set=x\nm A 192.0.2.2 ; @multivalue set=y\n"          \
                 "a A 192.0.2.9 ; @weighted 1 set=x alias=w\n"                                     \
                 "a A 192.0.2.9 ; @weighted 1 set=y alias=w\n"                                     \
                 "c CNAME p\n*.d A 192.0.2.1\nsub NS ns\n"

static struct name name_of(const char *text, const uint8_t *origin)
{
    struct name name;
    assert_int_equal(name_from_text(text, origin, &name), 0);
    return name;
}

static const struct rrset *find_rrset(const struct zone *zone, const char *owner)
{
    struct name name = name_of(owner, zone->apex);
    struct lookup lookup;
    zone_lookup(zone, name.bytes, &lookup);
    return outcome_rrset(&lookup, RR_A);
}

static void find(const struct fixture *fixture, const struct rrset *rrset, struct outcomes *ret)
{
    static const struct route_worker worker = {.index = ROUTE_WORKER_NONE};
    static const struct client nobody = {.family = CLIENT_IPV4};
    struct rand rand = rand_from_seed(1);
    struct route_query query = {
            .health = fixture->table, .client = &nobody, .worker = &worker, .rand = &rand};
    outcomes_find(rrset, &query, ret);
}

/* "x>y=0.25:1 ": the sets, the probability, and the last byte of the first address. */
static void show(const struct outcomes *outcomes, struct buf *ret)
{
    for (uint32_t i = 0; i < outcomes->count; i++) {
        const struct outcome *outcome = &outcomes->list[i];
        for (uint32_t j = 0; j < outcome->depth; j++)
            buf_printf(ret, "%s%s", j > 0 ? ">" : "", outcome->sets[j]->id);
        buf_printf(ret, "=%g:%u ", outcome->probability, outcome->data->wire[15]);
    }
}

static void outcomes_are_found(void **state)
{
    static const struct {
        const char *what;
        const char *owner;
        uint32_t down; /* the slot of a check */
        const char *want;
    } rows[] = {
            {"a plain RRset",          "p",   HEALTH_SLOT_NONE, "=1:1 "                             },
            {"weights",                "w",   HEALTH_SLOT_NONE, "x=0.25:1 y=0.75:2 "                },
            {"weights, one down",      "w",   0,                "y=1:2 "                            },
            {"an alias",               "f",   HEALTH_SLOT_NONE, "primary>x=0.25:1 primary>y=0.75:2 "},
            {"an alias that is not",   "f",   1,                "secondary=1:8 "                    },
            {"multivalue",             "m",   HEALTH_SLOT_NONE, "x=1:1 y=1:2 "                      },
            {"one target by two ways", "a",   HEALTH_SLOT_NONE,
             "x>x=0.125:1 x>y=0.375:2 y>x=0.125:1 y>y=0.375:2 "                                     },
            {"a wildcard's",           "q.d", HEALTH_SLOT_NONE, "=1:1 "                             },
    };
    struct fixture fixture;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct outcomes outcomes;
        struct buf text;
        fixture_init(&fixture);
        struct zone *zone = fixture_load_good(&fixture, "example.", ZONE);
        if (rows[i].down != HEALTH_SLOT_NONE)
            health_table_put(
                    fixture.table, rows[i].down, (struct health_verdict){.state = HEALTH_DOWN});
        find(&fixture, find_rrset(zone, rows[i].owner), &outcomes);
        buf_init(&text, 4096);
        show(&outcomes, &text);
        if (strcmp(buf_string(&text), rows[i].want) != 0 || outcomes.cut)
            fail_msg("%s: %s", rows[i].what, buf_string(&text));
        buf_done(&text);
        outcomes_done(&outcomes);
        zone_unref(zone);
        fixture_done(&fixture);
    }
}

static void a_name_is_answered_by_one_rrset_or_none(void **state)
{
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.", ZONE);
    assert_int_equal(find_rrset(zone, "c")->type, RR_CNAME);
    assert_int_equal(find_rrset(zone, "p")->type, RR_A);
    assert_null(find_rrset(zone, "@"));     /* no address there */
    assert_null(find_rrset(zone, "x"));     /* no such name */
    assert_null(find_rrset(zone, "a.sub")); /* delegated */
    zone_unref(zone);
    fixture_done(&fixture);
}

/* Each level leads to the one below it 8 times: 8^6 ends. */
static void what_is_followed_is_bounded(void **state)
{
    struct fixture fixture;
    struct outcomes outcomes;
    struct buf text;
    (void)state;

    fixture_init(&fixture);
    buf_init(&text, 1 << 16);
    buf_add_string(&text, FIXTURE_HEAD);
    for (unsigned level = 0; level < 6; level++)
        for (unsigned i = 0; i < 8; i++)
            buf_printf(&text, "l%u A 192.0.2.%u ; @weighted 1 set=%u alias=l%u evaluate=no\n",
                    level, i, i, level + 1);
    buf_add_string(&text, "l6 A 192.0.2.1\n");
    struct zone *zone = fixture_load_good(&fixture, "example.", buf_string(&text));
    find(&fixture, find_rrset(zone, "l0"), &outcomes);
    assert_true(outcomes.cut);
    assert_true(outcomes.count > OUTCOME_SETS_MAX / 4 && outcomes.count <= OUTCOME_SETS_MAX);
    outcomes_done(&outcomes);
    find(&fixture, find_rrset(zone, "l3"), &outcomes);
    assert_false(outcomes.cut);
    assert_int_equal(outcomes.count, 8 * 8 * 8);
    outcomes_done(&outcomes);
    zone_unref(zone);
    buf_done(&text);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(outcomes_are_found),
            cmocka_unit_test(a_name_is_answered_by_one_rrset_or_none),
            cmocka_unit_test(what_is_followed_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
