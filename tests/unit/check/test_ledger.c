#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "ledger_fixture.h"

static void test_results(void **state)
{
    static const struct {
        const char *what;
        struct verdict_rule rule;
        const char *results; /* p, f, i */
        enum health_state expected;
        bool no_data;
        uint64_t changes;
    } rows[] = {
            {"nothing yet",               {.fall = 3, .rise = 3},                   "",       HEALTH_UP,   true,  0},
            {"the first pass",            {.fall = 3, .rise = 3},                   "p",      HEALTH_UP,   false, 0},
            {"the first failure decides", {.fall = 3, .rise = 3},                   "f",      HEALTH_DOWN, false, 1},
            {"inconclusive says nothing", {.fall = 1, .rise = 1},                   "iii",    HEALTH_UP,   true,  0},
            {"two failures of three",     {.fall = 3, .rise = 3},                   "pff",    HEALTH_UP,   false, 0},
            {"three failures of three",   {.fall = 3, .rise = 3},                   "pfff",   HEALTH_DOWN, false, 1},
            {"a pass in between",         {.fall = 3, .rise = 3},                   "pffpff", HEALTH_UP,   false, 0},
            {"inconclusive in between",   {.fall = 3, .rise = 3},                   "pffif",  HEALTH_DOWN, false, 1},
            {"and up again",              {.fall = 2, .rise = 2},                   "pffpp",  HEALTH_UP,   false, 2},
            {"inverted",                  {.fall = 1, .rise = 1, .inverted = true}, "p",      HEALTH_DOWN, false, 0},
            {"inverted, failed",          {.fall = 1, .rise = 1, .inverted = true}, "f",      HEALTH_UP,   false,
             1                                                                                                     },
    };
    struct fixture *fixture = *state;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        struct definition definition = endpoint(rows[i].rule);
        struct health_detail detail;
        publish(fixture->table, i, rows[i].rule.inverted ? HEALTH_INVERTED : 0);
        ledger_define(fixture->ledger, i, &definition, NULL);
        ledger_settle(fixture->ledger, NOW);
        for (const char *at = rows[i].results; *at != '\0'; at++)
            take(fixture, i,
                    *at == 'p'   ? PROBE_OK
                    : *at == 'f' ? PROBE_REFUSED
                                 : PROBE_NO_DESCRIPTOR);
        struct health_verdict word = health_table_get(fixture->table, i);
        assert_int_equal(health_table_read(fixture->table, i, &detail), 0);
        if (word.state != rows[i].expected || word.no_data != rows[i].no_data)
            fail_msg("%s: state %d, no data %d", rows[i].what, (int)word.state, word.no_data);
        if (detail.changes != rows[i].changes)
            fail_msg("%s: %d changes", rows[i].what, (int)detail.changes);
        if (detail.passes + detail.fails + detail.inconclusives != strlen(rows[i].results))
            fail_msg("%s: counters", rows[i].what);
        if (detail.changes > 0 && (detail.since_ms != NOW || word.since_s != NOW / 1000))
            fail_msg("%s: since", rows[i].what);
    }
}

/* The state machine is resumed from the table: another ledger goes on where one was killed. */
static void test_resume(void **state)
{
    struct fixture *fixture = *state;
    struct definition definition = endpoint((struct verdict_rule){.fall = 3, .rise = 3});
    publish(fixture->table, 0, 0);
    ledger_define(fixture->ledger, 0, &definition, NULL);
    take(fixture, 0, PROBE_OK);
    take(fixture, 0, PROBE_REFUSED);
    take(fixture, 0, PROBE_REFUSED);
    ledger_free(fixture->ledger);
    fixture->ledger = ledger_new(fixture->table);
    ledger_define(fixture->ledger, 0, &definition, NULL);
    ledger_settle(fixture->ledger, NOW);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_UP);
    take(fixture, 0, PROBE_REFUSED);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_DOWN);
}

