/* test_latency.c -- tables that are right, and every way to be wrong by a file that is. */
#include "test.h"

#include <stdio.h>

#include "zone/bad_files.h"
#include "zone/latency.h"
#include "zone/network.h"

static struct latency *load(const char *text)
{
    struct diag *diag = diag_new();
    struct latency *latency = NULL;
    if (latency_load_text("f.csv", text, strlen(text), &latency, diag) != 0)
        fail_msg("%u: %s", diag_fault_at(diag, 0)->place.line, diag_fault_at(diag, 0)->message);
    assert_int_equal(diag_errors(diag) + diag_warnings(diag), 0);
    diag_free(diag);
    return latency;
}

/* The row of a client as "REGION=MICROSECONDS ...", in the order of the regions' numbers. */
static const char *describe(const struct latency *latency, const char *client_text, char ret[256])
{
    struct client client;
    struct prefix_match match;
    struct buf text;
    uint32_t count, size;

    buf_init(&text, 255);
    assert_int_equal(network_parse(client_text, &client, &text), 0);
    prefix_map_find(latency->map, &client, &match);
    if (match.value == PREFIX_NONE)
        buf_add_string(&text, "none");
    const struct latency_time *times =
            match.value != PREFIX_NONE ? latency_row(latency, match.value, &count) : NULL;
    for (uint32_t i = 0; times != NULL && i < count; i++) {
        const char *region = intern_at(latency->regions, times[i].region, &size);
        buf_printf(&text, "%s%.*s=%u", i > 0 ? " " : "", (int)size, region, times[i].rtt_us);
    }
    snprintf(ret, 256, "%s", buf_string(&text));
    buf_done(&text);
    return ret;
}

static void tables_are_read(void **state)
{
    static const struct {
        const char *what;
        const char *text;
        const char *client;
        const char *row;
    } rows[] = {
            {"one line",                   "10.0.0.0/8,a,1\n",                                       "10.1.2.3/32",  "a=1000"                   },
            {"no newline at the end",      "10.0.0.0/8,a,1",                                         "10.1.2.3/32",  "a=1000"                   },
            {"beside it",                  "10.0.0.0/8,a,1\n",                                       "11.1.2.3/32",  "none"                     },
            {"a header",                   "prefix,region,rtt_ms\n10.0.0.0/8,a,1\n",                 "10.1.2.3/32",  "a=1000"                   },
            {"a header behind comments",
             "# x,y\n\n # z\n Prefix , REGION,rtt_ms # ok\n0.0.0.0/0,a,1\n",                         "10.1.2.3/32",
             "a=1000"                                                                                                                           },
            {"blanks and CRLF",            "\t10.0.0.0/8 ,\ta , 1.5\t\r\n \r\n10.0.0.0/8,b,2\r\n",
             "10.1.2.3/32",                                                                                          "a=1500 b=2000"            },
            {"comments behind lines",      "10.0.0.0/8,a,1# near\r\n10.0.0.0/8,b,2 # far\r\n",
             "10.1.2.3/32",                                                                                          "a=1000 b=2000"            },
            {"fractions of a millisecond", "::/0,a,0.25\n::/0,b,.5\n::/0,c,7.\n::/0,d,1.23456\n",
             "2001:db8::/32",                                                                                        "a=250 b=500 c=7000 d=1234"},
            {"no time, and the most",      "::/0,a,0\n::/0,b,60000\n::/0,c,60000.0009\n",
             "2001:db8::/32",                                                                                        "a=0 b=60000000 c=60000000"},
            {"rows in no order",           "10.0.0.0/8,b,2\n11.0.0.0/8,b,4\n10.0.0.0/8,a,1\n",       "10.1.2.3/32",
             "b=2000 a=1000"                                                                                                                    },
            {"the longest counts alone",   "10.0.0.0/8,a,1\n10.0.0.0/8,b,2\n10.1.0.0/16,a,9\n",
             "10.1.2.3/32",                                                                                          "a=9000"                   },
            {"around it",                  "10.0.0.0/8,a,1\n10.0.0.0/8,b,2\n10.1.0.0/16,a,9\n",      "10.2.2.3/32",
             "a=1000 b=2000"                                                                                                                    },
            {"one network in two forms",   "2001:db8::/32,a,1\n2001:DB8:0::/32,b,2\n",
             "2001:db8:1::/48",                                                                                      "a=1000 b=2000"            },
            {"as a spreadsheet writes it", "\xef\xbb\xbfprefix,region,rtt_ms\r\n10.0.0.0/8,a,1\r\n",
             "10.1.2.3/32",                                                                                          "a=1000"                   },
            {"one address",                "192.0.2.1/32,a,1\n",                                     "192.0.2.1/32", "a=1000"                   },
    };
    char got[256];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct latency *latency = load(rows[i].text);
        if (strcmp(describe(latency, rows[i].client, got), rows[i].row) != 0)
            fail_msg("%s: %s", rows[i].what, got);
        latency_free(latency);
    }
    latency_free(NULL);
}

static void equal_rows_are_stored_once(void **state)
{
    struct latency *latency = load("10.0.0.0/24,a,1\n10.0.0.0/24,b,2\n"
                                   "10.0.1.0/24,b,2\n10.0.1.0/24,a,1\n"
                                   "10.0.2.0/24,a,1\n");
    (void)state;
    assert_int_equal(intern_count(latency->rows), 2);
    assert_int_equal(intern_count(latency->regions), 2);
    assert_int_equal(prefix_map_ranges(latency->map), 4 + 1); /* and all of IPv6 */
    latency_free(latency);
}

static int load_bad(const char *file, const char *text, size_t length, struct diag *diag)
{
    struct latency *latency = NULL;
    int error = latency_load_text(file, text, length, &latency, diag);
    assert_null(latency);
    return error;
}

static void faults_are_told(void **state)
{
    (void)state;
    bad_files_each(TEST_DATA_DIR "/latency/bad", ".csv", load_bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(tables_are_read),
            cmocka_unit_test(equal_rows_are_stored_once),
            cmocka_unit_test(faults_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
