/* test_atlas.c -- what an atlas knows, the orders it works out, and what becomes of its parts when their
 * files change. */
#include "test.h"

#include <errno.h>

#include "base/diag.h"
#include "base/err.h"
#include "zone/atlas.h"
#include "zone/folder.h"
#include "zone/network.h"

#define GEO TEST_DATA_DIR "/geo/places.mmdb"

#define LATENCY                                                                                    \
    "prefix,region,rtt_ms\n"                                                                       \
    "10.0.0.0/8,eu-west-1,20\n"                                                                    \
    "10.0.0.0/8,us-east-1,90.5\n"                                                                  \
    "10.0.0.0/8,ap-south-1,120\n"                                                                  \
    "10.1.0.0/16,us-east-1,10\n"                                                                   \
    "10.2.0.0/16,ap-south-1,5\n"                                                                   \
    "10.2.0.0/16,us-east-1,5\n"                                                                    \
    "2001:db8::/32,us-east-1,7\n"

#define CIDR                                                                                       \
    "[{\"LocationName\":\"isp-a\",\"CidrList\":[\"198.51.100.0/24\",\"2001:db8::/48\"]},\n"        \
    " {\"LocationName\":\"isp-b\",\"CidrList\":[\"198.51.100.128/25\"]}]\n"

struct place {
    struct folder folder;
    char latency_file[128];
    char geoip_file[128];
    const char *dirs[1];
    struct atlas_sources sources;
    struct atlas *atlas;
};

/* Loads the atlas in place of the one before.  Returns the faults, a line each without the folder's path; new. */
static char *reload(struct place *place)
{
    struct diag *diag = diag_new();
    struct atlas *atlas = atlas_load(&place->sources, place->atlas, diag);
    struct buf text;

    atlas_free(place->atlas);
    place->atlas = atlas;
    buf_init(&text, 10000);
    for (uint32_t i = 0; i < diag_kept(diag); i++) {
        struct buf line;
        buf_init(&line, 1000);
        diag_fault_format(diag_fault_at(diag, i), &line);
        const char *from = buf_string(&line);
        if (strncmp(from, place->folder.path, strlen(place->folder.path)) == 0)
            from += strlen(place->folder.path) + (from[strlen(place->folder.path)] == '/');
        buf_printf(&text, "%s\n", from);
        buf_done(&line);
    }
    diag_free(diag);
    char *faults = strdup(buf_string(&text));
    buf_done(&text);
    return faults;
}

static void expect_faults(struct place *place, const char *wanted)
{
    char *faults = reload(place);
    if (strcmp(faults, wanted) != 0)
        fail_msg("the faults are\n%s", faults);
    free(faults);
}

/* Copies the database, so that a test can change it. */
static void write_geo(struct place *place)
{
    static char bytes[100000];
    FILE *file = fopen(GEO, "r");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    folder_write_bytes(&place->folder, "places.mmdb", bytes, length);
}

/* An atlas of everything. */
static void place_init(struct place *place)
{
    memset(place, 0, sizeof(*place));
    folder_init(&place->folder);
    folder_write(&place->folder, "rtt.csv", LATENCY);
    folder_write(&place->folder, "isps.cidr.json", CIDR);
    write_geo(place);
    place->dirs[0] = place->folder.path;
    place->sources = (struct atlas_sources){
            .geoip_file = folder_file(&place->folder, "places.mmdb", place->geoip_file),
            .latency_file = folder_file(&place->folder, "rtt.csv", place->latency_file),
            .cidr_dirs = place->dirs,
            .cidr_dirs_count = 1,
    };
    folder_settle(&place->folder);
    expect_faults(place, "");
}

static void place_done(struct place *place)
{
    atlas_free(place->atlas);
    folder_done(&place->folder);
}

/* The sets a client gets as "0 2 1 /scope", and drops the order. */
static const char *describe(struct order *order, const char *client_text, char ret[256])
{
    struct client client;
    struct prefix_match match;
    struct buf text;

    buf_init(&text, 255);
    assert_int_equal(network_parse(client_text, &client, &text), 0);
    prefix_map_find(order->map, &client, &match);
    assert_true(match.value < order->rows_count);
    const struct order_row *row = &order->rows[match.value];
    for (uint32_t i = 0; i < row->count; i++)
        buf_printf(&text, "%u ", row->places[i]);
    buf_printf(&text, "/%u", match.scope);
    snprintf(ret, 256, "%s", buf_string(&text));
    buf_done(&text);
    order_unref(order);
    return ret;
}

