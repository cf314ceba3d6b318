/* test_lookup.c -- where names stand: RFC 1034 4.3.2, RFC 4592, RFC 6672. */
#include "test.h"

#include "zone/fixture.h"
#include "zone/lookup.h"

static const char zone_text[] = FIXTURE_HEAD "a.b.ent        IN A     192.0.2.1\n"
                                             "*.wild         IN A     192.0.2.2\n"
                                             "here.wild      IN A     192.0.2.3\n"
                                             "x.*.wild       IN A     192.0.2.4\n"
                                             "a.*.only       IN A     192.0.2.5\n"
                                             "sub            IN NS    ns.sub\n"
                                             "ns.sub         IN A     192.0.2.54\n"
                                             "deep.sub       IN NS    ns.sub\n"
                                             "*.sub          IN A     192.0.2.6\n"
                                             "alias          IN DNAME example.net.\n"
                                             "alias          IN A     192.0.2.7\n"
                                             "under.alias    IN A     192.0.2.8\n"
                                             "cut.under.alias IN NS   ns.sub\n"
                                             "UPPER          IN A     192.0.2.9\n";

static const char *const kinds[] = {
        [LOOKUP_NODE] = "node",
        [LOOKUP_WILDCARD] = "wildcard",
        [LOOKUP_NONE] = "none",
        [LOOKUP_CUT] = "cut",
        [LOOKUP_DNAME] = "dname",
};

static const char *node_text(const struct node *node, char ret[NAME_TEXT_MAX])
{
    return node != NULL ? name_to_text(node->name, ret) : "-";
}

static void test_lookup(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum lookup_kind kind;
        const char *node;
        const char *encloser;
    } rows[] = {
            {"@",               LOOKUP_NODE,     "@",         "@"              },
            {"ns",              LOOKUP_NODE,     "ns",        "ns"             },
            {"nS",              LOOKUP_NODE,     "ns",        "ns"             },
            {"upper",           LOOKUP_NODE,     "UPPER",     "UPPER"          },
            {"nope",            LOOKUP_NONE,     "-",         "@"              },
            {"x.ns",            LOOKUP_NONE,     "-",         "ns"             },
            {"ent",             LOOKUP_NODE,     "ent",       "ent"            },
            {"b.ent",           LOOKUP_NODE,     "b.ent",     "b.ent"          },
            {"c.ent",           LOOKUP_NONE,     "-",         "ent"            },
            {"x.y.wild",        LOOKUP_WILDCARD, "*.wild",    "wild"           },
            {"x.wild",          LOOKUP_WILDCARD, "*.wild",    "wild"           },
            {"wild",            LOOKUP_NODE,     "wild",      "wild"           },
            {"*.wild",          LOOKUP_NODE,     "*.wild",    "*.wild"         },
            {"here.wild",       LOOKUP_NODE,     "here.wild", "here.wild"      },
            {"x.here.wild",     LOOKUP_NONE,     "-",         "here.wild"      },
            {"y.*.wild",        LOOKUP_NONE,     "-",         "*.wild"         },
            {"b.only",          LOOKUP_WILDCARD, "*.only",    "only"           },
            {"sub",             LOOKUP_CUT,      "sub",       "sub"            },
            {"x.sub",           LOOKUP_CUT,      "sub",       "sub"            },
            {"ns.sub",          LOOKUP_CUT,      "sub",       "ns.sub"         },
            {"deep.sub",        LOOKUP_CUT,      "sub",       "deep.sub"       },
            {"x.deep.sub",      LOOKUP_CUT,      "sub",       "deep.sub"       },
            {"alias",           LOOKUP_NODE,     "alias",     "alias"          },
            {"x.alias",         LOOKUP_DNAME,    "alias",     "alias"          },
            {"under.alias",     LOOKUP_DNAME,    "alias",     "under.alias"    },
            {"cut.under.alias", LOOKUP_DNAME,    "alias",     "cut.under.alias"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", zone_text);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct name name, node, encloser;
        struct lookup lookup;
        char text[NAME_TEXT_MAX];
        assert_int_equal(name_from_text(rows[i].name, zone->apex, &name), 0);
        assert_int_equal(name_from_text(rows[i].node, zone->apex, &node), 0);
        assert_int_equal(name_from_text(rows[i].encloser, zone->apex, &encloser), 0);
        zone_lookup(zone, name.bytes, &lookup);
        if (lookup.kind != rows[i].kind)
            fail_msg("%s: %s", rows[i].name, kinds[lookup.kind]);
        if ((lookup.node == NULL) != (rows[i].node[0] == '-'))
            fail_msg("%s: node or none", rows[i].name);
        if (lookup.node != NULL && !name_equal(lookup.node->name, node.bytes))
            fail_msg("%s: node %s", rows[i].name, node_text(lookup.node, text));
        if (!name_equal(lookup.encloser->name, encloser.bytes))
            fail_msg("%s: encloser %s", rows[i].name, node_text(lookup.encloser, text));
    }
    zone_unref(zone);
    fixture_done(&fixture);
}

