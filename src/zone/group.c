/* group.c -- see group.h: the groups, their sets, and the rules within one group. */
#include "zone/group.h"
#include "health/ids.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dns/name.h"
#include "dns/rr.h"
#include "dns/text.h"
#include "zone/annotation.h"
#include "zone/rrset.h"

#define WHERE_MAX 256U

size_t group_lines_end(const struct zone_lines *lines, size_t first)
{
    const struct zone_record *record = &lines->records[first];
    size_t end = first + 1;

    while (end < lines->count && lines->records[end].type == record->type &&
            lines->records[end].owner == record->owner)
        end++;
    return end;
}

static size_t distinct_bytes(const struct zone_lines *lines, size_t first, size_t end)
{
    size_t count = end - first;
    const struct zone_record **records = mem_zalloc(count, sizeof(*records));

    for (size_t i = 0; i < count; i++)
        records[i] = &lines->records[first + i];
    count = rrset_distinct(records, count);
    size_t bytes = rrset_size_bytes(records, count);
    free(records);
    return bytes;
}

size_t group_lines_bytes(const struct zone_lines *lines, size_t first, size_t end)
{
    size_t bytes = 0;

    for (size_t i = first; i < end; i++) {
        const struct zone_record *record = &lines->records[i];
        bytes += rrset_size_bytes(&record, 1);
    }
    /* Where all fit anyway it does not matter. */
    if (bytes <= RRSET_SURE_BYTES || lines->records[first].annotation != NULL)
        return bytes;
    return distinct_bytes(lines, first, end);
}

struct group *group_plan_add(struct group_plan *plan, uint32_t first, uint32_t count)
{
    if (plan->count == plan->room) {
        plan->room = plan->room > 0 ? 2 * plan->room : 16;
        plan->groups = mem_resize(plan->groups, plan->room, sizeof(*plan->groups));
    }
    struct group *group = &plan->groups[plan->count++];
    *group = (struct group){.first = first, .count = count};
    return group;
}

/* "line 7", or with its file where that is another one than the message's. */
static const char *where(
        const struct diag_place *place, const struct diag_place *from, char ret[WHERE_MAX])
{
    if (from->file != NULL && place->file != NULL && strcmp(from->file, place->file) != 0)
        snprintf(ret, WHERE_MAX, "line %u of %s", place->line, place->file);
    else
        snprintf(ret, WHERE_MAX, "line %u", place->line);
    return ret;
}

/* ------------------------------------------------------------------ dividing into sets */

/* A line while its group is divided. */
struct member {
    const struct zone_record *record;
    uint32_t order; /* in the file */
    uint32_t set;   /* the order of its set's first line; the rank for failover */
};

/* Lines of one set compare equal.  Simple: there is one set.  Failover: the rank is the set.  Else the
 * identifier is, and a line without one is a set of its own. */
static int compare_identity(const struct member *a, const struct member *b)
{
    const struct annotation *left = a->record->annotation;
    const struct annotation *right = b->record->annotation;

    if (left->policy == ROUTE_SIMPLE)
        return 0;
    if (left->policy == ROUTE_FAILOVER)
        return (left->rank > right->rank) - (left->rank < right->rank);
    if (left->set[0] == '\0' && right->set[0] == '\0')
        return (a->order > b->order) - (a->order < b->order);
    return strcmp(left->set, right->set);
}

static int compare_order(const struct member *a, const struct member *b)
{
    return (a->order > b->order) - (a->order < b->order);
}

static int by_identity(const void *a, const void *b)
{
    int order = compare_identity(a, b);
    return order != 0 ? order : compare_order(a, b);
}

static int by_set(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;
    if (left->set != right->set)
        return left->set > right->set ? 1 : -1;
    return compare_order(left, right);
}

/* Sorts the lines of a group so that sets lie next to each other: by rank for failover, else in the
 * order of their first lines.  Returns how many sets there are. */
static uint32_t sort_members(struct member *members, uint32_t count)
{
    uint32_t sets = 1;

    qsort(members, count, sizeof(*members), by_identity);
    members[0].set = members[0].order;
    for (uint32_t i = 1; i < count; i++) {
        bool same = compare_identity(&members[i - 1], &members[i]) == 0;
        members[i].set = same ? members[i - 1].set : members[i].order;
        sets += !same;
    }
    if (members[0].record->annotation->policy != ROUTE_FAILOVER)
        qsort(members, count, sizeof(*members), by_set);
    return sets;
}

