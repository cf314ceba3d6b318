/* attempt.c -- see attempt.h. */
#include "lint/attempt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "dns/text.h"
#include "zone/zone.h"

#define DEPTH_MAX     (ROUTE_ALIAS_DEPTH_MAX + 2U)
#define SETS_MAX      512U /* bytes of an end's sets */
#define RECORDS_MAX   256U /* of its records */
#define RECORD_MAX    128U /* of one of them */
#define RECORDS_SHOWN 2U

struct attempt {
    const struct reach *reach;
    uint64_t round;                    /* from 1 */
    uint64_t worked[REACH_GROUPS_MAX]; /* for each place, the round its outcome is of */
    struct attempt_outcome outcomes[REACH_GROUPS_MAX];
    struct route_survey survey[DEPTH_MAX]; /* one for each depth of aliases */
};

/* Ends as they are found. */
struct ends {
    struct attempt *attempt;
    struct route_query *query;
    struct arena *arena;
    struct lint_failure *failure;
    struct buf path;
};

struct attempt *attempt_new(const struct reach *reach)
{
    struct attempt *attempt = mem_zalloc(1, sizeof(*attempt));
    attempt->reach = reach;
    return attempt;
}

void attempt_free(struct attempt *attempt)
{
    free(attempt);
}

void attempt_begin(struct attempt *attempt)
{
    attempt->round++;
}

/* ------------------------------------------------------------------ outcomes */

static const struct attempt_outcome *work_out(
        struct attempt *attempt, uint32_t place, struct route_query *query, uint32_t depth);

/* What a set that may be answered adds. */
static void add_set(const struct route_set *set, const struct attempt_outcome *target, double share,
        struct attempt_outcome *ret)
{
    bool checked = reach_is_checked(set);

    if (target == NULL) {
        ret->any = true;
        ret->checked |= checked;
        ret->unchecked |= !checked;
        return;
    }
    ret->any |= target->any;
    ret->open += share * target->open;
    ret->checked |= target->checked || (checked && target->unchecked);
    ret->unchecked |= !checked && target->unchecked;
}

static void explain_group(
        struct attempt *attempt, uint32_t place, struct route_query *query, uint32_t depth)
{
    const struct route_group *group = attempt->reach->groups[place];
    struct route_survey *survey = &attempt->survey[depth];
    struct attempt_outcome outcome = {.any = false};

    route_explain(group, query, survey);
    for (uint32_t i = 0; i < group->count; i++) {
        uint32_t target = reach_target(attempt->reach, place, i);
        double share = survey->set[i].probability;
        if (share == 0)
            continue;
        add_set(&group->sets[i],
                target != REACH_NONE ? work_out(attempt, target, query, depth + 1) : NULL, share,
                &outcome);
    }
    if (survey->fail_open)
        outcome = (struct attempt_outcome){.any = outcome.any, .open = outcome.any ? 1 : 0};
    attempt->outcomes[place] = outcome;
}

static const struct attempt_outcome *work_out(
        struct attempt *attempt, uint32_t place, struct route_query *query, uint32_t depth)
{
    assert(depth < DEPTH_MAX);
    if (attempt->worked[place] != attempt->round)
        explain_group(attempt, place, query, depth);
    attempt->worked[place] = attempt->round;
    return &attempt->outcomes[place];
}

enum attempt_quality attempt_run(struct attempt *attempt, uint32_t place, struct route_query *query)
{
    assert(attempt->round > 0);
    const struct attempt_outcome *outcome = work_out(attempt, place, query, 0);

    if (!outcome->any)
        return ATTEMPT_NOTHING;
    if (outcome->open > 0)
        return ATTEMPT_OPEN;
    return outcome->checked ? ATTEMPT_SOUND : ATTEMPT_UNCHECKED;
}

const struct attempt_outcome *attempt_outcome(const struct attempt *attempt, uint32_t place)
{
    assert(attempt->worked[place] == attempt->round);
    return &attempt->outcomes[place];
}

/* ------------------------------------------------------------------ what is answered */

static const char *records_text(struct arena *arena, const struct rrset *rrset)
{
    const uint8_t *record = rrset->wire;
    char text[RECORD_MAX];
    struct buf all;

    buf_init(&all, RECORDS_MAX);
    for (uint32_t i = 0; i < rrset->count && i < RECORDS_SHOWN; i++) {
        text_rdata_format(
                rrset->type, rrset_rdata(record), rrset_rdata_bytes(record), text, sizeof(text));
        buf_printf(&all, "%s%s", i > 0 ? ", " : "", text);
        record = rrset_next(record);
    }
    if (rrset->count > RECORDS_SHOWN)
        buf_printf(&all, " and %u more", rrset->count - RECORDS_SHOWN);
    const char *kept = arena_string(arena, buf_string(&all));
    buf_done(&all);
    return kept;
}

static void add_end(struct ends *ends, const struct rrset *rrset)
{
    struct lint_failure *failure = ends->failure;

    if (failure->ends_count == LINT_ENDS_SHOWN) {
        failure->ends_cut = true;
        return;
    }
    failure->ends[failure->ends_count++] = (struct lint_end){
            .sets = arena_string(ends->arena, buf_string(&ends->path)),
            .records = records_text(ends->arena, rrset),
    };
}

/* Each way ends in something to answer, since ways to nothing are known; so the walk is as long as what is
 * shown. */
static void find_ends(struct ends *ends, uint32_t place, uint32_t depth)
{
    struct attempt *attempt = ends->attempt;
    const struct route_group *group = attempt->reach->groups[place];
    struct route_survey *survey = &attempt->survey[depth];

    route_explain(group, ends->query, survey);
    for (uint32_t i = 0; i < group->count && !ends->failure->ends_cut; i++) {
        const struct route_set *set = &group->sets[i];
        uint32_t target = reach_target(attempt->reach, place, i);
        size_t length = ends->path.length;
        if (survey->set[i].probability == 0)
            continue;
        buf_printf(&ends->path, "%s%s", length > 0 ? " > " : "", set->id);
        if (target == REACH_NONE)
            add_end(ends, set->data);
        else if (attempt->worked[target] == attempt->round && attempt->outcomes[target].any)
            find_ends(ends, target, depth + 1);
        ends->path.length = length;
    }
}

void attempt_tell_ends(struct attempt *attempt, uint32_t place, struct route_query *query,
        struct arena *arena, struct lint_failure *ret)
{
    struct ends ends = {.attempt = attempt, .query = query, .arena = arena, .failure = ret};

    buf_init(&ends.path, SETS_MAX);
    find_ends(&ends, place, 0);
    buf_done(&ends.path);
}
