/* test_sources.c -- which files are zones, and what the configuration says of them. */
#include "test.h"

#include "base/err.h"
#include "zone/folder.h"
#include "zone/sources.h"

/* Origins of the sources, in order, a blank behind each. */
static void show_sources(const struct zone_sources *sources, struct buf *ret)
{
    for (size_t i = 0; i < sources->count; i++) {
        char text[NAME_TEXT_MAX];
        buf_printf(ret, "%s ", name_to_text(sources->list[i].origin.bytes, text));
    }
}

static void test_sources(void **state)
{
    (void)state;
    static const char *const files[] = {"example.org.zone", "b.example.com.zone",
            "example.com.zone", "com.json", ".hidden.zone"};
    char *explicit_zones[] = {(char[]){".=some/root"}, (char[]){"a.example.com=x=y"}};
    struct diag *diag = diag_new();
    struct zone_sources sources;
    struct folder folder;
    struct buf seen;

    folder_init(&folder);
    for (size_t i = 0; i < COUNT(files); i++)
        folder_write(&folder, files[i], "");
    assert_int_equal(
            zone_sources_find(folder.path, explicit_zones, COUNT(explicit_zones), &sources, diag),
            0);
    buf_init(&seen, 1000);
    show_sources(&sources, &seen);
    assert_string_equal(
            buf_string(&seen), ". example.com. a.example.com. b.example.com. example.org. ");
    assert_string_equal(sources.list[0].path, "some/root");
    assert_string_equal(sources.list[2].path, "x=y");
    assert_true(strncmp(sources.list[1].path, folder.path, strlen(folder.path)) == 0);
    zone_sources_done(&sources);
    buf_done(&seen);
    for (size_t i = 0; i < COUNT(files); i++)
        folder_remove(&folder, files[i]);
    rmdir(folder.path);

    assert_int_equal(zone_sources_find(NULL, NULL, 0, &sources, diag), 0);
    assert_int_equal(sources.count, 0);
    assert_false(zone_sources_keep_only(&sources, (const uint8_t *)""));
    zone_sources_done(&sources);
    assert_int_equal(diag_kept(diag), 0);
    diag_free(diag);
}

/* One of several, by its name in any case; the sanitizers see what becomes of the others. */
static void test_one_source(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *apex;
        const char *want;
    } rows[] = {
            {"the first",  "\1a",    "a. "  },
            {"the last",   "\1C",    "c. "  },
            {"in between", "\1x\1b", "x.b. "},
            {"not there",  "\1b",    ""     },
    };
    static const char *const texts[] = {"c=1", "a=2", "x.b=3"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct diag *diag = diag_new();
        struct zone_sources sources;
        struct buf seen;
        char *zones[COUNT(texts)];
        for (size_t j = 0; j < COUNT(texts); j++)
            zones[j] = strdup(texts[j]);
        assert_int_equal(zone_sources_find(NULL, zones, COUNT(texts), &sources, diag), 0);
        bool found = zone_sources_keep_only(&sources, (const uint8_t *)rows[i].apex);
        buf_init(&seen, 1000);
        show_sources(&sources, &seen);
        if (found != (rows[i].want[0] != '\0') || strcmp(buf_string(&seen), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].what, buf_string(&seen));
        buf_done(&seen);
        zone_sources_done(&sources);
        for (size_t j = 0; j < COUNT(texts); j++)
            free(zones[j]);
        diag_free(diag);
    }
}

