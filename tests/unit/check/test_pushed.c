#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/log.h"
#include "check/pushed.h"

#define NOW  1700000000000U
#define MONO 5000U

#define HEARTBEAT(id, more)                                                                        \
    "{\"Id\":\"" id "\",\"HealthCheckConfig\":{\"Type\":\"HEARTBEAT\",\"TimeToLive\":2" more "}}"
#define ALARM(id, more)                                                                            \
    "{\"Id\":\"" id "\",\"HealthCheckConfig\":{\"Type\":\"CLOUDWATCH_METRIC\","                    \
    "\"AlarmIdentifier\":{\"Region\":\"r\",\"Name\":\"cpu\"}" more "}}"
#define SWITCH(id, more)                                                                           \
    "{\"Id\":\"" id "\",\"HealthCheckConfig\":{\"Type\":\"RECOVERY_CONTROL\","                     \
    "\"RoutingControlArn\":\"blue\"" more "}}"

struct stage {
    struct health_table *table;
    struct definitions *definitions;
    struct ledger *ledger;
    struct pushed *pushed;
    uint32_t slots[16];
};

/* A checker that begins, over the table of the one before. */
static void begin(struct stage *stage, uint64_t mono_ms)
{
    uint32_t count = (uint32_t)stage->definitions->count;
    assert_int_equal(definitions_publish(stage->definitions, stage->table, NOW, stage->slots), 0);
    stage->ledger = ledger_new(stage->table);
    for (uint32_t i = 0; i < count; i++)
        ledger_define(stage->ledger, stage->slots[i], &stage->definitions->list[i], NULL);
    ledger_settle(stage->ledger, NOW);
    stage->pushed = pushed_new(stage->ledger, stage->table);
    pushed_define(stage->pushed, stage->definitions, stage->slots, mono_ms);
}

static void end(struct stage *stage)
{
    pushed_free(stage->pushed);
    ledger_free(stage->ledger);
}

static void open_stage(struct stage *stage, const char *text)
{
    struct diag *diag = diag_new();
    log_open("test", LOG_LEVEL_ERROR);
    assert_int_equal(health_table_create(&stage->table), 0);
    assert_int_equal(
            definitions_load_text("c.json", text, strlen(text), &stage->definitions, diag), 0);
    diag_free(diag);
    begin(stage, MONO);
}

static void close_stage(struct stage *stage)
{
    end(stage);
    definitions_free(stage->definitions);
    health_table_close(stage->table);
}

static enum health_state state_of(const struct stage *stage, const char *id)
{
    const struct definition *found = definitions_find(stage->definitions, id);
    return health_table_get(stage->table, stage->slots[found - stage->definitions->list]).state;
}

static void test_silence(void **state)
{
    struct stage stage;
    (void)state;
    open_stage(&stage, "[" HEARTBEAT("a", "") "," HEARTBEAT("b", "") "," HEARTBEAT("c",
                               ",\"Disabled\":true") "," HEARTBEAT("d", ",\"Inverted\":true") "]");
    assert_int_equal(pushed_due_ms(stage.pushed), MONO + 2000);
    assert_int_equal(pushed_beat(stage.pushed, "e", MONO, NOW), -ENOENT);
    assert_int_equal(pushed_beat(stage.pushed, "a", MONO + 1500, NOW), 0);
    pushed_look(stage.pushed, MONO + 1999, NOW);
    assert_int_equal(state_of(&stage, "b"), HEALTH_UP);
    pushed_look(stage.pushed, MONO + 2000, NOW);
    assert_int_equal(state_of(&stage, "a"), HEALTH_UP);
    assert_int_equal(state_of(&stage, "b"), HEALTH_DOWN);
    assert_int_equal(state_of(&stage, "c"), HEALTH_UP);
    assert_int_equal(state_of(&stage, "d"), HEALTH_UP);
    assert_int_equal(pushed_due_ms(stage.pushed), MONO + 3500);

    /* It was silent, and is watched again from its beat on. */
    assert_int_equal(pushed_beat(stage.pushed, "b", MONO + 3000, NOW), 0);
    assert_int_equal(pushed_beat(stage.pushed, "b", MONO + 3100, NOW), 0);
    assert_int_equal(state_of(&stage, "b"), HEALTH_UP);
    pushed_look(stage.pushed, MONO + 3500, NOW);
    assert_int_equal(state_of(&stage, "a"), HEALTH_DOWN);
    pushed_look(stage.pushed, MONO + 5099, NOW);
    assert_int_equal(state_of(&stage, "b"), HEALTH_UP);

    /* Another checker: who was silent stays so, who was not has its time anew. */
    end(&stage);
    begin(&stage, MONO + 90000);
    assert_int_equal(state_of(&stage, "a"), HEALTH_DOWN);
    assert_int_equal(pushed_due_ms(stage.pushed), MONO + 92000);
    pushed_look(stage.pushed, MONO + 92000, NOW);
    assert_int_equal(state_of(&stage, "b"), HEALTH_DOWN);
    assert_int_equal(pushed_due_ms(stage.pushed), PUSHED_NEVER);
    close_stage(&stage);
}