static void expect_sets(
        const char *what, struct order *order, const char *client, const char *wanted)
{
    char got[256];
    if (strcmp(describe(order, client, got), wanted) != 0)
        fail_msg("%s: %s", what, got);
}

/* ------------------------------------------------------------------ orders */

static void latency_ranks_by_time(void **state)
{
    static const char *const regions[] = {"us-east-1", "nowhere-1", "eu-west-1", "ap-south-1"};
    static const struct {
        const char *what;
        const char *client;
        const char *sets;
    } rows[] = {
            {"all are measured",          "10.9.0.1/32",   "2 0 3 1 /13"},
            {"one is, the others follow", "10.1.0.1/32",   "0 1 2 3 /16"},
            {"two are equal",             "10.2.0.1/32",   "0 3 1 2 /16"},
            {"no network",                "11.0.0.1/32",   "0 1 2 3 /8" },
            {"IPv6",                      "2001:db8::/56", "0 1 2 3 /0" },
    };
    struct place place;
    (void)state;

    place_init(&place);
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_sets(rows[i].what, atlas_order_latency(place.atlas, regions, COUNT(regions)),
                rows[i].client, rows[i].sets);
    place_done(&place);
}

static void geo_follows_the_chain(void **state)
{
    static const struct atlas_location locations[] = {
            {"",   "",   ""  },
            {"EU", "",   ""  },
            {"",   "DE", ""  },
            {"",   "US", ""  },
            {"",   "US", "CA"},
            {"",   "US", "NY"},
            {"AS", "",   ""  },
    };
    static const struct {
        const char *what;
        uint32_t first, count; /* of the locations */
        const char *client;
        const char *sets;
    } rows[] = {
            {"country, continent, default",      0, 7, "192.0.2.1/32",      "2 1 0 /24"},
            {"state, country, default",          0, 7, "198.51.100.1/32",   "4 3 0 /25"},
            {"the US without a state",           0, 7, "198.51.100.129/32", "3 0 /25"  },
            {"Cyprus is Europe's (1.6)",         0, 7, "203.0.113.1/32",    "1 0 /24"  },
            {"a continent that no set has",      0, 7, "100.64.0.1/32",     "0 /24"    },
            {"a record that tells nothing",      0, 7, "100.64.3.1/32",     "0 /24"    },
            {"no network",                       0, 7, "8.8.8.8/32",        "0 /2"     },
            {"no default, and not covered",      1, 6, "100.64.0.1/32",     "/24"      },
            {"no default, covered",              1, 6, "192.0.2.1/32",      "1 0 /24"  },
            {"states alone",                     4, 2, "198.51.100.1/32",   "0 /25"    },
            {"another state",                    5, 1, "198.51.100.1/32",   "/0"       },
            {"a default alone covers everybody", 0, 1, "192.0.2.1/32",      "0 /0"     },
    };
    struct place place;
    (void)state;

    place_init(&place);
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_sets(rows[i].what,
                atlas_order_geo(place.atlas, locations + rows[i].first, rows[i].count),
                rows[i].client, rows[i].sets);
    place_done(&place);
}