/* What waits for a time: each step is a result (p, f) or a tick (t) at a time, and what the word says then. */
static void test_ticks(void **state)
{
    static const struct {
        const char *what;
        struct verdict_rule rule;
        struct {
            char step;
            uint32_t at_ms;
            enum health_state state;
            bool suspect;
            uint8_t lack;
        } steps[9];
    } rows[] = {
  /* clang-format off */
            {"held up, then released by a tick", {.fall = 1, .rise = 1, .hold_ms = 10000},
             {{'f', 0, HEALTH_DOWN, false, 0}, {'p', 11000, HEALTH_UP, false, 0},
              {'f', 12000, HEALTH_UP, false, 0}, {'t', 20999, HEALTH_UP, false, 0},
              {'t', 21000, HEALTH_DOWN, false, 0}}},
            {"held, but it was nothing", {.fall = 1, .rise = 1, .hold_ms = 10000},
             {{'f', 0, HEALTH_DOWN, false, 0}, {'p', 1000, HEALTH_DOWN, false, 0},
              {'f', 2000, HEALTH_DOWN, false, 0}, {'t', 11000, HEALTH_DOWN, false, 0}}},
            {"suspect from the first failure until it is steady", {.fall = 3, .rise = 1, .suspect_ms = 5000},
             {{'p', 0, HEALTH_UP, false, 0}, {'f', 1000, HEALTH_UP, true, 0}, {'t', 4000, HEALTH_UP, true, 0},
              {'p', 5000, HEALTH_UP, true, 0}, {'t', 5999, HEALTH_UP, true, 0}, {'t', 6000, HEALTH_UP, false, 0}}},
            {"suspect after it has changed", {.fall = 1, .rise = 1, .suspect_ms = 5000},
             {{'p', 0, HEALTH_UP, false, 0}, {'f', 1000, HEALTH_DOWN, true, 0}, {'f', 2000, HEALTH_DOWN, true, 0},
              {'t', 6000, HEALTH_DOWN, false, 0}}},
            {"a share that grows after a recovery", {.fall = 1, .rise = 1, .ramp_ms = 32000},
             {{'p', 0, HEALTH_UP, false, 0}, {'f', 1000, HEALTH_DOWN, false, 0}, {'p', 2000, HEALTH_UP, false, 248},
              {'t', 3000, HEALTH_UP, false, 240}, {'p', 18000, HEALTH_UP, false, 120}, {'t', 33999, HEALTH_UP, false, 0}}},
            {"and is taken away again", {.fall = 1, .rise = 1, .ramp_ms = 32000},
             {{'f', 0, HEALTH_DOWN, false, 0}, {'p', 2000, HEALTH_UP, false, 248},
              {'f', 3000, HEALTH_DOWN, false, 0}, {'t', 4000, HEALTH_DOWN, false, 0}}},
            {"not of what is disabled", {.fall = 1, .rise = 1, .ramp_ms = 32000, .suspect_ms = 5000, .disabled = true},
             {{'f', 0, HEALTH_UP, false, 0}, {'p', 2000, HEALTH_UP, false, 0}}},
  /* clang-format on */
    };
    struct fixture *fixture = *state;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        struct definition definition = endpoint(rows[i].rule);
        publish(fixture->table, i, rows[i].rule.disabled ? HEALTH_DISABLED : 0);
        ledger_define(fixture->ledger, i, &definition, NULL);
        ledger_settle(fixture->ledger, NOW);
        for (uint32_t j = 0; j < COUNT(rows[i].steps) && rows[i].steps[j].step != 0; j++) {
            uint64_t now_ms = NOW + rows[i].steps[j].at_ms;
            if (rows[i].steps[j].step == 't')
                ledger_tick(fixture->ledger, now_ms);
            else
                take_at(fixture, i, rows[i].steps[j].step == 'p' ? PROBE_OK : PROBE_REFUSED,
                        now_ms);
            struct health_verdict word = health_table_get(fixture->table, i);
            if (word.state != rows[i].steps[j].state || word.suspect != rows[i].steps[j].suspect ||
                    word.lack != rows[i].steps[j].lack)
                fail_msg("%s: step %u: state %d, suspect %d, lack %u", rows[i].what, j,
                        (int)word.state, word.suspect, word.lack);
        }
    }
}

static void hear(void *context, const struct ledger_event *event)
{
    static const char *const states[] = {"unknown", "up", "down"};
    char *heard = context;
    size_t length = strlen(heard);
    snprintf(heard + length, 512 - length, "%s%s>%s %s,%u|", event->is_first ? "first " : "",
            states[event->from], states[event->to], event->is_inconclusive ? "inconclusive" : "",
            (unsigned)event->lasted_ms);
}

