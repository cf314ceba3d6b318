/* test_group.c -- annotated lines to route groups: every rule by a file that breaks it, and what good
 * lines become. */
#include "test.h"

#include <arpa/inet.h>
#include <dirent.h>

#include "base/err.h"
#include "dns/rr.h"
#include "zone/fixture.h"
#include "zone/lookup.h"

#define EXPECT "; expect: "
#define FOLDER TEST_DATA_DIR "/zones/bad/groups"

/* ------------------------------------------------------------------ faults */

static char *read_expected(const char *path)
{
    char line[1024];
    struct buf expected;
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    buf_init(&expected, FIXTURE_TEXT_MAX);
    while (fgets(line, sizeof(line), file) != NULL && strncmp(line, EXPECT, strlen(EXPECT)) == 0)
        buf_add_string(&expected, line + strlen(EXPECT));
    fclose(file);
    char *text = strdup(buf_string(&expected));
    buf_done(&expected);
    return text;
}

static void check_bad(char *path)
{
    static const uint8_t apex[] = "\7example\3com";
    struct zone_source source = {.path = path};
    struct zone *zone = NULL;
    struct fixture fixture;

    fixture_init(&fixture);
    fixture_add_atlas(&fixture);
    name_copy(apex, &source.origin);
    int result = zone_load(&source, &fixture.basis, &zone, fixture.diag);
    char *expected = read_expected(path);
    char *faults = fixture_faults(fixture.diag);
    if (strcmp(expected, faults) != 0)
        fail_msg("%s: expected\n%s\nfound\n%s", path, expected, faults);
    if (result != ERR_FAULTY || zone != NULL)
        fail_msg("%s: loaded", path);
    free(expected);
    free(faults);
    fixture_done(&fixture);
}

static int is_zone(const struct dirent *entry)
{
    return strstr(entry->d_name, ".zone") != NULL;
}

static void test_bad_groups(void **state)
{
    (void)state;
    struct dirent **entries;
    int count = scandir(FOLDER, &entries, is_zone, alphasort);

    assert_true(count > 20);
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", FOLDER, entries[i]->d_name);
        check_bad(path);
        free(entries[i]);
    }
    free(entries);
}

/* ------------------------------------------------------------------ good groups */

static const struct rrset *find_rrset(const struct zone *zone, const char *name, uint16_t type)
{
    struct name wire;
    assert_int_equal(name_from_text(name, zone->apex, &wire), 0);
    const struct node *node = zone_lookup_exact(zone, wire.bytes);
    assert_non_null(node);
    const struct rrset *rrset = node_rrset(node, type);
    assert_non_null(rrset);
    return rrset;
}

/* A set as text: id, weight or rank, slot, and the last byte of each record's address or the type of
 * its target. */
static void show_set(const struct route_group *group, const struct route_set *set, struct buf *ret)
{
    buf_printf(ret, " %s", set->id);
    if (group->policy == ROUTE_WEIGHTED)
        buf_printf(ret, "*%u", set->weight);
    if (group->policy == ROUTE_FAILOVER)
        buf_printf(ret, "#%u", set->rank);
    if (set->check != HEALTH_SLOT_NONE)
        buf_printf(ret, "?%u", set->check);
    if (set->alias != NULL) {
        buf_printf(ret, ">%s%s", route_policy_name(set->alias->policy), set->evaluate ? "" : "!");
        return;
    }
    const struct rrset *rrset = set->data;
    for (uint32_t i = 0; i < rrset->count; i++)
        buf_printf(ret, "%c%u", i == 0 ? '=' : ',', rrset->wire[16 * i + 15]);
    assert_null(rrset->group);
}

