/* test_diff_answers.c -- src/serve/diff_answers.c: answers where the client decides, which zone texts alone
 * do not give without a map of clients. */
#include "test.h"

#include "base/mem.h"
#include "dns/rr.h"
#include "route/orders.h"
#include "serve/diff_answers.h"
#include "serve/diff_group.h"
#include "zone/fixture.h"
#include "zone/lookup.h"

#define ZONE                                                                                       \
    FIXTURE_HEAD "a A 192.0.2.1 ; @multivalue set=x\n"                                             \
                 "a A 192.0.2.2 ; @multivalue set=y check=www-eu\n"                                \
                 "b A 192.0.2.9 ; @simple alias=a\n"                                               \
                 "t A 192.0.2.9 ; @multivalue set=x\n"
#define ROOM 100000U

struct side {
    struct zone *zone;
    struct order *order;
};

static struct name name_of(const char *text, const uint8_t *origin)
{
    struct name name;
    assert_int_equal(name_from_text(text, origin, &name), 0);
    return name;
}

static const struct rrset *find_rrset(const struct zone *zone, const char *owner)
{
    struct name name = name_of(owner, zone->apex);
    const struct rrset *rrset = node_rrset(zone_lookup_exact(zone, name.bytes), RR_A);
    assert_non_null(rrset);
    return rrset;
}

/* Makes the group of "a" one whose client decides: row 0 prefers the first set, row 1 the second. */
static void locate(struct side *side, const char *networks)
{
    struct route_group *group = (struct route_group *)(uintptr_t)find_rrset(side->zone, "a")->group;
    struct route_group *above = (struct route_group *)(uintptr_t)find_rrset(side->zone, "b")->group;

    side->order = orders_new(networks, 2);
    group->policy = ROUTE_LATENCY;
    group->order = side->order;
    route_group_measure(group);
    route_group_measure(above);
}

static struct side side_new(struct fixture *fixture, const char *networks)
{
    struct side side = {.zone = fixture_load_good(fixture, "example.", ZONE)};
    locate(&side, networks);
    return side;
}

static void side_done(struct side *side)
{
    zone_unref(side->zone);
    order_unref(side->order);
}

/* The document of one question. */
static bool ask(const struct fixture *fixture, const struct side *old, const struct side *new,
        const char *owner, struct buf *ret)
{
    uint32_t room = ROOM;
    struct diff_answers *answers = diff_answers_new(fixture->table, &room);
    struct name name = name_of(owner, old->zone->apex);
    const struct diff_question question = {name.bytes, RR_A};
    struct doc *doc = doc_new();

    bool told = diff_answers_add(answers, old->zone, new->zone, &question, doc);
    buf_init(ret, 1 << 20);
    doc_print(doc, ret);
    doc_free(doc);
    diff_answers_free(answers);
    return told;
}

#define OUTCOME(set, address)                                                                      \
    "{\"sets\":[" set "],\"probability\":1.0,\"records\":[\"" address "\"],\"ttl\":60}"
#define FIRST  OUTCOME("\"x\"", "192.0.2.1")
#define SECOND OUTCOME("\"y\"", "192.0.2.2")
#define CHANGE(client, kinds, now, after)                                                          \
    "{\"client\":\"" client "\",\"kinds\":" kinds ",\"now\":[" now "],\"after\":[" after "]}"
#define ANSWERS(changes) "{\"answers\":[{\"type\":\"A\",\"changes\":[" changes "],\"cut\":false}]}"

static void some_clients_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *old, *new;
        const char *owner;
        bool down; /* the second set */
        const char *want;
    } rows[] = {
            {"nobody", "10.0.0.0/8=1",             "10.0.0.0/8=1", "a",   false,                            ANSWERS("")       },
            {                                  "one network more",             "10.0.0.0/8=1",                     "10.0.0.0/8=1 192.0.2.0/24=1",                        "a",                          false,
             ANSWERS(CHANGE("192.0.2.0/24",                                                               "1", FIRST, SECOND))},
            {                                  "the same while a set is down", "10.0.0.0/8=1",                     "10.0.0.0/8=1 192.0.2.0/24=1",                                    "a",
             true,                                                         ANSWERS("")},
            { "behind an alias",                     "10.0.0.0/8=1", "10.0.0.0/8=1 192.0.2.0/24=1",       "b",                                  false,
             ANSWERS(CHANGE("192.0.2.0/24",                                                                      "1", OUTCOME("\"simple\",\"x\"", "192.0.2.1"),
             OUTCOME("\"simple\",\"y\"", "192.0.2.2")))},
            {                                                                          "part of a network to and fro",             "10.0.0.0/8=1",        "10.0.0.0/9=1 2001:db8::/32=1",            "a",
             false, ANSWERS(CHANGE("10.128.0.0/9",                "1", SECOND, FIRST) "," CHANGE(
                            "2001:db8::/32", "1", FIRST, SECOND))},
            {                             "everybody",                                                   "",                                                                                     "0.0.0.0/0=1 ::/0=1",            "a", false,
             ANSWERS(CHANGE("0.0.0.0/0",                                                                                   "1", FIRST, SECOND))},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture fixture;
        struct buf text;
        fixture_init(&fixture);
        struct side old = side_new(&fixture, rows[i].old);
        struct side new = side_new(&fixture, rows[i].new);
        if (rows[i].down)
            health_table_put(fixture.table, 0, (struct health_verdict){.state = HEALTH_DOWN});
        bool told = ask(&fixture, &old, &new, rows[i].owner, &text);
        if (strcmp(buf_string(&text), rows[i].want) != 0 ||
                told != (strcmp(rows[i].want, ANSWERS("")) != 0))
            fail_msg("%s: %s", rows[i].what, buf_string(&text));
        buf_done(&text);
        side_done(&old);
        side_done(&new);
        fixture_done(&fixture);
    }
}