/* First results, changes, and the beginning of what is inconclusive, each once. */
static void test_what_happens_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct definition definition = endpoint((struct verdict_rule){.fall = 2, .rise = 1});
    char heard[512] = "";
    publish(fixture->table, 0, 0);
    ledger_observe(fixture->ledger, hear, heard);
    ledger_define(fixture->ledger, 0, &definition, NULL);
    ledger_settle(fixture->ledger, NOW);
    take_at(fixture, 0, PROBE_OK, NOW);
    take_at(fixture, 0, PROBE_OK, NOW + 1000);
    take_at(fixture, 0, PROBE_REFUSED, NOW + 2000);
    take_at(fixture, 0, PROBE_NO_DESCRIPTOR, NOW + 3000);
    take_at(fixture, 0, PROBE_NO_DESCRIPTOR, NOW + 4000);
    take_at(fixture, 0, PROBE_REFUSED, NOW + 5000);
    take_at(fixture, 0, PROBE_OK, NOW + 7000);
    assert_string_equal(
            heard, "first up>up ,5000|up>up inconclusive,8000|up>down ,10000|down>up ,2000|");
}

/* A shadow counts and tells what it would be, and is up. */
static void test_a_shadow_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct definition definition = endpoint((struct verdict_rule){
            .fall = 1, .rise = 1, .shadow = true, .ramp_ms = 9000, .suspect_ms = 9000});
    struct health_detail detail;
    char heard[512] = "";
    publish(fixture->table, 0, HEALTH_SHADOW);
    ledger_observe(fixture->ledger, hear, heard);
    ledger_define(fixture->ledger, 0, &definition, NULL);
    ledger_settle(fixture->ledger, NOW);
    take(fixture, 0, PROBE_OK);
    for (unsigned i = 0; i < 3; i++) {
        take(fixture, 0, i % 2 == 0 ? PROBE_REFUSED : PROBE_OK);
        struct health_verdict word = health_table_get(fixture->table, 0);
        assert_int_equal(word.state, HEALTH_UP);
        assert_false(word.suspect);
        assert_int_equal(word.lack, 0);
    }
    assert_int_equal(health_table_read(fixture->table, 0, &detail), 0);
    assert_int_equal(detail.raw_state, HEALTH_DOWN);
    assert_int_equal(detail.changes, 3);
    assert_string_equal(heard, "first up>up ,5000|up>down ,0|down>up ,0|up>down ,0|");
    ledger_count_answers(fixture->ledger, 0);
    ledger_free(fixture->ledger);
    fixture->ledger = ledger_new(fixture->table); /* mends nothing of it */
    assert_int_equal(health_table_read(fixture->table, 0, &detail), 0);
    assert_int_equal(detail.answer_changes, 1);
    assert_int_equal(detail.raw_state, HEALTH_DOWN);
}

/* A new check counts as up, or as down if it is inverted: another first result would have changed that. */
static void test_the_first_result_of_a_shadow(void **state)
{
    static const struct {
        bool inverted;
        enum probe_reason reason;
        uint64_t changes;
        const char *heard;
    } rows[] = {
            {false, PROBE_OK,      0, "first up>up ,5000|"           },
            {false, PROBE_REFUSED, 1, "first up>up ,5000|up>down ,0|"},
            {true,  PROBE_OK,      0, "first up>up ,5000|"           },
            {true,  PROBE_REFUSED, 1, "first up>up ,5000|down>up ,0|"},
    };
    struct fixture *fixture = *state;
    struct health_detail detail;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        struct definition definition = endpoint((struct verdict_rule){
                .fall = 3, .rise = 3, .shadow = true, .inverted = rows[i].inverted});
        char heard[512] = "";
        publish(fixture->table, i, HEALTH_SHADOW);
        ledger_define(fixture->ledger, i, &definition, NULL);
        ledger_settle(fixture->ledger, NOW);
        ledger_observe(fixture->ledger, hear, heard);
        take(fixture, i, rows[i].reason);
        assert_int_equal(health_table_read(fixture->table, i, &detail), 0);
        if (detail.changes != rows[i].changes || strcmp(heard, rows[i].heard) != 0)
            fail_msg("%u: %llu changes, %s", i, (unsigned long long)detail.changes, heard);
    }
}