static void test_good_groups(void **state)
{
    (void)state;
    static const char zone_text[] =
            FIXTURE_HEAD "@    IN A 192.0.2.10 ; @simple alias=www\n"
                         "www  IN A 192.0.2.11 ; @failover secondary check=www-us\n"
                         "www  IN A 192.0.2.10 ; @failover primary check=www-eu\n"
                         "www  IN A 192.0.2.12 ; @failover 7\n"
                         "www  IN A 192.0.2.13 ; @failover 7\n"
                         "www  IN AAAA 2001:db8::1\n"
                         "api  IN A 192.0.2.23 ; @weighted 10 set=green check=api-green\n"
                         "api  IN A 192.0.2.21 ; @weighted 90 set=blue check=api-blue\n"
                         "api  IN A 192.0.2.22 ; @weighted 90 set=blue check=api-blue\n"
                         "api  IN A 192.0.2.24 ; @weighted 0\n"
                         "img  IN A 192.0.2.32 ; @multivalue check=img-1\n"
                         "img  IN A 192.0.2.31 ; @multivalue set=b\n"
                         "one  IN A 192.0.2.41 ; @simple check=img-1\n"
                         "one  IN A 192.0.2.40 ; @simple check=img-1\n"
                         "all  IN A 192.0.2.50 ; @weighted 1 alias=api evaluate=no\n"
                         "all  IN A 192.0.2.50 ; @weighted 2 alias=ns check=www-us\n"
                         "all  IN A 192.0.2.51 ; @weighted 3 set=own\n"
                         "lat  IN A 192.0.2.61 ; @latency us-east-1\n"
                         "lat  IN A 192.0.2.62 ; @latency eu-west-1 check=www-eu\n"
                         "geo  IN A 192.0.2.71 ; @geo default\n"
                         "geo  IN A 192.0.2.72 ; @geo country=us subdivision=ca set=west\n"
                         "geo  IN A 192.0.2.73 ; @geo country=us subdivision=ca set=west\n"
                         "geo  IN A 192.0.2.74 ; @geo country=us subdivision=ny\n"
                         "geo  IN A 192.0.2.75 ; @geo continent=eu alias=lat\n"
                         "near IN A 192.0.2.81 ; @geoproximity at=48.850,-2 bias=-5\n"
                         "near IN A 192.0.2.82 ; @geoproximity region=us-east-1\n"
                         "net  IN A 192.0.2.91 ; @cidr isps/*\n"
                         "net  IN A 192.0.2.92 ; @cidr isps/isp-a\n";
    static const struct {
        const char *name;
        const char *sets;
        uint32_t records; /* of the union, equal data once */
    } rows[] = {
            {"@",    "simple: simple>failover",                                                    1},
            {"www",  "failover: primary#1?0=10 secondary#2?1=11 7#7=12,13",                        4},
            {"api",  "weighted: green*10?3=23 blue*90?2=21,22 192.0.2.24*0=24",                    4},
            {"img",  "multivalue: 192.0.2.32?4=32 b=31",                                           2},
            {"one",  "simple: simple?4=40,41",                                                     2},
            {"all",  "weighted: api.example.com.*1>weighted! ns.example.com.*2?1>simple own*3=51",
             2                                                                                      },
            {"lat",  "latency: us-east-1=61 eu-west-1?0=62",                                       2},
            {"geo",  "geo: default=71 west=72,73 US-NY=74 EU>latency",                             5},
            {"near", "geoproximity: 48.85,-2=81 us-east-1=82",                                     2},
            {"net",  "cidr: *=91 isp-a=92",                                                        2},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_add_atlas(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", zone_text);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct rrset *rrset = find_rrset(zone, rows[i].name, RR_A);
        struct buf seen;
        buf_init(&seen, 1000);
        assert_non_null(rrset->group);
        buf_printf(&seen, "%s:", route_policy_name(rrset->group->policy));
        for (uint32_t j = 0; j < rrset->group->count; j++)
            show_set(rrset->group, &rrset->group->sets[j], &seen);
        if (strcmp(buf_string(&seen), rows[i].sets) != 0)
            fail_msg("%s: %s", rows[i].name, buf_string(&seen));
        if (rrset->count != rows[i].records)
            fail_msg("%s: %u records in all", rows[i].name, rrset->count);
        buf_done(&seen);
    }
    assert_null(find_rrset(zone, "www", RR_AAAA)->group);
    assert_int_equal(diag_kept(fixture.diag), 0);
    zone_unref(zone);
    fixture_done(&fixture);
}

/* For people: what each set's lines say, and one string for sets that say the same. */
static void test_annotations_are_kept(void **state)
{
    (void)state;
    static const char zone_text[] = FIXTURE_HEAD
            "www  IN A 192.0.2.10 ; @failover primary check=www-eu alias=a evaluate=no\n"
            "www  IN A 192.0.2.12 ; @failover 7\n"
            "www  IN A 192.0.2.13 ; @failover  7\n"
            "a    IN A 192.0.2.31 ; @multivalue\n"
            "a    IN A 192.0.2.32 ; @multivalue\n"
            "b    IN A 192.0.2.31 ; @simple alias=ns\n";
    struct fixture fixture;
    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", zone_text);
    const struct route_group *www = find_rrset(zone, "www", RR_A)->group;
    const struct route_group *a = find_rrset(zone, "a", RR_A)->group;
    const struct route_group *b = find_rrset(zone, "b", RR_A)->group;

    assert_int_equal(www->count, 2);
    assert_string_equal(
            www->annotations[0], "@failover primary check=www-eu alias=a.example.com. evaluate=no");
    assert_string_equal(www->annotations[1], "@failover 7");
    assert_string_equal(a->annotations[0], "@multivalue");
    assert_ptr_equal(a->annotations[0], a->annotations[1]);
    assert_string_equal(b->annotations[0], "@simple alias=ns.example.com.");
    assert_null(b->sets[0].alias->annotations);
    zone_unref(zone);
    fixture_done(&fixture);
}

static void test_equal_records_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool distinct;
    } rows[] = {
            {"all",   true },
            {"twice", false},
            {"lists", false}, /* as many records as sets, of which two are equal */
    };
    static const char zone_text[] =
            FIXTURE_HEAD "all   A 192.0.2.1 ; @multivalue\n"
                         "all   A 192.0.2.2 ; @multivalue check=www-eu\n"
                         "twice A 192.0.2.1 ; @multivalue\n"
                         "twice A 192.0.2.1 ; @multivalue check=www-eu\n"
                         "lists A 192.0.2.1 ; @multivalue set=a\n"
                         "lists A 192.0.2.1 ; @multivalue set=b check=www-eu\n"
                         "lists A 192.0.2.2 ; @multivalue set=c\n"
                         "lists A 192.0.2.3 ; @multivalue set=c\n";
    struct fixture fixture;
    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", zone_text);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (find_rrset(zone, rows[i].name, RR_A)->group->distinct != rows[i].distinct)
            fail_msg("%s: wrong", rows[i].name);
    zone_unref(zone);
    fixture_done(&fixture);
}