/* Clients at 51.3,9.5, and at 35.7,139.7 in Japan; a degree of latitude has 111.2 km. */
static void geoproximity_ranks_by_biased_distance(void **state)
{
    static const struct {
        const char *what;
        struct atlas_point points[3];
        uint32_t count;
        const char *client;
        const char *sets;
    } rows[] = {
            {"the nearer first",            {{53, 9.5, 0}, {52, 9.5, 0}},                        2, "192.0.2.1/32",       "1 0 /24"  },
            {"equal ones as they stand",    {{52, 9.5, 0}, {53, 9.5, 0}, {52, 9.5, 0}},          3,
             "192.0.2.1/32",                                                                                              "0 2 1 /24"},
            {"route53.md vector 36",        {{50.4, 9.5, 0}, {52.649, 9.5, 50}},                 2, "192.0.2.1/32",
             "1 0 /24"                                                                                                               },
            {"a negative bias",             {{50.4, 9.5, -50}, {52.649, 9.5, 0}},                2, "192.0.2.1/32",       "1 0 /24"  },
            {"which is not enough",         {{50.4, 9.5, -30}, {52.649, 9.5, 0}},                2, "192.0.2.1/32",
             "0 1 /6"                                                                                                                },
            {"the widest bias",             {{50.4, 9.5, 0}, {-51, -170, 99}, {51.3, 9.4, -99}}, 3,
             "192.0.2.1/32",                                                                                              "0 1 2 /6" },
            {"across the date line",        {{35.7, 100, 0}, {35.7, -179, 0}},                   2, "2001:db8:8000::/48",
             "0 1 /33"                                                                                                               },
            {"not across the map",          {{35.7, 90, 0}, {35.7, -179, 0}},                    2, "2001:db8:8000::/48",
             "1 0 /33"                                                                                                               },
            {"over the pole",               {{80, 9.5, 0}, {85, -170.5, 0}, {20, 9.5, 0}},       3, "192.0.2.1/32",
             "0 2 1 /24"                                                                                                             },
            {"a place without coordinates", {{53, 9.5, 0}, {52, 9.5, 0}},                        2, "100.64.0.1/32",
             "0 1 /24"                                                                                                               },
            {"no network",                  {{53, 9.5, 0}, {52, 9.5, 0}},                        2, "8.8.8.8/32",         "0 1 /5"   },
    };
    struct place place;
    (void)state;

    place_init(&place);
    for (size_t i = 0; i < COUNT(rows); i++) {
        expect_sets(rows[i].what,
                atlas_order_geoproximity(place.atlas, rows[i].points, rows[i].count),
                rows[i].client, rows[i].sets);
    }
    place_done(&place);
}

static void cidr_gives_the_match_and_then_the_default(void **state)
{
    static const char *const locations[] = {"isp-b", "*", "isp-a", "isp-c"};
    static const struct {
        const char *what;
        uint32_t first, count; /* of the locations */
        const char *client;
        const char *sets;
    } rows[] = {
            {"a location and the default",        0, 4, "198.51.100.1/32",   "2 1 /25"},
            {"the longest block",                 0, 4, "198.51.100.129/32", "0 1 /25"},
            {"no block",                          0, 4, "192.0.2.1/32",      "1 /6"   },
            {"route53.md vector 35",              0, 4, "2001:db8::/32",     "1 /48"  },
            {"no default",                        2, 2, "198.51.100.1/32",   "0 /25"  },
            {"no default and no block",           2, 2, "192.0.2.1/32",      "/6"     },
            {"a location that the group has not", 1, 2, "198.51.100.129/32", "0 /25"  },
            {"the default alone",                 1, 1, "198.51.100.129/32", "0 /0"   },
    };
    struct place place;
    (void)state;

    place_init(&place);
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_sets(rows[i].what,
                atlas_order_cidr(place.atlas, "isps", locations + rows[i].first, rows[i].count),
                rows[i].client, rows[i].sets);
    place_done(&place);
}

static void without_its_part_an_order_is_as_the_sets_stand(void **state)
{
    static const char *const names[] = {"eu-west-1", "us-east-1"};
    static const char *const locations[] = {"isp-a", "*"};
    static const struct atlas_location geo[] = {
            {"EU", "", ""},
            {"",   "", ""}
    };
    static const struct atlas_point points[] = {
            {1,  1,  0},
            {51, 10, 0}
    };
    struct place place = {
            .sources = {NULL, NULL, NULL, 0}
    };
    (void)state;

    expect_faults(&place, "");
    assert_false(atlas_has_geo(place.atlas));
    assert_false(atlas_has_latency(place.atlas));
    expect_sets("latency", atlas_order_latency(place.atlas, names, 2), "10.0.0.1/32", "0 1 /0");
    expect_sets("geo", atlas_order_geo(place.atlas, geo, 2), "192.0.2.1/32", "1 /0");
    expect_sets("geoproximity", atlas_order_geoproximity(place.atlas, points, 2), "192.0.2.1/32",
            "0 1 /0");
    expect_sets(
            "cidr", atlas_order_cidr(place.atlas, "isps", locations, 2), "198.51.100.1/32", "1 /0");
    atlas_free(place.atlas);
    atlas_free(NULL);
}

