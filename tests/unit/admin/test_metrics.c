/* Metrics made of replies. */
#include "test.h"

#include <string.h>

#include "admin/metrics.h"
#include "base/err.h"

static void set(struct buf replies[METRICS_REPLIES], enum metrics_reply reply, const char *json)
{
    buf_init(&replies[reply], 1 << 16);
    buf_add_string(&replies[reply], json);
}

static void init(struct buf replies[METRICS_REPLIES], struct buf *text)
{
    for (enum metrics_reply i = 0; i < METRICS_REPLIES; i++)
        set(replies, i, "");
    buf_init(text, 1 << 16);
}

static void done(struct buf replies[METRICS_REPLIES], struct buf *text)
{
    for (enum metrics_reply i = 0; i < METRICS_REPLIES; i++)
        buf_done(&replies[i]);
    buf_done(text);
}

/* A reply, and a line that it comes to; or one that it must not come to. */
static const struct {
    const char *name;
    enum metrics_reply reply;
    const char *json;
    const char *line;
    bool absent;
} rows[] = {
        {"a number",                   METRICS_CHECKS, "{\"checks\":[{\"id\":\"a\",\"changes\":7}]}",
         "holdfast_check_changes_total{check=\"a\"} 7\n",                                                                                                                              false},
        {"a large number",             METRICS_STATS,  "{\"udp_queries\":123456789012345}",
         "holdfast_queries_total{transport=\"udp\"} 123456789012345\n",                                                                                                                false},
        {"milliseconds",               METRICS_STATUS, "{\"uptime_ms\":1500}",                                        "holdfast_uptime_seconds 1.5\n",
         false                                                                                                                                                                              },
        {"a real number of them",      METRICS_STATUS, "{\"probing\":{\"longest_turn_ms\":0.25}}",
         "holdfast_checker_turn_seconds 0.00025\n",                                                                                                                                    false},
        {"a flag",                     METRICS_STATUS, "{\"heartbeat\":{\"silent\":true}}",
         "holdfast_checker_silent 1\n",                                                                                                                                                false},
        {"a flag that is not set",     METRICS_STATUS, "{\"heartbeat\":{\"silent\":false}}",
         "holdfast_checker_silent 0\n",                                                                                                                                                false},
        {"a word",                     METRICS_STATUS, "{\"roles\":[{\"name\":\"checker\",\"state\":\"running\"}]}",
         "holdfast_role_up{role=\"checker\"} 1\n",                                                                                                                                     false},
        {"another word",               METRICS_STATUS,
         "{\"roles\":[{\"name\":\"checker\",\"state\":\"restarting\"}]}",                                             "holdfast_role_up{role=\"checker\"} 0\n",                        false},
        {"listed",                     METRICS_STATUS, "{\"heartbeat\":{\"cut_off\":[\"canaries-ipv6\",\"share\"]}}",
         "holdfast_cut_off{cause=\"share\"} 1\n",                                                                                                                                      false},
        {"not listed",                 METRICS_STATUS,
         "{\"heartbeat\":{\"cut_off\":[\"canaries-ipv6\",\"share\"]}}",                                               "holdfast_cut_off{cause=\"canaries-ipv4\"} 0\n",                 false},
        {"an object within an object", METRICS_STATUS,
         "{\"probing\":{\"late_ms\":{\"p50\":1,\"p90\":2,\"p99\":40}}}",                                              "holdfast_probe_late_seconds{quantile=\"0.99\"} 0.04\n",         false},
        {"two labels",                 METRICS_CHECKS,
         "{\"checks\":[{\"id\":\"a\",\"passes\":1,\"fails\":2,\"inconclusives\":3}]}",                                "holdfast_check_probes_total{check=\"a\",outcome=\"fail\"} 2\n", false},
        {"a label with marks",         METRICS_CHECKS,
         "{\"checks\":[{\"id\":\"a\\\"b\\\\c\\nd\",\"share\":1}]}",                                                   "holdfast_check_share_ratio{check=\"a\\\"b\\\\c\\nd\"} 1\n",     false},
        {"a row of each reply",        METRICS_GUARDS, "{\"guards\":[{\"name\":\"all\",\"held\":2}]}",
         "holdfast_guard_held{guard=\"all\"} 2\n",                                                                                                                                     false},
        {"any rcode",                  METRICS_STATS,  "{\"rcodes\":{\"BADVERS\":4}}",
         "holdfast_responses_total{rcode=\"BADVERS\"} 4\n",                                                                                                                            false},
        {"a zone that is kept",        METRICS_ZONES,
         "{\"zones\":[{\"origin\":\"a.\",\"state\":\"kept\"}],\"served\":1}",                                         "holdfast_zone_good{zone=\"a.\"} 0\n",                           false},
        {"the counts besides",         METRICS_ZONES,  "{\"zones\":[],\"served\":1}",
         "holdfast_zones_served 1\n",                                                                                                                                                  false},
        {"the version",                METRICS_STATUS, "{\"version\":\"1.2.3\"}",
         "holdfast_info{version=\"1.2.3\"} 1\n",                                                                                                                                       false},

        {"null",                       METRICS_CHECKS, "{\"checks\":[{\"id\":\"a\",\"certificate_left_ms\":null}]}",
         "\nholdfast_check_certificate_seconds",                                                                                                                                       true },
        {"another type",               METRICS_STATUS, "{\"uptime_ms\":\"long\"}",                                    "\nholdfast_uptime_seconds",
         true                                                                                                                                                                               },
        {"no list",                    METRICS_STATUS, "{\"heartbeat\":{}}",                                          "\nholdfast_cut_off",                                            true },
        {"a row without a name",       METRICS_CHECKS, "{\"checks\":[{\"changes\":7}]}",
         "\nholdfast_check_changes_total",                                                                                                                                             true },
        {"no array",                   METRICS_CHECKS, "{\"checks\":{\"id\":\"a\",\"changes\":7}}",
         "\nholdfast_check_changes_total",                                                                                                                                             true },
        {"another reply",              METRICS_STATUS, "{\"checks\":[{\"id\":\"a\",\"changes\":7}]}",
         "check=\"a\"",                                                                                                                                                                true },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf replies[METRICS_REPLIES], text;
        init(replies, &text);
        set(replies, rows[i].reply, rows[i].json);
        if (metrics_print(replies, &text) != 0)
            fail_msg("%s: not understood", rows[i].name);
        if ((strstr(buf_string(&text), rows[i].line) == NULL) != rows[i].absent)
            fail_msg("%s: printed as\n%s", rows[i].name, buf_string(&text));
        done(replies, &text);
    }
}