/* ------------------------------------------------------------------ located groups */

static const char located[] = FIXTURE_HEAD "lat  IN A 192.0.2.1 ; @latency us-east-1\n"
                                           "lat  IN A 192.0.2.2 ; @latency eu-west-1\n"
                                           "geo  IN A 192.0.2.1 ; @geo country=US subdivision=CA\n"
                                           "geo  IN A 192.0.2.2 ; @geo continent=EU\n"
                                           "geo  IN A 192.0.2.3 ; @geo default\n"
                                           "eu   IN A 192.0.2.1 ; @geo continent=EU\n"
                                           "near IN A 192.0.2.1 ; @geoproximity region=us-west-1\n"
                                           "near IN A 192.0.2.2 ; @geoproximity at=51.3,9.5\n";

/* The ids of the sets that a client may get, best first. */
static char *show_row(const struct zone *zone, const char *name, const char *address)
{
    const struct route_group *group = find_rrset(zone, name, RR_A)->group;
    struct client client = {.family = CLIENT_IPV4, .bits = 32};
    struct prefix_match match;
    struct buf text;

    assert_int_equal(inet_pton(AF_INET, address, client.address), 1);
    assert_non_null(group->order);
    prefix_map_find(group->order->map, &client, &match);
    assert_true(match.value < group->order->rows_count);
    const struct order_row *row = &group->order->rows[match.value];
    buf_init(&text, 1000);
    for (uint32_t i = 0; i < row->count; i++)
        buf_printf(&text, " %s", group->sets[row->places[i]].id);
    char *shown = strdup(buf_string(&text));
    buf_done(&text);
    return shown;
}