static void of_a_large_group_a_client_gets_the_best(void **state)
{
    struct atlas_point points[ATLAS_RANKED_MAX + 10];
    struct client client = {
            .family = CLIENT_IPV4, .bits = 32, .address = {192, 0, 2, 1}
    };
    struct prefix_match match;
    struct place place;
    (void)state;

    place_init(&place);
    for (uint32_t i = 0; i < COUNT(points); i++)
        points[i] = (struct atlas_point){-90 + (double)i, 9.5, 0};
    struct order *order = atlas_order_geoproximity(place.atlas, points, COUNT(points));
    prefix_map_find(order->map, &client, &match);
    assert_int_equal(order->rows[match.value].count, ATLAS_RANKED_MAX);
    assert_int_equal(order->rows[match.value].places[0], COUNT(points) - 1);
    assert_int_equal(order->rows[match.value].places[ATLAS_RANKED_MAX - 1], 10);
    order_unref(order);
    place_done(&place);
}

/* ------------------------------------------------------------------ names */

static void names_are_known(void **state)
{
    struct atlas_point point = {0, 0, 7};
    struct place place;
    (void)state;

    place_init(&place);
    assert_true(atlas_has_geo(place.atlas));
    assert_true(atlas_has_latency(place.atlas));
    assert_true(atlas_has_region(place.atlas, "eu-west-1"));
    assert_false(atlas_has_region(place.atlas, "eu-west-10"));
    assert_false(atlas_has_region(place.atlas, "eu-west-"));
    assert_string_equal(atlas_nearest_region(place.atlas, "eu-wets-1"), "eu-west-1");
    assert_null(atlas_nearest_region(place.atlas, "frankfurt"));
    assert_true(atlas_has_collection(place.atlas, "isps"));
    assert_false(atlas_has_collection(place.atlas, "isp"));
    assert_string_equal(atlas_nearest_collection(place.atlas, "ipss"), "isps");
    assert_true(atlas_has_cidr_location(place.atlas, "isps", "isp-a"));
    assert_false(atlas_has_cidr_location(place.atlas, "isps", "isp"));
    assert_false(atlas_has_cidr_location(place.atlas, "others", "isp-a"));
    assert_string_equal(atlas_nearest_cidr_location(place.atlas, "isps", "ips-b"), "isp-b");
    assert_null(atlas_nearest_cidr_location(place.atlas, "others", "isp-b"));
    place_done(&place);

    assert_int_equal(atlas_region_point("eu-central-1", &point), 0);
    assert_true(point.latitude > 50 && point.latitude < 51 && point.bias == 0);
    assert_int_equal(atlas_region_point("eu-central-9", &point), -ENOENT);
    assert_string_equal(atlas_nearest_region_point("eu-centarl-1"), "eu-central-1");
}

static void nothing_is_known_without_an_atlas(void **state)
{
    (void)state;
    assert_false(atlas_has_geo(NULL));
    assert_false(atlas_has_latency(NULL));
    assert_false(atlas_has_region(NULL, "eu-west-1"));
    assert_null(atlas_nearest_region(NULL, "eu-west-1"));
    assert_false(atlas_has_collection(NULL, "isps"));
    assert_null(atlas_nearest_collection(NULL, "isps"));
    assert_false(atlas_has_cidr_location(NULL, "isps", "isp-a"));
    assert_null(atlas_nearest_cidr_location(NULL, "isps", "isp-a"));
}

/* ------------------------------------------------------------------ sharing and reloading */

static const char *const two_regions[] = {"eu-west-1", "us-east-1"};
static const char *const two_locations[] = {"isp-a", "isp-b"};

static void equal_requests_share_an_order(void **state)
{
    static const char *const split[] = {"eu-west-1us", "-east-1"};
    static const struct atlas_location garbage[] = {
            {{'E', 'U', '\0'}, {'\0', 'x', 'y'}, {'\0', 'z'}}
    };
    static const struct atlas_location clean[] = {
            {"EU", "", ""}
    };
    struct place place;
    (void)state;

    place_init(&place);
    struct order *first = atlas_order_latency(place.atlas, two_regions, 2);
    struct order *second = atlas_order_latency(place.atlas, two_regions, 2);
    struct order *other = atlas_order_latency(place.atlas, two_regions, 1);
    struct order *third = atlas_order_latency(place.atlas, split, 2);
    struct order *geo = atlas_order_geo(place.atlas, garbage, 1);
    struct order *same_geo = atlas_order_geo(place.atlas, clean, 1);
    assert_ptr_equal(first, second);
    assert_ptr_not_equal(first, other);
    assert_ptr_not_equal(first, third);
    assert_ptr_equal(geo, same_geo);
    assert_int_equal(first->references, 3);
    place_done(&place);
    assert_int_equal(first->references, 2); /* zones may outlive the atlas */
    order_unref(first);
    order_unref(second);
    order_unref(other);
    order_unref(third);
    order_unref(geo);
    order_unref(same_geo);
}

