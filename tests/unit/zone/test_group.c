/* test_group.c -- annotated lines to route groups: every rule by a file that breaks it, and what good
 * lines become. */
#include "test.h"

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
                         "all  IN A 192.0.2.51 ; @weighted 3 set=own\n";
    static const struct {
        const char *name;
        const char *sets;
        uint32_t records; /* of the union, equal data once */
    } rows[] = {
            {"@",   "simple: simple>failover",                                   1},
            {"www", "failover: primary#1?0=10 secondary#2?1=11 7#7=12,13",       4},
            {"api", "weighted: green*10?3=23 blue*90?2=21,22 line-14*0=24",      4},
            {"img", "multivalue: line-15?4=32 b=31",                             2},
            {"one", "simple: simple?4=40,41",                                    2},
            {"all", "weighted: line-19*1>weighted! line-20*2?1>simple own*3=51", 2},
    };
    struct fixture fixture;
    fixture_init(&fixture);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_bad_groups),
            cmocka_unit_test(test_good_groups),
            cmocka_unit_test(test_annotations_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
