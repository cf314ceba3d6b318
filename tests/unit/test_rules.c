/* test_rules.c -- safety rules as text, and what they allow. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "rules.h"

#define NOW 1700000000000U

static void test_texts(void **state)
{
    static const struct {
        const char *text, *fault; /* NULL: it is a rule */
        uint32_t at_least, count, wait_s;
    } rows[] = {
  /* clang-format off */
            {"cells: 1 of a b",           NULL, 1, 2, 0},
            {"cells: 2 of a b c wait 5s", NULL, 2, 3, 5},
            {"  x:  0  of  a  wait  1d ", NULL, 0, 1, 86400},
            {"",                          "begins with no name", 0, 0, 0},
            {"cells 1 of a",              "begins with no name and a colon but with \"cells\"", 0, 0, 0},
            {": 1 of a",                  "begins with no name", 0, 0, 0},
            {"cells:",                    "no number of checks", 0, 0, 0},
            {"cells: one of a",           "no number of checks: \"one\"", 0, 0, 0},
            {"cells: 1 from a",           "no \"of\" but \"from\"", 0, 0, 0},
            {"cells: 1 of",               "it names no check", 0, 0, 0},
            {"cells: 1 of wait 5s",       "it names no check", 0, 0, 0},
            {"cells: 3 of a b",           "3 of 2 checks cannot be up", 0, 0, 0},
            {"cells: 0 of a b",           "it would hold nobody back", 0, 0, 0},
            {"cells: 1 of a a",           "it names twice \"a\"", 0, 0, 0},
            {"cells: 1 of a wait",        "a time is from 1s to 1d", 0, 0, 0},
            {"cells: 1 of a wait 0s",     "a time is from 1s to 1d, and not \"0s\"", 0, 0, 0},
            {"cells: 1 of a wait 2d",     "a time is from 1s to 1d", 0, 0, 0},
            {"cells: 1 of a wait 5s b",   "behind the time stands \"b\"", 0, 0, 0},
  /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rule rule = {.count = 0};
        struct buf why;
        buf_init(&why, 1024);
        int error = rule_parse(rows[i].text, &rule, &why);
        if (error != (rows[i].fault != NULL ? ERR_SYNTAX : 0) ||
                (rows[i].fault != NULL && strstr(buf_string(&why), rows[i].fault) == NULL) ||
                rule.at_least != rows[i].at_least || rule.count != rows[i].count ||
                rule.wait_ms != rows[i].wait_s * 1000ULL)
            fail_msg("\"%s\": %d %s", rows[i].text, error, buf_string(&why));
        rule_done(&rule);
        buf_done(&why);
    }
}

