/* explain.c -- see explain.h.
 *
 * The tree is walked from the group that is asked; what ends of it are reached, and how likely, is
 * outcome.h's.  RCODE and scope are those of an answer that is made for the purpose, since only
 * the draws of one answer have a scope.
 */
#include "serve/explain.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "admin/doc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "dns/rr.h"
#include "dns/text.h"
#include "health/caution.h"
#include "health/ids.h"
#include "health/verdict.h"
#include "serve/answer.h"
#include "serve/explain_request.h"
#include "serve/outcome.h"
#include "serve/report.h"
#include "serve/response.h"
#include "zone/lookup.h"

#define SETS_SHOWN_MAX 20000U /* in one tree; groups may be shared by many aliases */
#define ERROR_TEXT_MAX 2048U
#define WHY_MAX        1024U

/* One request on its way. */
struct explanation {
    const struct explain_sources *sources;
    const struct explain_request *request;
    const struct health_table *health; /* with what is assumed */
    struct health_table *assumed;      /* the same, if it is ours */
    struct client client;              /* all zero if none was given */
    struct route_worker worker;
    struct rand rand;
    struct doc *doc;
    bool opens; /* verdicts are stale, and the zone opens then */
    uint32_t sets_shown;
};

/* ------------------------------------------------------------------ sets */

static const char *state_word(enum health_state state)
{
    static const char *const words[] = {
            [HEALTH_UNKNOWN] = "unknown",
            [HEALTH_UP] = "up",
            [HEALTH_DOWN] = "down",
    };
    return words[state];
}

/* The check of a set as it is known, and as it is assumed to be if that is something else. */
static struct doc *check_doc(const struct explanation *explanation, uint32_t slot)
{
    const struct explain_sources *sources = explanation->sources;
    struct health_verdict known = health_table_get(sources->health, slot);
    struct health_verdict used = health_table_get(explanation->health, slot);
    struct health_detail detail;
    char time[CLOCK_TEXT_MAX];
    struct doc *doc = doc_new();

    if (health_table_read(sources->health, slot, &detail) == -ENOENT)
        detail = (struct health_detail){.id = ""};
    doc_set_text(doc, "id", detail.id);
    doc_set_text(doc, "state", state_word(used.state));
    doc_set_bool(doc, "assumed", used.state != known.state);
    doc_set_bool(doc, "forced", known.forced);
    doc_set_bool(doc, "held", known.held);
    doc_set_text(doc, "would_be",
            (detail.flags & HEALTH_SHADOW) != 0 ? state_word(verdict_own_of(&detail)) : NULL);
    doc_set_bool(doc, "no_data", known.no_data);
    doc_set_bool(doc, "suspect", used.suspect);
    doc_set_real(doc, "share", 1 - used.lack / (double)CAUTION_WHOLE);
    doc_set_text(doc, "since", detail.since_ms > 0 ? clock_format(detail.since_ms, time) : NULL);
    doc_set_number(doc, "for_ms",
            detail.since_ms > 0 && sources->now_ms > detail.since_ms
                    ? sources->now_ms - detail.since_ms
                    : 0);
    doc_set_text(doc, "reason", detail.reason[0] != '\0' ? detail.reason : NULL);
    return doc;
}

/* Appends one part of a sentence. */
static void add_part(struct buf *why, const char *part)
{
    buf_printf(why, "%s%s", why->length > 0 ? "; " : "", part);
}

/* What takes a set out although it is healthy, or leaves it in. */
static const char *tell_healthy(const struct route_group *group, const struct route_set *set,
        const struct route_survey_set *row)
{
    if (row->probability > 0)
        return set->check == HEALTH_SLOT_NONE && set->alias == NULL
                       ? "has no check, so it is always healthy"
                       : "healthy";
    if (row->rank > 0)
        return "healthy, but a better one is too";
    if (group->policy == ROUTE_WEIGHTED && set->weight == 0)
        return "healthy, but weighs nothing while another weighs something";
    return "healthy, but this client's draw went elsewhere";
}