/* A CALCULATED check may be held, too, and follows its children when that is over. */
static void test_a_calculated_check_is_held(void **state)
{
    struct fixture *fixture = *state;
    struct definition child = endpoint((struct verdict_rule){.fall = 1, .rise = 1});
    const char *const names[] = {"check-0"};
    const struct definition parent = {
            .id = "x",
            .target = {.type = CHECK_CALCULATED},
            .rule = { .fall = 3, .rise = 3, .hold_ms = 10000},
            .children = names,
            .children_count = 1,
            .threshold = 1,
    };
    publish(fixture->table, 0, HEALTH_COUNTED);
    publish(fixture->table, 1, 0);
    ledger_define(fixture->ledger, 0, &child, NULL);
    ledger_define(fixture->ledger, 1, &parent, (const uint32_t[]){0});
    ledger_settle(fixture->ledger, NOW);
    take_at(fixture, 0, PROBE_OK, NOW);
    take_at(fixture, 0, PROBE_REFUSED, NOW + 1000);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_DOWN);
    assert_int_equal(health_table_get(fixture->table, 1).state, HEALTH_UP);
    ledger_tick(fixture->ledger, NOW + 4999);
    assert_int_equal(health_table_get(fixture->table, 1).state, HEALTH_UP);
    ledger_tick(fixture->ledger, NOW + 5000); /* 10 s after it was published */
    assert_int_equal(health_table_get(fixture->table, 1).state, HEALTH_DOWN);
    take_at(fixture, 0, PROBE_OK, NOW + 6000);
    assert_int_equal(health_table_get(fixture->table, 1).state, HEALTH_DOWN);
    ledger_tick(fixture->ledger, NOW + 15000);
    assert_int_equal(health_table_get(fixture->table, 1).state, HEALTH_UP);
}

/* Killed after the word, before the detail: the word stands. */
static void test_mend(void **state)
{
    static const struct {
        const char *what;
        enum health_state raw;
        uint32_t flags;
        struct health_verdict word;
        enum health_state expected_raw;
        uint32_t expected_streak;
    } rows[] = {
            {"nothing to mend",  HEALTH_UP,      0,               {.state = HEALTH_UP, .since_s = 1},   HEALTH_UP,   2},
            {"down in the word", HEALTH_UP,      0,               {.state = HEALTH_DOWN, .since_s = 1}, HEALTH_DOWN,
             0                                                                                                        },
            {"up in the word",   HEALTH_DOWN,    0,               {.state = HEALTH_UP, .since_s = 1},   HEALTH_UP,   0},
            {"inverted",         HEALTH_UP,      HEALTH_INVERTED, {.state = HEALTH_UP, .since_s = 1},
             HEALTH_DOWN,                                                                                            0},
            {"first data",       HEALTH_UNKNOWN, 0,               {.state = HEALTH_UP, .since_s = 1},   HEALTH_UP,   0},
            {"disabled hides",   HEALTH_DOWN,    HEALTH_DISABLED, {.state = HEALTH_UP, .since_s = 1},
             HEALTH_DOWN,                                                                                            2},
    };
    struct fixture *fixture = *state;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        struct health_detail detail = {.id = "x",
                .flags = HEALTH_DEFINED | rows[i].flags,
                .raw_state = rows[i].raw,
                .streak = 2};
        health_table_write(fixture->table, i, &detail);
        health_table_put(fixture->table, i, rows[i].word);
    }
    ledger_free(fixture->ledger);
    fixture->ledger = ledger_new(fixture->table);
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        struct health_detail detail;
        assert_int_equal(health_table_read(fixture->table, i, &detail), 0);
        if (detail.raw_state != rows[i].expected_raw || detail.streak != rows[i].expected_streak)
            fail_msg("%s: raw %u, streak %u", rows[i].what, detail.raw_state, detail.streak);
    }
}

