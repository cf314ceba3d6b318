/* outcome.c -- see outcome.h.
 *
 * Groups form no loop and are at most ROUTE_ALIAS_DEPTH_MAX deep, so the recursion is bounded; one that
 * many aliases lead to is walked once for each.
 */
#include "serve/outcome.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "dns/rr.h"
#include "dns/text.h"
#include "serve/response.h"

#define RECORD_TEXT_MAX 1024U
#define FIRST_ROOM      8U

const struct rrset *outcome_rrset(const struct lookup *lookup, uint16_t type)
{
    if (lookup->kind != LOOKUP_NODE && lookup->kind != LOOKUP_WILDCARD)
        return NULL;
    const struct rrset *rrset = node_rrset(lookup->node, type);
    if (type == RR_ANY && lookup->node->rrsets_count > 0)
        return &lookup->node->rrsets[0]; /* as answer.c has it (RFC 8482 section 4.1) */
    return rrset != NULL ? rrset : node_rrset(lookup->node, RR_CNAME);
}

/* One list on its way. */
struct finder {
    struct outcomes *outcomes;
    uint32_t room;
    struct route_query *query;
    struct outcome path; /* down to the set that is looked at */
    uint32_t looked_at;
};

static void add(struct finder *finder, const struct rrset *data, double probability)
{
    struct outcomes *outcomes = finder->outcomes;

    if (outcomes->count == finder->room) {
        finder->room = finder->room > 0 ? 2 * finder->room : FIRST_ROOM;
        outcomes->list = mem_resize(outcomes->list, finder->room, sizeof(*outcomes->list));
    }
    finder->path.data = data;
    finder->path.probability = probability;
    outcomes->list[outcomes->count++] = finder->path;
}

static void follow(struct finder *finder, const struct route_group *group, double chance)
{
    struct route_survey *survey = mem_alloc(sizeof(*survey));

    route_explain(group, finder->query, survey);
    finder->outcomes->fail_open |= survey->fail_open;
    for (uint32_t i = 0; i < group->count; i++) {
        const struct route_set *set = &group->sets[i];
        double probability = chance * survey->set[i].probability;
        if (probability <= 0)
            continue;
        if (finder->looked_at == OUTCOME_SETS_MAX) {
            finder->outcomes->cut = true;
            break;
        }
        finder->looked_at++;
        assert(finder->path.depth < COUNT(finder->path.sets));
        finder->path.sets[finder->path.depth++] = set;
        if (set->alias != NULL)
            follow(finder, set->alias, probability);
        else
            add(finder, set->data, probability);
        finder->path.depth--;
    }
    free(survey);
}

void outcomes_find(const struct rrset *rrset, struct route_query *query, struct outcomes *ret)
{
    struct finder finder = {.outcomes = ret, .query = query};

    *ret = (struct outcomes){.list = NULL};
    if (rrset->group != NULL)
        follow(&finder, rrset->group, 1);
    else
        add(&finder, rrset, 1);
}

void outcomes_done(struct outcomes *outcomes)
{
    free(outcomes->list);
    *outcomes = (struct outcomes){.list = NULL};
}

void outcome_set_records(struct doc *doc, const struct rrset *rrset)
{
    const uint8_t *record = rrset->wire;
    char text[RECORD_TEXT_MAX];

    doc_set_array(doc, "records");
    for (uint32_t i = 0; i < rrset->count; i++) {
        text_rdata_format(
                rrset->type, rrset_rdata(record), rrset_rdata_bytes(record), text, sizeof(text));
        doc_append_text(doc, "records", text);
        record = rrset_next(record);
    }
    doc_set_number(doc, "ttl", rrset->ttl);
}

struct doc *outcome_doc(const struct outcome *outcome)
{
    struct doc *doc = doc_new();

    doc_set_array(doc, "sets");
    for (uint32_t i = 0; i < outcome->depth; i++)
        doc_append_text(doc, "sets", outcome->sets[i]->id);
    doc_set_real(doc, "probability", outcome->probability);
    outcome_set_records(doc, outcome->data);
    return doc;
}
