/* test_sim.c -- stories: what happens, in which order and how fast. */
#include "test.h"

#include "health/timing.h"
#include "stage.h"

#define PAIR                                                                                       \
    "www A 192.0.2.10 ; @failover primary check=a\nwww A 192.0.2.20 ; @failover secondary "        \
    "check=b\n"
#define CANARY                                                                                     \
    "[" STAGE_CHECK("a", "") "," STAGE_CHECK("b", "") "," STAGE_CHECK("c", ",\"Canary\":true") "]"
#define TOLD                                                                                       \
    "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"HEARTBEAT\",\"TimeToLive\":5}},"             \
    "{\"Id\":\"b\",\"HealthCheckConfig\":{\"Type\":\"RECOVERY_CONTROL\",\"RoutingControlArn\":"    \
    "\"x\"}}]"
#define TWO "[" STAGE_CHECK("a", "") "," STAGE_CHECK("b", "") "]"

static void test_stories(void **state)
{
    static const struct {
        const char *what, *checks, *zone, *timeline, *story;
    } rows[] = {
  /* clang-format off */
            {"nothing happens", TWO, PAIR, "{\"Duration\":60}",
             "www.example.com. 192.0.2.10\n"},
            {"there and back", TWO, PAIR,
             "{\"Duration\":60,\"Timeline\":[{\"At\":10,\"For\":20,\"Check\":\"a\",\"Fault\":\"refused\"}]}",
             "www.example.com. 192.0.2.10\na down\nwww.example.com. 192.0.2.20\n"
             "a up\nwww.example.com. 192.0.2.10\n"},
            {"too short to matter", TWO, PAIR,
             "{\"Duration\":60,\"Timeline\":[{\"At\":10,\"For\":0.5,\"Check\":\"a\",\"Fault\":\"error\"}]}",
             "www.example.com. 192.0.2.10\n"},
            {"both die: fail open", TWO, PAIR,
             "{\"Duration\":20,\"Timeline\":[{\"At\":5,\"Check\":\"b\",\"Fault\":\"refused\"},"
             "{\"At\":10,\"Check\":\"a\",\"Fault\":\"timeout\"}]}",
             "www.example.com. 192.0.2.10\nb down\na down\nwww.example.com. 192.0.2.10 open\n"},
            {"told, not probed", TOLD, PAIR,
             "{\"Duration\":60,\"Timeline\":[{\"At\":10,\"For\":20,\"Check\":\"a\",\"Fault\":\"refused\"},"
             "{\"At\":40,\"For\":3,\"Check\":\"a\",\"Fault\":\"refused\"},{\"At\":50,\"Check\":\"b\",\"Fault\":\"error\"}]}",
             "www.example.com. 192.0.2.10\na down\nwww.example.com. 192.0.2.20\na up\nwww.example.com. 192.0.2.10\n"
             "b down\n"},
            {"a cut of many is ours", TWO, PAIR, "{\"Duration\":60,\"Timeline\":[{\"At\":10,\"For\":20,\"Cut\":\"IPv4\"}]}",
             "www.example.com. 192.0.2.10\n"},
            {"but not their answers", TWO, PAIR,
             "{\"Duration\":20,\"Timeline\":[{\"At\":5,\"Check\":\"*\",\"Fault\":\"refused\"}]}",
             "www.example.com. 192.0.2.10\na down\nwww.example.com. 192.0.2.20\nb down\n"
             "www.example.com. 192.0.2.10 open\n"},
            {"a canary is silent, too", CANARY, PAIR,
             "{\"Duration\":60,\"Timeline\":[{\"At\":10,\"For\":20,\"Cut\":\"IPv4\"}]}",
             "www.example.com. 192.0.2.10\nc down wrongly\nc up\n"},
            {"a canary answers", CANARY, PAIR,
             "{\"Duration\":60,\"Timeline\":[{\"At\":10,\"Check\":\"a\",\"Fault\":\"timeout\"}]}",
             "www.example.com. 192.0.2.10\na down\nwww.example.com. 192.0.2.20\n"},
            {"a cut is no fault of theirs", "[" STAGE_CHECK("a", "") "]", "www A 192.0.2.10 ; @simple check=a\n",
             "{\"Duration\":60,\"Timeline\":[{\"At\":10,\"For\":20,\"Cut\":\"IPv4\"}]}",
             "www.example.com. 192.0.2.10\na down wrongly\nwww.example.com. 192.0.2.10 open\n"
             "a up\nwww.example.com. 192.0.2.10\n"},
            {"the other family", TWO, PAIR, "{\"Duration\":60,\"Timeline\":[{\"At\":10,\"Cut\":\"IPv6\"}]}",
             "www.example.com. 192.0.2.10\n"},
            {"forced", TWO, PAIR,
             "{\"Duration\":60,\"Timeline\":[{\"At\":10,\"For\":9,\"Force\":\"a\",\"State\":\"down\"}]}",
             "www.example.com. 192.0.2.10\na down wrongly\nwww.example.com. 192.0.2.20\n"
             "a up\nwww.example.com. 192.0.2.10\n"},
            {"again and again", TWO, PAIR,
             "{\"Duration\":60,\"Timeline\":[{\"At\":10,\"For\":9,\"Every\":20,\"Until\":50,\"Check\":\"a*\","
             "\"Fault\":\"refused\"}]}",
             "www.example.com. 192.0.2.10\na down\nwww.example.com. 192.0.2.20\na up\nwww.example.com. 192.0.2.10\n"
             "a down\nwww.example.com. 192.0.2.20\na up\nwww.example.com. 192.0.2.10\n"},
            {"calculated", "[" STAGE_CHECK("a", "") "," STAGE_CHECK("b", "") ",{\"Id\":\"both\",\"HealthCheckConfig\":"
             "{\"Type\":\"CALCULATED\",\"HealthThreshold\":2,\"ChildHealthChecks\":[\"a\",\"b\"]}}]",
             "www A 192.0.2.10 ; @simple check=both\n",
             "{\"Duration\":60,\"Timeline\":[{\"At\":10,\"Check\":\"b\",\"Fault\":\"refused\"}]}",
             "www.example.com. 192.0.2.10\nb down\nboth down\nwww.example.com. 192.0.2.10 open\n"},
  /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage stage;
        stage_open(&stage, rows[i].checks, rows[i].zone);
        stage_run(&stage, rows[i].timeline);
        if (strcmp(buf_string(&stage.story), rows[i].story) != 0)
            fail_msg("%s:\n%s", rows[i].what, buf_string(&stage.story));
        stage_close(&stage);
    }
}

