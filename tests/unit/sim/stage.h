/* stage.h -- a simulation for tests: checks, a zone and a timeline as text, and what happened as text. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sim/sim.h"
#include "zone/fixture.h"

#define STAGE_TEXT_MAX 1000000U

struct stage {
    struct fixture fixture;
    struct definitions *definitions;
    uint32_t *slots;
    struct zone_set *zones;
    struct timeline *timeline;
    struct sim *sim;
    struct buf story; /* a line for each change, without times */
};

/* A check of TCP every second that goes down and comes up after two; `more` are further members. */
#define STAGE_CHECK(id, more)                                                                      \
    "{\"Id\":\"" id                                                                                \
    "\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\",\"Port\":1,"           \
    "\"RequestInterval\":1,\"FailureThreshold\":2,\"ConnectTimeout\":1" more "}}"

static inline void stage_open(struct stage *stage, const char *checks, const char *zone_text)
{
    struct buf whole;

    *stage = (struct stage){.definitions = NULL};
    log_open("test", LOG_LEVEL_ERROR);
    buf_init(&stage->story, STAGE_TEXT_MAX);
    stage->fixture.diag = diag_new();
    assert_int_equal(health_table_create(&stage->fixture.table), 0);
    assert_int_equal(definitions_load_text("checks", checks, strlen(checks), &stage->definitions,
                             stage->fixture.diag),
            0);
    stage->slots = calloc(stage->definitions->count, sizeof(*stage->slots));
    assert_int_equal(
            definitions_publish(stage->definitions, stage->fixture.table, 1000, stage->slots), 0);
    stage->fixture.ids = health_ids_new(stage->fixture.table);
    stage->fixture.basis = (struct zone_basis){.ids = stage->fixture.ids};
    buf_init(&whole, FIXTURE_TEXT_MAX);
    buf_printf(&whole, "%s%s", FIXTURE_HEAD, zone_text);
    struct zone *zone = fixture_load_good(&stage->fixture, "example.com", buf_string(&whole));
    stage->zones = zone_set_new(&zone, 1);
    buf_done(&whole);
}

static inline void stage_on_check(void *context, uint64_t now_ms, const struct sim_check *check)
{
    struct stage *stage = context;
    (void)now_ms;
    buf_printf(&stage->story, "%s %s%s\n", check->definition->id,
            check->state == HEALTH_DOWN ? "down" : "up",
            (check->state != HEALTH_DOWN) == check->is_well ? "" : " wrongly");
}

static inline void stage_on_answer(void *context, uint64_t now_ms, const struct answers_row *row)
{
    struct stage *stage = context;
    char name[NAME_TEXT_MAX];
    (void)now_ms;
    buf_printf(&stage->story, "%s ", name_to_text(row->name, name));
    if (stage->sim != NULL)
        answers_tell(sim_answers(stage->sim), row, &stage->story);
    buf_printf(&stage->story, "%s\n", row->fail_open ? " open" : "");
}

static inline void stage_on_guard(void *context, uint64_t now_ms, const struct guards_event *event)
{
    static const char *const words[] = {
            [GUARDS_RAISED] = "raised", [GUARDS_PASSED] = "passed", [GUARDS_ACCEPTED] = "accepted"};
    struct stage *stage = context;
    (void)now_ms;
    buf_printf(&stage->story, "guard of %s %s\n", event->name, words[event->what]);
}

/* Ready to run with a timeline, which goes with the stage. */
static inline void stage_set(struct stage *stage, struct timeline *timeline)
{
    const struct sim_settings settings = {
            .zones = stage->zones,
            .definitions = stage->definitions,
            .slots = stage->slots,
            .table = stage->fixture.table,
            .timeline = timeline,
            .suspect_share = 100,
            .watcher = {stage_on_check, stage_on_answer, stage_on_guard, NULL, stage},
    };
    assert_non_null(timeline);
    stage->timeline = timeline;
    assert_int_equal(sim_new(&settings, &stage->sim, stage->fixture.diag), 0);
}

static inline void stage_run(struct stage *stage, const char *timeline)
{
    stage_set(stage, timeline_load_text("timeline", timeline, strlen(timeline), stage->definitions,
                             stage->fixture.diag));
    sim_run(stage->sim);
}

static inline void stage_close(struct stage *stage)
{
    sim_free(stage->sim);
    timeline_free(stage->timeline);
    zone_set_free(stage->zones);
    definitions_free(stage->definitions);
    free(stage->slots);
    fixture_done(&stage->fixture);
    buf_done(&stage->story);
}
