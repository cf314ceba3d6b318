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

static int ask(const struct zone_set *zones, const struct fixture *fixture, const char *words,
        struct buf *ret)
{
    atomic_bool stop = false;
    const struct shadow_question question = {
            zones, fixture->table, words, SHADOW_REQUEST_LOOKS, &stop};
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
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com", ZONE);
    struct zone_set *zones = zone_set_new(&zone, 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf answer;
        buf_init(&answer, 4096);
        fixture_set_down(&fixture, rows[i].down);
        int error = ask(zones, &fixture, rows[i].words, &answer);
        if (error != 0 || strcmp(buf_string(&answer), rows[i].answer) != 0)
            fail_msg("%s: %d %s", rows[i].what, error, buf_string(&answer));
        buf_done(&answer);
    }
    zone_set_free(zones);
    fixture_done(&fixture);
}

/* What others get does not hide what some clients would. */
static void test_clients_count(void **state)
{
    static const char zone_text[] =
            FIXTURE_HEAD "some IN A 192.0.2.16 ; @cidr isps/isp-a set=a check=www-us\n"
                         "some IN A 192.0.2.17 ; @cidr isps/*\n"
                         "gap  IN A 192.0.2.14 ; @cidr isps/isp-a set=a check=www-eu\n"
                         "gap  IN A 192.0.2.15 ; @cidr isps/isp-b\n";
    struct fixture fixture;
    struct buf answer;
    (void)state;
    fixture_init(&fixture);
    fixture_add_atlas(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com", zone_text);
    struct zone_set *zones = zone_set_new(&zone, 1);
    buf_init(&answer, 4096);
    assert_int_equal(ask(zones, &fixture, "www-us\nwww-eu", &answer), 0);
    assert_string_equal(buf_string(&answer), "1 0");
    buf_done(&answer);
    zone_set_free(zones);
    fixture_done(&fixture);
}

static void test_forced_ones_change_nothing(void **state)
{
    struct fixture fixture;
    struct buf answer;
    (void)state;
    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com", ZONE);
    struct zone_set *zones = zone_set_new(&zone, 1);
    buf_init(&answer, 4096);
    health_table_put(fixture.table, 0, (struct health_verdict){.state = HEALTH_UP});
    assert_int_equal(health_table_force(fixture.table, 0, "www-eu", HEALTH_UP), 0);
    assert_int_equal(ask(zones, &fixture, "www-eu\napi-blue", &answer), 0);
    assert_string_equal(buf_string(&answer), "0 2");
    buf_consume(&answer, answer.length);
    assert_int_equal(
            ask(zones, &fixture, "img-1 -www-eu\nwww-eu -api-blue\nimg-1 -api-blue", &answer), 0);
    assert_string_equal(buf_string(&answer), "0 0 2");
    buf_done(&answer);
    zone_set_free(zones);
    fixture_done(&fixture);
}

static void test_too_many_are_refused(void **state)
{
    struct fixture fixture;
    struct buf words, answer;
    (void)state;
    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com", ZONE);
    struct zone_set *zones = zone_set_new(&zone, 1);
    buf_init(&words, 4096);
    buf_init(&answer, 4096);
    for (uint32_t i = 0; i < SHADOW_REQUEST_MAX; i++)
        buf_add_string(&words, " www-eu\n");
    assert_int_equal(ask(zones, &fixture, buf_string(&words), &answer), 0);
    assert_int_equal(answer.length, 2 * SHADOW_REQUEST_MAX - 1);
    buf_consume(&answer, answer.length);
    buf_add_string(&words, " www-eu");
    assert_int_equal(ask(zones, &fixture, buf_string(&words), &answer), ERR_TOO_LARGE);
    buf_consume(&words, words.length);
    buf_add_string(&words, "www-eu");
    for (uint32_t i = 0; i <= SHADOW_ALONG_MAX; i++)
        buf_add_string(&words, " -api-blue");
    assert_int_equal(ask(zones, &fixture, buf_string(&words), &answer), ERR_TOO_LARGE);
    assert_int_equal(ask(zones, &fixture, "www-eu api-blue", &answer), ERR_SYNTAX);
    assert_int_equal(answer.length, 0);
    buf_done(&answer);
    buf_done(&words);
    zone_set_free(zones);
    fixture_done(&fixture);
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
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com", ZONE);
    struct zone_set *zones = zone_set_new(&zone, 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        atomic_bool stop = rows[i].is_stopped;
        const struct shadow_question question = {
                zones, fixture.table, rows[i].words, rows[i].looks, &stop};
        struct buf answer;
        buf_init(&answer, 4096);
        assert_int_equal(shadow_request_answer(&question, &answer), 0);
        if (strcmp(buf_string(&answer), rows[i].answer) != 0)
            fail_msg("%zu: %s", i, buf_string(&answer));
        buf_done(&answer);
    }
    zone_set_free(zones);
    fixture_done(&fixture);
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
