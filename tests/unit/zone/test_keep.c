/* test_keep.c -- src/zone/keep.c: a zone's copy reads back as the zone. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "dns/name.h"
#include "route/sticky.h"
#include "zone/fixture.h"
#include "zone/keep.h"

static const char whole[] =
        FIXTURE_HEAD "www  IN A 192.0.2.1  ; @failover primary check=www-eu\n"
                     "www  IN A 192.0.2.2  ; @failover secondary check=www-us set=us\n"
                     "www  IN A 192.0.2.3  ; @failover 3\n"
                     "api  IN A 192.0.2.21 ; @weighted 90 set=blue check=api-blue\n"
                     "api  IN A 192.0.2.22 ; @weighted 90 set=blue check=api-blue\n"
                     "api  IN A 192.0.2.23 ; @weighted 0 set=green;@x\n"
                     "img  IN A 192.0.2.31 ; @multivalue check=img-1\n"
                     "img  IN A 192.0.2.32 ; @multivalue\n"
                     "@    IN A 192.0.2.1  ; @simple alias=www evaluate=no\n"
                     "lat  IN A 192.0.2.1  ; @latency us-east-1 couple=lat,any\n"
                     "lat  IN A 192.0.2.2  ; @latency eu-west-1 couple=lat,any\n"
                     "lat  IN AAAA 2001:db8::2 ; @latency eu-west-1 couple=lat,any\n"
                     "lat  IN AAAA 2001:db8::1 ; @latency us-east-1 couple=lat,any\n"
                     "geo  IN A 192.0.2.1  ; @geo country=us subdivision=ca\n"
                     "geo  IN A 192.0.2.2  ; @geo country=us\n"
                     "geo  IN A 192.0.2.3  ; @geo continent=na set=north\n"
                     "geo  IN A 192.0.2.4  ; @geo default\n"
                     "near IN A 192.0.2.1  ; @geoproximity at=48.850,-2.3500001 bias=-50\n"
                     "near IN A 192.0.2.2  ; @geoproximity at=-0.5,180 bias=+99\n"
                     "near IN A 192.0.2.3  ; @geoproximity region=us-east-1\n"
                     "net  IN A 192.0.2.1  ; @cidr isps/isp-a\n"
                     "net  IN A 192.0.2.2  ; @cidr isps/*\n"
                     "st   IN A 192.0.2.1  ; @multivalue sticky=20 set=a\n"
                     "st   IN A 192.0.2.2  ; @multivalue sticky=20/56 set=b\n"
                     "two  IN A 192.0.2.1  ; @simple alias=a\\;b\\032\\200 evaluate=yes\n"
                     "a\\;b\\032\\200 IN A 192.0.2.9\n"
                     "a\\@\\$\\(\\\"x 30 IN TXT \"; @failover primary\" \"\\\"\\\\ \" \"\"\n"
                     "*.w  IN TYPE65280 \\# 3 00ff10\n"
                     "none IN TYPE65281 \\# 0\n"
                     "MiXeD IN CNAME WWW.Example.Org.\n";

static char dir[] = "/tmp/holdfast-keep-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) != NULL ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return rmdir(dir);
}

static struct zone_sources one_source(const struct fixture *fixture, char *path, const char *copies)
{
    static struct zone_source source;
    struct zone_sources sources = {.list = &source, .count = 1};
    source.path = path;
    assert_int_equal(name_from_text("example.org.", (const uint8_t *)"", &source.origin), 0);
    sources.copies = (struct zone_copies){.dir = copies, .basis = &fixture->basis};
    return sources;
}

/* What a load made of the one source, and its set. */
static struct zone_set *load(
        const struct fixture *fixture, const struct zone_sources *sources, enum zone_outcome want)
{
    struct zone_load_report report;
    struct diag *diag = diag_new();
    struct zone_set *set = zone_load_all(sources, &fixture->basis, NULL, &report, diag);
    if (report.rows[0].outcome != want)
        fail_msg("outcome %d, want %d: %s", (int)report.rows[0].outcome, (int)want,
                diag_kept(diag) > 0 ? diag_fault_at(diag, 0)->message : "no fault");
    diag_free(diag);
    zone_load_report_done(&report);
    return set;
}

struct comparison {
    const struct zone *other;
    size_t nodes;
};

static void compare_sets(const struct route_group *a, const struct route_group *b)
{
    assert_int_equal(a->policy, b->policy);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->couple_any, b->couple_any);
    assert_ptr_equal(a->order, b->order); /* the same places have the same order */
    assert_int_equal(a->sticky == NULL, b->sticky == NULL);
    if (a->sticky != NULL)
        assert_memory_equal(a->sticky->bits, b->sticky->bits, CLIENT_FAMILIES);
    for (uint32_t i = 0; i < a->count; i++) {
        const struct rrset *x = a->sets[i].data, *y = b->sets[i].data;
        assert_int_equal(a->sets[i].check, b->sets[i].check);
        assert_int_equal(a->sets[i].weight, b->sets[i].weight);
        assert_int_equal(a->sets[i].partners_count, b->sets[i].partners_count);
        assert_string_equal(a->sets[i].id, b->sets[i].id); /* sticky draws go by it */
        assert_int_equal(a->sets[i].rank, b->sets[i].rank);
        assert_int_equal(a->sets[i].evaluate, b->sets[i].evaluate);
        assert_int_equal(a->sets[i].alias == NULL, b->sets[i].alias == NULL);
        assert_int_equal(x == NULL, y == NULL);
        if (x != NULL)
            assert_memory_equal(x->wire, y->wire, x->size_bytes);
    }
}

