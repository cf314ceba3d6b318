/* test_collections.c -- which files are collections, and what becomes of them when directories change. */
#include "test.h"

#include "zone/cidr.h"
#include "zone/collections.h"
#include "zone/folder.h"

#define ONE(location) "[{\"LocationName\":\"" location "\",\"CidrList\":[\"192.0.2.0/24\"]}]"

/* The names with the first location of each, "isps=a others=b". */
static void expect_collections(const struct collections *collections, const char *wanted)
{
    struct buf text;
    uint32_t size;

    buf_init(&text, 1000);
    for (size_t i = 0; i < collections->count; i++) {
        const struct cidr *cidr = collections->list[i].part->data;
        buf_printf(&text, "%s%s=%s", i > 0 ? " " : "", collections->list[i].name,
                (const char *)intern_at(cidr->locations, 0, &size));
    }
    if (strcmp(buf_string(&text), wanted) != 0)
        fail_msg("the collections are %s, wanted %s", buf_string(&text), wanted);
    buf_done(&text);
}

/* Loads in place of *collections and holds the only fault, if any, to its severity and words. */
static void reload(struct collections **collections, const char *const *dirs, uint32_t count,
        const char *wanted)
{
    struct diag *diag = diag_new();
    const struct collections_sources sources = {dirs, count, NULL};
    struct collections *old = *collections;
    struct buf text;

    *collections = collections_load(&sources, old, diag);
    collections_free(old);
    buf_init(&text, 1000);
    if (diag_kept(diag) > 0)
        diag_fault_format(diag_fault_at(diag, 0), &text);
    if (diag_kept(diag) > 1 || (*wanted == '\0') != (diag_kept(diag) == 0) ||
            strstr(buf_string(&text), wanted) == NULL)
        fail_msg("%s", buf_string(&text));
    buf_done(&text);
    diag_free(diag);
}

static void files_are_collections_by_their_names(void **state)
{
    struct collections *collections = NULL;
    struct folder first, second;
    char twin[128], faulty[256];
    const char *dirs[3] = {first.path, second.path, NULL};
    (void)state;

    folder_init(&first);
    folder_init(&second);
    folder_write(&first, "isps.cidr.json", ONE("a"));
    folder_write(&first, ".hidden.cidr.json", "x");
    folder_write(&first, "checks.json", "x");
    folder_write(&second, "A_0-z.cidr.json", ONE("b"));
    reload(&collections, dirs, 2, "");
    expect_collections(collections, "A_0-z=b isps=a");
    assert_non_null(collections_find(collections, "isps"));
    assert_null(collections_find(collections, "isp"));
    assert_null(collections_find(NULL, "isps"));

    /* One directory under two names is read once. */
    char other_name[64];
    snprintf(other_name, sizeof(other_name), "%s/.", first.path);
    dirs[2] = other_name;
    reload(&collections, dirs, 3, "");
    expect_collections(collections, "A_0-z=b isps=a");

    folder_write(&second, "isps.cidr.json", ONE("c"));
    snprintf(faulty, sizeof(faulty),
            "%s: error: the collection \"isps\" comes from %s/isps.cidr.json already",
            folder_file(&second, "isps.cidr.json", twin), first.path);
    reload(&collections, dirs, 2, faulty);
    expect_collections(collections, "A_0-z=b isps=a");
    folder_remove(&second, "isps.cidr.json");

    folder_write(&second, "a b.cidr.json", ONE("c"));
    reload(&collections, dirs, 2,
            "error: \"a b\" is no name of a collection: wanted 1 to 64 of A-Z, a-z, 0-9, _ and -");
    expect_collections(collections, "A_0-z=b isps=a");
    collections_free(collections);
    collections_free(NULL);
    folder_done(&first);
    folder_done(&second);
}

static void a_directory_that_is_gone_keeps_its_collections(void **state)
{
    struct collections *collections = NULL;
    struct folder folder, other;
    char aside[64];
    const char *dirs[2] = {folder.path, other.path};
    (void)state;

    folder_init(&folder);
    folder_init(&other);
    folder_write(&folder, "isps.cidr.json", ONE("a"));
    folder_write(&other, "others.cidr.json", ONE("b"));
    reload(&collections, dirs, 2, "");
    snprintf(aside, sizeof(aside), "%s-aside", folder.path);
    assert_int_equal(rename(folder.path, aside), 0);
    for (int i = 0; i < 2; i++) {
        reload(&collections, dirs, 2,
                ": error: cannot be read: No such file or directory; the last good version of 1 "
                "CIDR collection stays in force");
        expect_collections(collections, "isps=a others=b");
    }
    assert_int_equal(rename(aside, folder.path), 0);
    reload(&collections, dirs, 2, "");
    expect_collections(collections, "isps=a others=b");
    folder_remove(&folder, "isps.cidr.json");
    reload(&collections, dirs, 2, "");
    expect_collections(collections, "others=b");

    dirs[0] = "/no/such/folder";
    reload(&collections, dirs, 2,
            "/no/such/folder: warning: CIDR collections cannot be looked for: No such file");
    expect_collections(collections, "others=b");
    collections_free(collections);
    folder_done(&folder);
    folder_done(&other);
}

static void directories_are_those_of_zone_files(void **state)
{
    static const struct {
        const char *what;
        const char *zones_dir;
        const char *zones[5];
        const char *dirs;
    } rows[] = {
            {"none",                     NULL,    {NULL},                                    ""               },
            {"the zones' directory",     "zones", {NULL},                                    "zones "         },
            {"files",                    NULL,    {".=/etc/zones/root", "a=rel/b.zone"},     "/etc/zones rel "},
            {"each once",                "z",     {"a=z/a", "b=y/b", "c=z/c", "d=y/d"},      "z y "           },
            {"here, and at the root",    NULL,    {"a=a.zone", "b=/b.zone", "c=./c", "d=d"}, ". / "           },
            {"an equals sign in a path", NULL,    {"a=x=y/z"},                               "x=y "           },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t zones = 0;
        uint32_t count;
        struct buf text;
        while (zones < 5 && rows[i].zones[zones] != NULL)
            zones++;
        char **dirs =
                collections_dirs(rows[i].zones_dir, (char *const *)rows[i].zones, zones, &count);
        buf_init(&text, 1000);
        for (uint32_t j = 0; j < count; j++)
            buf_printf(&text, "%s ", dirs[j]);
        if (strcmp(buf_string(&text), rows[i].dirs) != 0)
            fail_msg("%s: %s", rows[i].what, buf_string(&text));
        buf_done(&text);
        collections_dirs_free(dirs, count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(files_are_collections_by_their_names),
            cmocka_unit_test(a_directory_that_is_gone_keeps_its_collections),
            cmocka_unit_test(directories_are_those_of_zone_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
