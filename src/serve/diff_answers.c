/* diff_answers.c -- see diff_answers.h.
 *
 * A result is the list of what may be answered, equal RRsets taken together and sorted, so that two results
 * are compared item by item.  The orders that are asked about are those of all groups that either version
 * leads to.
 */
#include "serve/diff_answers.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "dns/text.h"
#include "route/kinds.h"
#include "serve/explain_request.h"
#include "serve/outcome.h"
#include "zone/diff.h"
#include "zone/lookup.h"

#define STEPS_MAX     20000000U /* ranges of addresses walked over, and sets looked at, for one diff */
#define OUTCOME_BYTES 256U      /* what one takes in JSON beside its records */
#define RECORD_FACTOR 5U /* text of a record to its bytes, at most: \DDD, and in JSON the \ twice */
#define ALIKE         1e-9 /* of two probabilities, sums of doubles */

/* The orders that some groups lead to. */
struct orders {
    const struct order *list[KINDS_ORDERS_MAX];
    uint32_t count;
    uint32_t looked_at;
    bool cut;
};

struct diff_answers {
    const struct health_table *health, *after; /* what is asked with now, and then */
    uint32_t *room;
    struct route_worker worker;
    struct rand rand;
    uint64_t steps;
    struct orders orders; /* those asked about last, and what came of it */
    struct kinds kinds;
};

struct diff_answers *diff_answers_new(const struct health_table *health, uint32_t *room)
{
    struct diff_answers *answers = mem_zalloc(1, sizeof(*answers));
    answers->health = health;
    answers->after = health;
    answers->room = room;
    answers->worker.index = ROUTE_WORKER_NONE;
    answers->rand = rand_from_kernel();
    answers->steps = STEPS_MAX;
    return answers;
}

void diff_answers_free(struct diff_answers *answers)
{
    free(answers);
}

/* ------------------------------------------------------------------ kinds of clients */

static void add_order(struct orders *orders, const struct order *order)
{
    for (uint32_t i = 0; i < orders->count; i++)
        if (orders->list[i] == order)
            return;
    if (orders->count < KINDS_ORDERS_MAX)
        orders->list[orders->count++] = order;
    else
        orders->cut = true;
}

static void collect(struct orders *orders, const struct route_group *group)
{
    if (group == NULL || !group->asks_client || orders->cut)
        return;
    if (group->order != NULL)
        add_order(orders, group->order);
    for (uint32_t i = 0; i < group->count && !orders->cut; i++) {
        const struct route_set *set = &group->sets[i];
        orders->cut |= ++orders->looked_at > OUTCOME_SETS_MAX;
        collect(orders, set->alias);
        for (uint32_t j = 0; j < set->partners_count; j++)
            collect(orders, set->partners[j]->alias);
    }
}

/* Finds one client of each kind that these RRsets tell apart; many in a row tell apart the same. */
static void find_kinds(struct diff_answers *answers, const struct zone_diff_rrset *pair)
{
    struct orders orders = {.count = 0};

    if (pair->old != NULL)
        collect(&orders, pair->old->group);
    if (pair->new != NULL)
        collect(&orders, pair->new->group);
    if (orders.count > 0 && orders.count == answers->orders.count &&
            memcmp(orders.list, answers->orders.list, orders.count * sizeof(orders.list[0])) == 0)
        return;
    if (orders.count > 0)
        kinds_find(orders.list, orders.count, &answers->steps, &answers->kinds);
    else
        answers->kinds = (struct kinds){.count = 0};
    answers->orders = orders;
}

/* ------------------------------------------------------------------ results */

struct result {
    struct outcomes outcomes; /* as they were found */
    struct outcome *merged;   /* those with equal RRsets taken together, sorted by these */
    uint32_t merged_count;
};

static int compare_outcomes(const void *a, const void *b)
{
    const struct rrset *left = ((const struct outcome *)a)->data;
    const struct rrset *right = ((const struct outcome *)b)->data;

    if (left->size_bytes != right->size_bytes)
        return left->size_bytes < right->size_bytes ? -1 : 1;
    return memcmp(left->wire, right->wire, left->size_bytes);
}