static void test_calculated(void **state)
{
    static const struct {
        const char *what;
        const char *results; /* of the three children */
        uint32_t threshold;
        bool inverted;
        enum health_state expected;
        const char *reason;
    } rows[] = {
            {"30: threshold 2", "ppf", 2, false, HEALTH_UP,   "2 of 3 children up, 2 needed"},
            {"one of three",    "pff", 2, false, HEALTH_DOWN, "1 of 3 children up, 2 needed"},
            {"30: threshold 0", "fff", 0, false, HEALTH_UP,   "0 of 3 children up, 0 needed"},
            {"30: threshold 4", "ppp", 4, false, HEALTH_DOWN, "3 of 3 children up, 4 needed"},
            {"inverted",        "pff", 2, true,  HEALTH_UP,   "1 of 3 children up, 2 needed"},
    };
    struct fixture *fixture = *state;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        uint32_t slot = i * 4;
        uint32_t children[] = {slot + 1, slot + 2, slot + 3};
        struct definition child = endpoint((struct verdict_rule){.fall = 1, .rise = 1});
        struct definition parent = {
                .id = "p",
                .target = {.type = CHECK_CALCULATED},
                .rule = { 1, 1, rows[i].inverted, false},
                .children_count = 3,
                .threshold = rows[i].threshold
        };
        struct health_detail detail;
        publish(fixture->table, slot, rows[i].inverted ? HEALTH_INVERTED : 0);
        ledger_define(fixture->ledger, slot, &parent, children);
        for (uint32_t c = 0; c < 3; c++) {
            publish(fixture->table, children[c], 0);
            ledger_define(fixture->ledger, children[c], &child, NULL);
        }
        ledger_settle(fixture->ledger, NOW);
        assert_true(health_table_get(fixture->table, slot).no_data);
        for (uint32_t c = 0; c < 3; c++)
            take(fixture, children[c], rows[i].results[c] == 'p' ? PROBE_OK : PROBE_REFUSED);
        struct health_verdict word = health_table_get(fixture->table, slot);
        assert_int_equal(health_table_read(fixture->table, slot, &detail), 0);
        if (word.state != rows[i].expected || word.no_data)
            fail_msg("%s: state %d", rows[i].what, (int)word.state);
        if (strcmp(detail.reason, rows[i].reason) != 0)
            fail_msg("%s: %s", rows[i].what, detail.reason);
    }
}

/* route53.md section 8, vectors 28, 29 and 31: what a check comes to without data or Disabled, and how a
 * CALCULATED check counts it then.  The child has failed where it has data. */
static void test_vectors(void **state)
{
    static const struct {
        const char *what;
        bool inverted, disabled, has_data;
        enum health_state expected;
    } rows[] = {
            {"28: new, no data",          false, false, false, HEALTH_UP  },
            {"28: new and Inverted",      true,  false, false, HEALTH_DOWN},
            {"29 and 31: Disabled",       false, true,  true,  HEALTH_UP  },
            {"29: Disabled and Inverted", true,  true,  true,  HEALTH_DOWN},
            {"failed",                    false, false, true,  HEALTH_DOWN},
            {"failed and Inverted",       true,  false, true,  HEALTH_UP  },
    };
    struct fixture *fixture = *state;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        uint32_t parent_slot = 2 * i, child_slot = 2 * i + 1;
        struct definition child = endpoint((struct verdict_rule){
                .fall = 1, .rise = 1, .inverted = rows[i].inverted, .disabled = rows[i].disabled});
        struct definition parent = {
                .id = "p",
                .target = {.type = CHECK_CALCULATED},
                .rule = { 1, 1, false, false},
                .children_count = 1,
                .threshold = 1,
        };
        publish(fixture->table, parent_slot, 0);
        publish(fixture->table, child_slot,
                (rows[i].inverted ? HEALTH_INVERTED : 0) |
                        (rows[i].disabled ? HEALTH_DISABLED : 0));
        ledger_define(fixture->ledger, parent_slot, &parent, &child_slot);
        ledger_define(fixture->ledger, child_slot, &child, NULL);
        ledger_settle(fixture->ledger, NOW);
        if (rows[i].has_data)
            take(fixture, child_slot, PROBE_REFUSED);
        if (health_table_get(fixture->table, child_slot).state != rows[i].expected)
            fail_msg("%s", rows[i].what);
        /* A parent has no data either as long as no child has. */
        enum health_state counted = rows[i].has_data ? rows[i].expected : HEALTH_UP;
        if (health_table_get(fixture->table, parent_slot).state != counted)
            fail_msg("%s: the parent", rows[i].what);
    }
}

