/* test_shadow_request.c -- how many names a shadow would change the answers of. */
#include "test.h"

#include "base/err.h"
#include "serve/shadow_request.h"
#include "zone/fixture.h"

#define ZONE                                                                                       \
    FIXTURE_HEAD                                                                                   \
    "www  IN A    192.0.2.10 ; @failover primary   check=www-eu\n"                                 \
    "www  IN A    192.0.2.11 ; @failover secondary check=www-us\n"                                 \
    "top  IN A    192.0.2.10 ; @simple alias=www\n"                                                \
    "api  IN A    192.0.2.21 ; @weighted 9 set=blue  check=api-blue\n"                             \
    "api  IN A    192.0.2.22 ; @weighted 1 set=green\n"                                            \
    "api  IN AAAA 2001:db8::1 ; @weighted 1 set=blue check=api-blue\n"                             \
    "api  IN AAAA 2001:db8::2 ; @weighted 0 set=green\n"                                           \
    "one  IN A    192.0.2.23 ; @weighted 0 set=a check=img-1\n"                                    \
    "one  IN A    192.0.2.24 ; @weighted 1 set=b\n"                                                \
    "lone IN A    192.0.2.25 ; @simple check=img-1\n"

/* A table, and a zone that is served. */
struct stage {
    struct fixture fixture;
    struct zone_set *zones;
};

static void stage_init(struct stage *stage, const char *zone_text, bool has_atlas)
{
    fixture_init(&stage->fixture);
    if (has_atlas)
        fixture_add_atlas(&stage->fixture);
    struct zone *zone = fixture_load_good(&stage->fixture, "example.com", zone_text);
    stage->zones = zone_set_new(&zone, 1);
}

static void stage_done(struct stage *stage)
{
    zone_set_free(stage->zones);
    fixture_done(&stage->fixture);
}

static int ask(const struct stage *stage, const char *words, struct buf *ret)
{
    atomic_bool stop = false;
    const struct shadow_question question = {
            stage->zones, stage->fixture.table, words, SHADOW_REQUEST_LOOKS, &stop};
    return shadow_request_answer(&question, ret);
}

static void test_rows(void **state)
{
    static const struct {
        const char *what, *words, *down, *answer;
    } rows[] = {
            {"the primary, and who is its alias", " www-eu",                             "",       "2"      },
            {"a primary without a stand-in",      " www-eu",                             "www-us", "0"      },
            {"a secondary behind a primary",      " www-us",                             "",       "0"      },
            {"a secondary that answers",          " www-us",                             "www-eu", "2"      },
            {"weights, of two types",             "api-blue",                            "",       "2"      },
            {"a set of no weight, one alone",     "img-1",                               "",       "0"      },
            {"a check that no record uses",       "api-green",                           "",       "0"      },
            {"a check that does not exist",       "none",                                "",       "0"      },
            {"several, one of them twice",        "www-eu\n img-1\n api-blue\nwww-eu\n", "",       "2 0 2 2"},
            {"a shadow that is put down anyway",  "www-eu",                              "www-eu", "2"      },
            {"what turns along",                  "none -www-eu\nimg-1 -www-eu",         "",       "0 2"    },
            {"two that turn along",               "img-1 -www-eu -api-blue",             "",       "4"      },
            {"one that turns the other way",      "img-1 +www-eu",                       "www-eu", "2"      },
            {"two that undo each other",          "www-eu +www-us",                      "www-us", "2"      },
            {"and all is down either way",        "www-eu -www-us",                      "",       "0"      },
            {"one of them is not there",          "img-1 -none -www-eu",                 "",       "2"      },
            {"each is put back",                  "img-1 -www-us\nwww-eu",               "",       "0 2"    },
            {"another's are not its own",         "img-1 -www-eu\nimg-1",                "",       "2 0"    },
            {"none",                              "",                                    "",       ""       },
            {"an empty line",                     "\n \nwww-eu\n",                       "",       "2"      },
    };
    struct stage stage;
    (void)state;
    stage_init(&stage, ZONE, false);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf answer;
        buf_init(&answer, 4096);
        fixture_set_down(&stage.fixture, rows[i].down);
        int error = ask(&stage, rows[i].words, &answer);
        if (error != 0 || strcmp(buf_string(&answer), rows[i].answer) != 0)
            fail_msg("%s: %d %s", rows[i].what, error, buf_string(&answer));
        buf_done(&answer);
    }
    stage_done(&stage);
}

