/* test_ledger_calculated.c -- what would turn along with a shadow if it were none. */
#include "test.h"

#include <string.h>

#include "ledger_fixture.h"

#define PARENTS_MAX 4U

/* Check 0 is the shadow, 1 and 2 are endpoints that are up; from 3 on CALCULATED ones. */
#define FIRST_PARENT 3U

struct parent {
    const char *children; /* digits */
    uint32_t threshold;
    char how; /* i: inverted, s: a shadow, u: forced up, d: disabled */
};

static void hear(void *context, const struct ledger_event *event)
{
    char *heard = context;

    if (event->along == NULL)
        return;
    strcat(heard, *heard != '\0' ? " " : "");
    strcat(heard, event->to == HEALTH_DOWN ? "down" : "up");
    for (uint32_t i = 0; i < event->along->count; i++) {
        size_t length = strlen(heard);
        snprintf(heard + length, 256 - length, ",%u%c", event->along->list[i].slot,
                event->along->list[i].to == HEALTH_DOWN ? '-' : '+');
    }
    strcat(heard, event->along->cut ? ",cut" : "");
}

static void define_parent(struct fixture *fixture, uint32_t slot, const struct parent *parent)
{
    struct definition definition = {
            .id = "p",
            .target = {.type = CHECK_CALCULATED      },
            .rule = { .inverted = parent->how == 'i',
                       .shadow = parent->how == 's',
                       .disabled = parent->how == 'd'},
            .threshold = parent->threshold,
            .children_count = (uint32_t)strlen(parent->children)
    };
    uint32_t children[8];

    for (uint32_t i = 0; i < definition.children_count; i++)
        children[i] = (uint32_t)(parent->children[i] - '0');
    publish(fixture->table, slot,
            (parent->how == 'i'          ? HEALTH_INVERTED
                    : parent->how == 's' ? HEALTH_SHADOW
                    : parent->how == 'd' ? HEALTH_DISABLED
                                         : 0));
    ledger_define(fixture->ledger, slot, &definition, children);
}

static void begin(struct fixture *fixture, const struct parent *parents)
{
    struct definition shadow =
            endpoint((struct verdict_rule){.fall = 1, .rise = 1, .shadow = true});
    struct definition other = endpoint((struct verdict_rule){.fall = 1, .rise = 1});

    for (uint32_t slot = 0; slot < FIRST_PARENT; slot++) {
        publish(fixture->table, slot, slot == 0 ? HEALTH_SHADOW : 0);
        ledger_define(fixture->ledger, slot, slot == 0 ? &shadow : &other, NULL);
    }
    for (uint32_t i = 0; i < PARENTS_MAX && parents[i].children != NULL; i++)
        define_parent(fixture, FIRST_PARENT + i, &parents[i]);
    ledger_settle(fixture->ledger, NOW);
    for (uint32_t slot = 0; slot < FIRST_PARENT; slot++)
        take(fixture, slot, PROBE_OK);
    for (uint32_t i = 0; i < PARENTS_MAX && parents[i].children != NULL; i++) {
        char id[16];
        snprintf(id, sizeof(id), "check-%u", FIRST_PARENT + i);
        if (parents[i].how == 'u')
            assert_int_equal(
                    health_table_force(fixture->table, FIRST_PARENT + i, id, HEALTH_UP), 0);
    }
    ledger_recount(fixture->ledger, NOW);
}