/* Slot 0 counts 1 and 2, 1 counts 2 and 3, 2 counts 3: a change of 3 computes each once, from below. */
static void test_nested(void **state)
{
    struct fixture *fixture = *state;
    static const uint32_t children[][2] = {
            {1, 2},
            {2, 3},
            {3, 3}
    };
    struct definition leaf = endpoint((struct verdict_rule){.fall = 1, .rise = 1});

    for (uint32_t slot = 0; slot < 4; slot++)
        publish(fixture->table, slot, 0);
    for (uint32_t slot = 0; slot < 3; slot++) {
        struct definition parent = {
                .id = "p",
                .target = {.type = CHECK_CALCULATED},
                .rule = { 1, 1, false, false},
                .children_count = 2,
                .threshold = slot == 0 ? 1 : 2,
        };
        ledger_define(fixture->ledger, slot, &parent, children[slot]);
    }
    ledger_define(fixture->ledger, 3, &leaf, NULL);
    ledger_settle(fixture->ledger, NOW);
    assert_true(health_table_get(fixture->table, 0).no_data);

    take(fixture, 3, PROBE_OK);
    for (uint32_t slot = 0; slot < 4; slot++) {
        assert_false(health_table_get(fixture->table, slot).no_data);
        assert_int_equal(health_table_get(fixture->table, slot).state, HEALTH_UP);
    }
    uint64_t generation = health_table_generation(fixture->table);
    take(fixture, 3, PROBE_REFUSED);
    for (uint32_t slot = 0; slot < 4; slot++) {
        struct health_detail detail;
        assert_int_equal(health_table_get(fixture->table, slot).state, HEALTH_DOWN);
        assert_int_equal(health_table_read(fixture->table, slot, &detail), 0);
        assert_int_equal(detail.changes, 1);
    }
    assert_int_equal(health_table_generation(fixture->table), generation + 4);
    /* What an operator forces goes up all the way, too. */
    assert_int_equal(health_table_force(fixture->table, 2, "check-2", HEALTH_UP), 0);
    ledger_recount(fixture->ledger, NOW);
    assert_int_equal(health_table_get(fixture->table, 1).state, HEALTH_DOWN);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_UP);
}

/* A chain whose slots lie in the other order: each counts the one before. */
static void test_nested_upwards(void **state)
{
    struct fixture *fixture = *state;
    struct definition leaf = endpoint((struct verdict_rule){.fall = 1, .rise = 1});
    struct definition parent = {
            .id = "p",
            .target = {.type = CHECK_CALCULATED},
            .rule = { 1, 1, false, false},
            .children_count = 1,
            .threshold = 1,
    };

    for (uint32_t slot = 0; slot < 4; slot++) {
        uint32_t child = slot - 1;
        publish(fixture->table, slot, 0);
        ledger_define(fixture->ledger, slot, slot == 0 ? &leaf : &parent, &child);
    }
    ledger_settle(fixture->ledger, NOW);
    take(fixture, 0, PROBE_REFUSED);
    for (uint32_t slot = 0; slot < 4; slot++)
        assert_int_equal(health_table_get(fixture->table, slot).state, HEALTH_DOWN);
}

/* What is forced hides what is found, which goes on; a parent counts what is forced. */
static void test_forced(void **state)
{
    struct fixture *fixture = *state;
    const uint32_t children[] = {1, 2};
    struct definition child = endpoint((struct verdict_rule){.fall = 1, .rise = 1});
    struct definition parent = {
            .id = "p",
            .target = {.type = CHECK_CALCULATED},
            .rule = { 1, 1, false, false},
            .children_count = 2,
            .threshold = 2,
    };
    struct health_detail detail;
    for (uint32_t slot = 0; slot < 3; slot++) {
        publish(fixture->table, slot, 0);
        ledger_define(fixture->ledger, slot, slot == 0 ? &parent : &child, children);
    }
    ledger_settle(fixture->ledger, NOW);

    /* A forced child counts although it has no data; ended, it is as if it never had. */
    assert_int_equal(health_table_force(fixture->table, 1, "check-1", HEALTH_DOWN), 0);
    ledger_recount(fixture->ledger, NOW);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_DOWN);
    assert_int_equal(health_table_read(fixture->table, 0, &detail), 0);
    assert_string_equal(detail.reason, "1 of 2 children up, 2 needed, 1 forced");
    assert_int_equal(health_table_force(fixture->table, 1, "check-1", HEALTH_UNKNOWN), 0);
    ledger_recount(fixture->ledger, NOW);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_UP);

    take(fixture, 1, PROBE_OK);
    take(fixture, 2, PROBE_OK);
    assert_int_equal(health_table_force(fixture->table, 1, "check-1", HEALTH_UP), 0);
    take(fixture, 1, PROBE_REFUSED);
    take(fixture, 1, PROBE_REFUSED); /* changes nothing more */
    assert_int_equal(health_table_get(fixture->table, 1).state, HEALTH_UP);
    assert_int_equal(health_table_found(fixture->table, 1).state, HEALTH_DOWN);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_UP);
    assert_int_equal(health_table_read(fixture->table, 1, &detail), 0);
    assert_int_equal(detail.fails, 2);
    assert_int_equal(detail.changes, 1);
    assert_int_equal(detail.raw_state, HEALTH_DOWN);

    /* Another checker mends nothing: word and detail agree on what was found. */
    ledger_free(fixture->ledger);
    fixture->ledger = ledger_new(fixture->table);
    assert_int_equal(health_table_read(fixture->table, 1, &detail), 0);
    assert_int_equal(detail.raw_state, HEALTH_DOWN);
    assert_true(health_table_get(fixture->table, 1).forced);
    for (uint32_t slot = 0; slot < 3; slot++)
        ledger_define(fixture->ledger, slot, slot == 0 ? &parent : &child, children);
    ledger_settle(fixture->ledger, NOW);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_UP);
    assert_int_equal(health_table_force(fixture->table, 1, "check-1", HEALTH_UNKNOWN), 0);
    ledger_recount(fixture->ledger, NOW);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_DOWN);
}

