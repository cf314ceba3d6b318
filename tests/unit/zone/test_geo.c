/* test_geo.c -- a database that tests/data/geo/write-mmdb has made, and files that are none. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "zone/geo.h"
#include "zone/network.h"

#define FILE_MAX 700000U

static struct client client_of(const char *text)
{
    struct client client;
    struct buf why;
    buf_init(&why, 1000);
    if (network_parse(text, &client, &why) != 0)
        fail_msg("%s", buf_string(&why));
    buf_done(&why);
    return client;
}

static int open_data(const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/geo/%s", TEST_DATA_DIR, name);
    int fd = file_open(path, NULL);
    if (fd < 0)
        fail_msg("%s: %s", path, err_text(fd));
    return fd;
}

static struct geo *load_data(const char *name)
{
    struct diag *diag = diag_new();
    struct geo *geo = NULL;
    int fd = open_data(name);
    if (geo_load(fd, name, &geo, diag) != 0)
        fail_msg("%s: %s", name, diag_fault_at(diag, 0)->message);
    assert_int_equal(diag_errors(diag) + diag_warnings(diag), 0);
    diag_free(diag);
    close(fd);
    return geo;
}

/* A place as "EU DE - 51.3,9.5/24", with the scope behind it. */
static const char *describe(const struct geo *geo, const struct client *client, char ret[64])
{
    static const struct geo_place nowhere;
    struct prefix_match match;
    char point[32] = "-";

    prefix_map_find(geo->map, client, &match);
    if (match.value == PREFIX_NONE) {
        snprintf(ret, 64, "none/%u", match.scope);
        return ret;
    }
    assert_true(match.value < geo->places_count);
    const struct geo_place *place = &geo->places[match.value];
    if (memcmp(place, &nowhere, sizeof(nowhere)) == 0) {
        snprintf(ret, 64, "nowhere/%u", match.scope);
        return ret;
    }
    if (place->has_point)
        snprintf(point, sizeof(point), "%.6g,%.6g", (double)place->latitude,
                (double)place->longitude);
    snprintf(ret, 64, "%s %s %s %s/%u", *place->continent ? place->continent : "-",
            *place->country ? place->country : "-", *place->subdivision ? place->subdivision : "-",
            point, match.scope);
    return ret;
}

static void places_are_found(void **state)
{
    static const struct {
        const char *what;
        const char *client;
        const char *place;
        const char *ipv4_only; /* NULL: the same */
    } rows[] = {
            {"a country",                       "192.0.2.1/32",                                "EU DE - 51.3,9.5/24",       NULL    },
            {"the network beside it",           "192.0.3.1/32",                                "none/24",                   NULL    },
            {"a state",                         "198.51.100.1/32",                             "NA US CA 37.77,-122.42/25", NULL    },
            {"the US without a state",          "198.51.100.129/32",                           "NA US - 39,-98/25",         NULL    },
            {"Cyprus lies in Europe",           "203.0.113.1/32",                              "EU CY - 35,33/24",          NULL    },
            {"a continent alone",               "100.64.0.1/32",                               "OC - - -/24",               NULL    },
            {"states of others are no places",  "100.64.1.1/32",                               "EU FR - 48.85,2.35/24",     NULL    },
            {"and their neighbour is the same", "100.64.2.1/32",                               "EU FR - 48.85,2.35/24",     NULL    },
            {"a record that tells nothing",     "100.64.3.1/32",                               "nowhere/24",                NULL    },
            {"the first address",               "0.0.0.0/32",                                  "AF ZA - -33.9,18.4/32",     NULL    },
            {"the second address",              "0.0.0.1/32",                                  "none/32",                   NULL    },
            {"the last address",                "255.255.255.255/32",                          "SA BR - -23.5,-46.6/32",    NULL    },
            {"IPv6",                            "2001:db8:1::/48",                             "EU DE - 51.3,9.5/48",       "none/0"},
            {"IPv6 within it",                  "2001:db8:8000::/48",                          "AS JP - 35.7,139.7/33",     "none/0"},
            {"one address of IPv6",             "2001:db8::1/128",                             "OC NZ - -36.8,174.8/128",   "none/0"},
            {"beside it",                       "2001:db8::/128",                              "EU DE - 51.3,9.5/128",      "none/0"},
            {"the last address of IPv6",        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
             "AN AQ - -90,0/128",                                                                                           "none/0"},
            {"IPv4 is not found as IPv6",       "::c000:201/128",                              "none/3",                    "none/0"},
            {"nor as an address of 6to4",       "2002:c000:201::/48",                          "none/15",                   "none/0"},
            {"nor as one that is mapped",       "::ffff:192.0.2.1/128",                        "none/3",                    "none/0"},
    };
    struct geo *geo = load_data("places.mmdb");
    struct geo *ipv4 = load_data("places-ipv4.mmdb");
    char got[64];
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client client = client_of(rows[i].client);
        if (strcmp(describe(geo, &client, got), rows[i].place) != 0)
            fail_msg("%s: %s", rows[i].what, got);
        const char *place = rows[i].ipv4_only != NULL ? rows[i].ipv4_only : rows[i].place;
        if (strcmp(describe(ipv4, &client, got), place) != 0)
            fail_msg("%s, without IPv6: %s", rows[i].what, got);
    }
    /* Germany and France twice, but each a place once. */
    assert_int_equal(geo->places_count, 12);
    geo_free(geo);
    geo_free(ipv4);
    geo_free(NULL);
}

