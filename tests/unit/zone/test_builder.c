/* test_builder.c -- what lines become: nodes, flags, rrsets, the zone's own numbers. */
#include "test.h"

#include <stdatomic.h>

#include "base/rand.h"
#include "dns/rr.h"
#include "zone/fixture.h"
#include "zone/lookup.h"

static const struct node *find_node(const struct zone *zone, const char *text)
{
    struct name name;
    assert_int_equal(name_from_text(text, zone->apex, &name), 0);
    const struct node *node = zone_lookup_exact(zone, name.bytes);
    if (node == NULL)
        fail_msg("no node %s", text);
    return node;
}

static void test_zone_numbers(void **state)
{
    (void)state;
    static const char low_ttl[] = "@ 10 IN SOA ns h 4294967295 7200 900 1209600 60\n"
                                  "@ 60 IN NS ns.example.org.\n";
    struct fixture fixture;

    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "Example.com.", FIXTURE_HEAD);
    assert_int_equal(zone->serial, 7);
    assert_int_equal(zone->negative_ttl, 30); /* the SOA's minimum is below its TTL */
    assert_int_equal(zone->records, 3);
    assert_int_equal(zone->names_count, 2);
    assert_int_equal(atomic_load(&zone->references), 1);
    assert_false(zone->faulty);
    assert_ptr_equal(zone->soa, node_rrset(zone->apex_node, RR_SOA));
    assert_int_equal(zone->apex_node->flags, NODE_APEX);
    assert_int_equal(zone->apex_node->labels, 2);
    assert_memory_equal(zone->apex, "\7Example\3com", 13); /* case as in the file's name */
    zone_unref(zone);

    zone = fixture_load_good(&fixture, "example.com.", low_ttl);
    assert_int_equal(zone->serial, UINT32_MAX);
    assert_int_equal(zone->negative_ttl, 10);
    zone_unref(zone);
    fixture_done(&fixture);
}