/* Four checks a to d; those in capitals are up.  A wish turns some: a+ up, a- down. */
static void test_what_is_allowed(void **state)
{
    static const struct {
        const char *what, *rule, *up, *wish, *override, *fault;
    } rows[] = {
  /* clang-format off */
            {"one of two",             "r: 1 of a b",   "ab",   "a-",     "", NULL},
            {"the last of two",        "r: 1 of a b",   "a",    "a-",     "",
             "rule r: of its 2 checks 1 are up and 1 must be, and then 0 would be; --override r does it"},
            {"both at once",           "r: 1 of a b",   "ab",   "a-b-",   "", "then 0 would be"},
            {"one for the other",      "r: 1 of a b",   "a",    "a-b+",   "", NULL},
            {"overridden",             "r: 1 of a b",   "a",    "a-",     "r", NULL},
            {"by a name that is none", "r: 1 of a b",   "a",    "a-",     "q", "no rule \"q\"; did you mean \"r\"?"},
            {"it was down already",    "r: 1 of a b",   "a",    "b-",     "", NULL},
            {"broken, and better",     "r: 3 of a b c", "a",    "b+",     "", NULL},
            {"broken, and not worse",  "r: 3 of a b c", "a",    "a-b+",   "", NULL},
            {"broken, and worse",      "r: 3 of a b c", "ab",   "a-",     "", "then 1 would be"},
            {"another check",          "r: 1 of a b",   "ac",   "c-",     "", NULL},
            {"no such check",          "r: 1 of a x",   "a",    "a-",     "", "then 0 would be"},
            {"nothing is turned",      "r: 1 of a b",   "",     "a-b-",   "", NULL},
  /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *texts[] = {(char *)(uintptr_t)rows[i].rule};
        char overrides[1][RULES_NAME_MAX + 1] = {""};
        struct rules_change changes[4];
        struct rules_wish wish = {.changes = changes, .now_ms = NOW};
        struct health_table *table;
        struct buf why;
        assert_int_equal(health_table_create(&table), 0);
        for (uint32_t slot = 0; slot < 4; slot++) {
            struct health_detail detail = {.flags = HEALTH_DEFINED};
            detail.id[0] = "abcd"[slot];
            bool is_up = strchr(rows[i].up, detail.id[0]) != NULL;
            health_table_put(
                    table, slot, (struct health_verdict){.state = is_up ? HEALTH_UP : HEALTH_DOWN});
            health_table_write(table, slot, &detail);
        }
        for (const char *at = rows[i].wish; *at != '\0'; at += 2)
            changes[wish.count++] = (struct rules_change){
                    {at[0], '\0'},
                    at[1] == '+' ? HEALTH_UP : HEALTH_DOWN, false
            };
        snprintf(overrides[0], sizeof(overrides[0]), "%s", rows[i].override);
        wish.overrides = (const char(*)[RULES_NAME_MAX + 1])(uintptr_t)overrides;
        wish.overrides_count = rows[i].override[0] != '\0';
        struct rules *rules = rules_new(texts, 1, table);
        buf_init(&why, 1024);
        int error = rules_allow(rules, &wish, &why);
        if ((error != 0) != (rows[i].fault != NULL) ||
                (error != 0 && strstr(buf_string(&why), rows[i].fault) == NULL))
            fail_msg("%s: %d %s", rows[i].what, error, buf_string(&why));
        buf_done(&why);
        rules_free(rules);
        health_table_close(table);
    }
}

static void test_the_wait(void **state)
{
    char *texts[] = {(char[]){"r: 0 of a b wait 5s"}};
    struct rules_change change = {"a", HEALTH_DOWN, false};
    struct rules_wish wish = {.changes = &change, .count = 1, .now_ms = NOW};
    struct health_table *table;
    struct buf why;
    (void)state;
    assert_int_equal(health_table_create(&table), 0);
    for (uint32_t slot = 0; slot < 2; slot++) {
        struct health_detail detail = {.flags = HEALTH_DEFINED};
        detail.id[0] = "ab"[slot];
        health_table_put(table, slot, (struct health_verdict){.state = HEALTH_UP});
        health_table_write(table, slot, &detail);
    }
    struct rules *rules = rules_new(texts, 1, table);
    buf_init(&why, 1024);
    assert_int_equal(rules_allow(rules, &wish, &why), 0);
    rules_note(rules, &wish);
    change.id[0] = 'b';
    wish.now_ms = NOW + 4000;
    assert_int_equal(rules_allow(rules, &wish, &why), -EPERM);
    assert_non_null(strstr(buf_string(&why), "turned lately; in 1.0s it may be again"));
    wish.now_ms = NOW + 5000;
    assert_int_equal(rules_allow(rules, &wish, &why), 0);
    rules_free(rules);

    /* What turns nothing is waited for by nobody. */
    change.to = HEALTH_UP;
    rules = rules_new(texts, 1, table);
    assert_int_equal(rules_allow(rules, &wish, &why), 0);
    rules_note(rules, &wish);
    change = (struct rules_change){"a", HEALTH_DOWN, false};
    assert_int_equal(rules_allow(rules, &wish, &why), 0);
    rules_free(rules);

    /* Another daemon knows it from what is forced. */
    static const struct {
        enum health_state state;
        int error;
    } rows[] = {
            {HEALTH_DOWN, -EPERM},
            {HEALTH_UP,   0     }, /* as it is found */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct force force = {.id = "b", .state = rows[i].state, .since_ms = NOW, .owner = "x"};
        struct forces *forces = forces_new();
        assert_int_equal(forces_set(forces, &force), 0);
        rules = rules_new(texts, 1, table);
        rules_know_forces(rules, forces);
        wish.now_ms = NOW + 4000;
        assert_int_equal(rules_allow(rules, &wish, &why), rows[i].error);
        rules_free(rules);
        forces_free(forces);
    }
    buf_done(&why);
    health_table_close(table);
}

