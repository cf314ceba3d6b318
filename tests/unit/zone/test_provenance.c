/* test_provenance.c -- when a zone is built again, and when not. */
#include "test.h"

#include <sys/stat.h>

#include "zone/fixture.h"
#include "zone/folder.h"
#include "zone/provenance.h"

#define PLAIN "$TTL 60\n@ SOA ns h 1 7200 900 1209600 60\n@ NS ns\nns A 192.0.2.1\n"

static struct zone_set *load_folder(const struct zone_basis *basis, const struct folder *folder,
        const struct zone_set *old, struct zone_load_report *report)
{
    struct diag *diag = diag_new();
    struct zone_sources sources;
    assert_int_equal(zone_sources_find(folder->path, NULL, 0, &sources, diag), 0);
    struct zone_set *set = zone_load_all(&sources, basis, old, report, diag);
    zone_sources_done(&sources);
    diag_free(diag);
    return set;
}

static void change_nothing(struct fixture *fixture, const struct folder *folder)
{
    (void)fixture;
    (void)folder;
}

static void write_zone(struct fixture *fixture, const struct folder *folder)
{
    (void)fixture;
    folder_write(folder, "a.example.zone", PLAIN);
}

static void write_include(struct fixture *fixture, const struct folder *folder)
{
    (void)fixture;
    folder_write(folder, "part", "w A 192.0.2.9\n");
}

static void set_mode(struct fixture *fixture, const struct folder *folder)
{
    char path[128];
    (void)fixture;
    assert_int_equal(chmod(folder_file(folder, "a.example.zone", path), 0600), 0);
}

/* As a reload does that takes www-eu out and puts it into another slot. */
static void move_check(struct fixture *fixture, const struct folder *folder)
{
    struct health_detail gone = {.flags = 0};
    struct health_detail moved = {.flags = HEALTH_DEFINED, .id = "www-eu"};
    (void)folder;
    health_table_write(fixture->table, 0, &gone);
    health_table_write(fixture->table, COUNT(fixture_checks), &moved);
    health_ids_free(fixture->ids);
    fixture->ids = health_ids_new(fixture->table);
    fixture->basis.ids = fixture->ids;
}

static void add_worker(struct fixture *fixture, const struct folder *folder)
{
    (void)folder;
    fixture->basis.workers++;
}

static void lose_atlas(struct fixture *fixture, const struct folder *folder)
{
    (void)folder;
    atlas_free(fixture->basis.atlas);
    fixture->basis.atlas = NULL;
}

static void test_what_is_built_again(void **state)
{
    static const char checked[] = PLAIN "w A 192.0.2.1 ; @failover primary check=www-eu\n"
                                        "w A 192.0.2.2 ; @failover secondary check=www-us\n";
    static const char located[] = PLAIN "w A 192.0.2.1 ; @geo country=DE\n"
                                        "w A 192.0.2.2 ; @geo default\n";
    static const struct {
        const char *what;
        const char *zone;
        void (*change)(struct fixture *fixture, const struct folder *folder);
        bool same;
    } rows[] = {
            {"nothing has changed",                        PLAIN,                   change_nothing, true },
            {"the file was written, with the same in it",  PLAIN,                   write_zone,     false},
            {"its mode was changed",                       PLAIN,                   set_mode,       false},
            {"nothing has changed behind $INCLUDE",        PLAIN "$INCLUDE part\n", change_nothing, true },
            {"an included file was written",               PLAIN "$INCLUDE part\n", write_include,  false},
            {"a file that it does not include was",        PLAIN,                   write_include,  true },
            {"with checks",                                checked,                 change_nothing, true },
            {"a check has moved",                          checked,                 move_check,     false},
            {"a check has moved that it does not name",    PLAIN,                   move_check,     true },
            {"more threads",                               PLAIN,                   add_worker,     false},
            {"with places",                                located,                 change_nothing, true },
            {"another atlas",                              located,                 lose_atlas,     false},
            {"another atlas, and nothing was asked of it", checked,                 lose_atlas,     true },
            {"a warning, which is told again",             PLAIN "; @x\n",          change_nothing, false},
            {"a fault",                                    "@ 60 A x\n",            change_nothing, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct zone_load_report report;
        struct fixture fixture;
        struct folder folder;

        fixture_init(&fixture);
        fixture_add_atlas(&fixture);
        folder_init(&folder);
        folder_write(&folder, "a.example.zone", rows[i].zone);
        folder_write(&folder, "part", "v A 192.0.2.9\n");
        folder_settle(&folder);
        struct zone_set *first = load_folder(&fixture.basis, &folder, NULL, &report);
        assert_int_equal(report.unchanged, 0);
        zone_load_report_done(&report);
        rows[i].change(&fixture, &folder);
        struct zone_set *second = load_folder(&fixture.basis, &folder, first, &report);
        bool same = zone_set_at(first, 0) == zone_set_at(second, 0);
        if (same != rows[i].same || report.unchanged != same || report.rows[0].is_unchanged != same)
            fail_msg("%s: %s", rows[i].what, same ? "the same" : "built again");
        if (same)
            assert_int_equal(report.rows[0].outcome, ZONE_LOADED);
        zone_load_report_done(&report);
        zone_set_free(first);
        zone_set_free(second);
        folder_done(&folder);
        fixture_done(&fixture);
    }
}

/* What was read a moment ago could be written once more without its times telling. */
static void test_fresh_files_are_read_again(void **state)
{
    struct zone_load_report report;
    struct fixture fixture;
    struct folder folder;
    (void)state;

    fixture_init(&fixture);
    folder_init(&folder);
    folder_write(&folder, "a.example.zone", PLAIN);
    struct zone_set *first = load_folder(&fixture.basis, &folder, NULL, &report);
    zone_load_report_done(&report);
    folder_settle(&folder);
    struct zone_set *second = load_folder(&fixture.basis, &folder, first, &report);
    assert_int_equal(report.unchanged, 0);
    zone_load_report_done(&report);
    zone_set_free(first);
    zone_set_free(second);
    folder_done(&folder);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_what_is_built_again),
            cmocka_unit_test(test_fresh_files_are_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
