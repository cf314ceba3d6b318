/* group.c -- see group.h: the groups and their sets. */
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
    char line[GROUP_CITE_MAX];

    text_type_format(model->type, type);
    if (annotation != NULL && refused)
        diag_error(plan->diag, annotation->place, "%s records take no annotation", type);
    else if (annotation == NULL && !refused)
        diag_error(plan->diag, record->place,
                "a plain %s record in the group that %s annotates; all lines or none are", type,
                group_cite(&model->place, &record->place, line));
    else if (annotation != NULL && annotation->policy != model->annotation->policy)
        diag_error(plan->diag, annotation->place,
                "@%s in a group that is @%s in %s; a group has one policy",
                route_policy_name(annotation->policy), route_policy_name(model->annotation->policy),
                group_cite(&model->place, &record->place, line));
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
    group_check(plan, group);
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
    plan->errors = diag_errors(diag);
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
