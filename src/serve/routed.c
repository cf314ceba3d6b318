/* routed.c -- see routed.h. */
#include "serve/routed.h"

#include <string.h>

#include "route/route.h"

static const struct rrset *data_of(const struct route_choice *choice, uint32_t i)
{
    return choice->set[i]->data;
}

static uint32_t least_ttl(const struct route_choice *choice)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < choice->count; i++)
        if (data_of(choice, i)->ttl < least)
            least = data_of(choice, i)->ttl;
    return least;
}

/* Whether an earlier set is the same single record: an RRset holds no record twice (RFC 2181 section
 * 5), but two sets may differ in their check alone. */
static bool is_repeated(const struct route_choice *choice, uint32_t i)
{
    const struct rrset *rrset = data_of(choice, i);
    if (choice->distinct)
        return false;
    for (uint32_t j = 0; j < i; j++) {
        const struct rrset *other = data_of(choice, j);
        if (rrset->count == 1 && other->count == 1 && rrset->size_bytes == other->size_bytes &&
                memcmp(rrset_rdata(rrset->wire), rrset_rdata(other->wire),
                        rrset_rdata_bytes(rrset->wire)) == 0)
            return true;
    }
    return false;
}

static bool add_chosen(struct response *response, enum section section,
        struct response_owner *owner, const struct route_choice *choice, uint32_t ttl_max)
{
    uint32_t ttl = least_ttl(choice);

    if (ttl > ttl_max)
        ttl = ttl_max;
    if (choice->count == 1)
        return response_add_rrset(response, section, owner, data_of(choice, 0), ttl);
    struct response_mark mark = response_mark(response);
    uint32_t at = rand_below(response->context->rand, choice->count);
    for (uint32_t i = 0; i < choice->count; i++) {
        if (!is_repeated(choice, at) &&
                !response_add_rrset(response, section, owner, data_of(choice, at), ttl)) {
            response_rewind(response, &mark, owner);
            return false;
        }
        at = at + 1 < choice->count ? at + 1 : 0;
    }
    return true;
}

/* Chooses for whoever asks.  Returns what was seen on the way, as bits of enum health_sight. */
static uint32_t choose(
        struct response *response, const struct route_group *group, struct route_choice *ret)
{
    struct query_context *context = response->context;
    struct client client;
    struct route_query query = {.health = context->health,
            .worker = &context->route,
            .rand = context->rand,
            .opens = response->opens};

    if (group->asks_client) {
        response_client(response, &client);
        query.client = &client;
    }
    route_choose(group, &query, ret);
    /* What an ignored subnet has decided is nothing. */
    if (query.scope > response->scope && !response->ignore_subnet)
        response->scope = query.scope;
    return query.seen;
}

/* What of a choice an operator should know who looks at the answer (RFC 8914 sections 4.1 and 4.4). */
static void explain(struct response *response, const struct route_choice *choice, uint32_t seen)
{
    if ((seen & HEALTH_SEEN_FORCED) != 0)
        response_explain(
                response, EDNS_ERROR_OTHER, "forced: an operator has set the health of a check");
    if (choice->fail_open)
        response_explain(response, EDNS_ERROR_OTHER, "fail-open: no healthy record");
    if ((seen & HEALTH_SEEN_PROBED) != 0 && response->context->health_is_silent)
        response_explain(
                response, EDNS_ERROR_STALE, "health is stale: the checker has been silent");
}

bool routed_add(struct response *response, enum section section, struct response_owner *owner,
        const struct rrset *rrset, const struct rrset **shown)
{
    struct route_choice choice;

    if (shown != NULL)
        *shown = rrset;
    if (rrset->group == NULL)
        return response_add_rrset(response, section, owner, rrset, rrset->ttl);
    uint32_t seen = choose(response, rrset->group, &choice);
    if (choice.fail_open)
        query_count(&response->context->counters->fail_open);
    if (section == SECTION_ANSWER)
        explain(response, &choice, seen);
    if (shown != NULL)
        *shown = choice.count > 0 ? data_of(&choice, 0) : NULL;
    uint32_t ttl_max =
            (seen & HEALTH_SEEN_SUSPECT) != 0 ? response->context->ttl_floor_s : UINT32_MAX;
    return choice.count == 0 || add_chosen(response, section, owner, &choice, ttl_max);
}