static void divide(struct group_plan *plan, struct group *group)
{
    struct member *members = mem_zalloc(group->count, sizeof(*members));
    const struct zone_record **records =
            arena_alloc(plan->scratch, group->count * sizeof(const struct zone_record *));

    for (uint32_t i = 0; i < group->count; i++)
        members[i] = (struct member){&plan->lines->records[group->first + i], i, 0};
    uint32_t sets = sort_members(members, group->count);
    group->sets = arena_zalloc(plan->scratch, sets * sizeof(*group->sets));
    for (uint32_t i = 0; i < group->count; i++) {
        records[i] = members[i].record;
        if (i == 0 || members[i].set != members[i - 1].set)
            group->sets[group->sets_count++] =
                    (struct group_set){.members = records + i, .target_first = GROUP_NO_TARGET};
        group->sets[group->sets_count - 1].count++;
    }
    assert(group->sets_count == sets);
    free(members);
}

/* ------------------------------------------------------------------ rules of a line */

static void check_line(struct group_plan *plan, const struct zone_record *record)
{
    const struct annotation *annotation = record->annotation;

    if (annotation->policy == ROUTE_MULTIVALUE && record->type == RR_CNAME)
        diag_error(
                plan->diag, annotation->place, "a CNAME cannot be @multivalue: it has one value");
    if (annotation->has_evaluate && !annotation->has_alias)
        diag_error(plan->diag, annotation->place, "evaluate= means nothing without alias=");
    if (annotation->check[0] == '\0' ||
            health_ids_find(plan->lines->basis->ids, annotation->check) != HEALTH_SLOT_NONE)
        return;
    const char *nearest = health_ids_nearest(plan->lines->basis->ids, annotation->check);
    if (nearest != NULL)
        diag_error(plan->diag, annotation->check_place,
                "no file defines the check \"%s\"; did you mean \"%s\"?", annotation->check,
                nearest);
    else
        diag_error(plan->diag, annotation->check_place, "no file defines the check \"%s\"",
                annotation->check);
}

/* ------------------------------------------------------------------ rules of a set */

static struct diag_place key_place(struct diag_place key, struct diag_place otherwise)
{
    return key.line > 0 ? key : otherwise;
}

static bool is_same_alias(const struct annotation *a, const struct annotation *b)
{
    if (a->has_alias != b->has_alias)
        return false;
    if (!a->has_alias)
        return true;
    return name_equal(a->alias.bytes, b->alias.bytes) && a->evaluate == b->evaluate;
}

/* What a line must share with the first line of its set. */
static void check_shared(
        struct group_plan *plan, const struct zone_record *first, const struct zone_record *record)
{
    const struct annotation *theirs = first->annotation;
    const struct annotation *ours = record->annotation;
    char line[WHERE_MAX];

    where(&first->place, &record->place, line);
    if (strcmp(ours->check, theirs->check) != 0)
        diag_error(plan->diag, key_place(ours->check_place, ours->place),
                "lines of one set share their check, and %s has %s%s", line,
                theirs->check[0] != '\0' ? "check=" : "none", theirs->check);
    if (strcmp(ours->set, theirs->set) != 0)
        diag_error(plan->diag, key_place(ours->set_place, ours->place),
                "lines of one set share their set identifier, and %s has %s%s", line,
                theirs->set[0] != '\0' ? "set=" : "none", theirs->set);
    if (ours->weight != theirs->weight)
        diag_error(plan->diag, ours->place, "lines of one set share their weight, and %s has %u",
                line, theirs->weight);
    if (!is_same_alias(ours, theirs))
        diag_error(plan->diag, key_place(ours->alias_place, ours->place),
                "lines of one set share alias= and evaluate=, and those of %s differ", line);
    if (record->ttl != first->ttl)
        diag_error(plan->diag, record->place, "lines of one set share their TTL, and %s has %u",
                line, first->ttl);
}

static void check_set(struct group_plan *plan, const struct group_set *set)
{
    const struct zone_record *first = set->members[0];
    char line[WHERE_MAX];

    for (uint32_t i = 1; i < set->count; i++)
        check_shared(plan, first, set->members[i]);
    if (first->type == RR_CNAME && set->count > 1)
        diag_error(plan->diag, set->members[1]->place,
                "a CNAME set has one value, and %s has it already",
                where(&first->place, &set->members[1]->place, line));
}

/* ------------------------------------------------------------------ rules of a group */

/* RFC 2181 5.2 and route53.md 1.1: whatever sets are chosen together, an answer has one TTL. */
static void check_one_ttl(struct group_plan *plan, const struct group *group)
{
    const struct zone_record *first = group->sets[0].members[0];
    char line[WHERE_MAX];

    if (group->policy != ROUTE_WEIGHTED && group->policy != ROUTE_MULTIVALUE)
        return;
    for (uint32_t i = 1; i < group->sets_count; i++) {
        const struct zone_record *record = group->sets[i].members[0];
        if (record->ttl == first->ttl)
            continue;
        diag_error(plan->diag, record->place,
                "a @%s group has one TTL, and this line has %u where %s has %u",
                route_policy_name(group->policy), record->ttl,
                where(&first->place, &record->place, line), first->ttl);
        return;
    }
}