static void test_flags(void **state)
{
    (void)state;
    static const char text[] = FIXTURE_HEAD "sub        IN NS    ns.sub\n"
                                            "ns.sub     IN A     192.0.2.54\n"
                                            "*.x.sub    IN A     192.0.2.1\n"
                                            "deep.sub   IN NS    ns.sub\n"
                                            "b.a        IN DNAME example.net.\n"
                                            "x.b.a      IN NS    ns.sub\n"
                                            "*          IN A     192.0.2.2\n";
    static const struct {
        const char *name;
        unsigned flags;
        unsigned cut_labels;
        unsigned rrsets;
    } rows[] = {
            {"@",        NODE_APEX | NODE_WILDCARD_CHILD,     0, 2},
            {"ns",       0,                                   0, 1},
            {"sub",      NODE_CUT,                            3, 1},
            {"ns.sub",   NODE_OCCLUDED,                       3, 1},
            {"x.sub",    NODE_OCCLUDED | NODE_WILDCARD_CHILD, 3, 0},
            {"*.x.sub",  NODE_OCCLUDED,                       3, 1},
            {"deep.sub", NODE_CUT | NODE_OCCLUDED,            3, 1},
            {"a",        0,                                   0, 0},
            {"b.a",      NODE_DNAME,                          4, 1},
            {"x.b.a",    NODE_CUT | NODE_OCCLUDED,            4, 1},
            {"*",        0,                                   0, 1},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", text);
    assert_int_equal(tree_count(zone->names), COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct node *node = find_node(zone, rows[i].name);
        if (node->flags != rows[i].flags)
            fail_msg("%s: flags %u", rows[i].name, node->flags);
        if (node->cut_labels != rows[i].cut_labels)
            fail_msg("%s: cut_labels %u", rows[i].name, node->cut_labels);
        if (node->rrsets_count != rows[i].rrsets)
            fail_msg("%s: %u rrsets", rows[i].name, node->rrsets_count);
        if (node->labels != name_labels(node->name))
            fail_msg("%s: %u labels", rows[i].name, node->labels);
    }
    zone_unref(zone);
    fixture_done(&fixture);
}

static void test_rrsets(void **state)
{
    (void)state;
    static const char text[] = FIXTURE_HEAD "w 300 IN MX  10 M\n"
                                            "w     IN TXT \"x\"\n"
                                            "W     IN A   192.0.2.2\n"
                                            "w 300 IN MX  5 m\n"
                                            "w     IN A   192.0.2.1\n"
                                            "w     IN A   192.0.2.2\n";
    static const uint8_t a_wire[] = "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
                                    "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\2";
    static const uint8_t mx_wire[] = "\xc0\x0c\0\xf\0\1\0\0\1\x2c\0\x11\0\5\1m\7example\3com\0"
                                     "\xc0\x0c\0\xf\0\1\0\0\1\x2c\0\x11\0\xa\1M\7example\3com\0";
    struct fixture fixture;

    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", text);
    const struct node *node = find_node(zone, "w");
    assert_int_equal(node->rrsets_count, 3);
    assert_int_equal(node->rrsets[0].type, RR_A); /* sorted by type */
    assert_int_equal(node->rrsets[1].type, RR_MX);
    assert_int_equal(node->rrsets[2].type, RR_TXT);
    assert_int_equal(node->rrsets[0].count, 2); /* equal lines once, with a warning */
    assert_int_equal(node->rrsets[0].size_bytes, sizeof(a_wire) - 1);
    assert_memory_equal(node->rrsets[0].wire, a_wire, sizeof(a_wire) - 1);
    assert_int_equal(node->rrsets[1].ttl, 300);
    assert_int_equal(node->rrsets[1].size_bytes, sizeof(mx_wire) - 1);
    assert_memory_equal(node->rrsets[1].wire, mx_wire, sizeof(mx_wire) - 1);
    assert_null(node_rrset(node, RR_AAAA));
    assert_int_equal(zone->records, 3 + 5);
    assert_int_equal(diag_warnings(fixture.diag), 1);
    zone_unref(zone);
    fixture_done(&fixture);
}

/* The TTLs of a failover group may differ; without annotations it is one rrset with one TTL. */
static void test_group_rrset_has_lowest_ttl(void **state)
{
    (void)state;
    static const char text[] = FIXTURE_HEAD "w 60 IN A 192.0.2.1 ; @failover primary check=www-eu\n"
                                            "w 20 IN A 192.0.2.2 ; @failover secondary\n";
    struct fixture fixture;

    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", text);
    const struct rrset *rrset = node_rrset(find_node(zone, "w"), RR_A);
    assert_int_equal(rrset->ttl, 20);
    assert_int_equal(rrset->count, 2);
    const struct rrset *primary = rrset->group->sets[0].data;
    const struct rrset *secondary = rrset->group->sets[1].data;
    assert_int_equal(primary->ttl, 60);
    assert_int_equal(secondary->ttl, 20);
    zone_unref(zone);
    fixture_done(&fixture);
}

/* ------------------------------------------------------------------ random zones */

#define ZONES 60U
#define LINES 120U

struct visit {
    const struct node *last;
    uint32_t records;
    uint32_t names;
};

static bool visit(void *context, void *value)
{
    struct visit *seen = context;
    const struct node *node = value;

    if (seen->last != NULL)
        assert_true(name_compare(seen->last->name, node->name) < 0);
    for (uint16_t i = 1; i < node->rrsets_count; i++)
        assert_true(node->rrsets[i - 1].type < node->rrsets[i].type);
    for (uint16_t i = 0; i < node->rrsets_count; i++)
        seen->records += node->rrsets[i].count;
    seen->names += node->rrsets_count > 0;
    seen->last = node;
    return true;
}

/* Lines in any order: every owner is found, every ancestor of it exists, and all is in order. */
static void test_random_zones(void **state)
{
    (void)state;
    struct rand rand = rand_from_seed(3);
    struct fixture fixture;

    fixture_init(&fixture);
    for (uint32_t i = 0; i < ZONES; i++) {
        struct buf text;
        struct visit seen = {0};
        buf_init(&text, FIXTURE_TEXT_MAX);
        buf_add_string(&text, FIXTURE_HEAD);
        uint32_t lines = rand_below(&rand, LINES);
        for (uint32_t j = 0; j < lines; j++) {
            uint32_t labels = 1 + rand_below(&rand, 4);
            for (uint32_t k = 0; k < labels; k++)
                buf_printf(&text, "%s%c", k > 0 ? "." : "", "abC"[rand_below(&rand, 3)]);
            buf_printf(&text, rand_below(&rand, 2) == 0 ? " A 10.0.0.%u\n" : " TXT %u\n", j);
        }
        struct zone *zone = fixture_load_good(&fixture, "example.com.", buf_string(&text));
        tree_each(zone->names, visit, &seen);
        assert_int_equal(seen.records, lines + 3);
        assert_int_equal(zone->records, lines + 3);
        assert_int_equal(seen.names, zone->names_count);
        zone_unref(zone);
        buf_done(&text);
    }
    fixture_done(&fixture);
}

#define BIG_ROOM 65365U /* for big.example.com. */
#define OWN      "5:1: the TXT records of "
#define BEHIND   ": the TXT records behind this alias take 65365 bytes; one answer for "

/* Loads a zone with TXT records of so many bytes, and the lines of `more` behind them. */
static void check_size(const char *owner, size_t bytes, const char *more, const char *expected)
{
    struct fixture fixture;
    struct buf text;

    fixture_init(&fixture);
    buf_init(&text, FIXTURE_TEXT_MAX);
    buf_add_string(&text, FIXTURE_HEAD);
    fixture_add_txt(&text, owner, bytes);
    buf_add_string(&text, more);
    zone_unref(fixture_load(&fixture, "example.com.", buf_string(&text)));
    char *faults = fixture_faults(fixture.diag);
    if (strcmp(faults, expected) != 0)
        fail_msg("%s, %zu bytes, and %s: got %s", owner, bytes, more, faults);
    free(faults);
    buf_done(&text);
    fixture_done(&fixture);
}

/* The largest RRset, and one byte more: what fits depends on the question. */
static void test_sizes(void **state)
{
    (void)state;
    check_size("big", BIG_ROOM, "", "");
    check_size("big", BIG_ROOM + 1, "",
            OWN "big.example.com. take 65366 bytes; one answer has room for 65365\n");
    check_size("b.i.g", BIG_ROOM - 2, "", "");
    check_size("*", 65127, "", "");
    check_size(
            "*", 65128, "", OWN "*.example.com. take 65128 bytes; one answer has room for 65127\n");
    check_size("big", BIG_ROOM - 14, "big TXT a\nbig TXT a\n", /* equal ones once */
            "250:1: warning: big.example.com. TXT repeats the record of line 249\n");
}

/* An alias asks for the target's records under a name of its own. */
static void test_sizes_behind_aliases(void **state)
{
    (void)state;
    check_size("big", BIG_ROOM, "sub TXT x ; @simple alias=big\n", "");
    check_size("big", BIG_ROOM, "su TXT x ; @simple alias=big\n", "");
    check_size("big", BIG_ROOM, "subs TXT x ; @simple alias=big\n",
            "249:28" BEHIND "subs.example.com. has room for 65364\n");
    check_size("big", BIG_ROOM, "sub TXT x ; @simple alias=big\nsubs TXT x ; @simple alias=sub\n",
            "250:28" BEHIND "subs.example.com. has room for 65364\n");
    check_size("big", BIG_ROOM,
            "subs TXT x ; @simple alias=big\nsubss TXT x ; @simple alias=subs\n", /* told once */
            "249:28" BEHIND "subs.example.com. has room for 65364\n");
    check_size("big", BIG_ROOM, "* TXT x ; @simple alias=big\n",
            "249:25" BEHIND "*.example.com. has room for 65127\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_sizes),
            cmocka_unit_test(test_sizes_behind_aliases),
            cmocka_unit_test(test_zone_numbers),
            cmocka_unit_test(test_flags),
            cmocka_unit_test(test_rrsets),
            cmocka_unit_test(test_group_rrset_has_lowest_ttl),
            cmocka_unit_test(test_random_zones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