static void merge(struct result *result)
{
    uint32_t count = result->outcomes.count;
    uint32_t kept = 0;

    if (count == 0)
        return;
    result->merged = mem_copy(result->outcomes.list, count * sizeof(*result->merged));
    qsort(result->merged, count, sizeof(*result->merged), compare_outcomes);
    for (uint32_t i = 0; i < count; i++) {
        if (kept > 0 && compare_outcomes(&result->merged[kept - 1], &result->merged[i]) == 0)
            result->merged[kept - 1].probability += result->merged[i].probability;
        else
            result->merged[kept++] = result->merged[i];
    }
    result->merged_count = kept;
}

/* Finds what a client would get.  Returns false, and the result of nobody, if too much was looked at already. */
static bool result_find(struct diff_answers *answers, const struct health_table *health,
        const struct rrset *rrset, const struct client *client, struct result *ret)
{
    struct route_query query = {
            .health = health,
            .client = client,
            .worker = &answers->worker,
            .rand = &answers->rand,
            .as_chances = true,
    };
    *ret = (struct result){.merged = NULL};
    if (rrset == NULL)
        return true;
    uint32_t cost = rrset->group != NULL ? rrset->group->cost : 1;
    if (answers->steps < cost)
        return false;
    answers->steps -= cost;
    outcomes_find(rrset, &query, &ret->outcomes);
    merge(ret);
    return true;
}

static void result_done(struct result *result)
{
    outcomes_done(&result->outcomes);
    free(result->merged);
}

static bool is_same(const struct result *a, const struct result *b)
{
    if (a->merged_count != b->merged_count)
        return false;
    for (uint32_t i = 0; i < a->merged_count; i++)
        if (compare_outcomes(&a->merged[i], &b->merged[i]) != 0 ||
                fabs(a->merged[i].probability - b->merged[i].probability) > ALIKE)
            return false;
    return true;
}

/* ------------------------------------------------------------------ rows */

/* What some kinds of clients get, now and then. */
struct row {
    struct result now, after;
    struct client network; /* of the first of them */
    uint32_t kinds;        /* how many; 0: clients do not matter */
};

struct rows {
    struct row list[DIFF_ANSWERS_MAX];
    uint32_t count;
    bool cut;
};

static void row_done(struct row *row)
{
    result_done(&row->now);
    result_done(&row->after);
}

/* Takes over the results of a row: told if they differ, and once for all kinds that share them. */
static void rows_take(struct rows *rows, struct row *row)
{
    uint32_t i = 0;

    rows->cut |= row->now.outcomes.cut || row->after.outcomes.cut;
    if (is_same(&row->now, &row->after)) {
        row_done(row);
        return;
    }
    while (i < rows->count &&
            !(is_same(&rows->list[i].now, &row->now) && is_same(&rows->list[i].after, &row->after)))
        i++;
    if (i == rows->count && i < DIFF_ANSWERS_MAX) {
        rows->list[rows->count++] = *row;
        return;
    }
    if (i < rows->count)
        rows->list[i].kinds++;
    else
        rows->cut = true;
    row_done(row);
}

/* Asks both versions for one client; takes over `row`, which says which. */
static void ask(struct diff_answers *answers, const struct zone_diff_rrset *pair,
        const struct client *client, struct row *row, struct rows *rows)
{
    bool whole = result_find(answers, answers->health, pair->old, client, &row->now) &&
                 result_find(answers, answers->after, pair->new, client, &row->after);

    if (whole) {
        rows_take(rows, row);
        return;
    }
    rows->cut = true;
    row_done(row);
}

static void find_rows(
        struct diff_answers *answers, const struct zone_diff_rrset *pair, struct rows *ret)
{
    const struct client nobody = {.family = CLIENT_IPV4};
    struct row row = {.kinds = 0};

