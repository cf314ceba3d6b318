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

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(ids_are_found_exactly),
            cmocka_unit_test(the_nearest_id_is_named),
            cmocka_unit_test(many_ids_are_all_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