/* A DNAME at the apex takes every name but the apex, also in the root zone. */
static void test_dname_at_apex(void **state)
{
    (void)state;
    static const char *const origins[] = {".", "example.com."};
    static const char text[] = FIXTURE_HEAD "@ IN DNAME example.net.\n";

    for (size_t i = 0; i < COUNT(origins); i++) {
        struct fixture fixture;
        struct name below;
        struct lookup lookup;
        fixture_init(&fixture);
        struct zone *zone = fixture_load_good(&fixture, origins[i], text);
        assert_int_equal(name_from_text("x.y", zone->apex, &below), 0);
        zone_lookup(zone, below.bytes, &lookup);
        assert_int_equal(lookup.kind, LOOKUP_DNAME);
        assert_ptr_equal(lookup.node, zone->apex_node);
        zone_lookup(zone, zone->apex, &lookup);
        assert_int_equal(lookup.kind, LOOKUP_NODE);
        zone_unref(zone);
        fixture_done(&fixture);
    }
}

static void test_exact_finds_glue(void **state)
{
    (void)state;
    struct fixture fixture;
    struct name name;

    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", zone_text);
    assert_int_equal(name_from_text("ns.sub", zone->apex, &name), 0);
    const struct node *glue = zone_lookup_exact(zone, name.bytes);
    assert_non_null(glue);
    assert_true((glue->flags & NODE_OCCLUDED) != 0);
    assert_int_equal(name_from_text("x.wild", zone->apex, &name), 0);
    assert_null(zone_lookup_exact(zone, name.bytes));
    zone_unref(zone);
    fixture_done(&fixture);
}

/* Whether `node` has the name, "-" standing for no node. */
static void check_node(const struct zone *zone, const struct node *node, const char *expected,
        const char *asked, const char *what)
{
    struct name name;
    char text[NAME_TEXT_MAX];

    assert_int_equal(name_from_text(expected, zone->apex, &name), 0);
    if ((node == NULL) != (expected[0] == '-') ||
            (node != NULL && !name_equal(node->name, name.bytes)))
        fail_msg("%s as %s: node %s", asked, what, node_text(node, text));
}

/* Data of a name for the additional section, and as glue: RFC 1034 section 4.3.3. */
static void test_data_and_glue(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *data;
        const char *glue;
    } rows[] = {
            {"ns",            "ns",          "ns"         },
            {"x.y.wild",      "*.wild",      "*.wild"     },
            {"nope",          "-",           "-"          },
            {"ns.sub",        "ns.sub",      "ns.sub"     },
            {"x.sub",         "-",           "*.sub"      },
            {"x.y.sub",       "-",           "*.sub"      },
            {"x.ns.sub",      "-",           "-"          },
            {"under.alias",   "under.alias", "under.alias"},
            {"x.under.alias", "-",           "-"          },
    };
    struct fixture fixture;

    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com.", zone_text);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct name name;
        assert_int_equal(name_from_text(rows[i].name, zone->apex, &name), 0);
        check_node(zone, zone_lookup_data(zone, name.bytes), rows[i].data, rows[i].name, "data");
        check_node(zone, zone_lookup_glue(zone, name.bytes), rows[i].glue, rows[i].name, "glue");
    }
    zone_unref(zone);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_lookup),
            cmocka_unit_test(test_data_and_glue),
            cmocka_unit_test(test_dname_at_apex),
            cmocka_unit_test(test_exact_finds_glue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
