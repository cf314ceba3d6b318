/* test_ledger_guard.c -- what the ledger asks guards, and makes of what they say. */
#include "test.h"

#include <string.h>

#include "ledger_fixture.h"

/* Four checks of a zone and one beside it, and E above them: CALCULATED, up as long as two are.  A step is a check that
 * goes down (a) or comes back (A); ^ forces the first up and _ ends that, ! accepts, ? begins anew as another process, r defines again.  Behind each, who is
 * answered as up: a letter, or - . */
static const struct {
    const char *what;
    bool all; /* beside the zone's, 60 % of all */
    const char *steps, *answered;
} guard_rows[] = {
  /* clang-format off */
        {"within the share",           false, "ab",      "-BCDXE --CDXE"},
        {"beyond it",                  false, "abc",     "-BCDXE --CDXE ABCDXE"},
        {"one beside it is not held",  false, "abcx",    "-BCDXE --CDXE ABCDXE ABCD-E"},
        {"it passes",                  false, "abcA",    "-BCDXE --CDXE ABCDXE A--DXE"},
        {"accepted",                   false, "abcd!",   "-BCDXE --CDXE ABCDXE ABCDXE ----X-"},
        {"forced, it falls at the end", false, "^abc_",   "ABCDXE ABCDXE A-CDXE A--DXE ABCDXE"},
        {"within the share",            false, "^ab_c",   "ABCDXE ABCDXE A-CDXE --CDXE ABCDXE"},
        {"it is back before the end",   false, "^abcA_d", "ABCDXE ABCDXE A-CDXE A--DXE A--DXE A--DXE ABCDXE"},
        {"another process, forced",     false, "^abc?_",  "ABCDXE ABCDXE A-CDXE A--DXE A--DXE ABCDXE"},
        {"defined again, forced",       false, "^abcr_",  "ABCDXE ABCDXE A-CDXE A--DXE A--DXE ABCDXE"},
        {"accepted, another process",   false, "abc!?d",  "-BCDXE --CDXE ABCDXE ---DX- ---DX- ----X-"},
        {"another process",            false, "abc?dA",  "-BCDXE --CDXE ABCDXE ABCDXE ABCDXE ABCDXE"},
        {"another process, quiet",     false, "ab?c",    "-BCDXE --CDXE --CDXE ABCDXE"},
        {"defined again",              false, "abcrdA",  "-BCDXE --CDXE ABCDXE ABCDXE ABCDXE ABCDXE"},
        {"accepted, defined again",    false, "abc!rd",  "-BCDXE --CDXE ABCDXE ---DX- ---DX- ----X-"},
        {"by all, too",                true,  "xabcd",   "ABCD-E -BCD-E --CD-E ABCDXE ABCDXE"},
        {"all holds what zones let go", true, "xabcdA!", "ABCD-E -BCD-E --CD-E ABCDXE ABCDXE ABCDXE ABCDXE"},
  /* clang-format on */
};

#define GUARDED  5U /* checks, and behind them the CALCULATED one */
#define THE_ZONE "example.com 50 10000 0 1 2 3\n"

static void define_guarded(struct fixture *fixture, const struct guard_limit *all)
{
    static const uint32_t children[] = {0, 1, 2, 3};
    struct definition definition = endpoint((struct verdict_rule){.fall = 1, .rise = 1});
    struct definition above = {.id = "e",
            .target = {.type = CHECK_CALCULATED},
            .rule = definition.rule,
            .threshold = 2,
            .children_count = 4};
    struct guard_list list;
    guards_configure(ledger_guards(fixture->ledger), all, true);
    for (uint32_t i = 0; i < GUARDED; i++)
        ledger_define(fixture->ledger, i, &definition, NULL);
    ledger_define(fixture->ledger, GUARDED, &above, children);
    ledger_settle(fixture->ledger, NOW);
    assert_int_equal(guard_list_parse(THE_ZONE, strlen(THE_ZONE), &list), 0);
    ledger_guard_zones(fixture->ledger, &list, NOW);
}

static void do_step(struct fixture *fixture, char step, const struct guard_limit *all)
{
    const char *letters = "abcdx";
    const char *down = strchr(letters, step);
    const char *up = strchr("ABCDX", step);
    if (step == '^' || step == '_') {
        assert_int_equal(health_table_force(fixture->table, 0, "check-0",
                                 step == '^' ? HEALTH_UP : HEALTH_UNKNOWN),
                0);
        ledger_recount(fixture->ledger, NOW);
    } else if (step == '!') {
        (void)ledger_accept(fixture->ledger, "example.com", NOW);
    } else if (down != NULL) {
        take(fixture, (uint32_t)(down - letters), PROBE_REFUSED);
    } else if (up != NULL) {
        take(fixture, (uint32_t)(up - "ABCDX"), PROBE_OK);
    } else {
        if (step == '?') {
            ledger_free(fixture->ledger);
            fixture->ledger = ledger_new(fixture->table);
        }
        define_guarded(fixture, all);
    }
}