/* route53.md 1.3 and 1.1: there is a primary, it has a check unless it is an alias, and no two ranks
 * have one identifier. */
static void check_failover(struct group_plan *plan, const struct group *group)
{
    const struct zone_record *first = group->sets[0].members[0];
    char line[WHERE_MAX];

    if (group->policy != ROUTE_FAILOVER)
        return;
    if (first->annotation->rank != ROUTE_RANK_PRIMARY)
        diag_error(plan->diag, first->annotation->place, "a @failover group needs a primary");
    else if (!first->annotation->has_alias && first->annotation->check[0] == '\0')
        diag_error(plan->diag, first->annotation->place,
                "a primary that is no alias needs a check, or it can never fail over");
    for (uint32_t i = 1; i < group->sets_count; i++) {
        const struct zone_record *record = group->sets[i].members[0];
        for (uint32_t j = 0; j < i && record->annotation->set[0] != '\0'; j++) {
            const struct zone_record *other = group->sets[j].members[0];
            if (strcmp(record->annotation->set, other->annotation->set) == 0)
                diag_error(plan->diag, record->annotation->set_place,
                        "\"%s\" is the set of another rank in %s", record->annotation->set,
                        where(&other->place, &record->place, line));
        }
    }
}

static void check_group(struct group_plan *plan, const struct group *group)
{
    for (uint32_t i = 0; i < group->count; i++)
        check_line(plan, &plan->lines->records[group->first + i]);
    for (uint32_t i = 0; i < group->sets_count; i++)
        check_set(plan, &group->sets[i]);
    if (group->sets_count > ROUTE_SETS_MAX)
        diag_error(plan->diag, group->sets[ROUTE_SETS_MAX].members[0]->annotation->place,
                "a group of %u sets; it may have %u", group->sets_count, ROUTE_SETS_MAX);
    check_one_ttl(plan, group);
    check_failover(plan, group);
}

/* ------------------------------------------------------------------ finding the groups */

/* The first annotated line, or NULL if there is none. */
static const struct zone_record *find_annotated(
        const struct zone_lines *lines, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (lines->records[i].annotation != NULL)
            return &lines->records[i];
    return NULL;
}

/* Checks one line against the first annotated one of its owner and type. */
static void check_belongs(
        struct group_plan *plan, const struct zone_record *model, const struct zone_record *record)
{
    const struct annotation *annotation = record->annotation;
    bool refused = model->type == RR_NS || model->type == RR_SOA;
    char type[TEXT_TYPE_MAX];
    char line[WHERE_MAX];

    text_type_format(model->type, type);
    if (annotation != NULL && refused)
        diag_error(plan->diag, annotation->place, "%s records take no annotation", type);
    else if (annotation == NULL && !refused)
        diag_error(plan->diag, record->place,
                "a plain %s record in the group that %s annotates; all lines or none are", type,
                where(&model->place, &record->place, line));
    else if (annotation != NULL && annotation->policy != model->annotation->policy)
        diag_error(plan->diag, annotation->place,
                "@%s in a group that is @%s in %s; a group has one policy",
                route_policy_name(annotation->policy), route_policy_name(model->annotation->policy),
                where(&model->place, &record->place, line));
}

/* Makes a group of the lines of one owner and type if they are annotated and may be one. */
static void find_group(struct group_plan *plan, size_t first, size_t end)
{
    const struct zone_lines *lines = plan->lines;
    const struct zone_record *model = find_annotated(lines, first, end);
    uint32_t errors = diag_errors(plan->diag);

    if (model == NULL)
        return;
    for (size_t i = first; i < end; i++)
        check_belongs(plan, model, &lines->records[i]);
    if (diag_errors(plan->diag) > errors)
        return;
    struct group *group = group_plan_add(plan, (uint32_t)first, (uint32_t)(end - first));
    group->policy = model->annotation->policy;
    divide(plan, group);
    check_group(plan, group);
}

static void find_groups(struct group_plan *plan)
{
    for (size_t first = 0, end; first < plan->lines->count; first = end) {
        end = group_lines_end(plan->lines, first);
        find_group(plan, first, end);
    }
}

struct group_plan *group_plan_new(const struct zone_lines *lines, struct diag *diag)
{
    struct group_plan *plan = mem_zalloc(1, sizeof(*plan));

    assert(lines->count < GROUP_NO_TARGET);
    plan->lines = lines;
    plan->diag = diag;
    plan->scratch = arena_new();
    find_groups(plan);
    if (plan->count > 0)
        group_plan_link(plan);
    return plan;
}

void group_plan_free(struct group_plan *plan)
{
    if (plan == NULL)
        return;
    arena_free(plan->scratch);
    free(plan->groups);
    free(plan->order);
    free(plan);
}