static void apply(struct stage *stage, const char *target, enum health_state state, uint64_t ms)
{
    struct push push = {.state = state, .since_ms = ms};
    struct pushes *pushes = pushes_new();
    snprintf(push.target, sizeof(push.target), "%s", target);
    assert_int_equal(pushes_set(pushes, &push), 0);
    pushed_apply(stage->pushed, pushes);
    pushed_apply(stage->pushed, pushes); /* what is no news changes nothing */
    pushes_free(pushes);
}

/* route53.md 3.1 and 3.5, for alarms and switches. */
static void test_told(void **state)
{
    static const struct {
        const char *what;
        const char *check;
        enum health_state before, told; /* before: HEALTH_UNKNOWN for nothing */
        enum health_state expected;
    } rows[] = {
            {"a switch, on",                  SWITCH("x", ""),                                                HEALTH_UNKNOWN, HEALTH_UP,      HEALTH_UP  },
            {"a switch, off",                 SWITCH("x", ""),                                                HEALTH_UNKNOWN, HEALTH_DOWN,    HEALTH_DOWN},
            {"a switch, on again",            SWITCH("x", ""),                                                HEALTH_DOWN,    HEALTH_UP,      HEALTH_UP  },
            {"inverted, off",                 SWITCH("x", ",\"Inverted\":true"),                              HEALTH_UP,      HEALTH_DOWN,    HEALTH_UP  },
            {"disabled, off",                 SWITCH("x", ",\"Disabled\":true"),                              HEALTH_UP,      HEALTH_DOWN,    HEALTH_UP  },
            {"OK",                            ALARM("x",  ""),                                                HEALTH_UNKNOWN, HEALTH_UP,      HEALTH_UP  },
            {"ALARM",                         ALARM("x",  ""),                                                HEALTH_UNKNOWN, HEALTH_DOWN,    HEALTH_DOWN},
            {"insufficient, without history", ALARM("x",  ""),                                                HEALTH_UNKNOWN, HEALTH_UNKNOWN,
             HEALTH_UP                                                                                                                                   },
            {"insufficient after ALARM",      ALARM("x",  ""),                                                HEALTH_DOWN,    HEALTH_UNKNOWN, HEALTH_DOWN},
            {"Healthy after ALARM",           ALARM("x",  ",\"InsufficientDataHealthStatus\":\"Healthy\""),
             HEALTH_DOWN,                                                                                                     HEALTH_UNKNOWN, HEALTH_UP  },
            {"Unhealthy after OK",            ALARM("x",  ",\"InsufficientDataHealthStatus\":\"Unhealthy\""),
             HEALTH_UP,                                                                                                       HEALTH_UNKNOWN, HEALTH_DOWN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage stage;
        struct health_detail detail;
        open_stage(&stage, rows[i].check);
        const char *target = strstr(rows[i].check, "blue") != NULL ? "control:blue" : "alarm:r/cpu";
        uint64_t told = 1;
        if (rows[i].before != HEALTH_UNKNOWN) {
            apply(&stage, target, rows[i].before, NOW);
            told++;
        }
        apply(&stage, target, rows[i].told, NOW + 7);
        if (state_of(&stage, "x") != rows[i].expected)
            fail_msg("%s", rows[i].what);
        assert_int_equal(health_table_read(stage.table, stage.slots[0], &detail), 0);
        if (detail.passes + detail.fails + detail.inconclusives != told)
            fail_msg("%s: counted twice", rows[i].what);
        close_stage(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_silence),
            cmocka_unit_test(test_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