static void what_did_not_change_is_taken_over(void **state)
{
    struct place place;
    (void)state;

    place_init(&place);
    struct order *latency = atlas_order_latency(place.atlas, two_regions, 2);
    struct order *cidr = atlas_order_cidr(place.atlas, "isps", two_locations, 2);
    expect_faults(&place, "");
    struct order *again = atlas_order_latency(place.atlas, two_regions, 2);
    assert_ptr_equal(latency, again);
    order_unref(again);
    assert_int_equal(atlas_version(NULL), 0);
    uint64_t version = atlas_version(place.atlas);

    /* The collection changes; the latency table does not. */
    folder_write(&place.folder, "isps.cidr.json",
            "[{\"LocationName\":\"isp-a\",\"CidrList\":[\"203.0.113.0/24\"]}]");
    expect_faults(&place, "");
    struct order *new_cidr = atlas_order_cidr(place.atlas, "isps", two_locations, 2);
    again = atlas_order_latency(place.atlas, two_regions, 2);
    assert_ptr_equal(latency, again);
    assert_ptr_not_equal(cidr, new_cidr);
    order_unref(again);
    order_unref(new_cidr);
    assert_int_not_equal(atlas_version(place.atlas), version);

    /* What nobody asks for any more goes with the second load after it. */
    assert_int_equal(latency->references, 2);
    folder_settle(&place.folder);
    expect_faults(&place, "");
    version = atlas_version(place.atlas);
    expect_faults(&place, "");
    assert_int_equal(latency->references, 1);
    assert_int_equal(atlas_version(place.atlas), version);
    order_unref(latency);
    order_unref(cidr);
    place_done(&place);
}

static void a_faulty_file_leaves_the_last_good_version(void **state)
{
    struct place place;
    (void)state;

    place_init(&place);
    folder_write(&place.folder, "rtt.csv", "10.0.0.0/8,eu-west-1,fast\n10.0.0.0/8,,1\n");
    folder_write(&place.folder, "isps.cidr.json", "[");
    folder_write(&place.folder, "new.cidr.json", "{}");
    folder_remove(&place.folder, "places.mmdb");
    for (int i = 0; i < 2; i++) {
        expect_faults(&place,
                "places.mmdb: error: 1 error; the last good version stays in force\n"
                "places.mmdb: error: cannot be read: No such file or directory\n"
                "rtt.csv: error: 2 errors; the last good version stays in force\n"
                "rtt.csv:1:22: error: \"fast\" is no time in milliseconds: write a number from 0 "
                "to 60000\n"
                "rtt.csv:2:12: error: \"\" is no region: wanted 1 to 64 printable characters "
                "without blanks\n"
                "isps.cidr.json: error: 1 error; the last good version stays in force\n"
                "isps.cidr.json:1:1: error: not JSON: ']' expected near end of file\n"
                "new.cidr.json:1:1: error: wanted an array of locations, CidrLocations or "
                "CidrBlocks\n");
        assert_true(atlas_has_geo(place.atlas));
        assert_false(atlas_has_collection(place.atlas, "new"));
        expect_sets("latency", atlas_order_latency(place.atlas, two_regions, 2), "10.1.0.1/32",
                "1 0 /16");
        expect_sets("cidr", atlas_order_cidr(place.atlas, "isps", two_locations, 2),
                "198.51.100.1/32", "0 /25");
    }

    /* Mended, and one collection goes. */
    write_geo(&place);
    folder_write(&place.folder, "rtt.csv", "10.0.0.0/8,us-east-1,1\n");
    folder_remove(&place.folder, "isps.cidr.json");
    folder_write(&place.folder, "new.cidr.json", "[]");
    expect_faults(&place, "");
    assert_false(atlas_has_region(place.atlas, "eu-west-1"));
    assert_false(atlas_has_collection(place.atlas, "isps"));
    assert_true(atlas_has_collection(place.atlas, "new"));
    place_done(&place);
}

