/* test_ids.c -- src/health/ids.c: the names of checks as one load sees them. */
#include "test.h"

#include <stdio.h>

#include "health/ids.h"

#define MANY 20000U

static void define(struct health_table *table, uint32_t slot, const char *id, uint32_t flags)
{
    struct health_detail detail = {.flags = flags};
    snprintf(detail.id, sizeof(detail.id), "%s", id);
    health_table_write(table, slot, &detail);
}

static void ids_are_found_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *id;
        uint32_t want;
    } cases[] = {
            {"the first",         "www-eu",  0               },
            {"behind a free one", "www-us",  2               },
            {"another case",      "WWW-EU",  HEALTH_SLOT_NONE},
            {"a prefix",          "www-e",   HEALTH_SLOT_NONE},
            {"longer",            "www-eu2", HEALTH_SLOT_NONE},
            {"empty",             "",        HEALTH_SLOT_NONE},
            {"leaving",           "old",     HEALTH_SLOT_NONE},
            {"disabled",          "img-1",   4               },
    };
    struct health_table *table = NULL;
    assert_int_equal(health_table_create(&table), 0);
    define(table, 0, "www-eu", HEALTH_DEFINED);
    define(table, 2, "www-us", HEALTH_DEFINED | HEALTH_INVERTED);
    define(table, 3, "old", HEALTH_LEAVING);
    define(table, 4, "img-1", HEALTH_DEFINED | HEALTH_DISABLED);

    struct health_ids *ids = health_ids_new(table);
    define(table, 5, "too-late", HEALTH_DEFINED);
    assert_int_equal(health_ids_find(ids, "too-late"), HEALTH_SLOT_NONE);
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t got = health_ids_find(ids, cases[i].id);
        if (got != cases[i].want)
            fail_msg("%s: got %u", cases[i].what, got);
    }
    struct health_ids *all = health_ids_new_with_leaving(table);
    assert_int_equal(health_ids_find(all, "old"), 3);
    assert_int_equal(health_ids_find(all, "img-1"), 4);
    health_ids_free(all);
    health_table_close(table);
    assert_int_equal(health_ids_find(ids, "www-eu"), 0); /* it needs the table no more */
    health_ids_free(ids);
    health_ids_free(NULL);
}

static void the_nearest_id_is_named(void **state)
{
    (void)state;
    struct health_table *table = NULL;
    assert_int_equal(health_table_create(&table), 0);
    struct health_ids *ids = health_ids_new(table);
    assert_null(health_ids_nearest(ids, "www-eu"));
    assert_int_equal(health_ids_find(ids, "www-eu"), HEALTH_SLOT_NONE);
    health_ids_free(ids);

    define(table, 0, "www-eu", HEALTH_DEFINED);
    define(table, 1, "api-blue", HEALTH_DEFINED);
    ids = health_ids_new(table);
    assert_string_equal(health_ids_nearest(ids, "ww-eu"), "www-eu");
    assert_string_equal(health_ids_nearest(ids, "api-bleu"), "api-blue");
    assert_null(health_ids_nearest(ids, "something-else"));
    health_ids_free(ids);
    health_table_close(table);
}

static void many_ids_are_all_found(void **state)
{
    (void)state;
    struct health_table *table = NULL;
    char id[HEALTH_ID_MAX + 1];
    assert_int_equal(health_table_create(&table), 0);
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(id, sizeof(id), "check-%u", i);
        define(table, i, id, HEALTH_DEFINED);
    }
    struct health_ids *ids = health_ids_new(table);
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(id, sizeof(id), "check-%u", i);
        assert_int_equal(health_ids_find(ids, id), i);
    }
    assert_int_equal(health_ids_find(ids, "check-20000"), HEALTH_SLOT_NONE);
    health_ids_free(ids);
    health_table_close(table);
}

static void changes_are_seen_before_they_are_made(void **state)
{
    (void)state;
    static const struct health_ids_change changes[] = {
            {"gate",    false},
            {"new",     true },
            {"back",    true },
            {"missing", false},
            {"www-eu",  true },
            {"swapped", false},
            {"swapped", true },
    };
    static const struct {
        const char *what;
        const char *id;
        uint32_t want;
        uint32_t with_leaving;
    } cases[] = {
            {"added again, as it was", "www-eu",  0,                      0                     },
            {"removed",                "gate",    HEALTH_SLOT_NONE,       1                     },
            {"not touched",            "img-1",   2,                      2                     },
            {"new",                    "new",     HEALTH_TABLE_SLOTS + 1, HEALTH_TABLE_SLOTS + 1},
            {"comes back",             "back",    3,                      3                     },
            {"left before",            "gone",    HEALTH_SLOT_NONE,       4                     },
            {"removed, never there",   "missing", HEALTH_SLOT_NONE,       HEALTH_SLOT_NONE      },
            {"removed and added",      "swapped", 5,                      5                     },
    };
    struct health_table *table = NULL;
    assert_int_equal(health_table_create(&table), 0);
    define(table, 0, "www-eu", HEALTH_DEFINED);
    define(table, 1, "gate", HEALTH_DEFINED);
    define(table, 2, "img-1", HEALTH_DEFINED);
    define(table, 3, "back", HEALTH_LEAVING);
    define(table, 4, "gone", HEALTH_LEAVING);
    define(table, 5, "swapped", HEALTH_DEFINED);

    struct health_ids *ids = health_ids_new_after(table, changes, COUNT(changes));
    struct health_ids *all = health_ids_new_after_with_leaving(table, changes, COUNT(changes));
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t got = health_ids_find(ids, cases[i].id);
        uint32_t got_all = health_ids_find(all, cases[i].id);
        if (got != cases[i].want || got_all != cases[i].with_leaving)
            fail_msg("%s: got %u and %u", cases[i].what, got, got_all);
    }
    assert_null(health_ids_nearest(ids, "gatee")); /* what is gone is not proposed */
    assert_string_equal(health_ids_nearest(all, "gatee"), "gate");
    assert_int_equal(health_table_get(table, health_ids_find(ids, "new")).state, HEALTH_UNKNOWN);
    health_ids_free(ids);
    health_ids_free(all);
    health_table_close(table);
}

/* More ids come than the table has. */
static void many_changes_find_room(void **state)
{
    (void)state;
    static char ids_text[MANY][16];
    static struct health_ids_change changes[MANY];
    struct health_table *table = NULL;
    assert_int_equal(health_table_create(&table), 0);
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(ids_text[i], sizeof(ids_text[i]), "check-%u", i);
        changes[i] = (struct health_ids_change){ids_text[i], true};
    }
    struct health_ids *ids = health_ids_new_after(table, changes, MANY);
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(health_ids_find(ids, ids_text[i]), HEALTH_TABLE_SLOTS + i);
    health_ids_free(ids);
    health_table_close(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(ids_are_found_exactly),
            cmocka_unit_test(the_nearest_id_is_named),
            cmocka_unit_test(many_ids_are_all_found),
            cmocka_unit_test(changes_are_seen_before_they_are_made),
            cmocka_unit_test(many_changes_find_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