    find_kinds(answers, pair);
    ret->cut = answers->orders.cut || answers->kinds.cut;
    if (answers->orders.count == 0)
        ask(answers, pair, &nobody, &row, ret);
    for (uint32_t i = 0; i < answers->kinds.count; i++) {
        struct client host = answers->kinds.network[i];
        host.bits = client_bits_max(host.family);
        row = (struct row){.network = answers->kinds.network[i], .kinds = 1};
        ask(answers, pair, &host, &row, ret);
    }
}

static void rows_done(struct rows *rows)
{
    for (uint32_t i = 0; i < rows->count; i++)
        row_done(&rows->list[i]);
}

bool diff_answers_turn(struct diff_answers *answers, const struct rrset *rrset,
        const struct health_table *after, bool *cut)
{
    const struct zone_diff_rrset pair = {rrset, rrset};
    struct rows rows = {.count = 0};

    answers->after = after;
    find_rows(answers, &pair, &rows);
    answers->after = answers->health;
    rows_done(&rows);
    *cut |= rows.cut && rows.count == 0;
    return rows.count > 0;
}

/* ------------------------------------------------------------------ documents */

static uint32_t bytes_of(const struct outcome *outcome)
{
    uint32_t bytes = OUTCOME_BYTES + RECORD_FACTOR * outcome->data->size_bytes;

    for (uint32_t i = 0; i < outcome->depth; i++)
        bytes += (uint32_t)strlen(outcome->sets[i]->id);
    return bytes;
}

/* Returns false if there was no room for all. */
static bool add_outcomes(
        struct doc *doc, const char *key, const struct result *result, uint32_t *room)
{
    doc_set_array(doc, key);
    for (uint32_t i = 0; i < result->outcomes.count; i++) {
        const struct outcome *outcome = &result->outcomes.list[i];
        uint32_t bytes = bytes_of(outcome);
        if (bytes > *room)
            return false;
        *room -= bytes;
        doc_append(doc, key, outcome_doc(outcome));
    }
    return true;
}

static struct doc *row_doc(const struct row *row, uint32_t *room, bool *cut)
{
    struct doc *doc = doc_new();
    char client[CLIENT_TEXT_MAX];

    doc_set_text(doc, "client", row->kinds > 0 ? client_format(&row->network, client) : NULL);
    doc_set_number(doc, "kinds", row->kinds);
    *cut |= !add_outcomes(doc, "now", &row->now, room);
    *cut |= !add_outcomes(doc, "after", &row->after, room);
    return doc;
}

static struct doc *type_doc(uint16_t type, const struct rows *rows, uint32_t *room)
{
    struct doc *doc = doc_new();
    char text[TEXT_TYPE_MAX];
    bool cut = rows->cut;

    doc_set_text(doc, "type", text_type_format(type, text));
    doc_set_array(doc, "changes");
    for (uint32_t i = 0; i < rows->count; i++)
        doc_append(doc, "changes", row_doc(&rows->list[i], room, &cut));
    doc_set_bool(doc, "cut", cut);
    return doc;
}

static const struct rrset *find_rrset(const struct zone *zone, const struct diff_question *question)
{
    struct lookup lookup;

    if (zone == NULL || zone->faulty)
        return NULL;
    zone_lookup(zone, question->name, &lookup);
    return outcome_rrset(&lookup, question->type);
}

static bool is_routed(const struct rrset *rrset)
{
    return rrset != NULL && rrset->group != NULL;
}

bool diff_answers_add(struct diff_answers *answers, const struct zone *old, const struct zone *new,
        const struct diff_question *question, struct doc *doc)
{
    const struct zone_diff_rrset pair = {find_rrset(old, question), find_rrset(new, question)};
    struct rows rows = {.count = 0};

    doc_set_array(doc, "answers");
    if (!is_routed(pair.old) && !is_routed(pair.new))
        return false;
    find_rows(answers, &pair, &rows);
    doc_append(doc, "answers", type_doc(question->type, &rows, answers->room));
    rows_done(&rows);
    return rows.count > 0 || rows.cut;
}
