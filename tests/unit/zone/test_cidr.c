/* test_cidr.c -- collections in every shape, and every way to be wrong by a file that is. */
#include "test.h"

#include <stdio.h>

#include "zone/bad_files.h"
#include "zone/cidr.h"
#include "zone/network.h"

static struct cidr *load(const char *what, const char *text)
{
    struct diag *diag = diag_new();
    struct cidr *cidr = NULL;
    if (cidr_load_text("f.cidr.json", text, strlen(text), &cidr, diag) != 0)
        fail_msg("%s: %s", what, diag_fault_at(diag, 0)->message);
    assert_int_equal(diag_errors(diag) + diag_warnings(diag), 0);
    diag_free(diag);
    return cidr;
}

/* The location of a client and the scope, as "isp-a/24". */
static const char *describe(const struct cidr *cidr, const char *client_text, char ret[64])
{
    struct client client;
    struct prefix_match match;
    struct buf why;
    uint32_t size = 4;
    const char *location = "none";

    buf_init(&why, 255);
    assert_int_equal(network_parse(client_text, &client, &why), 0);
    buf_done(&why);
    prefix_map_find(cidr->map, &client, &match);
    if (match.value != PREFIX_NONE)
        location = intern_at(cidr->locations, match.value, &size);
    snprintf(ret, 64, "%.*s/%u", (int)size, location, match.scope);
    return ret;
}

/* The collection of design.md section 3, and one more location. */
#define ISP_A "{\"LocationName\":\"isp-a\",\"CidrList\":[\"198.51.100.0/24\"]}"
#define ISP_B                                                                                      \
    "{\"CidrList\":[\"198.51.100.128/25\",\"2001:db8::/48\",\"192.0.2.1/32\"],"                    \
    "\"LocationName\":\"isp_B\"}"

static void every_shape_is_read(void **state)
{
    static const struct {
        const char *what;
        const char *text;
    } rows[] = {
            {"an array",                      "[" ISP_A "," ISP_B "]"                                                   },
            {"an object with an array",
             "{\"CidrLocations\":[" ISP_A "," ISP_B "],\"Comment\":\"x\"}"                                              },
            {"what changes a collection",
             "{\"Id\":\"c8c02a84\",\"CollectionVersion\":1,\"Changes\":[" ISP_A "," ISP_B
                    "]}"                                                                                                },
            {"the action PUT",                "[{\"LocationName\":\"isp-a\",\"Action\":\"PUT\",\"CidrList\":["
                               "\"198.51.100.0/24\"]}," ISP_B "]"                         },
            {"a location in two objects",
             "[{\"LocationName\":\"isp_B\",\"CidrList\":[\"2001:db8::/48\",\"192.0.2.1/"
                    "32\"]}," ISP_A ",{\"LocationName\":\"isp_B\",\"CidrList\":[\"198.51.100.128/"
                    "25\"],\"Comment\":\"\"}]"                                                                          },
            {"a block twice in one location",
             "[" ISP_A "," ISP_B
                    ",{\"LocationName\":\"isp-a\",\"CidrList\":[\"198.51.100.0/24\"]}]"                                 },
            {"a list of blocks",              "{\"CidrBlocks\":[{\"CidrBlock\":\"198.51.100.0/"
                                 "24\",\"LocationName\":\"isp-a\"},"
                                 "{\"CidrBlock\":\"198.51.100.128/25\",\"LocationName\":\"isp_B\"},"
                                 "{\"CidrBlock\":\"192.0.2.1/32\",\"LocationName\":\"isp_B\"},"
                                 "{\"CidrBlock\":\"2001:db8::/"
                                 "48\",\"LocationName\":\"isp_B\"}],\"NextToken\":null}"},
    };
    static const struct {
        const char *client;
        const char *location;
    } clients[] = {
            {"198.51.100.1/32",   "isp-a/25"},
            {"198.51.100.129/32", "isp_B/25"},
            {"198.51.100.0/24",   "isp-a/25"},
            {"198.51.100.0/23",   "none/24" },
            {"192.0.2.1/32",      "isp_B/32"},
            {"192.0.2.0/24",      "none/32" },
            {"203.0.113.1/32",    "none/5"  },
            {"2001:db8:0:1::/64", "isp_B/48"},
            {"2001:db8::/32",     "none/48" }, /* route53.md vector 35 */
    };
    char got[64];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cidr *cidr = load(rows[i].what, rows[i].text);
        assert_int_equal(intern_count(cidr->locations), 2);
        for (size_t j = 0; j < COUNT(clients); j++)
            if (strcmp(describe(cidr, clients[j].client, got), clients[j].location) != 0)
                fail_msg("%s: %s is in %s", rows[i].what, clients[j].client, got);
        cidr_free(cidr);
    }
    cidr_free(NULL);
}

static void a_collection_may_be_empty(void **state)
{
    static const char *const texts[] = {
            "[]", "{\"CidrBlocks\":[]}", "[{\"LocationName\":\"a\",\"CidrList\":[]}]"};
    char got[64];
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct cidr *cidr = load(texts[i], texts[i]);
        assert_string_equal(describe(cidr, "192.0.2.1/32", got), "none/0");
        assert_int_equal(intern_count(cidr->locations), i / 2);
        cidr_free(cidr);
    }
}

static int load_bad(const char *file, const char *text, size_t length, struct diag *diag)
{
    struct cidr *cidr = NULL;
    int error = cidr_load_text(file, text, length, &cidr, diag);
    assert_null(cidr);
    return error;
}

static void faults_are_told(void **state)
{
    (void)state;
    bad_files_each(TEST_DATA_DIR "/cidr/bad", ".cidr.json", load_bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_shape_is_read),
            cmocka_unit_test(a_collection_may_be_empty),
            cmocka_unit_test(faults_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