static void test_bad_sources(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *dir;
        const char *zone[2];
        const char *fault;
    } rows[] = {
            {"no such folder",  "/nonexistent",  {NULL, NULL},
             "the zones' directory cannot be read: No such file or directory"                                                 },
            {"an empty folder", "/proc/self/ns", {NULL, NULL},
             "no zone is here: no file whose name ends in .zone"                                                              },
            {"no equals sign",  NULL,            {"example.com", NULL},
             "\"example.com\" names no zone; write ORIGIN=FILE"                                                               },
            {"no origin",       NULL,            {"=file", NULL},                 "\"=file\" names no zone; write ORIGIN=FILE"},
            {"no file",         NULL,            {"a=", NULL},                    "\"a=\" names no zone; write ORIGIN=FILE"   },
            {"no name",         NULL,            {"a..b=file", NULL},             "\"a..b\" is no name that a zone could have"},
            {"one zone twice",  NULL,            {"a.example=x", "A.example.=y"},
             "the zone A.example. comes from x already"                                                                       },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct diag *diag = diag_new();
        struct zone_sources sources;
        char *zones[2] = {0};
        size_t count = 0;
        while (count < 2 && rows[i].zone[count] != NULL) {
            zones[count] = strdup(rows[i].zone[count]);
            count++;
        }
        if (zone_sources_find(rows[i].dir, zones, count, &sources, diag) != ERR_FAULTY)
            fail_msg("%s: good", rows[i].what);
        if (diag_kept(diag) != 1 || strcmp(diag_fault_at(diag, 0)->message, rows[i].fault) != 0)
            fail_msg("%s: %s", rows[i].what, diag_fault_at(diag, 0)->message);
        free(zones[0]);
        free(zones[1]);
        diag_free(diag);
    }
}

/* The rest first, so that what is named stands, in any order. */
static void test_on_stale(void **state)
{
    char *texts[] = {"b.example=hold", "*=open", "no.example=open"};
    struct zone_source list[2] = {{.path = NULL}, {.path = NULL}};
    struct zone_sources sources = {.list = list, .count = 2};
    struct diag *diag = diag_new();
    (void)state;
    assert_int_equal(name_from_text("a.example", (const uint8_t *)"", &list[0].origin), 0);
    assert_int_equal(name_from_text("b.example", (const uint8_t *)"", &list[1].origin), 0);
    zone_sources_on_stale(&sources, texts, COUNT(texts), diag);
    assert_true(list[0].open_on_stale);
    assert_false(list[1].open_on_stale);
    assert_int_equal(diag_warnings(diag), 1);
    diag_free(diag);
}

static void test_max_down(void **state)
{
    char *texts[] = {"b.example=20% in 1m", "*=50% in 10s", "30% in 5s", "no.example=50% in 10s",
            "nonsense"};
    struct zone_source list[2] = {{.path = NULL}, {.path = NULL}};
    struct zone_sources sources = {.list = list, .count = 2};
    struct diag *diag = diag_new();
    (void)state;
    assert_int_equal(name_from_text("a.example", (const uint8_t *)"", &list[0].origin), 0);
    assert_int_equal(name_from_text("b.example", (const uint8_t *)"", &list[1].origin), 0);
    zone_sources_guard(&sources, texts, COUNT(texts), diag);
    assert_int_equal(list[0].max_down.share_percent, 50);
    assert_int_equal(list[0].max_down.window_ms, 10000);
    assert_int_equal(list[1].max_down.share_percent, 20);
    assert_int_equal(list[1].max_down.window_ms, 60000);
    assert_int_equal(diag_warnings(diag), 1);
    diag_free(diag);
}

/* A name that nobody serves is told. */
static void test_ignore_ecs(void **state)
{
    (void)state;
    char *zones[] = {(char[]){"a.example=x"}, (char[]){"b.example=y"}, (char[]){"example=z"}};
    char *origins[] = {(char[]){"B.Example"}, (char[]){"example."}, (char[]){"c.example"},
            (char[]){"elsewhere.test"}};
    struct diag *diag = diag_new();
    struct zone_sources sources;

    assert_int_equal(zone_sources_find(NULL, zones, COUNT(zones), &sources, diag), 0);
    zone_sources_ignore_ecs(&sources, origins, COUNT(origins), diag);
    assert_true(sources.list[0].ignore_ecs); /* the origin "example." */
    assert_false(sources.list[1].ignore_ecs);
    assert_true(sources.list[2].ignore_ecs);
    assert_int_equal(diag_errors(diag), 0);
    assert_int_equal(diag_warnings(diag), 2);
    assert_string_equal(diag_fault_at(diag, 0)->message,
            "ignore-ecs: no zone \"c.example\" is served; did you mean \"a.example.\"?");
    assert_string_equal(
            diag_fault_at(diag, 1)->message, "ignore-ecs: no zone \"elsewhere.test\" is served");
    zone_sources_done(&sources);
    diag_free(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_sources),
            cmocka_unit_test(test_one_source),
            cmocka_unit_test(test_bad_sources),
            cmocka_unit_test(test_ignore_ecs),
            cmocka_unit_test(test_on_stale),
            cmocka_unit_test(test_max_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
