/* sim.c -- see sim.h.
 *
 * Time jumps from one thing that happens to the next: an event of the timeline, a probe that begins or ends, or
 * the ledger's tick.  What ends lies in a schedule of its own, as what begins does.  After each the table tells
 * whether a verdict has changed; only then, or when the world has, are answers worked out anew.
 */
#include "sim/sim.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rand.h"
#include "check/ledger.h"
#include "check/schedule.h"
#include "health/timing.h"
#include "serve/guarded.h"
#include "sim/world.h"

#define EPOCH_MS    1000000000000U /* real time at the start, as the table is told it */
#define GUARDED_MAX (16U << 20)
#define WELL_MS     5U /* how long a probe takes that gets an answer */

/* A probe that was begun: what it will have found at its end. */
struct flight {
    uint32_t check;
    struct probe_result result;
    struct schedule_item *probe; /* in the schedule of beginnings */
    struct schedule_item *end;   /* in that of ends; NULL: none is on its way */
};

struct sim {
    struct sim_settings settings;
    struct world *world;
    struct ledger *ledger;
    struct answers *answers;
    struct schedule *begins, *ends;
    struct sim_check *checks;
    struct flight *flights; /* by check */
    uint32_t next_event;
    uint64_t now_ms, tick_ms;
    uint64_t changes; /* of the table, seen */
    uint32_t cuts;    /* likewise */
    bool world_changed;
};

/* ------------------------------------------------------------------ making */

static void on_answer(void *context, uint64_t now_ms, const struct answers_row *row)
{
    struct sim *sim = context;
    const struct sim_watcher *watcher = &sim->settings.watcher;

    if (watcher->on_answer != NULL)
        watcher->on_answer(watcher->context, now_ms, row);
}

static void on_guard(void *context, const struct guards_event *event)
{
    struct sim *sim = context;
    const struct sim_watcher *watcher = &sim->settings.watcher;

    if (watcher->on_guard != NULL)
        watcher->on_guard(watcher->context, sim->now_ms, event);
}

static void define(struct sim *sim)
{
    const struct definitions *definitions = sim->settings.definitions;
    uint32_t children[DEFINITION_CHILDREN_MAX];

    for (uint32_t check = 0; check < definitions->count; check++) {
        const struct definition *definition = &definitions->list[check];
        for (uint32_t i = 0; i < definition->children_count; i++) {
            const struct definition *child = definitions_find(definitions, definition->children[i]);
            assert(child != NULL);
            children[i] = sim->settings.slots[child - definitions->list];
        }
        ledger_define(sim->ledger, sim->settings.slots[check], definition, children);
    }
    ledger_settle(sim->ledger, EPOCH_MS);
}

/* As the responder tells the checker. */
static void guard_zones(struct sim *sim)
{
    struct guard_list list;
    struct buf text;

    buf_init(&text, GUARDED_MAX);
    guarded_print(sim->settings.zones, &text);
    int error = guard_list_parse(buf_string(&text), text.length, &list);
    assert(error == 0);
    ledger_guard_zones(sim->ledger, &list, EPOCH_MS);
    buf_done(&text);
}

/* A guard's name is spelled in one way, and `accept` takes no other. */
static bool has_name(const uint8_t *apex, const char *name)
{
    struct buf text;

    buf_init(&text, NAME_TEXT_MAX);
    guarded_print_name(apex, &text);
    bool is_it = strcmp(buf_string(&text), name) == 0;
    buf_done(&text);
    return is_it;
}

/* Whether what is accepted is the guard of a zone, or that over all checks.  It need not be there: one timeline is
 * run with guards and without. */
static int verify_accepted(const struct sim_settings *settings, struct diag *diag)
{
    static const uint8_t root[] = {0};
    const struct timeline *timeline = settings->timeline;
    struct name apex;
    int error = 0;

    for (uint32_t i = 0; i < timeline->guards_count; i++) {
        const char *name = timeline->guards[i];
        if (strcmp(name, GUARDS_ALL) == 0 ||
                (name_from_text(name, root, &apex) == 0 &&
                        zone_set_get(settings->zones, apex.bytes) != NULL &&
                        has_name(apex.bytes, name)))
            continue;
        diag_error(diag, (struct diag_place){0},
                "\"%s\" cannot be accepted: no zone has that name, in lower case and without its "
                "last dot",
                name);
        error = ERR_FAULTY;
    }
    return error;
}

