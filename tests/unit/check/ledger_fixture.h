/* ledger_fixture.h -- a ledger over a table of its own, for tests, and checks and results for it. */
#pragma once

#include <stdio.h>

#include "base/log.h"
#include "check/ledger.h"

#define NOW 1700000000000U

struct fixture {
    struct health_table *table;
    struct ledger *ledger;
};

static inline int set_up(void **state)
{
    static struct fixture fixture;
    log_open("test", LOG_LEVEL_ERROR); /* keep the test's output short */
    assert_int_equal(health_table_create(&fixture.table), 0);
    fixture.ledger = ledger_new(fixture.table);
    *state = &fixture;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *fixture = *state;
    ledger_free(fixture->ledger);
    health_table_close(fixture->table);
    return 0;
}

/* A new check in `slot`, as definitions_publish() leaves it. */
static inline void publish(struct health_table *table, uint32_t slot, uint32_t flags)
{
    struct health_detail detail = {.flags = HEALTH_DEFINED | flags, .since_ms = NOW - 5000};
    snprintf(detail.id, sizeof(detail.id), "check-%u", slot);
    health_table_write(table, slot, &detail);
    health_table_put(table, slot,
            (struct health_verdict){
                    .state = (flags & HEALTH_INVERTED) != 0 ? HEALTH_DOWN : HEALTH_UP,
                    .no_data = true,
                    .since_s = NOW / 1000 - 5,
            });
}

static inline struct definition endpoint(struct verdict_rule rule)
{
    return (struct definition){.id = "x", .target = {.type = CHECK_TCP}, .rule = rule};
}

static inline void take_at(
        struct fixture *fixture, uint32_t slot, enum probe_reason reason, uint64_t now_ms)
{
    struct probe_result result = {.reason = reason, .duration_ms = 7};
    snprintf(result.text, sizeof(result.text), "%s", probe_reason_text(reason));
    ledger_take(fixture->ledger, slot, &result, now_ms);
}

static inline void take(struct fixture *fixture, uint32_t slot, enum probe_reason reason)
{
    take_at(fixture, slot, reason, NOW);
}