static void tell_why(const struct route_group *group, const struct route_set *set,
        const struct route_survey_set *row, bool fail_open, struct buf *why)
{
    if (!row->eligible) {
        add_part(why, "not for this client");
        return;
    }
    if (row->healthy) {
        add_part(why, tell_healthy(group, set, row));
        return;
    }
    if (row->check_down)
        add_part(why, "its check is down");
    if (row->target_down)
        add_part(why, "nothing behind its alias is healthy");
    if (row->partners_down)
        add_part(why, group->couple_any ? "no set of its couple is healthy"
                                        : "another set of its couple is not healthy");
    if (fail_open)
        add_part(why, "but nothing here is healthy, so all count as healthy");
}

static void describe_set(struct explanation *explanation, const struct route_group *group,
        const struct route_set *set, const struct route_survey_set *row, struct doc *doc)
{
    doc_set_text(doc, "set", set->id);
    doc_set_bool(doc, "healthy", row->healthy);
    doc_set_bool(doc, "eligible", row->eligible);
    doc_set_real(doc, "probability", row->probability);
    if (group->policy == ROUTE_WEIGHTED)
        doc_set_number(doc, "weight", set->weight);
    if (row->rank > 0)
        doc_set_number(doc, "rank", row->rank);
    doc_set_doc(doc, "check",
            set->check != HEALTH_SLOT_NONE ? check_doc(explanation, set->check) : NULL);
    if (set->data != NULL)
        outcome_set_records(doc, set->data);
}

/* ------------------------------------------------------------------ the tree */

static struct route_query query_of(struct explanation *explanation)
{
    return (struct route_query){
            .health = explanation->health,
            .client = &explanation->client,
            .worker = &explanation->worker,
            .rand = &explanation->rand,
            .opens = explanation->opens,
    };
}

static struct doc *group_doc(
        struct explanation *explanation, const struct route_group *group, double chance);

static struct doc *set_doc(struct explanation *explanation, const struct route_group *group,
        const struct route_survey *survey, uint32_t place, double chance)
{
    const struct route_set *set = &group->sets[place];
    const struct route_survey_set *row = &survey->set[place];
    struct doc *doc = doc_new();
    struct buf why;

    buf_init(&why, WHY_MAX);
    tell_why(group, set, row, survey->fail_open, &why);
    describe_set(explanation, group, set, row, doc);
    doc_set_text(doc, "why", buf_string(&why));
    buf_done(&why);
    if (set->alias != NULL) {
        doc_set_text(doc, "alias", set->alias->name);
        doc_set_bool(doc, "evaluate", set->evaluate);
        doc_set_doc(doc, "target", group_doc(explanation, set->alias, chance * row->probability));
    }
    return doc;
}

static struct doc *group_doc(
        struct explanation *explanation, const struct route_group *group, double chance)
{
    struct route_survey *survey = mem_alloc(sizeof(*survey));
    struct route_query query = query_of(explanation);
    struct doc *doc = doc_new();

    route_explain(group, &query, survey);
    doc_set_text(doc, "group", group->name);
    doc_set_text(doc, "policy", route_policy_name(group->policy));
    doc_set_bool(doc, "sticky", group->sticky != NULL);
    doc_set_bool(doc, "fail_open", survey->fail_open);
    doc_set_real(doc, "probability", chance);
    doc_set_array(doc, "sets");
    for (uint32_t i = 0; i < group->count && explanation->sets_shown < SETS_SHOWN_MAX; i++) {
        explanation->sets_shown++;
        doc_append(doc, "sets", set_doc(explanation, group, survey, i, chance));
    }
    free(survey);
    return doc;
}

/* ------------------------------------------------------------------ the name */

static void add_outcomes(struct explanation *explanation, const struct rrset *rrset)
{
    struct route_query query = query_of(explanation);
    struct outcomes outcomes;

    outcomes_find(rrset, &query, &outcomes);
    for (uint32_t i = 0; i < outcomes.count; i++) {
        struct doc *row = outcome_doc(&outcomes.list[i]);
        if ((query.seen & HEALTH_SEEN_SUSPECT) != 0 &&
                outcomes.list[i].data->ttl > explanation->sources->ttl_floor_s)
            doc_set_number(row, "ttl", explanation->sources->ttl_floor_s);
        doc_append(explanation->doc, "outcomes", row);
    }
    outcomes_done(&outcomes);
}