/* Kinds that get the same two answers are told together: here those of the rows 1 and 2 of one version. */
static void kinds_with_the_same_answers_are_one(void **state)
{
    struct fixture fixture;
    struct buf text;
    (void)state;

    fixture_init(&fixture);
    struct side old = side_new(&fixture, "");
    struct side new = side_new(&fixture, "");
    order_unref(new.order);
    new.order = orders_new("10.0.0.0/8=1 11.0.0.0/8=2 12.0.0.0/8=3", 4);
    for (uint32_t i = 0; i < 4; i++) /* only two sets there are */
        new.order->rows[i].count = 1;
    ((uint16_t *)(uintptr_t) new.order->rows[2].places)[0] = 1;
    ((uint16_t *)(uintptr_t) new.order->rows[3].places)[0] = 0;
    ((struct route_group *)(uintptr_t)find_rrset(new.zone, "a")->group)->order = new.order;
    assert_true(ask(&fixture, &old, &new, "a", &text));
    assert_string_equal(buf_string(&text), ANSWERS(CHANGE("10.0.0.0/8", "2", FIRST, SECOND)));
    buf_done(&text);
    side_done(&old);
    side_done(&new);
    fixture_done(&fixture);
}

/* That clients are elsewhere is found behind an alias too, and lines alone do not show it. */
static void places_are_compared_with_the_groups(void **state)
{
    static const struct {
        const char *old, *new;
        bool same;
    } rows[] = {
            {"10.0.0.0/8=1", "10.0.0.0/8=1", true },
            {"10.0.0.0/8=1", "11.0.0.0/8=1", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        struct side old = side_new(&fixture, rows[i].old);
        struct side new = side_new(&fixture, rows[i].new);
        struct diff_groups *groups = diff_groups_new();
        for (const char *owner = "ab"; *owner != '\0'; owner++) {
            const char text[] = {*owner, '\0'};
            const struct rrset *left = find_rrset(old.zone, text);
            const struct rrset *right = find_rrset(new.zone, text);
            assert_true(diff_says_same(left, right));
            for (int again = 0; again < 2; again++)
                assert_int_equal(diff_leads_same(groups, left, right), rows[i].same);
        }
        diff_groups_free(groups);
        side_done(&old);
        side_done(&new);
        fixture_done(&fixture);
    }
}

/* What one more set of a couple says counts as its own: its partners' checks are not on its lines. */
static void partners_are_compared(void **state)
{
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    struct side old = side_new(&fixture, "");
    struct side new = side_new(&fixture, "");
    for (int i = 0; i < 2; i++) {
        const struct side *side = i == 0 ? &old : &new;
        struct route_set *set =
                (struct route_set *)(uintptr_t)find_rrset(side->zone, "t")->group->sets;
        static const struct route_set *partner[2];
        partner[i] = &find_rrset(side->zone, "a")->group->sets[1];
        set->partners = &partner[i];
        set->partners_count = 1;
    }
    struct diff_groups *groups = diff_groups_new();
    assert_true(diff_leads_same(groups, find_rrset(old.zone, "t"), find_rrset(new.zone, "t")));
    diff_groups_free(groups);

    ((struct route_set *)(uintptr_t)&find_rrset(new.zone, "a")->group->sets[1])->check = 1;
    groups = diff_groups_new();
    assert_true(diff_says_same(find_rrset(old.zone, "t"), find_rrset(new.zone, "t")));
    assert_false(diff_leads_same(groups, find_rrset(old.zone, "t"), find_rrset(new.zone, "t")));
    diff_groups_free(groups);
    side_done(&old);
    side_done(&new);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(some_clients_are_told),
            cmocka_unit_test(kinds_with_the_same_answers_are_one),
            cmocka_unit_test(places_are_compared_with_the_groups),
            cmocka_unit_test(partners_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
