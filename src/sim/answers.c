/* answers.c -- see answers.h. */
#include "sim/answers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dns/text.h"
#include "serve/answer.h"
#include "serve/outcome.h"
#include "zone/lookup.h"

#define RECORD_TEXT_MAX 1024U
#define SURE            0.999999 /* a share that is 1 but for rounding */

struct answers {
    struct answers_sources sources;
    struct route_worker worker;
    struct rand rand;
    uint32_t *checks; /* by slot: the check that has it */
    struct answers_row *rows;
    uint32_t count;
    bool cut;
};

/* ------------------------------------------------------------------ rows */

static void add_row(struct answers *answers, struct answers_row row)
{
    const struct timeline *timeline = answers->sources.timeline;
    uint32_t clients = timeline->clients_count > 0 ? timeline->clients_count : 1;

    for (uint32_t i = 0; i < clients; i++) {
        if (timeline->clients_count > 0)
            row.client = timeline->clients[i];
        if (answers->count == ANSWERS_ROWS_MAX) {
            answers->cut = true;
            return;
        }
        answers->rows = mem_resize(answers->rows, answers->count + 1, sizeof(row));
        answers->rows[answers->count++] = row;
    }
}

static void add_name(struct answers *answers, const struct timeline_name *wanted, struct diag *diag)
{
    const struct zone *zone =
            answer_find_zone(answers->sources.zones, wanted->name.bytes, wanted->type);
    const struct rrset *rrset = NULL;
    struct lookup lookup;
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX];

    if (zone != NULL && !zone->faulty) {
        zone_lookup(zone, wanted->name.bytes, &lookup);
        rrset = outcome_rrset(&lookup, wanted->type);
    }
    if (rrset == NULL) {
        diag_error(diag, (struct diag_place){0}, "no zone has %s %s",
                name_to_text(wanted->name.bytes, name), text_type_format(wanted->type, type));
        return;
    }
    add_row(answers, (struct answers_row){
                             .zone = zone,
                             .name = wanted->name.bytes,
                             .type = rrset->type,
                             .rrset = rrset,
                     });
}

struct collection {
    struct answers *answers;
    const struct zone *zone;
};

static bool add_routed(void *context, void *value)
{
    const struct collection *collection = context;
    const struct node *node = value;

    for (uint16_t i = 0; i < node->rrsets_count; i++)
        if (node->rrsets[i].group != NULL)
            add_row(collection->answers, (struct answers_row){
                                                 .zone = collection->zone,
                                                 .name = node->name,
                                                 .type = node->rrsets[i].type,
                                                 .rrset = &node->rrsets[i],
                                         });
    return !collection->answers->cut;
}

static void add_all(struct answers *answers)
{
    for (size_t i = 0; i < zone_set_count(answers->sources.zones); i++) {
        struct collection collection = {answers, zone_set_at(answers->sources.zones, i)};
        if (!collection.zone->faulty)
            tree_each(collection.zone->names, add_routed, &collection);
    }
}

int answers_new(const struct answers_sources *sources, struct answers **ret, struct diag *diag)
{
    struct answers *answers = mem_zalloc(1, sizeof(*answers));
    uint32_t errors = diag_errors(diag);

    answers->sources = *sources;
    answers->worker = (struct route_worker){.index = ROUTE_WORKER_NONE};
    answers->rand = rand_from_seed(sources->timeline->seed);
    answers->checks = mem_zalloc(HEALTH_TABLE_SLOTS, sizeof(*answers->checks));
    for (uint32_t check = 0; check < sources->definitions->count; check++)
        answers->checks[sources->slots[check]] = check;
    for (uint32_t i = 0; i < sources->timeline->names_count; i++)
        add_name(answers, &sources->timeline->names[i], diag);
    if (sources->timeline->names_count == 0)
        add_all(answers);
    if (diag_errors(diag) > errors) {
        answers_free(answers);
        return ERR_FAULTY;
    }
    *ret = answers;
    return 0;
}

void answers_free(struct answers *answers)
{
    if (answers == NULL)
        return;
    free(answers->checks);
    free(answers->rows);
    free(answers);
}

/* ------------------------------------------------------------------ looking */

static void find_outcomes(
        struct answers *answers, const struct answers_row *row, struct outcomes *ret)
{
    struct route_query query = {
            .health = answers->sources.table,
            .client = &row->client,
            .worker = &answers->worker,
            .rand = &answers->rand,
            .as_chances = true,
    };
    outcomes_find(row->rrset, &query, ret);
}