#define THREE "[" STAGE_CHECK("a", "") "," STAGE_CHECK("b", "") "," STAGE_CHECK("c", "") "]"
#define TRIO                                                                                       \
    "m A 192.0.2.10 ; @multivalue check=a\nm A 192.0.2.20 ; @multivalue check=b\n"                 \
    "m A 192.0.2.30 ; @multivalue check=c\n"
#define TWO_OF_THREE                                                                               \
    "{\"At\":10,\"For\":40,\"Check\":\"a\",\"Fault\":\"refused\"},"                                \
    "{\"At\":20,\"For\":100,\"Check\":\"b\",\"Fault\":\"refused\"}"

/* One of three may go down within half a minute. */
static void test_guards(void **state)
{
    static const struct {
        const char *what, *timeline, *story;
    } rows[] = {
  /* clang-format off */
            {"held until one is back", "{\"Duration\":90,\"Timeline\":[" TWO_OF_THREE "]}",
             "a down\nm.example.com. 192.0.2.20, 192.0.2.30\nguard of example.com raised\na up wrongly\n"
             "m.example.com. 192.0.2.10, 192.0.2.20, 192.0.2.30\nguard of example.com passed\n"
             "b down\nm.example.com. 192.0.2.10, 192.0.2.30\n"},
            {"accepted", "{\"Duration\":40,\"Timeline\":[" TWO_OF_THREE ",{\"At\":30,\"Accept\":\"example.com\"}]}",
             "a down\nm.example.com. 192.0.2.20, 192.0.2.30\nguard of example.com raised\na up wrongly\n"
             "m.example.com. 192.0.2.10, 192.0.2.20, 192.0.2.30\nguard of example.com accepted\n"
             "a down\nb down\nm.example.com. 192.0.2.30\n"},
            {"another guard is accepted", "{\"Duration\":40,\"Timeline\":[" TWO_OF_THREE ",{\"At\":30,\"Accept\":\"all\"}]}",
             "a down\nm.example.com. 192.0.2.20, 192.0.2.30\nguard of example.com raised\na up wrongly\n"
             "m.example.com. 192.0.2.10, 192.0.2.20, 192.0.2.30\n"},
  /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *begin = "m.example.com. 192.0.2.10, 192.0.2.20, 192.0.2.30\n";
        struct stage stage;
        stage_open(&stage, THREE, TRIO);
        zone_set_at(stage.zones, 0)->max_down = (struct guard_limit){40, 30000};
        stage_run(&stage, rows[i].timeline);
        const char *story = buf_string(&stage.story);
        if (strncmp(story, begin, strlen(begin)) != 0 ||
                strcmp(story + strlen(begin), rows[i].story) != 0)
            fail_msg("%s:\n%s", rows[i].what, story);
        stage_close(&stage);
    }
}