static void a_faulty_file_at_the_start_leaves_nothing(void **state)
{
    struct place place;
    (void)state;

    place_init(&place);
    atlas_free(place.atlas);
    place.atlas = NULL;
    folder_write(&place.folder, "places.mmdb", "x");
    place.sources.latency_file = "/no/such/file";
    expect_faults(&place, "places.mmdb: error: is no database in MaxMind's form: "
                          "The MaxMind DB file contains invalid metadata\n"
                          "/no/such/file: error: cannot be read: No such file or directory\n");
    assert_false(atlas_has_geo(place.atlas));
    assert_false(atlas_has_latency(place.atlas));
    assert_true(atlas_has_collection(place.atlas, "isps"));
    place_done(&place);
}

/* As a responder that is started again: nothing is in memory, and the copies are there. */
static void copies_outlive_the_memory(void **state)
{
    struct place place;
    struct folder copies;
    (void)state;

    folder_init(&copies);
    place_init(&place);
    place.sources.copies_dir = copies.path;
    atlas_free(place.atlas);
    place.atlas = NULL;
    expect_faults(&place, "");
    atlas_free(place.atlas);
    place.atlas = NULL;
    folder_write(&place.folder, "places.mmdb", "x");
    folder_write(&place.folder, "rtt.csv", "x");
    folder_write(&place.folder, "isps.cidr.json", "x");
    for (int i = 0; i < 2; i++)
        expect_faults(&place,
                "places.mmdb: error: 1 error; the last good version stays in force\n"
                "places.mmdb: error: is no database in MaxMind's form: The MaxMind DB file "
                "contains "
                "invalid metadata\n"
                "rtt.csv: error: 1 error; the last good version stays in force\n"
                "rtt.csv:1:1: error: 1 field; wanted three: prefix,region,rtt_ms\n"
                "isps.cidr.json: error: 1 error; the last good version stays in force\n"
                "isps.cidr.json:1:1: error: not JSON: '[' or '{' expected near 'x'\n");
    assert_true(atlas_has_geo(place.atlas));
    expect_sets(
            "latency", atlas_order_latency(place.atlas, two_regions, 2), "10.1.0.1/32", "1 0 /16");
    expect_sets("cidr", atlas_order_cidr(place.atlas, "isps", two_locations, 2), "198.51.100.1/32",
            "0 /25");

    /* A collection that was taken away does not come back with a faulty file. */
    folder_remove(&place.folder, "isps.cidr.json");
    write_geo(&place);
    folder_write(&place.folder, "rtt.csv", LATENCY);
    expect_faults(&place, "");
    atlas_free(place.atlas);
    place.atlas = NULL;
    folder_write(&place.folder, "isps.cidr.json", "x");
    expect_faults(&place, "isps.cidr.json:1:1: error: not JSON: '[' or '{' expected near 'x'\n");
    assert_false(atlas_has_collection(place.atlas, "isps"));
    place_done(&place);
    folder_done(&copies);
}

static void a_copy_that_cannot_be_kept_is_a_warning(void **state)
{
    struct place place;
    (void)state;

    place_init(&place);
    place.sources.copies_dir = "/no/such/parent/copies";
    write_geo(&place);
    expect_faults(&place,
            "places.mmdb: warning: no copy can be kept in /no/such/parent/copies, for a responder "
            "that is restarted: No such file or directory\n");
    assert_true(atlas_has_geo(place.atlas));
    place_done(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(latency_ranks_by_time),
            cmocka_unit_test(geo_follows_the_chain),
            cmocka_unit_test(geoproximity_ranks_by_biased_distance),
            cmocka_unit_test(cidr_gives_the_match_and_then_the_default),
            cmocka_unit_test(without_its_part_an_order_is_as_the_sets_stand),
            cmocka_unit_test(of_a_large_group_a_client_gets_the_best),
            cmocka_unit_test(names_are_known),
            cmocka_unit_test(nothing_is_known_without_an_atlas),
            cmocka_unit_test(equal_requests_share_an_order),
            cmocka_unit_test(what_did_not_change_is_taken_over),
            cmocka_unit_test(a_faulty_file_leaves_the_last_good_version),
            cmocka_unit_test(a_faulty_file_at_the_start_leaves_nothing),
            cmocka_unit_test(copies_outlive_the_memory),
            cmocka_unit_test(a_copy_that_cannot_be_kept_is_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