static void test_a_family_stands_together(void **state)
{
    struct buf replies[METRICS_REPLIES], text;
    (void)state;
    init(replies, &text);
    set(replies, METRICS_CHECKS,
            "{\"checks\":[{\"id\":\"a\",\"state\":\"up\",\"changes\":1},"
            "{\"id\":\"b\",\"state\":\"down\",\"changes\":2}]}");
    assert_int_equal(metrics_print(replies, &text), 0);
    assert_non_null(strstr(buf_string(&text), "# TYPE holdfast_check_up gauge\n"
                                              "holdfast_check_up{check=\"a\"} 1\n"
                                              "holdfast_check_up{check=\"b\"} 0\n"
                                              "# HELP "));
    assert_non_null(strstr(buf_string(&text), "# TYPE holdfast_check_changes_total counter\n"));
    assert_non_null(strstr(buf_string(&text), "# TYPE holdfast_check_latency_seconds summary\n"));
    done(replies, &text);
}

static void test_what_is_not_known_has_none(void **state)
{
    struct buf replies[METRICS_REPLIES], text;
    (void)state;
    init(replies, &text);
    assert_int_equal(metrics_print(replies, &text), 0);
    assert_string_equal(buf_string(&text), "");
    done(replies, &text);
}

static void test_no_object(void **state)
{
    static const char *const bad[] = {"[]", "{", "7", "\"x\"", "{}}"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct buf replies[METRICS_REPLIES], text;
        init(replies, &text);
        set(replies, METRICS_STATUS, "{\"uptime_ms\":1}");
        set(replies, METRICS_ZONES, bad[i]);
        assert_int_equal(metrics_print(replies, &text), ERR_SYNTAX);
        assert_int_equal(text.length, 0);
        done(replies, &text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_a_family_stands_together),
            cmocka_unit_test(test_what_is_not_known_has_none),
            cmocka_unit_test(test_no_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