static void test_guards(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(guard_rows); i++) {
        const struct guard_limit all = {guard_rows[i].all ? 60 : 0, 10000};
        char answered[128] = "";
        ledger_free(fixture->ledger);
        fixture->ledger = ledger_new(fixture->table);
        for (uint32_t slot = 0; slot <= GUARDED; slot++)
            publish(fixture->table, slot, 0);
        define_guarded(fixture, &all);
        for (uint32_t slot = 0; slot < GUARDED; slot++)
            take(fixture, slot, PROBE_OK);
        for (const char *step = guard_rows[i].steps; *step != '\0'; step++) {
            do_step(fixture, *step, &all);
            strcat(answered, answered[0] != '\0' ? " " : "");
            for (uint32_t slot = 0; slot <= GUARDED; slot++)
                strncat(answered,
                        health_table_get(fixture->table, slot).state == HEALTH_UP ? &"ABCDXE"[slot]
                                                                                  : "-",
                        1);
        }
        if (strcmp(answered, guard_rows[i].answered) != 0)
            fail_msg("%s: %s: \"%s\" and not \"%s\"", guard_rows[i].what, guard_rows[i].steps,
                    answered, guard_rows[i].answered);
    }
}

static uint64_t raised_since(const struct fixture *fixture, const char *name)
{
    struct guard_report report = {.since_ms = 0};
    assert_true(guards_describe(ledger_guards(fixture->ledger), name, &report));
    return report.since_ms;
}

/* Another process takes it over, even where the check that raised it has come back: the others tell nothing of it. */
static void test_a_raised_guard_keeps_its_time(void **state)
{
    struct fixture *fixture = *state;
    const struct guard_limit all = {60, 10000};
    struct health_raised raised[HEALTH_RAISED_MAX];

    for (uint32_t slot = 0; slot <= GUARDED; slot++)
        publish(fixture->table, slot, 0);
    define_guarded(fixture, &all);
    for (uint32_t slot = 0; slot < GUARDED; slot++)
        take(fixture, slot, PROBE_OK);
    for (uint32_t slot = 0; slot < 3; slot++)
        take_at(fixture, slot, PROBE_REFUSED, NOW + 1000 * slot);
    take_at(fixture, 3, PROBE_REFUSED, NOW + 5000);
    take_at(fixture, 2, PROBE_OK, NOW + 6000);
    assert_int_equal(raised_since(fixture, "example.com"), NOW + 2000);
    assert_int_equal(raised_since(fixture, GUARDS_ALL), 0);
    for (unsigned i = 0; i < 2; i++) { /* the second as the first */
        ledger_free(fixture->ledger);
        fixture->ledger = ledger_new(fixture->table);
        define_guarded(fixture, &all);
        assert_int_equal(raised_since(fixture, "example.com"), NOW + 2000);
        assert_int_equal(raised_since(fixture, GUARDS_ALL), 0);
    }
    assert_int_equal(health_table_raised(fixture->table, raised), 1);
    do_step(fixture, '!', &all);
    assert_int_equal(raised_since(fixture, "example.com"), 0);
    assert_int_equal(health_table_raised(fixture->table, raised), 0);
}

/* A guard that nobody wants any more leaves nothing for one of its name that comes later. */
static void test_a_guard_that_is_gone_is_forgotten(void **state)
{
    struct fixture *fixture = *state;
    const struct guard_limit all = {60, 10000};
    struct health_raised raised[HEALTH_RAISED_MAX];
    struct guard_list none = {NULL, 0};

    for (uint32_t slot = 0; slot <= GUARDED; slot++)
        publish(fixture->table, slot, 0);
    define_guarded(fixture, &all);
    for (uint32_t slot = 0; slot < GUARDED; slot++)
        take(fixture, slot, PROBE_OK);
    for (uint32_t slot = 0; slot < 3; slot++)
        take(fixture, slot, PROBE_REFUSED);
    assert_int_equal(health_table_raised(fixture->table, raised), 1);
    ledger_guard_zones(fixture->ledger, &none, NOW);
    assert_int_equal(health_table_raised(fixture->table, raised), 0);
}

/* Until zones are known, what is held stays so; whom none of them has is held no more. */
static void test_guards_wait_for_zones(void **state)
{
    struct fixture *fixture = *state;
    const struct guard_limit none = {0};
    struct definition definition = endpoint((struct verdict_rule){.fall = 1, .rise = 1});
    struct guard_list list = {NULL, 0};
    publish(fixture->table, 0, 0);
    health_table_put(
            fixture->table, 0, (struct health_verdict){.state = HEALTH_DOWN, .held = true});
    ledger_free(fixture->ledger);
    fixture->ledger = ledger_new(fixture->table);
    guards_configure(ledger_guards(fixture->ledger), &none, true);
    ledger_define(fixture->ledger, 0, &definition, NULL);
    ledger_settle(fixture->ledger, NOW);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_UP);
    take(fixture, 0, PROBE_REFUSED);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_UP);
    ledger_guard_zones(fixture->ledger, &list, NOW);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_DOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_guards, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_a_raised_guard_keeps_its_time, set_up, tear_down),
            cmocka_unit_test_setup_teardown(
                    test_a_guard_that_is_gone_is_forgotten, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_guards_wait_for_zones, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
