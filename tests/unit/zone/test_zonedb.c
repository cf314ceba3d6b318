/* test_zonedb.c -- sets of zones, and publishing them under the eyes of readers. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "dns/name.h"
#include "zone/zonedb.h"

#define READERS   2U
#define PUBLISHES 10000U

static const uint8_t root[] = {0};
static const uint8_t example[] = "\7example";
static const uint8_t sub_example[] = "\3sub\7example";

static void test_set(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *name;
        const uint8_t *apex; /* NULL: no zone */
    } rows[] = {
            {"the apex",                      "example.",         example    },
            {"below",                         "a.b.example.",     example    },
            {"the deeper of two",             "sub.example.",     sub_example},
            {"below the deeper of two",       "www.sub.example.", sub_example},
            {"a label that only ends alike",  "xsub.example.",    example    },
            {"none",                          "example.org.",     NULL       },
            {"the root, which is not served", ".",                NULL       },
    };
    struct zone *zones[] = {zone_new_faulty(sub_example), zone_new_faulty(example)};
    struct zone_set *set = zone_set_new(zones, COUNT(zones));

    assert_int_equal(zone_set_count(set), 2);
    assert_ptr_equal(zone_set_at(set, 0), zones[1]);
    assert_ptr_equal(zone_set_at(set, 1), zones[0]);
    assert_ptr_equal(zone_set_get(set, sub_example), zones[0]);
    assert_null(zone_set_get(set, root));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct name name;
        struct tree_key key;
        assert_int_equal(name_from_text(rows[i].name, root, &name), 0);
        tree_key_from_name(name.bytes, &key);
        const struct zone *zone = zone_set_find(set, &key);
        if ((zone != NULL) != (rows[i].apex != NULL))
            fail_msg("%s: zone or none is wrong", rows[i].what);
        if (zone != NULL && !name_equal(zone->apex, rows[i].apex))
            fail_msg("%s: the wrong zone", rows[i].what);
    }
    zone_set_free(set);
}

static void test_root_zone_takes_all(void **state)
{
    (void)state;
    struct zone *zones[] = {zone_new_faulty(root)};
    struct zone_set *set = zone_set_new(zones, 1);
    struct tree_key key;

    tree_key_from_name(sub_example, &key);
    assert_ptr_equal(zone_set_find(set, &key), zones[0]);
    tree_key_from_name(root, &key);
    assert_ptr_equal(zone_set_find(set, &key), zones[0]);
    zone_set_free(set);
}

static void test_references(void **state)
{
    (void)state;
    struct zone *zone = zone_new_faulty(example);
    struct zone *shared[] = {zone_ref(zone)};
    struct zone_set *set = zone_set_new(shared, 1);

    assert_true(zone->faulty);
    assert_true(name_equal(zone->apex, example));
    zone_set_free(set);
    assert_int_equal(atomic_load(&zone->references), 1);
    zone_unref(zone);
    zone_unref(NULL);
    zone_set_free(NULL);
    assert_null(zone_ref(NULL));
}

static void test_empty_database(void **state)
{
    (void)state;
    struct zonedb *db = zonedb_new();
    struct tree_key key;

    tree_key_from_name(example, &key);
    assert_int_equal(zone_set_count(zonedb_current(db)), 0);
    assert_null(zone_set_find(zonedb_read(db), &key));
    zonedb_free(db);
    zonedb_free(NULL);
}

/* ------------------------------------------------------------------ readers and a writer */

struct reader {
    pthread_t thread;
    struct zonedb *db;
    _Atomic bool *over;
    _Atomic uint64_t reads;
};

/* Uses all of a set: the sanitizers see a touch of memory that was freed too early. */
static uint64_t use_set(const struct zone_set *set, const struct tree_key *key)
{
    const struct zone *zone = zone_set_find(set, key);
    return zone != NULL && zone->faulty && name_equal(zone->apex, example);
}

static void *read_sets(void *context)
{
    struct reader *reader = context;
    struct tree_key key;
    uint64_t reads = 0;

    tree_key_from_name(sub_example, &key);
    zonedb_reader_start();
    while (!atomic_load(reader->over)) {
        zonedb_reader_online(reader->db);
        const struct zone_set *set = zonedb_read(reader->db);
        for (unsigned i = 0; i < 32; i++)
            reads += use_set(set, &key);
        zonedb_reader_offline(reader->db);
        atomic_store(&reader->reads, reads);
    }
    zonedb_reader_stop();
    return NULL;
}

/* A reader that is stopped in the middle of a set holds the writer; one offline does not.  What the
 * test can see: nothing is freed under a reader (sanitizers), and the writer always gets through. */
static void test_publish_under_readers(void **state)
{
    (void)state;
    struct zonedb *db = zonedb_new();
    _Atomic bool over = false;
    struct reader readers[READERS] = {0};

    for (size_t i = 0; i < READERS; i++) {
        readers[i].db = db;
        readers[i].over = &over;
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_sets, &readers[i]), 0);
    }
    for (size_t i = 0; i < PUBLISHES; i++) {
        struct zone *zones[] = {zone_new_faulty(example)};
        struct zone_set *set = zone_set_new(zones, 1);
        zonedb_publish(db, set);
        assert_ptr_equal(zonedb_current(db), set);
    }
    for (size_t i = 0; i < READERS; i++)
        while (atomic_load(&readers[i].reads) == 0)
            sched_yield();
    atomic_store(&over, true);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
    zonedb_free(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_set),
            cmocka_unit_test(test_root_zone_takes_all),
            cmocka_unit_test(test_references),
            cmocka_unit_test(test_empty_database),
            cmocka_unit_test(test_publish_under_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