static void explain_rrset(struct explanation *explanation, const struct rrset *rrset)
{
    struct doc *doc = explanation->doc;
    char type[TEXT_TYPE_MAX];

    doc_set_text(doc, "answered_by", text_type_format(rrset->type, type));
    if (rrset->group != NULL)
        doc_set_doc(doc, "decision", group_doc(explanation, rrset->group, 1));
    add_outcomes(explanation, rrset);
}

/* Where the name stands, as a sentence, and the RRset that answers, if there is one. */
static const struct rrset *find_rrset(
        const struct explanation *explanation, const struct zone *zone, const char **place)
{
    static const char *const places[] = {
            [LOOKUP_NODE] = "a name of the zone",
            [LOOKUP_WILDCARD] = "covered by a wildcard",
            [LOOKUP_NONE] = "no name of the zone",
            [LOOKUP_CUT] = "delegated",
            [LOOKUP_DNAME] = "below a DNAME",
    };
    const struct explain_request *request = explanation->request;
    struct lookup lookup;

    zone_lookup(zone, request->name.bytes, &lookup);
    *place = places[lookup.kind];
    return outcome_rrset(&lookup, request->type);
}

static void explain_place(struct explanation *explanation, const struct zone *zone)
{
    struct doc *doc = explanation->doc;
    const char *place = zone == NULL ? "in no zone served here" : "in a zone that is not loaded";
    const struct rrset *rrset = NULL;
    char text[NAME_TEXT_MAX];

    explanation->opens =
            zone != NULL && zone->open_on_stale &&
            health_table_is_silent(explanation->sources->health, explanation->sources->now_ms);
    doc_set_bool(doc, "opens", explanation->opens);
    doc_set_text(doc, "zone", zone != NULL ? name_to_text(zone->apex, text) : NULL);
    if (zone != NULL && !zone->faulty)
        rrset = find_rrset(explanation, zone, &place);
    doc_set_text(doc, "place", place);
    doc_set_text(doc, "answered_by", NULL);
    doc_set_doc(doc, "decision", NULL);
    doc_set_array(doc, "outcomes");
    if (rrset != NULL)
        explain_rrset(explanation, rrset);
    doc_set_bool(doc, "cut", explanation->sets_shown == SETS_SHOWN_MAX);
}

/* ------------------------------------------------------------------ an answer */

static void add_subnet(struct response *response, const struct client *client)
{
    uint8_t data[EDNS_SUBNET_MAX] = {0, client->family == CLIENT_IPV6 ? 2 : 1, client->bits, 0};
    size_t bytes = (client->bits + 7U) / 8;
    memcpy(data + 4, client->address, bytes);
    response_add_subnet(response, client, data, (uint16_t)(4 + bytes));
}

static void read_question(const struct explain_request *request, uint8_t *bytes, size_t room,
        struct message_question *ret)
{
    struct wire_writer writer = {.bytes = bytes, .size = room, .at = MESSAGE_HEADER_BYTES};

    wire_write(&writer, request->name.bytes, request->name.length);
    wire_write16(&writer, request->type);
    wire_write16(&writer, RR_CLASS_IN);
    assert(!writer.failed);
    *ret = (struct message_question){
            .name = request->name.bytes,
            .type = request->type,
            .class = RR_CLASS_IN,
            .end = writer.at,
    };
}

/* Answers once, into memory nobody sees, and tells RCODE and scope. */
static void add_answer(struct explanation *explanation)
{
    const struct explain_request *request = explanation->request;
    static const union net_address nobody = {.any = {.sa_family = AF_INET}};
    struct query_counters counters = {0};
    struct query_context context = {
            .zones = explanation->sources->zones,
            .health = explanation->health,
            .health_is_silent = health_table_is_silent(
                    explanation->sources->health, explanation->sources->now_ms),
            .route = explanation->worker,
            .rand = &explanation->rand,
            .counters = &counters,
            .ttl_floor_s = explanation->sources->ttl_floor_s,
    };
    uint8_t query[MESSAGE_HEADER_BYTES + NAME_MAX_BYTES + 4] = {0};
    uint8_t *out = mem_alloc(MESSAGE_MAX_BYTES);
    const struct message_header header = {0};
    const struct edns edns = {.present = true};
    struct message_question question;
    struct response response;

    read_question(request, query, sizeof(query), &question);
    response_begin(&response, &context, &header, out, MESSAGE_MAX_BYTES);
    response.sender = &nobody;
    response_open(&response, MESSAGE_MAX_BYTES);
    response_add_question(&response, &question, query);
    response_add_edns(&response, &edns, MESSAGE_UDP_PLAIN);
    if (request->has_client && request->client.bits > 0)
        add_subnet(&response, &request->client);
    int error = answer_question(&question, &response);
    doc_set_text(explanation->doc, "rcode",
            error == 0 ? report_rcode_word(response.rcode) : "too large for a message");
    doc_set_number(explanation->doc, "scope", response.scope);
    free(out);
}