/* One check read from JSON, published and settled, as a load does. */
static void load(struct fixture *fixture, const char *extra)
{
    struct definitions *definitions = NULL;
    struct diag *diag = diag_new();
    char text[512];
    uint32_t slot = 9;
    int length = snprintf(text, sizeof(text),
            "{\"Id\":\"c\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\","
            "\"Port\":25,\"FailureThreshold\":1%s}}",
            extra);
    assert_int_equal(definitions_load_text("c.json", text, (size_t)length, &definitions, diag), 0);
    assert_int_equal(definitions_publish(definitions, fixture->table, NOW, &slot), 0);
    assert_int_equal(slot, 0);
    ledger_define(fixture->ledger, slot, &definitions->list[0], NULL);
    ledger_settle(fixture->ledger, NOW);
    definitions_free(definitions);
    diag_free(diag);
}

/* A changed rule shows without a probe, and goes back. */
static void test_changed_rule(void **state)
{
    struct fixture *fixture = *state;
    struct health_detail detail;
    load(fixture, "");
    take(fixture, 0, PROBE_REFUSED);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_DOWN);
    load(fixture, ",\"Inverted\":true");
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_UP);
    load(fixture, "");
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_DOWN);
    load(fixture, ",\"Disabled\":true");
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_UP);
    load(fixture, "");
    take(fixture, 0, PROBE_OK);
    assert_int_equal(health_table_get(fixture->table, 0).state, HEALTH_UP);
    assert_int_equal(health_table_read(fixture->table, 0, &detail), 0);
    assert_int_equal(detail.changes, 6);
}

static void test_leaving(void **state)
{
    struct fixture *fixture = *state;
    struct definition definition = endpoint((struct verdict_rule){.fall = 1, .rise = 1});
    for (uint32_t slot = 0; slot < 3; slot++) {
        publish(fixture->table, slot, 0);
        ledger_define(fixture->ledger, slot, &definition, NULL);
    }
    assert_int_equal(ledger_next_leaving(fixture->ledger, 0), HEALTH_SLOT_NONE);
    ledger_leave(fixture->ledger, 1);
    assert_int_equal(ledger_next_leaving(fixture->ledger, 0), 1);
    assert_int_equal(ledger_next_leaving(fixture->ledger, 2), HEALTH_SLOT_NONE);
    take(fixture, 1, PROBE_REFUSED); /* it is carried on */
    assert_int_equal(health_table_get(fixture->table, 1).state, HEALTH_DOWN);
    ledger_define(fixture->ledger, 1, &definition, NULL); /* and may come back */
    assert_int_equal(ledger_next_leaving(fixture->ledger, 0), HEALTH_SLOT_NONE);
    ledger_drop(fixture->ledger, 1);
    take(fixture, 1, PROBE_OK);
    assert_int_equal(health_table_get(fixture->table, 1).state, HEALTH_DOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_results, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_resume, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_ticks, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_a_shadow_changes_nothing, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_the_first_result_of_a_shadow, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_what_happens_is_told, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_a_calculated_check_is_held, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_mend, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_calculated, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_vectors, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_nested, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_nested_upwards, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_forced, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_changed_rule, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_leaving, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