/* What the table does not say, or not for long.  Two switches, both on in the table; "b" is turned off. */
static void test_what_counts_as_up(void **state)
{
    static const struct {
        const char *what;
        enum health_state pushed; /* of a; HEALTH_UNKNOWN: never told */
        uint32_t flags;           /* of a */
        enum health_state forced; /* of a; HEALTH_UNKNOWN: not */
        uint64_t until_ms;
        int error;
    } rows[] = {
  /* clang-format off */
            {"never told",                HEALTH_UNKNOWN, 0,               HEALTH_UNKNOWN, 0,       0},
            {"off a moment ago",          HEALTH_DOWN,    0,               HEALTH_UNKNOWN, 0,       -EPERM},
            {"on a moment ago, inverted", HEALTH_UP,      HEALTH_INVERTED, HEALTH_UNKNOWN, 0,       -EPERM},
            {"off, and disabled",         HEALTH_DOWN,    HEALTH_DISABLED, HEALTH_UNKNOWN, 0,       0},
            {"off, and forced up",        HEALTH_DOWN,    0,               HEALTH_UP,      0,       0},
            {"off, and up for a while",   HEALTH_DOWN,    0,               HEALTH_UP,      NOW + 1, -EPERM},
            {"on, and up for a while",    HEALTH_UP,      0,               HEALTH_UP,      NOW + 1, 0},
            {"on, and down for a while",  HEALTH_UP,      0,               HEALTH_DOWN,    NOW + 1, -EPERM},
  /* clang-format on */
    };
    char *texts[] = {(char[]){"r: 1 of a b"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rules_change change = {"b", HEALTH_DOWN, false};
        struct rules_wish wish = {.changes = &change, .count = 1, .now_ms = NOW};
        struct push push = {.target = "control:a", .state = rows[i].pushed, .since_ms = NOW};
        struct force force = {
                .id = "a", .state = rows[i].forced, .until_ms = rows[i].until_ms, .owner = "x"};
        struct pushes *pushes = pushes_new();
        struct forces *forces = forces_new();
        struct health_table *table;
        struct buf why;
        assert_int_equal(health_table_create(&table), 0);
        for (uint32_t slot = 0; slot < 2; slot++) {
            struct health_detail detail = {.type = "RECOVERY_CONTROL",
                    .flags = HEALTH_DEFINED | (slot == 0 ? rows[i].flags : 0)};
            detail.id[0] = "ab"[slot];
            snprintf(detail.target, sizeof(detail.target), "control:%s", detail.id);
            health_table_put(table, slot, (struct health_verdict){.state = HEALTH_UP});
            health_table_write(table, slot, &detail);
        }
        if (rows[i].pushed != HEALTH_UNKNOWN)
            assert_int_equal(pushes_set(pushes, &push), 0);
        if (rows[i].forced != HEALTH_UNKNOWN) {
            assert_int_equal(forces_set(forces, &force), 0);
            assert_int_equal(health_table_force(table, 0, "a", rows[i].forced), 0);
        }
        struct rules *rules = rules_new(texts, 1, table);
        rules_know_forces(rules, forces);
        rules_know_pushes(rules, pushes);
        buf_init(&why, 1024);
        int error = rules_allow(rules, &wish, &why);
        if (error != rows[i].error)
            fail_msg("%s: %d %s", rows[i].what, error, buf_string(&why));
        buf_done(&why);
        rules_free(rules);
        pushes_free(pushes);
        forces_free(forces);
        health_table_close(table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_texts),
            cmocka_unit_test(test_what_is_allowed),
            cmocka_unit_test(test_what_counts_as_up),
            cmocka_unit_test(test_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