struct row_wanted {
    const char *name, *address, *ids;
};

static void check_rows(const struct zone *zone, const struct row_wanted *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *ids = show_row(zone, rows[i].name, rows[i].address);
        if (strcmp(ids, rows[i].ids) != 0)
            fail_msg("%s for %s:%s", rows[i].name, rows[i].address, ids);
        free(ids);
    }
}

static void test_places(void **state)
{
    static const struct row_wanted rows[] = {
            {"lat",  "192.0.2.1",    " eu-west-1 us-east-1"},
            {"lat",  "198.51.100.1", " us-east-1 eu-west-1"},
            {"geo",  "192.0.2.1",    " EU default"         },
            {"geo",  "198.51.100.1", " US-CA default"      },
            {"geo",  "203.0.113.77", " EU default"         }, /* CY, as Route 53 has it */
            {"geo",  "100.64.0.1",   " default"            },
            {"eu",   "198.51.100.1", ""                    },
            {"near", "192.0.2.1",    " 51.3,9.5 us-west-1" },
            {"near", "198.51.100.1", " us-west-1 51.3,9.5" },
    };
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture);
    fixture_add_atlas(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", located);
    assert_int_equal(diag_kept(fixture.diag), 0);
    assert_int_equal(zone->orders_count, 4);
    /* The zone has what it needs of the atlas. */
    fixture_done(&fixture);
    check_rows(zone, rows, COUNT(rows));
    zone_unref(zone);
}

/* docs/decisions/0010-missing-places.md */
static void test_no_places(void **state)
{
    static const struct row_wanted rows[] = {
            {"lat",  "192.0.2.1", " us-east-1 eu-west-1"},
            {"geo",  "192.0.2.1", " default"            },
            {"eu",   "192.0.2.1", ""                    },
            {"near", "192.0.2.1", " us-west-1 51.3,9.5" },
    };
    static const struct atlas_sources nothing = {0};
    (void)state;
    for (int loaded = 0; loaded < 2; loaded++) {
        struct fixture fixture;
        fixture_init(&fixture);
        if (loaded == 1)
            fixture.basis.atlas = atlas_load(&nothing, NULL, fixture.diag);
        struct zone *zone = fixture_load_good(&fixture, "example.com.", located);
        char *faults = fixture_faults(fixture.diag);
        assert_string_equal(faults,
                "10:23: warning: @geo needs a geo database (--geoip FILE); without one, no "
                "client's "
                "place is known\n"
                "5:23: warning: @latency needs a latency table (--latency FILE); without one, the "
                "first healthy set is every client's\n");
        check_rows(zone, rows, COUNT(rows));
        free(faults);
        zone_unref(zone);
        fixture_done(&fixture);
    }
}

/* A zone that is given up when some of its groups have their orders. */
static void test_orders_of_a_faulty_zone(void **state)
{
    struct fixture fixture;
    struct buf text;
    (void)state;
    fixture_init(&fixture);
    fixture_add_atlas(&fixture);
    buf_init(&text, FIXTURE_TEXT_MAX);
    buf_add_string(&text, located);
    for (uint32_t i = 0; i < 300; i++)
        buf_printf(&text, "t A 10.0.%u.%u ; @multivalue\ns A 10.0.0.1 ; @weighted 1 alias=t\n",
                i / 250, i % 250);
    assert_null(fixture_load(&fixture, "example.com.", buf_string(&text)));
    buf_done(&text);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_bad_groups),
            cmocka_unit_test(test_good_groups),
            cmocka_unit_test(test_annotations_are_kept),
            cmocka_unit_test(test_equal_records_are_known),
            cmocka_unit_test(test_places),
            cmocka_unit_test(test_no_places),
            cmocka_unit_test(test_orders_of_a_faulty_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