static bool compare_node(void *context, void *value)
{
    struct comparison *comparison = context;
    const struct node *node = value;
    struct tree_key key;

    tree_key_from_name(node->name, &key);
    const struct node *other = tree_get(comparison->other->names, &key);
    assert_non_null(other);
    assert_memory_equal(node->name, other->name, name_length(node->name));
    assert_int_equal(node->flags, other->flags);
    assert_int_equal(node->rrsets_count, other->rrsets_count);
    for (uint16_t i = 0; i < node->rrsets_count; i++) {
        const struct rrset *a = &node->rrsets[i], *b = &other->rrsets[i];
        assert_int_equal(a->type, b->type);
        assert_int_equal(a->ttl, b->ttl);
        assert_int_equal(a->size_bytes, b->size_bytes);
        assert_memory_equal(a->wire, b->wire, a->size_bytes);
        assert_int_equal(a->group == NULL, b->group == NULL);
        if (a->group != NULL)
            compare_sets(a->group, b->group);
    }
    comparison->nodes++;
    return true;
}

static void a_copy_reads_back_as_the_zone(void **state)
{
    (void)state;
    struct fixture fixture;
    char path[256];
    struct stat st;
    fixture_init(&fixture);
    fixture_add_atlas(&fixture);
    snprintf(path, sizeof(path), "%s/source", dir);
    fixture_write(path, whole);
    struct zone_sources sources = one_source(&fixture, path, dir);
    sources.list->ignore_ecs = true;
    struct zone_set *loaded = load(&fixture, &sources, ZONE_LOADED);
    assert_true(zone_set_at(loaded, 0)->ignore_ecs);
    char *copy = zone_keep_path(dir, sources.list->origin.bytes);
    assert_int_equal(stat(copy, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);

    fixture_write(path, "faulty\n");
    struct zone_set *kept = load(&fixture, &sources, ZONE_KEPT);
    struct comparison comparison = {.other = zone_set_at(kept, 0)};
    tree_each(zone_set_at(loaded, 0)->names, compare_node, &comparison);
    assert_int_equal(comparison.nodes, tree_count(zone_set_at(kept, 0)->names));
    assert_int_equal(zone_set_at(kept, 0)->serial, 7);
    assert_true(zone_set_at(kept, 0)->ignore_ecs);

    zone_keep_remove(dir, sources.list->origin.bytes);
    zone_set_free(load(&fixture, &sources, ZONE_FAULTY));
    zone_set_free(kept);
    zone_set_free(loaded);
    free(copy);
    unlink(path);
    fixture_done(&fixture);
}

/* What is only compared reads a copy as a reload would, and leaves it as it is. */
static void a_trial_leaves_copies_alone(void **state)
{
    (void)state;
    struct zone_load_report report;
    struct fixture fixture;
    char path[256];
    fixture_init(&fixture);
    snprintf(path, sizeof(path), "%s/source", dir);
    fixture_write(path, FIXTURE_HEAD);
    struct zone_sources sources = one_source(&fixture, path, dir);
    char *copy = zone_keep_path(dir, sources.list->origin.bytes);
    sources.copies.read_only = true;
    struct zone_set *loaded = load(&fixture, &sources, ZONE_LOADED);
    assert_int_equal(access(copy, F_OK), -1);

    sources.copies.read_only = false;
    zone_set_free(load(&fixture, &sources, ZONE_LOADED));
    sources.copies.read_only = true;
    fixture_write(path, "faulty\n");
    zone_set_free(load(&fixture, &sources, ZONE_KEPT));
    sources.count = 0;
    zone_set_free(zone_load_all(&sources, &fixture.basis, loaded, &report, fixture.diag));
    assert_int_equal(report.rows[0].outcome, ZONE_REMOVED);
    zone_load_report_done(&report);
    assert_int_equal(access(copy, F_OK), 0);

    zone_keep_remove(dir, sources.list->origin.bytes);
    zone_set_free(loaded);
    free(copy);
    unlink(path);
    fixture_done(&fixture);
}

static void names_become_names_of_files(void **state)
{
    (void)state;
    static const struct {
        const char *what, *name, *want;
    } cases[] = {
            {"plain",          "example.org.", "d/example.org..zone"},
            {"capitals",       "eXample.ORG.", "d/example.org..zone"},
            {"the root",       ".",            "d/%2e.zone"         },
            {"a way out",      "..\\047x.",    NULL                 },
            {"a slash",        "a/b.",         "d/a%2fb..zone"      },
            {"an escaped dot", "\\..",         "d/%5c...zone"       },
            {"a high byte",    "\\200.",       "d/%5c200..zone"     },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct name name;
        if (name_from_text(cases[i].name, (const uint8_t *)"", &name) < 0) {
            assert_null(cases[i].want);
            continue;
        }
        char *got = zone_keep_path("d", name.bytes);
        if (got == NULL || cases[i].want == NULL || strcmp(got, cases[i].want) != 0)
            fail_msg("%s: got %s", cases[i].what, got != NULL ? got : "nothing");
        free(got);
    }
}

static void a_name_too_long_for_a_file_is_not_kept(void **state)
{
    (void)state;
    struct name name = {.length = 0};
    for (int label = 0; label < 4; label++) {
        name.bytes[name.length++] = 60;
        for (int i = 0; i < 60; i++)
            name.bytes[name.length++] = 0x01;
    }
    name.bytes[name.length++] = 0;
    assert_null(zone_keep_path("d", name.bytes));
    assert_int_equal(zone_keep_save(dir, name.bytes, NULL, 0), -ENAMETOOLONG);
    assert_int_equal(zone_keep_save("/nonexistent/dir", (const uint8_t *)"\1a", NULL, 0), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_copy_reads_back_as_the_zone),
            cmocka_unit_test(a_trial_leaves_copies_alone),
            cmocka_unit_test(names_become_names_of_files),
            cmocka_unit_test(a_name_too_long_for_a_file_is_not_kept),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