static bool is_probed(const struct definition *definition)
{
    return check_type_is_probed(definition->target.type) && !definition->rule.disabled;
}

static void spread(struct sim *sim)
{
    const struct definitions *definitions = sim->settings.definitions;
    uint32_t count = 0, rank = 0;

    for (uint32_t check = 0; check < definitions->count; check++)
        count += is_probed(&definitions->list[check]);
    for (uint32_t check = 0; check < definitions->count; check++) {
        const struct definition *definition = &definitions->list[check];
        struct flight *flight = &sim->flights[check];
        uint32_t interval_ms = definition->target.interval_ms;
        flight->check = check;
        if (is_probed(definition))
            flight->probe = schedule_add(sim->begins, interval_ms,
                    schedule_first_ms(interval_ms, rank++, count), flight);
    }
}

int sim_new(const struct sim_settings *settings, struct sim **ret, struct diag *diag)
{
    struct sim *sim = mem_zalloc(1, sizeof(*sim));
    uint64_t seed = settings->timeline->seed;
    const struct answers_sources sources = {
            .zones = settings->zones,
            .definitions = settings->definitions,
            .slots = settings->slots,
            .table = settings->table,
            .timeline = settings->timeline,
            .watcher = on_answer,
            .context = sim,
    };
    sim->settings = *settings;
    int error = answers_new(&sources, &sim->answers, diag);
    int refusal = verify_accepted(settings, diag);
    if (error != 0 || refusal != 0) {
        answers_free(sim->answers);
        free(sim);
        return error != 0 ? error : refusal;
    }
    sim->world = world_new(settings->definitions);
    sim->ledger = ledger_new(settings->table);
    ledger_set_suspect_share(sim->ledger, settings->suspect_share);
    guards_configure(ledger_guards(sim->ledger), &settings->guard, true);
    guards_observe(ledger_guards(sim->ledger), on_guard, sim);
    sim->checks = mem_zalloc(settings->definitions->count, sizeof(*sim->checks));
    sim->flights = mem_zalloc(settings->definitions->count, sizeof(*sim->flights));
    sim->begins = schedule_new(UINT32_MAX, rand_from_seed(seed));
    sim->ends = schedule_new(UINT32_MAX, rand_from_seed(seed));
    define(sim);
    guard_zones(sim);
    spread(sim);
    *ret = sim;
    return 0;
}

void sim_free(struct sim *sim)
{
    if (sim == NULL)
        return;
    schedule_free(sim->begins);
    schedule_free(sim->ends);
    ledger_free(sim->ledger);
    answers_free(sim->answers);
    world_free(sim->world);
    free(sim->checks);
    free(sim->flights);
    free(sim);
}

/* ------------------------------------------------------------------ probes */

/* What a probe finds that begins now, and how long it takes. */
static struct probe_result find(const struct sim *sim, uint32_t check)
{
    const struct check_target *target = &sim->settings.definitions->list[check].target;
    const enum timeline_fault met = world_met(sim->world, check);
    struct probe_result result = {.reason = PROBE_OK, .duration_ms = WELL_MS};

    if (met == TIMELINE_REFUSED) {
        result.reason = PROBE_REFUSED;
        result.duration_ms = 0;
    } else if (met == TIMELINE_ERROR) {
        result.reason = PROBE_STATUS;
    } else if (met == TIMELINE_TIMEOUT) {
        result.reason = PROBE_CONNECT_TIMEOUT;
        result.duration_ms = probe_timeout_ms(target);
    }
    snprintf(result.text, sizeof(result.text), "%s", probe_reason_text(result.reason));
    return result;
}

static void begin(struct sim *sim, struct flight *flight)
{
    uint64_t end_ms;

    flight->result = find(sim, flight->check);
    end_ms = sim->now_ms + flight->result.duration_ms;
    flight->end = schedule_add(sim->ends, 1, end_ms, flight);
}