/* ------------------------------------------------------------------ files made by hand */

/* A database while it is put together. */
struct file {
    uint8_t bytes[FILE_MAX];
    size_t length;
};

static void put(struct file *file, const void *bytes, size_t length)
{
    assert_true(file->length + length <= FILE_MAX);
    memcpy(file->bytes + file->length, bytes, length);
    file->length += length;
}

static void put_number(struct file *file, uint64_t number, size_t bytes)
{
    for (size_t i = bytes; i-- > 0;)
        put(file, &(uint8_t){(uint8_t)(number >> (8 * i))}, 1);
}

static void put_string(struct file *file, const char *text)
{
    put_number(file, 0x40 | strlen(text), 1);
    put(file, text, strlen(text));
}

/* Metadata of the least that the library wants, with a map in a map in a map ... first. */
static void put_metadata(struct file *file, uint32_t nodes, uint32_t deep)
{
    put(file, "\xab\xcd\xefMaxMind.com\xea", 15);
    put_string(file, "deep");
    for (uint32_t i = 0; i < deep; i++)
        put(file, "\xe1\x40", 2);
    put(file, "\xa0", 1);
    put_string(file, "node_count");
    put(file, "\xc4", 1);
    put_number(file, nodes, 4);
    put_string(file, "record_size");
    put(file, "\xa1\x18", 2);
    put_string(file, "ip_version");
    put(file, "\xa1\x04", 2);
    put_string(file, "database_type");
    put_string(file, "T");
    put_string(file, "languages");
    put(file, "\x00\x04", 2);
    put_string(file, "binary_format_major_version");
    put(file, "\xa1\x02", 2);
    put_string(file, "binary_format_minor_version");
    put(file, "\xa1\x00", 2);
    put_string(file, "build_epoch");
    put(file, "\x01\x02\x01", 3);
    put_string(file, "description");
    put(file, "\xe0", 1);
}

/* A tree, whose records are 0 and up for nodes, -1 for nothing and -2 for the first data record; the
 * data; and metadata. */
static void put_database(
        struct file *file, int (*nodes)[2], uint32_t count, const char *data, size_t size)
{
    file->length = 0;
    for (uint32_t i = 0; i < 2 * count; i++) {
        int record = nodes[i / 2][i % 2];
        uint32_t number = record == -1 ? count : count + 16;
        put_number(file, record >= 0 ? (uint32_t)record : number, 3);
    }
    put(file, (const char[16]){0}, 16);
    put(file, data, size);
    put_metadata(file, count, 0);
}

static int load(const struct file *file, struct geo **ret, struct diag *diag)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(file_write(fd, file->bytes, file->length), 0);
    int error = geo_load(fd, "f.mmdb", ret, diag);
    close(fd);
    return error;
}

static void expect_refused(const char *what, const struct file *file, const char *why)
{
    struct diag *diag = diag_new();
    struct geo *geo = NULL;
    if (load(file, &geo, diag) != ERR_FAULTY || geo != NULL)
        fail_msg("%s: good", what);
    const struct diag_fault *fault = diag_fault_at(diag, 0);
    if (strstr(fault->message, why) == NULL || strcmp(fault->place.file, "f.mmdb") != 0)
        fail_msg("%s: %s: %s", what, fault->place.file, fault->message);
    assert_int_equal(diag_errors(diag), 1);
    diag_free(diag);
}