/* What others get does not hide what some clients would. */
static void test_clients_count(void **state)
{
    static const char zone_text[] =
            FIXTURE_HEAD "some IN A 192.0.2.16 ; @cidr isps/isp-a set=a check=www-us\n"
                         "some IN A 192.0.2.17 ; @cidr isps/*\n"
                         "gap  IN A 192.0.2.14 ; @cidr isps/isp-a set=a check=www-eu\n"
                         "gap  IN A 192.0.2.15 ; @cidr isps/isp-b\n";
    struct stage stage;
    struct buf answer;
    (void)state;
    stage_init(&stage, zone_text, true);
    buf_init(&answer, 4096);
    assert_int_equal(ask(&stage, "www-us\nwww-eu", &answer), 0);
    assert_string_equal(buf_string(&answer), "1 0");
    buf_done(&answer);
    stage_done(&stage);
}

static void test_forced_ones_change_nothing(void **state)
{
    struct stage stage;
    struct buf answer;
    (void)state;
    stage_init(&stage, ZONE, false);
    buf_init(&answer, 4096);
    health_table_put(stage.fixture.table, 0, (struct health_verdict){.state = HEALTH_UP});
    assert_int_equal(health_table_force(stage.fixture.table, 0, "www-eu", HEALTH_UP), 0);
    assert_int_equal(ask(&stage, "www-eu\napi-blue", &answer), 0);
    assert_string_equal(buf_string(&answer), "0 2");
    buf_consume(&answer, answer.length);
    assert_int_equal(ask(&stage, "img-1 -www-eu\nwww-eu -api-blue\nimg-1 -api-blue", &answer), 0);
    assert_string_equal(buf_string(&answer), "0 0 2");
    buf_done(&answer);
    stage_done(&stage);
}

static void test_too_many_are_refused(void **state)
{
    struct stage stage;
    struct buf words, answer;
    (void)state;
    stage_init(&stage, ZONE, false);
    buf_init(&words, 4096);
    buf_init(&answer, 4096);
    for (uint32_t i = 0; i < SHADOW_REQUEST_MAX; i++)
        buf_add_string(&words, " www-eu\n");
    assert_int_equal(ask(&stage, buf_string(&words), &answer), 0);
    assert_int_equal(answer.length, 2 * SHADOW_REQUEST_MAX - 1);
    buf_consume(&answer, answer.length);
    buf_add_string(&words, " www-eu");
    assert_int_equal(ask(&stage, buf_string(&words), &answer), ERR_TOO_LARGE);
    buf_consume(&words, words.length);
    buf_add_string(&words, "www-eu");
    for (uint32_t i = 0; i <= SHADOW_ALONG_MAX; i++)
        buf_add_string(&words, " -api-blue");
    assert_int_equal(ask(&stage, buf_string(&words), &answer), ERR_TOO_LARGE);
    assert_int_equal(ask(&stage, "www-eu api-blue", &answer), ERR_SYNTAX);
    assert_int_equal(answer.length, 0);
    buf_done(&answer);
    buf_done(&words);
    stage_done(&stage);
}

/* What was found until there was too much to look at is a number that there are at least. */
static void test_too_much_to_look_at(void **state)
{
    static const struct {
        const char *words;
        uint32_t looks;
        bool is_stopped;
        const char *answer;
    } rows[] = {
            {"api-blue\nwww-eu", 0,  false, "? ?" },
            {"api-blue\nwww-eu", 2,  false, "1+ ?"},
            {"api-blue\nwww-eu", 4,  false, "2+ ?"},
            {"api-blue\nwww-eu", 99, false, "2 2" },
            {"api-blue\nwww-eu", 99, true,  "? ?" },
    };
    struct stage stage;
    (void)state;
    stage_init(&stage, ZONE, false);
    for (size_t i = 0; i < COUNT(rows); i++) {
        atomic_bool stop = rows[i].is_stopped;
        const struct shadow_question question = {
                stage.zones, stage.fixture.table, rows[i].words, rows[i].looks, &stop};
        struct buf answer;
        buf_init(&answer, 4096);
        assert_int_equal(shadow_request_answer(&question, &answer), 0);
        if (strcmp(buf_string(&answer), rows[i].answer) != 0)
            fail_msg("%zu: %s", i, buf_string(&answer));
        buf_done(&answer);
    }
    stage_done(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_clients_count),
            cmocka_unit_test(test_forced_ones_change_nothing),
            cmocka_unit_test(test_too_many_are_refused),
            cmocka_unit_test(test_too_much_to_look_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