static void test_what_turns_along(void **state)
{
    static const struct {
        const char *what;
        struct parent parents[PARENTS_MAX];
        const char *down; /* endpoints that are */
        const char *heard;
    } rows[] = {
  /* clang-format off */
        {"nobody counts it",            {{"12", 2, 0}},                          "",   "down up"},
        {"it alone",                    {{"0", 1, 0}},                           "",   "down,3- up,3+"},
        {"one of three is enough",      {{"012", 1, 0}},                         "",   "down up"},
        {"but not with the others down", {{"012", 1, 0}},                        "12", "down,3- up,3+"},
        {"all are needed",              {{"012", 3, 0}},                         "",   "down,3- up,3+"},
        {"and one is down anyway",      {{"012", 3, 0}},                         "1",  "down up"},
        {"inverted",                    {{"0", 1, 'i'}},                         "",   "down,3+ up,3-"},
        {"nested",                      {{"01", 2, 0}, {"32", 2, 0}},            "",   "down,3-,4- up,3+,4+"},
        {"nested, defined before",      {{"42", 2, 0}, {"01", 2, 0}},            "",   "down,4-,3- up,4+,3+"},
        {"nested and inverted",         {{"01", 2, 'i'}, {"3", 1, 0}, {"4", 1, 'i'}}, "", "down,3+,4+,5- up,3-,4-,5+"},
        {"by two ways",                 {{"0", 1, 0}, {"0", 1, 'i'}, {"34", 1, 0}}, "", "down,3-,4+ up,3+,4-"},
        {"by two ways at once",         {{"0", 1, 0}, {"1", 1, 0}, {"034", 2, 0}}, "", "down,3-,5- up,3+,5+"},
        {"ways of unequal length",      {{"0", 1, 0}, {"3", 1, 0}, {"04", 1, 0}, {"5", 1, 'i'}}, "", "down,3-,4-,5-,6+ up,3+,4+,5+,6-"},
        {"a forced one stays",          {{"0", 1, 'u'}, {"3", 1, 0}},            "",   "down up"},
        {"a shadow stays",              {{"0", 1, 's'}, {"3", 1, 0}},            "",   "down up"},
        {"a disabled one stays",        {{"0", 1, 'd'}, {"3", 1, 0}},            "",   "down up"},
        {"one without a threshold",     {{"0", 0, 0}},                           "",   "down up"},
  /* clang-format on */
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        char heard[256] = "";
        tear_down(state);
        set_up(state);
        begin(fixture, rows[i].parents);
        for (const char *at = rows[i].down; *at != '\0'; at++)
            take(fixture, (uint32_t)(*at - '0'), PROBE_REFUSED);
        ledger_observe(fixture->ledger, hear, heard);
        take(fixture, 0, PROBE_REFUSED);
        take(fixture, 0, PROBE_OK);
        if (strcmp(heard, rows[i].heard) != 0)
            fail_msg("%s: \"%s\" and not \"%s\"", rows[i].what, heard, rows[i].heard);
        ledger_observe(fixture->ledger, NULL, NULL);
    }
}

/* A CALCULATED check can be tried out, too; and one that is forced counts as what is forced whatever it would be. */
static void test_other_shadows(void **state)
{
    static const struct parent parents[PARENTS_MAX] = {
            {"1", 1, 's'},
            {"3", 1, 0  }
    };
    struct fixture *fixture = *state;
    char heard[256] = "";

    begin(fixture, parents);
    ledger_observe(fixture->ledger, hear, heard);
    take(fixture, 1, PROBE_REFUSED);
    assert_string_equal(heard, "down,4-");
    assert_int_equal(health_table_force(fixture->table, 3, "check-3", HEALTH_UP), 0);
    take(fixture, 1, PROBE_OK);
    assert_string_equal(heard, "down,4- up");
    ledger_observe(fixture->ledger, NULL, NULL);
}

/* Too many to be told. */
static void test_very_many(void **state)
{
    struct fixture *fixture = *state;
    const struct parent parent = {"0", 1, 0};
    char heard[256] = "";

    begin(fixture, (const struct parent[PARENTS_MAX]){
                           {NULL, 0, 0}
    });
    ledger_observe(fixture->ledger, hear, heard);
    for (uint32_t i = 0; i < LEDGER_ALONG_MAX; i++)
        define_parent(fixture, FIRST_PARENT + i, &parent);
    ledger_settle(fixture->ledger, NOW);
    take(fixture, 0, PROBE_REFUSED);
    assert_string_equal(heard, "down,3-,4-,5-,6-,7-,8-,9-,10-,11-,12-,13-,14-,15-,16-,17-,18-");
    heard[0] = '\0';
    define_parent(fixture, FIRST_PARENT + LEDGER_ALONG_MAX, &parent);
    ledger_settle(fixture->ledger, NOW);
    take(fixture, 0, PROBE_OK);
    assert_string_equal(heard, "up,cut");
    ledger_observe(fixture->ledger, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_what_turns_along, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_other_shadows, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_very_many, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
