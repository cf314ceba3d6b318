/* group_compile.c -- see group.h: from a plan without fault to the groups that answers are chosen from.
 *
 * Groups get their places first, so that rrsets and aliases can refer to them, and their contents last,
 * the targets of aliases before the aliases.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "dns/name.h"
#include "dns/text.h"
#include "dns/wire.h"
#include "health/ids.h"
#include "route/sticky.h"
#include "zone/annotation.h"
#include "zone/group.h"
#include "zone/rrset.h"

#define DATA_TEXT_MAX 2048U /* a name with every byte escaped, and most rdata */

void group_plan_place(struct group_plan *plan, struct arena *arena)
{
    for (size_t i = 0; i < plan->count; i++)
        plan->groups[i].route = arena_zalloc(arena, sizeof(struct route_group));
}

/* What a line without a name of its own answers with.  It does not change with the lines around it, since
 * sticky draws go by it; what is too long for an identifier ends in a hash of the rest. */
static void name_by_data(const struct zone_record *record, char ret[ANNOTATION_ID_MAX])
{
    const struct annotation *annotation = record->annotation;
    char text[DATA_TEXT_MAX];

    if (annotation->alias != NULL)
        name_to_text(annotation->alias, text);
    else
        text_rdata_format(record->type, record->rdata, record->rdata_bytes, text, sizeof(text));
    if (strlen(text) < ANNOTATION_ID_MAX)
        memcpy(ret, text, strlen(text) + 1);
    else
        snprintf(ret, ANNOTATION_ID_MAX, "%.96s~%016" PRIx64, text,
                sticky_key(record->rdata, record->rdata_bytes));
}

/* The identifier people see in explanations: what was given, what the policy says, or what is answered. */
static const char *set_id(struct arena *arena, const struct zone_record *first)
{
    char id[ANNOTATION_ID_MAX];

    if (annotation_id(first->annotation, id) == NULL)
        name_by_data(first, id);
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
    if (annotation->alias != NULL)
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

/* Gives a located group its order; the zone holds the reference. */
static void add_order(const struct group_plan *plan, struct zone *zone, struct group *group)
{
    struct order *order = group_order(plan, group);
    zone->orders[zone->orders_count++] = order;
    group->route->order = order;
}

static void compile_sets(struct group_plan *plan, struct arena *arena, struct group *group)
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
    group->route->distinct = group->rrset->count == group->count; /* which has equal lines once */
    group->route_sets = sets;
}

/* Lets each set of a coupled group know the same set of the others. */
static void link_partners(struct arena *arena, struct group *group)
{
    for (uint32_t i = 0; i < group->sets_count && group->partners_count > 0; i++) {
        struct route_set *set = &group->route_sets[i];
        set->partners =
                arena_alloc(arena, group->partners_count * sizeof(const struct route_set *));
        set->partners_count = group->partners_count;
        for (uint32_t j = 0; j < group->partners_count; j++)
            set->partners[j] = &group->partners[j]->route_sets[group->sets[i].partner_sets[j]];
    }
}

/* What draws together: all groups of a couple, else those of one owner and type. */
static uint64_t draw_key(const struct zone_record *first)
{
    const char *couple = first->annotation->couple;
    uint8_t bytes[NAME_MAX_BYTES + 1 + ANNOTATION_COUPLE_MAX + sizeof(first->type)] = {0};
    size_t length = name_length(first->owner);
    struct name owner;

    name_copy_lower(first->owner, &owner);
    memcpy(bytes, owner.bytes, length);
    if (couple[0] != '\0') {
        memcpy(bytes + length, couple, strlen(couple));
        length += strlen(couple);
    } else {
        wire_store16(bytes + length + 1, first->type);
        length += 1 + sizeof(first->type);
    }
    return sticky_key(bytes, length);
}

/* Coupled draws must go the same way in questions for several types, so they are sticky even if nobody
 * said so (docs/decisions/0011-coupled-draws-are-sticky.md). */
static void add_sticky(const struct group_plan *plan, struct arena *arena, struct group *group)
{
    static const uint8_t coupled[CLIENT_FAMILIES] = {
            [CLIENT_IPV4] = 24, [CLIENT_IPV6] = ROUTE_STICKY_BITS_IPV6};
    const struct zone_record *first = &plan->lines->records[group->first];
    const uint8_t *bits = first->annotation->sticky_bits;

    if (bits[CLIENT_IPV4] == 0)
        bits = coupled;
    if (first->annotation->sticky_bits[CLIENT_IPV4] > 0 || group->partners_count > 0)
        group->route->sticky = sticky_new(arena, group->route, bits, draw_key(first));
}

/* When all groups have their sets: what they are to each other and to clients. */
static void compile_group(struct group_plan *plan, struct zone *zone, struct group *group)
{
    link_partners(zone->arena, group);
    group->route->couple_any =
            !group->plain && plan->lines->records[group->first].annotation->couple_any;
    if (group_is_located(group))
        add_order(plan, zone, group);
    if (!group->plain && (group->policy == ROUTE_WEIGHTED || group->policy == ROUTE_MULTIVALUE))
        add_sticky(plan, zone->arena, group);
    route_group_measure(group->route);
}

/* Room for the orders of all located groups. */
static void place_orders(const struct group_plan *plan, struct zone *zone)
{
    size_t located = 0;

    for (size_t i = 0; i < plan->count; i++)
        located += group_is_located(&plan->groups[i]);
    zone->orders = arena_alloc(zone->arena, located * sizeof(struct order *));
}

int group_plan_compile(struct group_plan *plan, struct zone *zone)
{
    int result = 0;

    assert(plan->ordered == plan->count);
    place_orders(plan, zone);
    for (size_t i = 0; i < plan->ordered; i++)
        compile_sets(plan, zone->arena, plan->order[i]);
    for (size_t i = 0; i < plan->ordered; i++) {
        struct group *group = plan->order[i];
        compile_group(plan, zone, group);
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
