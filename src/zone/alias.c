/* alias.c -- see group.h: what aliases point to, and the rules between groups.
 *
 * First each alias finds the lines of its target, and plain targets become groups.  Then a walk from
 * every group down its aliases finds loops, measures depth and gives the order in which groups can be
 * compiled: a group's targets before it.  The health of a coupled set hangs on its partners', and so on
 * what their aliases lead to: the walk goes down those as well.  It goes no deeper than an alias
 * may, so its recursion is bounded.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/name.h"
#include "dns/rr.h"
#include "dns/text.h"
#include "zone/annotation.h"
#include "zone/group.h"
#include "zone/rrset.h"

#define OFFERS_MAX 10000U /* names compared for a suggestion */
#define LOOP_MAX   900U   /* bytes of a loop's names in a message */

/* ------------------------------------------------------------------ targets */

/* The first line that is not before (owner, type); lines->count if there is none. */
static size_t lower_bound(const struct zone_lines *lines, const uint8_t *owner, uint16_t type)
{
    const struct zone_record wanted = {.owner = owner, .type = type};
    size_t low = 0;
    size_t high = lines->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone_record_compare(&lines->records[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct zone_lines *lines, size_t i, const uint8_t *owner, uint16_t type)
{
    return i < lines->count && lines->records[i].type == type &&
           name_equal(lines->records[i].owner, owner);
}

static bool owner_exists(const struct zone_lines *lines, const uint8_t *owner)
{
    size_t i = lower_bound(lines, owner, 0);
    return i < lines->count && name_equal(lines->records[i].owner, owner);
}

/* The name with records of this type that was most likely meant, written to `ret`, or NULL.  An alias
 * never means itself. */
static const char *nearest_target(const struct zone_lines *lines, const struct zone_record *alias,
        const char *target, char ret[NAME_TEXT_MAX])
{
    struct str_nearest nearest = {.word = target};
    const struct zone_record *best = NULL;
    char candidate[NAME_TEXT_MAX];

    for (size_t i = 0; i < lines->count && i < OFFERS_MAX; i++) {
        const struct zone_record *record = &lines->records[i];
        if (record->type != alias->type || name_equal(record->owner, alias->owner))
            continue;
        if (str_nearest_offer(&nearest, name_to_text(record->owner, candidate)))
            best = record;
    }
    return best != NULL ? name_to_text(best->owner, ret) : NULL;
}

/* Says why a target is none, and which name was probably meant. */
static void tell_no_target(struct group_plan *plan, const struct zone_record *alias)
{
    const struct zone_lines *lines = plan->lines;
    const struct annotation *annotation = alias->annotation;
    const uint8_t *target = annotation->alias;
    char text[NAME_TEXT_MAX];
    char best[NAME_TEXT_MAX];
    char type[TEXT_TYPE_MAX];

    text_type_format(alias->type, type);
    name_to_text(target, text);
    if (is_at(lines, lower_bound(lines, target, RR_CNAME), target, RR_CNAME)) {
        diag_error(plan->diag, annotation_word_place(annotation, ANNOTATION_ALIAS),
                "the alias target %s is a CNAME, and an alias of %s needs %s records", text, type,
                type);
        return;
    }
    const char *lacks = owner_exists(lines, target) ? "has no" : "does not exist, so it has no";
    const char *nearest = nearest_target(lines, alias, text, best);
    if (nearest != NULL)
        diag_error(plan->diag, annotation_word_place(annotation, ANNOTATION_ALIAS),
                "the alias target %s %s %s records; did you mean %s?", text, lacks, type, nearest);
    else
        diag_error(plan->diag, annotation_word_place(annotation, ANNOTATION_ALIAS),
                "the alias target %s %s %s records", text, lacks, type);
}

static void find_target(struct group_plan *plan, struct group_set *set)
{
    const struct zone_record *record = set->members[0];
    const struct annotation *annotation = record->annotation;
    char text[NAME_TEXT_MAX];

    if (annotation->alias == NULL)
        return;
    if (!name_is_within(annotation->alias, plan->lines->apex)) {
        diag_error(plan->diag, annotation_word_place(annotation, ANNOTATION_ALIAS),
                "the alias target %s lies outside this zone",
                name_to_text(annotation->alias, text));
        return;
    }
    size_t first = lower_bound(plan->lines, annotation->alias, record->type);
    if (is_at(plan->lines, first, annotation->alias, record->type))
        set->target_first = (uint32_t)first;
    else
        tell_no_target(plan, record);
}

static int by_first(const void *a, const void *b)
{
    const struct group *left = a;
    const struct group *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

/* Sorts the groups by first line and keeps one of each. */
static void sort_groups(struct group_plan *plan)
{
    size_t kept = 1;

    qsort(plan->groups, plan->count, sizeof(*plan->groups), by_first);
    for (size_t i = 1; i < plan->count; i++)
        if (plan->groups[i].first != plan->groups[kept - 1].first)
            plan->groups[kept++] = plan->groups[i];
    plan->count = kept;
}

static struct group *group_at(const struct group_plan *plan, uint32_t first)
{
    const struct group wanted = {.first = first};
    return bsearch(&wanted, plan->groups, plan->count, sizeof(wanted), by_first);
}

/* Makes a group of each plain target.  A target that is annotated but no group has been told already. */
static void add_plain_targets(struct group_plan *plan)
{
    size_t annotated = plan->count;

    for (size_t i = 0; i < annotated; i++) {
        for (uint32_t j = 0; j < plan->groups[i].sets_count; j++) {
            uint32_t first = plan->groups[i].sets[j].target_first;
            if (first == GROUP_NO_TARGET || plan->lines->records[first].annotation != NULL)
                continue;
            size_t end = group_lines_end(plan->lines, first);
            group_plan_add(plan, first, (uint32_t)(end - first))->plain = true;
        }
    }
}

/* ------------------------------------------------------------------ the walk */

struct walk {
    struct group_plan *plan;
    struct group *path[ROUTE_ALIAS_DEPTH_MAX + 1];
    uint32_t length;
};

static uint16_t type_of(const struct walk *walk, const struct group *group)
{
    return walk->plan->lines->records[group->first].type;
}

static void add_group(
        const struct walk *walk, const struct group *group, bool with_type, struct buf *ret)
{
    char name[NAME_TEXT_MAX];
    char type[TEXT_TYPE_MAX];

    buf_add_string(ret, name_to_text(walk->plan->lines->records[group->first].owner, name));
    if (with_type)
        buf_printf(ret, " %s", text_type_format(type_of(walk, group), type));
}

/* Names the groups of a loop; their types too where a couple leads from one to another. */
static void tell_loop(const struct walk *walk, struct group_set *set)
{
    const struct group *target = set->target;
    bool by_couple = false;
    struct buf names;
    uint32_t start = walk->length;

    set->faulty = true;
    while (walk->path[--start] != target)
        assert(start > 0);
    for (uint32_t i = start; i < walk->length; i++)
        by_couple |= type_of(walk, walk->path[i]) != type_of(walk, target);
    buf_init(&names, LOOP_MAX);
    for (uint32_t i = start; i < walk->length; i++) {
        add_group(walk, walk->path[i], by_couple, &names);
        buf_add_string(&names, " -> ");
    }
    add_group(walk, target, by_couple, &names);
    diag_error(walk->plan->diag,
            annotation_word_place(set->members[0]->annotation, ANNOTATION_ALIAS),
            "aliases%s form a loop: %s", by_couple ? " and couples" : "", buf_string(&names));
    buf_done(&names);
}

static void tell_too_deep(const struct walk *walk, struct group_set *set)
{
    set->faulty = true;
    diag_error(walk->plan->diag,
            annotation_word_place(set->members[0]->annotation, ANNOTATION_ALIAS),
            "an alias behind more than %u others", ROUTE_ALIAS_DEPTH_MAX);
}

/* An answer under an alias has the alias's name, which may be longer than the target's. */
static void tell_too_large(const struct walk *walk, const struct group_set *set)
{
    char text[NAME_TEXT_MAX], type[TEXT_TYPE_MAX];
    const struct zone_record *alias = set->members[0];

    diag_error(walk->plan->diag, annotation_word_place(alias->annotation, ANNOTATION_ALIAS),
            "the %s records behind this alias take %zu bytes; one answer for %s has room for %zu",
            text_type_format(alias->type, type), set->target->answer_bytes,
            name_to_text(alias->owner, text), rrset_room_bytes(alias->owner));
}

static void visit(struct walk *walk, struct group *group);

/* Follows one alias.  Returns the depth it gives its group; a fault gives none, so that it is told
 * once, and is not followed again for a partner. */
static uint32_t follow(struct walk *walk, struct group_set *set)
{
    struct group *target = set->target;

    if (target == NULL || set->faulty)
        return 0;
    if (target->state == GROUP_ON_PATH) {
        tell_loop(walk, set);
        return 0;
    }
    if (target->state == GROUP_NEW && walk->length == COUNT(walk->path)) {
        tell_too_deep(walk, set);
        return 0;
    }
    if (target->state == GROUP_NEW)
        visit(walk, target);
    if (target->depth == ROUTE_ALIAS_DEPTH_MAX) {
        tell_too_deep(walk, set);
        return 0;
    }
    return target->depth + 1;
}

/* What an answer from a group takes that follows this alias of it.  What does not fit is told here, and not
 * again where others lead to this group. */
static void take_size(const struct walk *walk, struct group *group, const struct group_set *set)
{
    size_t bytes = set->target->answer_bytes;

    const uint8_t *owner = walk->plan->lines->records[group->first].owner;

    if (bytes > rrset_room_bytes(owner))
        tell_too_large(walk, set);
    else if (bytes > group->answer_bytes)
        group->answer_bytes = bytes;
}

/* Follows the aliases of a group, for `group` itself or for one that has it as a partner. */
static void follow_all(struct walk *walk, struct group *group, const struct group *aliases_of)
{
    for (uint32_t i = 0; i < aliases_of->sets_count; i++) {
        uint32_t depth = follow(walk, &aliases_of->sets[i]);
        group->depth = depth > group->depth ? depth : group->depth;
        if (depth > 0 && aliases_of == group)
            take_size(walk, group, &group->sets[i]);
    }
}

static void visit(struct walk *walk, struct group *group)
{
    group->state = GROUP_ON_PATH;
    walk->path[walk->length++] = group;
    group->answer_bytes =
            group_lines_bytes(walk->plan->lines, group->first, group->first + group->count);
    follow_all(walk, group, group);
    for (uint32_t i = 0; i < group->partners_count; i++)
        follow_all(walk, group, group->partners[i]);
    walk->length--;
    group->state = GROUP_DONE;
    walk->plan->order[walk->plan->ordered++] = group;
}

void group_plan_link(struct group_plan *plan)
{
    struct walk walk = {.plan = plan};

    for (size_t i = 0; i < plan->count; i++)
        for (uint32_t j = 0; j < plan->groups[i].sets_count; j++)
            find_target(plan, &plan->groups[i].sets[j]);
    add_plain_targets(plan);
    sort_groups(plan);
    group_plan_couple(plan);
    for (size_t i = 0; i < plan->count; i++)
        for (uint32_t j = 0; j < plan->groups[i].sets_count; j++)
            if (plan->groups[i].sets[j].target_first != GROUP_NO_TARGET)
                plan->groups[i].sets[j].target =
                        group_at(plan, plan->groups[i].sets[j].target_first);
    plan->order = mem_zalloc(plan->count, sizeof(struct group *));
    for (size_t i = 0; i < plan->count; i++)
        if (plan->groups[i].state == GROUP_NEW)
            visit(&walk, &plan->groups[i]);
}