/* Half of IPv4 is in France. */
static void expect_france(const char *what, const struct file *file)
{
    struct diag *diag = diag_new();
    struct client client = client_of("10.0.0.0/8");
    struct geo *geo;
    char got[64];
    if (load(file, &geo, diag) != 0)
        fail_msg("%s: %s", what, diag_fault_at(diag, 0)->message);
    if (strcmp(describe(geo, &client, got), "- FR - -/1") != 0)
        fail_msg("%s: %s", what, got);
    geo_free(geo);
    diag_free(diag);
}

#define COUNTRY                                                                                    \
    "\xe1\x47"                                                                                     \
    "country\xe1\x48"                                                                              \
    "iso_code\x42"                                                                                 \
    "FR"

static void records_are_decoded_within_bounds(void **state)
{
    static const struct {
        const char *what;
        const char *data;
        size_t size;
        const char *fault; /* NULL for none */
    } rows[] = {
            {"a country",                  COUNTRY,                        sizeof(COUNTRY) - 1, NULL                                                                   },
            {"a pointer to it",            "\x20\x02" COUNTRY,             sizeof(COUNTRY) + 1, NULL                                                                   },
            {"a longer one",               "\x38\x00\x00\x00\x05" COUNTRY, sizeof(COUNTRY) + 4, NULL                                                                   },
            {"a pointer to itself",        "\x20\x00" COUNTRY,             sizeof(COUNTRY) + 1,
             "the record at byte 0 of its data is damaged"                                                                                                             },
            {"a pointer to nowhere",       "\x38\xff\xff\xff\xff" COUNTRY, sizeof(COUNTRY) + 4,
             "the record at byte 0 of its data is damaged"                                                                                                             },
            {"no map",
             "\x42"
                    "FR",                                                  3,                   "the record at byte 0 of its data is damaged"                          },
            {"a key that is no string",    "\xe1\xa1\x01\xa1\x01",         5,
             "the record at byte 0 of its data is damaged"                                                                                                             },
            {"a map that goes on too far",
             "\xe2\x47"
                    "country\xe1\x48"
                    "iso_code\x42"
                    "FR",                                                  22,                  "the record at byte 0 of its data is damaged"                          },
            {"a string that does",
             "\xe1\x47"
                    "country\xe1\x48"
                    "iso_code\x5d\xff"
                    "F",                                                   22,                  "the record at byte 0 of its data is damaged"                          },
            {"a code that is a number",
             "\xe1\x47"
                    "country\xe1\x48"
                    "iso_code\xa1\x01",                                    21,                  "the record at byte 0 of its data is damaged"                          },
            {"a code too long is no code",
             "\xe1\x47"
                    "country\xe1\x48"
                    "iso_code\x43"
                    "FRA",                                                 23,                  "no record of it tells a place; a City or a Country database is wanted"},
            {"a code of small letters",
             "\xe1\x47"
                    "country\xe1\x48"
                    "iso_code\x42"
                    "fr",                                                  22,                  "no record of it tells a place; a City or a Country database is wanted"},
            {"another database",
             "\xe1\x43"
                    "asn\xa1\x07",                                         7,                   "no record of it tells a place; a City or a Country database is wanted"},
            {"a map of 65821 values",
             "\xe1\x41"
                    "a\xff\x00\x00\x00",                                   7,                   "the record at byte 0 of its data is damaged"                          },
    };
    int tree[][2] = {
            {-2, -1}
    };
    struct file *file = malloc(sizeof(*file));
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        put_database(file, tree, 1, rows[i].data, rows[i].size);
        if (rows[i].fault != NULL)
            expect_refused(rows[i].what, file, rows[i].fault);
        else
            expect_france(rows[i].what, file);
    }
    free(file);
}

/* A pointer of two to five bytes reaches as far as it can. */
static void pointers_reach_all_data(void **state)
{
    static const struct {
        const char *what;
        const char *pointer;
        size_t size;
        uint32_t target;
    } rows[] = {
            {"two bytes, farthest",   "\x27\xff",             2, 2047  },
            {"three bytes, nearest",  "\x28\x00\x00",         3, 2048  },
            {"three bytes, farthest", "\x2f\xff\xff",         3, 526335},
            {"four bytes, nearest",   "\x30\x00\x00\x00",     4, 526336},
            {"four bytes, further",   "\x30\x01\x00\x00",     4, 591872},
            {"five bytes",            "\x3f\x00\x00\x01\x00", 5, 256   },
    };
    static char data[600000];
    int tree[][2] = {
            {-2, -1}
    };
    struct file *file = malloc(sizeof(*file));
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        memset(data, 0, sizeof(data));
        memcpy(data, rows[i].pointer, rows[i].size);
        memcpy(data + rows[i].target, COUNTRY, sizeof(COUNTRY) - 1);
        put_database(file, tree, 1, data, sizeof(data));
        expect_france(rows[i].what, file);
    }
    free(file);
}