/* What the checks' timings promise holds, for a fault at any moment of an interval. */
static void test_detection_within_the_worst(void **state)
{
    static const char *const faults[] = {"refused", "error", "timeout"};
    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        char timeline[256];
        struct stage stage;
        struct health_detail detail;
        snprintf(timeline, sizeof(timeline),
                "{\"Duration\":60,\"Seed\":%u,\"Timeline\":[{\"At\":%u.%03u,\"Check\":\"a\","
                "\"Fault\":\"%s\"}]}",
                i, 10 + i % 3, i * 37 % 1000, faults[i % COUNT(faults)]);
        stage_open(&stage, TWO, PAIR);
        stage_run(&stage, timeline);
        const struct sim_check *check = &sim_checks(stage.sim)[0];
        assert_int_equal(health_table_read(stage.fixture.table, stage.slots[0], &detail), 0);
        assert_int_equal(check->state, HEALTH_DOWN);
        assert_true(check->wrong_longest_ms <= timing_down_ms(&detail));
        assert_true(check->wrong_longest_ms >= 900); /* two failures in a row take an interval */
        stage_close(&stage);
    }
}

/* Available for as long as what is answered was well, by the clock of the timeline. */
static void test_sums(void **state)
{
    struct stage stage;
    uint32_t count;
    bool cut;
    (void)state;
    stage_open(&stage, TWO, PAIR);
    stage_run(&stage, "{\"Duration\":100,\"Timeline\":["
                      "{\"At\":10,\"For\":40,\"Check\":\"a\",\"Fault\":\"refused\"},"
                      "{\"At\":60,\"For\":10,\"Check\":\"*\",\"Fault\":\"refused\"}]}");
    const struct answers_row *row = answers_rows(sim_answers(stage.sim), &count, &cut);
    const struct sim_check *check = sim_checks(stage.sim);
    assert_int_equal(count, 1);
    assert_false(cut);
    assert_true(row->good_ms + (double)row->bad_ms > 99999.999);
    assert_true(row->good_ms + (double)row->bad_ms < 100000.001);
    /* Until the first fault is found, and the ten seconds when nothing was left. */
    assert_true(row->bad_ms > 10000 + 900 && row->bad_ms < 10000 + 3000);
    assert_true(row->bad_longest_ms >= 10000 && row->bad_longest_ms < row->bad_ms);
    assert_true(row->open_ms > 0 && row->open_ms < 12000);
    assert_int_equal(row->empty_ms, 0);
    assert_int_equal(check[0].changes, 4);
    assert_int_equal(check[1].changes, 2);
    stage_close(&stage);
}

static void test_a_seed_is_a_story(void **state)
{
    char first[2][4096];
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct stage stage;
        stage_open(&stage, TWO, PAIR);
        stage_run(&stage,
                "{\"Duration\":500,\"Seed\":7,\"Timeline\":[{\"At\":1,\"For\":1.5,\"Every\":3,"
                "\"Check\":\"*\",\"Fault\":\"error\"}]}");
        snprintf(first[i], sizeof(first[i]), "%s", buf_string(&stage.story));
        stage_close(&stage);
    }
    assert_string_equal(first[0], first[1]);
    assert_non_null(strstr(first[0], "down"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_stories),
            cmocka_unit_test(test_guards),
            cmocka_unit_test(test_detection_within_the_worst),
            cmocka_unit_test(test_sums),
            cmocka_unit_test(test_a_seed_is_a_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