static void end(struct sim *sim, struct flight *flight)
{
    schedule_remove(sim->ends, flight->end);
    flight->end = NULL;
    if (flight->probe != NULL)
        schedule_ended(sim->begins, flight->probe, sim->now_ms);
    ledger_take(sim->ledger, sim->settings.slots[flight->check], &flight->result,
            EPOCH_MS + sim->now_ms);
}

/* The end of a held connection is seen when it comes; the next one is made an interval later. */
static void drop_held(struct sim *sim, uint32_t check)
{
    const struct check_target *target = &sim->settings.definitions->list[check].target;
    struct flight *flight = &sim->flights[check];
    enum timeline_fault met = world_met(sim->world, check);

    if (!check_type_is_held(target->type) || met == TIMELINE_WELL || met == TIMELINE_TIMEOUT ||
            flight->probe == NULL || flight->end != NULL)
        return;
    const struct probe_result result = find(sim, check);
    ledger_take(sim->ledger, sim->settings.slots[check], &result, EPOCH_MS + sim->now_ms);
}

/* ------------------------------------------------------------------ what is told */

static bool is_told(const struct definition *definition)
{
    enum check_type type = definition->target.type;
    return !check_type_is_probed(type) && type != CHECK_CALCULATED && !definition->rule.disabled;
}

/* An alarm or a switch is told of a change at once; what beats goes on beating, or is missed when its time to live is
 * over. */
static void tell(struct sim *sim, uint32_t check)
{
    const struct check_target *target = &sim->settings.definitions->list[check].target;
    struct flight *flight = &sim->flights[check];
    bool is_well = world_met(sim->world, check) == TIMELINE_WELL;
    bool beats = target->type == CHECK_HEARTBEAT;

    if (flight->end != NULL)
        schedule_remove(sim->ends, flight->end);
    flight->result = (struct probe_result){.reason = is_well ? PROBE_OK
                                                     : beats ? PROBE_SILENT
                                                             : PROBE_SWITCHED_OFF};
    snprintf(flight->result.text, sizeof(flight->result.text), "%s",
            probe_reason_text(flight->result.reason));
    flight->end = schedule_add(
            sim->ends, 1, sim->now_ms + (beats && !is_well ? target->push.ttl_ms : 0), flight);
}

static void tell_all(struct sim *sim)
{
    for (uint32_t check = 0; check < sim->settings.definitions->count; check++)
        if (is_told(&sim->settings.definitions->list[check]))
            tell(sim, check);
}

/* ------------------------------------------------------------------ events */

static void force(struct sim *sim, const struct timeline_event *event)
{
    const struct definition *definition = &sim->settings.definitions->list[event->check];
    int error = health_table_force(
            sim->settings.table, sim->settings.slots[event->check], definition->id, event->state);
    assert(error == 0);
    ledger_recount(sim->ledger, EPOCH_MS + sim->now_ms);
}

static void happen(struct sim *sim, const struct timeline_event *event)
{
    if (event->kind == TIMELINE_FORCE) {
        force(sim, event);
        return;
    }
    if (event->kind == TIMELINE_ACCEPT) {
        (void)ledger_accept(
                sim->ledger, sim->settings.timeline->guards[event->guard], EPOCH_MS + sim->now_ms);
        return;
    }
    world_change(sim->world, event);
    sim->world_changed = true;
    if (event->kind != TIMELINE_FAULT)
        return;
    drop_held(sim, event->check);
    if (is_told(&sim->settings.definitions->list[event->check]))
        tell(sim, event->check);
}

/* ------------------------------------------------------------------ looking */

static bool is_wrong(const struct sim_check *check)
{
    return (check->state != HEALTH_DOWN) != check->is_well;
}

/* Adds up what was since the last look. */
static void close_span(struct sim_check *check, uint64_t now_ms)
{
    if (is_wrong(check)) {
        uint64_t stretch_ms = now_ms - check->wrong_since_ms;
        check->wrong_ms += now_ms - check->looked_ms;
        if (stretch_ms > check->wrong_longest_ms)
            check->wrong_longest_ms = stretch_ms;
    }
    check->looked_ms = now_ms;
}

