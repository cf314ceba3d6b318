/* test_load.c -- what a load does with each of the zones. */
#include "test.h"

#include <sys/stat.h>

#include "base/err.h"
#include "zone/fixture.h"
#include "zone/folder.h"

#define GOOD(serial)                                                                               \
    "@ 60 IN SOA ns h " serial " 7200 900 1209600 60\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n"
#define BAD "@ 60 IN SOA ns h 1 7200 900 1209600 60\n"

static struct zone_set *load_folder(struct fixture *fixture, const struct folder *folder,
        const struct zone_set *old, struct zone_load_report *report)
{
    struct zone_sources sources;
    assert_int_equal(zone_sources_find(folder->path, NULL, 0, &sources, fixture->diag), 0);
    struct zone_set *set = zone_load_all(&sources, &fixture->basis, old, report, fixture->diag);
    zone_sources_done(&sources);
    return set;
}

/* Rows of a report as "origin outcome serial", a line each. */
static void expect_report(struct zone_load_report *report, const char *expected)
{
    static const char *const outcomes[] = {
            [ZONE_LOADED] = "loaded",
            [ZONE_KEPT] = "kept",
            [ZONE_FAULTY] = "faulty",
            [ZONE_REMOVED] = "removed",
    };
    struct buf seen;
    buf_init(&seen, 10000);
    for (size_t i = 0; i < report->count; i++) {
        const struct zone_load_row *row = &report->rows[i];
        char text[NAME_TEXT_MAX];
        buf_printf(&seen, "%s %s %u\n", name_to_text(row->origin.bytes, text),
                outcomes[row->outcome], row->serial);
        assert_int_equal(row->errors > 0, row->outcome == ZONE_KEPT || row->outcome == ZONE_FAULTY);
    }
    buf_printf(&seen, "%u served, %u failed\n", report->served, report->failed);
    if (strcmp(buf_string(&seen), expected) != 0)
        fail_msg("the report is\n%s", buf_string(&seen));
    buf_done(&seen);
    zone_load_report_done(report);
}

static void test_load_and_reload(void **state)
{
    (void)state;
    struct zone_load_report report;
    struct fixture fixture;
    struct folder folder;

    fixture_init(&fixture);
    folder_init(&folder);
    folder_write(&folder, "a.example.zone", GOOD("1"));
    folder_write(&folder, "b.example.zone", BAD);
    folder_write(&folder, "c.example.zone", GOOD("3"));
    struct zone_set *first = load_folder(&fixture, &folder, NULL, &report);
    assert_string_equal(report.rows[0].path + strlen(folder.path), "/a.example.zone");
    assert_int_equal(report.rows[0].records, 3);
    assert_int_equal(report.rows[0].names, 2);
    expect_report(&report, "a.example. loaded 1\n"
                           "b.example. faulty 0\n"
                           "c.example. loaded 3\n"
                           "2 served, 1 failed\n");
    assert_int_equal(zone_set_count(first), 3);
    assert_true(zone_set_at(first, 1)->faulty);

    /* a gets a fault and keeps its last version, b is mended, c goes, d comes. */
    folder_write(&folder, "a.example.zone", BAD);
    folder_write(&folder, "b.example.zone", GOOD("20"));
    folder_remove(&folder, "c.example.zone");
    folder_write(&folder, "d.example.zone", GOOD("4"));
    struct zone_set *second = load_folder(&fixture, &folder, first, &report);
    expect_report(&report, "a.example. kept 1\n"
                           "b.example. loaded 20\n"
                           "d.example. loaded 4\n"
                           "c.example. removed 3\n"
                           "3 served, 1 failed\n");
    assert_ptr_equal(zone_set_at(second, 0), zone_set_at(first, 0));
    zone_set_free(first);
    assert_int_equal(zone_set_at(second, 0)->serial, 1); /* outlives the set it came with */

    /* A file that cannot be read is a fault like any other. */
    folder_remove(&folder, "b.example.zone");
    char path[128];
    assert_int_equal(mkdir(folder_file(&folder, "b.example.zone", path), 0700), 0);
    struct zone_set *third = load_folder(&fixture, &folder, second, &report);
    expect_report(&report, "a.example. kept 1\n"
                           "b.example. kept 20\n"
                           "d.example. loaded 4\n"
                           "3 served, 2 failed\n");
    zone_set_free(second);
    zone_set_free(third);

    rmdir(path);
    folder_remove(&folder, "a.example.zone");
    folder_remove(&folder, "d.example.zone");
    rmdir(folder.path);
    fixture_done(&fixture);
}

static void test_empty_file(void **state)
{
    (void)state;
    struct zone_load_report report;
    struct fixture fixture;
    struct folder folder;

    fixture_init(&fixture);
    folder_init(&folder);
    folder_write(&folder, "a.example.zone", "; nothing\n");
    zone_set_free(load_folder(&fixture, &folder, NULL, &report));
    expect_report(&report, "a.example. faulty 0\n0 served, 1 failed\n");
    assert_int_equal(diag_kept(fixture.diag), 1);
    const struct diag_fault *fault = diag_fault_at(fixture.diag, 0);
    assert_string_equal(strrchr(fault->place.file, '/'), "/a.example.zone");
    assert_string_equal(fault->message, "no record is in this file");
    folder_remove(&folder, "a.example.zone");
    rmdir(folder.path);
    fixture_done(&fixture);
}

/* Faults name the file they are in, also behind an $INCLUDE. */
static void test_faults_name_their_file(void **state)
{
    (void)state;
    struct zone_load_report report;
    struct fixture fixture;
    struct folder folder;

    fixture_init(&fixture);
    folder_init(&folder);
    folder_write(&folder, "a.example.zone",
            GOOD("1") "w 60 A 192.0.2.1 ; @weighted 1\n$INCLUDE part\nw 60 A 192.0.2.5\n");
    folder_write(&folder, "part", "\nw 60 A 192.0.2.2 ; @weighted 1 check=www-xx\n");
    struct zone_set *set = load_folder(&fixture, &folder, NULL, &report);
    zone_load_report_done(&report);
    struct buf seen;
    buf_init(&seen, 10000);
    for (uint32_t i = 0; i < diag_kept(fixture.diag); i++) {
        const struct diag_fault *fault = diag_fault_at(fixture.diag, i);
        buf_printf(&seen, "%s:%u\n", strrchr(fault->place.file, '/') + 1, fault->place.line);
    }
    assert_string_equal(buf_string(&seen), "a.example.zone:6\n");
    buf_done(&seen);
    zone_set_free(set);

    folder_write(
            &folder, "a.example.zone", GOOD("1") "w 60 A 192.0.2.1 ; @weighted 1\n$INCLUDE part\n");
    set = load_folder(&fixture, &folder, NULL, &report);
    zone_load_report_done(&report);
    assert_int_equal(diag_kept(fixture.diag), 2);
    assert_string_equal(strrchr(diag_fault_at(fixture.diag, 1)->place.file, '/'), "/part");
    assert_int_equal(diag_fault_at(fixture.diag, 1)->place.line, 2);
    zone_set_free(set);
    folder_remove(&folder, "a.example.zone");
    folder_remove(&folder, "part");
    rmdir(folder.path);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_load_and_reload),
            cmocka_unit_test(test_empty_file),
            cmocka_unit_test(test_faults_name_their_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