/* ------------------------------------------------------------------ assuming */

/* Changes the verdicts that are assumed, in a table of our own.  Returns 0 or an error with a sentence in
 * `why`. */
static int assume(struct explanation *explanation, struct buf *why)
{
    const struct explain_request *request = explanation->request;
    const struct health_table *health = explanation->sources->health;

    if (request->assumptions_count == 0)
        return 0;
    int error = health_table_copy_verdicts(health, &explanation->assumed);
    if (error != 0) {
        buf_printf(why, "no table to assume in: %s", err_text(error));
        return error;
    }
    explanation->health = explanation->assumed;
    struct health_ids *ids = health_ids_new_with_leaving(health);
    for (uint32_t i = 0; i < request->assumptions_count && error == 0; i++) {
        const struct explain_assumption *assumption = &request->assumptions[i];
        uint32_t slot = health_ids_find(ids, assumption->id);
        const struct health_verdict verdict = {.state = assumption->state};
        if (slot != HEALTH_SLOT_NONE) {
            health_table_put(explanation->assumed, slot, verdict);
            continue;
        }
        const char *nearest = health_ids_nearest(ids, assumption->id);
        buf_printf(why, "no check \"%s\"", assumption->id);
        if (nearest != NULL)
            buf_printf(why, "; did you mean \"%s\"?", nearest);
        error = -ENOENT;
    }
    health_ids_free(ids);
    return error;
}

static void add_request(struct explanation *explanation)
{
    const struct explain_request *request = explanation->request;
    struct doc *doc = explanation->doc;
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], time[CLOCK_TEXT_MAX];
    char client[CLIENT_TEXT_MAX];

    doc_set_text(doc, "name", name_to_text(request->name.bytes, name));
    doc_set_text(doc, "type", text_type_format(request->type, type));
    doc_set_text(
            doc, "client", request->has_client ? client_format(&request->client, client) : NULL);
    doc_set_text(doc, "time", clock_format(explanation->sources->now_ms, time));
    doc_set_array(doc, "assumed");
    for (uint32_t i = 0; i < request->assumptions_count; i++) {
        struct doc *row = doc_new();
        doc_set_text(row, "id", request->assumptions[i].id);
        doc_set_text(row, "state", state_word(request->assumptions[i].state));
        doc_append(doc, "assumed", row);
    }
}

static void explain(struct explanation *explanation)
{
    const struct explain_request *request = explanation->request;

    add_request(explanation);
    explain_place(explanation,
            answer_find_zone(explanation->sources->zones, request->name.bytes, request->type));
    add_answer(explanation);
}

int explain_answer(const struct explain_sources *sources, const char *words, struct buf *ret)
{
    struct explain_request *request = mem_alloc(sizeof(*request));
    struct explanation explanation = {
            .sources = sources,
            .request = request,
            .health = sources->health,
            .worker = {.index = ROUTE_WORKER_NONE},
            .rand = rand_from_kernel(),
            .doc = doc_new(),
    };
    struct buf why;

    buf_init(&why, ERROR_TEXT_MAX);
    memcpy(explanation.worker.secret, sources->secret, ROUTE_SECRET_BYTES);
    int error = explain_request_parse(words, request, &why);
    if (error == 0)
        error = assume(&explanation, &why);
    if (error == 0) {
        explanation.client = request->client;
        explain(&explanation);
    } else {
        doc_set_text(explanation.doc, "error", buf_string(&why));
    }
    doc_print(explanation.doc, ret);
    doc_free(explanation.doc);
    health_table_close(explanation.assumed);
    buf_done(&why);
    free(request);
    return error;
}