static void look_at_check(struct sim *sim, uint32_t place)
{
    const struct sim_watcher *watcher = &sim->settings.watcher;
    struct sim_check *check = &sim->checks[place];
    enum health_state before = check->state;

    close_span(check, sim->now_ms);
    bool was_wrong = is_wrong(check);
    check->state = health_table_get(sim->settings.table, sim->settings.slots[place]).state;
    check->is_well = world_is_well(sim->world, place);
    /* What was wrong one way may be so the other way now: that is another stretch. */
    if (is_wrong(check) && (!was_wrong || check->state != before))
        check->wrong_since_ms = sim->now_ms;
    if (check->state == before)
        return;
    check->changes++;
    check->since_ms = sim->now_ms;
    if (watcher->on_check != NULL)
        watcher->on_check(watcher->context, sim->now_ms, check);
}

static void look_at_all(struct sim *sim)
{
    for (uint32_t place = 0; place < sim->settings.definitions->count; place++)
        look_at_check(sim, place);
    answers_look(sim->answers, sim->world, sim->now_ms);
    sim->world_changed = false;
}

static void look_at_cuts(struct sim *sim)
{
    const struct sim_watcher *watcher = &sim->settings.watcher;
    uint32_t since_s, cuts = health_table_isolation(sim->settings.table, &since_s);

    if (cuts != sim->cuts && watcher->on_cut != NULL)
        watcher->on_cut(watcher->context, sim->now_ms, cuts);
    sim->cuts = cuts;
}

/* Looks if there may be something new. */
static void look(struct sim *sim)
{
    uint64_t changes = health_table_generation(sim->settings.table);

    look_at_cuts(sim);
    if (changes == sim->changes && !sim->world_changed)
        return;
    sim->changes = changes;
    look_at_all(sim);
}

/* ------------------------------------------------------------------ time */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When something happens next. */
static uint64_t next_ms(const struct sim *sim)
{
    const struct timeline *timeline = sim->settings.timeline;
    uint64_t next = earlier(schedule_due_ms(sim->begins), schedule_due_ms(sim->ends));

    if (sim->next_event < timeline->events_count)
        next = earlier(next, timeline->events[sim->next_event].at_ms);
    return earlier(next, sim->tick_ms);
}

/* What happens at one time: first the world, then who looks at it. */
static void step(struct sim *sim)
{
    const struct timeline *timeline = sim->settings.timeline;
    struct flight *flight;

    for (; sim->next_event < timeline->events_count &&
            timeline->events[sim->next_event].at_ms <= sim->now_ms;
            sim->next_event++)
        happen(sim, &timeline->events[sim->next_event]);
    while ((flight = schedule_take(sim->begins, sim->now_ms)) != NULL)
        begin(sim, flight);
    while ((flight = schedule_take(sim->ends, sim->now_ms)) != NULL)
        end(sim, flight);
    if (sim->tick_ms <= sim->now_ms) {
        ledger_tick(sim->ledger, EPOCH_MS + sim->now_ms);
        sim->tick_ms += TIMING_TICK_MS;
    }
    look(sim);
}

void sim_run(struct sim *sim)
{
    const uint64_t duration_ms = sim->settings.timeline->duration_ms;

    for (uint32_t place = 0; place < sim->settings.definitions->count; place++) {
        struct sim_check *check = &sim->checks[place];
        check->definition = &sim->settings.definitions->list[place];
        check->state = health_table_get(sim->settings.table, sim->settings.slots[place]).state;
        check->is_well = true;
    }
    look_at_all(sim);
    tell_all(sim);
    while (next_ms(sim) < duration_ms) {
        sim->now_ms = next_ms(sim);
        step(sim);
    }
    sim->now_ms = duration_ms;
    look_at_all(sim);
}

const struct sim_check *sim_checks(const struct sim *sim)
{
    return sim->checks;
}

struct guards *sim_guards(struct sim *sim)
{
    return ledger_guards(sim->ledger);
}

struct answers *sim_answers(struct sim *sim)
{
    return sim->answers;
}