static bool is_well(
        const struct answers *answers, const struct world *world, const struct outcome *outcome)
{
    for (uint32_t i = 0; i < outcome->depth; i++) {
        uint32_t slot = outcome->sets[i]->check;
        if (slot != HEALTH_SLOT_NONE && !world_is_well(world, answers->checks[slot]))
            return false;
    }
    return true;
}

/* FNV-1a over what is answered and how likely, to a thousandth. */
static uint64_t sign(const struct outcomes *outcomes)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (uint32_t i = 0; i < outcomes->count; i++) {
        hash = (hash ^ (uintptr_t)outcomes->list[i].data) * 0x100000001b3U;
        hash = (hash ^ (uint64_t)(outcomes->list[i].probability * 1000 + 0.5)) * 0x100000001b3U;
    }
    return hash;
}

/* Adds up what was since the last look. */
static void close_span(struct answers_row *row, uint64_t now_ms)
{
    uint64_t span_ms = now_ms - row->since_ms;

    row->good_ms += row->share * (double)span_ms;
    row->open_ms += row->fail_open ? span_ms : 0;
    row->empty_ms += row->is_empty ? span_ms : 0;
    if (row->share < SURE) {
        row->bad_ms += span_ms;
        if (now_ms - row->bad_since_ms > row->bad_longest_ms)
            row->bad_longest_ms = now_ms - row->bad_since_ms;
    }
    row->since_ms = now_ms;
}

static void look(struct answers *answers, const struct world *world, struct answers_row *row,
        uint64_t now_ms)
{
    struct outcomes outcomes;
    double total = 0, good = 0;
    bool is_first = row->signature == 0;

    close_span(row, now_ms);
    find_outcomes(answers, row, &outcomes);
    for (uint32_t i = 0; i < outcomes.count; i++) {
        total += outcomes.list[i].probability;
        if (is_well(answers, world, &outcomes.list[i]))
            good += outcomes.list[i].probability;
    }
    bool was_open = row->fail_open;
    bool was_sure = is_first || row->share >= SURE;
    uint64_t signature = sign(&outcomes);
    row->is_empty = outcomes.count == 0;
    row->fail_open = outcomes.fail_open;
    row->share = total > 0 ? good / total : 0;
    if (row->share < SURE && was_sure)
        row->bad_since_ms = now_ms;
    bool has_changed = signature != row->signature;
    row->signature = signature;
    row->changes += has_changed && !is_first;
    outcomes_done(&outcomes);
    if ((has_changed || row->fail_open != was_open) && answers->sources.watcher != NULL)
        answers->sources.watcher(answers->sources.context, now_ms, row);
}

void answers_look(struct answers *answers, const struct world *world, uint64_t now_ms)
{
    for (uint32_t i = 0; i < answers->count; i++)
        look(answers, world, &answers->rows[i], now_ms);
}

const struct answers_row *answers_rows(const struct answers *answers, uint32_t *count, bool *cut)
{
    *count = answers->count;
    *cut = answers->cut;
    return answers->rows;
}

/* ------------------------------------------------------------------ telling */

static void tell_records(const struct rrset *rrset, struct buf *ret)
{
    const uint8_t *record = rrset->wire;
    char text[RECORD_TEXT_MAX];

    for (uint32_t i = 0; i < rrset->count; i++) {
        text_rdata_format(
                rrset->type, rrset_rdata(record), rrset_rdata_bytes(record), text, sizeof(text));
        buf_printf(ret, "%s%s", i > 0 ? " + " : "", text);
        record = rrset_next(record);
    }
}

void answers_tell(struct answers *answers, const struct answers_row *row, struct buf *ret)
{
    struct outcomes outcomes;

    find_outcomes(answers, row, &outcomes);
    if (outcomes.count == 0)
        buf_add_string(ret, "nothing");
    for (uint32_t i = 0; i < outcomes.count; i++) {
        buf_add_string(ret, i > 0 ? ", " : "");
        tell_records(outcomes.list[i].data, ret);
        if (outcomes.list[i].probability < SURE)
            buf_printf(ret, " %.1f%%", outcomes.list[i].probability * 100);
    }
    outcomes_done(&outcomes);
}
