/* test_set_request.c -- which checks a record set has, and why it cannot be drained by them. */
#include "test.h"

#include <errno.h>

#include "serve/set_request.h"
#include "zone/fixture.h"

#define ZONE                                                                                       \
    FIXTURE_HEAD                                                                                   \
    "api  IN A    192.0.2.21 ; @weighted 9 set=blue  check=api-blue\n"                             \
    "api  IN A    192.0.2.22 ; @weighted 9 set=blue  check=api-blue\n"                             \
    "api  IN A    192.0.2.23 ; @weighted 1 set=green check=api-green\n"                            \
    "api  IN AAAA 2001:db8::1 ; @weighted 1 set=blue check=img-1\n"                                \
    "api  IN AAAA 2001:db8::2 ; @weighted 1 set=red\n"                                             \
    "www  IN A    192.0.2.10 ; @failover primary   check=www-eu\n"                                 \
    "www  IN A    192.0.2.11 ; @failover secondary check=www-us\n"                                 \
    "two  IN A    192.0.2.12 ; @weighted 1 set=a/b check=www-us\n"                                 \
    "two  IN A    192.0.2.13 ; @weighted 1 set=c\n"

static void test_rows(void **state)
{
    static const struct {
        const char *words, *down, *answer;
    } rows[] = {
  /* clang-format off */
            {" api.example.com/blue",  "",          "api-blue img-1"},
            {"API.example.com./A/blue", "",         "api-blue"},
            {"api.example.com/AAAA/blue", "",       "img-1"},
            {"www.example.com/primary", "",         "www-eu"},
            {"www.example.com/primary", "www-us",
             "no other set of www.example.com. A would be healthy, so the drained one would be answered all the same"},
            {"api.example.com/red",    "",
             "the set red of api.example.com. AAAA has no check of its own, so nothing takes it out"},
            {"two.example.com/a/b",    "",
             "its check www-us is also that of the set secondary of www.example.com. A, which would be taken out too; "
             "if that is meant, drain the check: drain www-us"},
            {"api.example.com/blu",    "", "api.example.com has no set \"blu\"; did you mean \"blue\"?"},
            {"api.example.com/MX/blue", "", "api.example.com has no set \"blue\""},
            {"no.example.com/blue",    "", "no zone that is served has the name no.example.com"},
            {"example.net/blue",       "", "no zone that is served has the name example.net"},
            {"api.example.com",        "", "\"api.example.com\" is neither OWNER/SET nor OWNER/TYPE/SET"},
            {"/blue",                  "", "\"/blue\" is neither OWNER/SET nor OWNER/TYPE/SET"},
            {"a..b/blue",              "", "\"a..b\" is no name"},
  /* clang-format on */
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
        int error = set_request_answer(zones, fixture.table, rows[i].words, &answer);
        if (strcmp(buf_string(&answer), rows[i].answer) != 0 ||
                (error == 0) != (strchr(rows[i].answer, ' ') == NULL || i == 0))
            fail_msg("%s: %d %s", rows[i].words, error, buf_string(&answer));
        buf_done(&answer);
    }
    zone_set_free(zones);
    fixture_done(&fixture);
}

/* What others get helps nobody who may get the drained set alone. */
static void test_clients_count(void **state)
{
    static const char zone_text[] =
            FIXTURE_HEAD "gap  IN A 192.0.2.14 ; @cidr isps/isp-a set=a check=www-eu\n"
                         "gap  IN A 192.0.2.15 ; @cidr isps/isp-b\n"
                         "full IN A 192.0.2.16 ; @cidr isps/isp-a set=a check=www-us\n"
                         "full IN A 192.0.2.17 ; @cidr isps/*\n";
    struct fixture fixture;
    struct buf answer;
    (void)state;
    fixture_init(&fixture);
    fixture_add_atlas(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.com", zone_text);
    struct zone_set *zones = zone_set_new(&zone, 1);
    buf_init(&answer, 4096);
    assert_int_equal(set_request_answer(zones, fixture.table, "full.example.com/a", &answer), 0);
    assert_string_equal(buf_string(&answer), "www-us");
    assert_int_equal(
            set_request_answer(zones, fixture.table, "gap.example.com/a", &answer), -EPERM);
    assert_non_null(strstr(buf_string(&answer), "would be healthy for some of its clients"));
    buf_done(&answer);
    zone_set_free(zones);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_clients_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
