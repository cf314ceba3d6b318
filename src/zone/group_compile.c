/* group_compile.c -- see group.h: from a plan without fault to the groups that answers are chosen from.
 *
 * Groups get their places first, so that rrsets and aliases can refer to them, and their contents last,
 * the targets of aliases before the aliases.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "dns/name.h"
#include "dns/text.h"
#include "health/ids.h"
#include "zone/annotation.h"
#include "zone/group.h"
#include "zone/rrset.h"

#define ID_MAX 160U

void group_plan_place(struct group_plan *plan, struct arena *arena)
{
    for (size_t i = 0; i < plan->count; i++)
        plan->groups[i].route = arena_zalloc(arena, sizeof(struct route_group));
}

/* The identifier people see in explanations: what was given, or the rank, or where the line is. */
static const char *set_id(struct arena *arena, const struct zone_record *first)
{
    static const char *const ranks[] = {"", "primary", "secondary"};
    const struct annotation *annotation = first->annotation;
    char id[ID_MAX];

    if (annotation->set[0] != '\0')
        snprintf(id, sizeof(id), "%s", annotation->set);
    else if (annotation->policy == ROUTE_SIMPLE)
        snprintf(id, sizeof(id), "simple");
    else if (annotation->policy == ROUTE_FAILOVER && annotation->rank < COUNT(ranks))
        snprintf(id, sizeof(id), "%s", ranks[annotation->rank]);
    else if (annotation->policy == ROUTE_FAILOVER)
        snprintf(id, sizeof(id), "%u", annotation->rank);
    else
        snprintf(id, sizeof(id), "line-%u", first->place.line);
    return arena_string(arena, id);
}

/* The rrset of one set.  A set that is the whole group shares the group's wire form. */
static const struct rrset *set_rrset(
        struct arena *arena, const struct group *group, struct group_set *set)
{
    struct rrset *rrset = arena_alloc(arena, sizeof(*rrset));

    if (group->sets_count > 1) {
        rrset_compile(arena, set->members, set->count, rrset);
    } else {
        *rrset = *group->rrset;
        rrset->group = NULL;
    }
    return rrset;
}

static void compile_set(struct group_plan *plan, struct arena *arena, const struct group *group,
        struct group_set *set, struct route_set *ret)
{
    const struct zone_record *first = set->members[0];
    const struct annotation *annotation = first->annotation;

    ret->id = set_id(arena, first);
    ret->check = HEALTH_SLOT_NONE;
    if (annotation->check[0] != '\0')
        ret->check = health_ids_find(plan->lines->basis->ids, annotation->check);
    ret->weight = annotation->weight;
    ret->rank = annotation->rank;
    ret->evaluate = annotation->evaluate;
    if (annotation->has_alias)
        ret->alias = set->target->route;
    else
        ret->data = set_rrset(arena, group, set);
}

/* "www.example.com. A" */
static const char *group_name(struct arena *arena, const struct zone_record *first)
{
    char owner[NAME_TEXT_MAX];
    char type[TEXT_TYPE_MAX];
    char name[NAME_TEXT_MAX + TEXT_TYPE_MAX];

    snprintf(name, sizeof(name), "%s %s", name_to_text(first->owner, owner),
            text_type_format(first->type, type));
    return arena_string(arena, name);
}

static void compile_group(struct group_plan *plan, struct arena *arena, struct group *group)
{
    uint32_t count = group->plain ? 1 : group->sets_count;
    struct route_set *sets = arena_zalloc(arena, count * sizeof(*sets));

    if (group->plain)
        sets[0] =
                (struct route_set){.id = "plain", .data = group->rrset, .check = HEALTH_SLOT_NONE};
    else
        for (uint32_t i = 0; i < count; i++)
            compile_set(plan, arena, group, &group->sets[i], &sets[i]);
    if (!group->plain)
        group->route->annotations = group_texts(plan, arena, group);
    group->route->policy = group->plain ? ROUTE_SIMPLE : group->policy;
    group->route->name = group_name(arena, &plan->lines->records[group->first]);
    group->route->count = count;
    group->route->sets = sets;
    route_group_measure(group->route, sets);
}

int group_plan_compile(struct group_plan *plan, struct arena *arena)
{
    int result = 0;

    assert(plan->ordered == plan->count);
    for (size_t i = 0; i < plan->ordered; i++) {
        struct group *group = plan->order[i];
        compile_group(plan, arena, group);
        if (group->route->cost <= ROUTE_COST_MAX || group->plain)
            continue;
        diag_error(plan->diag, plan->lines->records[group->first].annotation->place,
                "answering from this group may mean looking at more than %u sets behind its "
                "aliases",
                ROUTE_COST_MAX);
        result = ERR_FAULTY;
    }
    return result;
}