/* Arrays in arrays, and a map with more values than any record has. */
static void records_have_a_largest_size(void **state)
{
    static char data[100000];
    int tree[][2] = {
            {-2, -1}
    };
    struct file *file = malloc(sizeof(*file));
    (void)state;

    memcpy(data,
            "\xe1\x41"
            "a",
            3);
    for (size_t i = 3; i + 1 < sizeof(data); i += 2)
        memcpy(data + i, "\x01\x04", 2);
    put_database(file, tree, 1, data, sizeof(data));
    expect_refused("deep", file, "the record at byte 0 of its data has too many values");

    memset(data, 0, sizeof(data));
    memcpy(data,
            "\xe1\x41"
            "a\x1e\x04\xff\xff",
            7);
    memset(data + 7, 0xa0, sizeof(data) - 7);
    put_database(file, tree, 1, data, sizeof(data));
    expect_refused("wide", file, "the record at byte 0 of its data has too many values");
    free(file);
}

static void trees_without_end_are_refused(void **state)
{
    int loop[][2] = {
            {1, -1},
            {1, -2}
    };
    int sharing[31][2];
    struct file *file = malloc(sizeof(*file));
    (void)state;

    put_database(file, loop, COUNT(loop), COUNTRY, sizeof(COUNTRY) - 1);
    expect_refused("a loop", file, "a branch of it is longer than an address");
    for (int i = 0; i < 31; i++)
        sharing[i][0] = sharing[i][1] = i < 30 ? i + 1 : -2;
    put_database(file, sharing, COUNT(sharing), COUNTRY, sizeof(COUNTRY) - 1);
    expect_refused("two ways to each node", file, "its branches have no end");

    /* Some sharing is fine. */
    for (int i = 0; i < 31; i++)
        sharing[i][1] = i < 4 ? i + 1 : -1;
    put_database(file, sharing, COUNT(sharing), COUNTRY, sizeof(COUNTRY) - 1);
    struct diag *diag = diag_new();
    struct geo *geo;
    assert_int_equal(load(file, &geo, diag), 0);
    assert_int_equal(prefix_map_ranges(geo->map), 32 + 1);
    geo_free(geo);
    diag_free(diag);
    free(file);
}

/* A database of IPv6 whose first branch leads back to the root, or round below it. */
static void a_loop_before_ipv4_is_refused(void **state)
{
    struct file *file = malloc(sizeof(*file));
    int fd = open_data("places.mmdb");
    ssize_t got = read(fd, file->bytes, FILE_MAX);
    (void)state;

    close(fd);
    assert_true(got > 0);
    file->length = (size_t)got;
    memset(file->bytes, 0, 3);
    expect_refused("to the root", file, "its search tree is damaged at node 0: ");
    memcpy(file->bytes, "\0\0\1", 3);
    memcpy(file->bytes + 6, "\0\0\1", 3);
    expect_refused("below it", file, "a branch of it is longer than an address");
    free(file);
}

static void what_is_no_database_is_refused(void **state)
{
    struct file *file = malloc(sizeof(*file));
    int tree[][2] = {
            {-2, -1}
    };
    (void)state;

    file->length = 0;
    expect_refused("nothing", file, "is no database in MaxMind's form: ");
    put(file, "network,country\n", 16);
    expect_refused("a table", file, "is no database in MaxMind's form: ");
    put_database(file, tree, 1, COUNTRY, sizeof(COUNTRY) - 1);
    for (size_t length = 0; length < file->length; length++) {
        struct file *cut = malloc(sizeof(*cut));
        *cut = *file;
        cut->length = length;
        expect_refused("a part", cut, "");
        free(cut);
    }
    /* The library follows metadata as deep as it goes; other metadata further on counts. */
    put_metadata(file, 1, 60000);
    expect_refused("deep metadata", file, "is no database in MaxMind's form: ");
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(places_are_found),
            cmocka_unit_test(records_are_decoded_within_bounds),
            cmocka_unit_test(pointers_reach_all_data),
            cmocka_unit_test(records_have_a_largest_size),
            cmocka_unit_test(trees_without_end_are_refused),
            cmocka_unit_test(a_loop_before_ipv4_is_refused),
            cmocka_unit_test(what_is_no_database_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
