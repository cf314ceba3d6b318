/* couple.c -- see group.h: groups of one owner that are chosen together.
 *
 * A couple is all groups of one owner with one couple=NAME.  The same set of each of them stands for the
 * same site, so they are alike: the same sets, found by their identifiers in whatever order they are
 * written, with the same weights, ranks and places.  Only then are they linked.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dns/name.h"
#include "dns/rr.h"
#include "dns/text.h"
#include "zone/annotation.h"
#include "zone/group.h"

/* A set by its identifier. */
struct named {
    const char *id;
    uint32_t set; /* in its group */
};

/* A group of a couple while it is checked. */
struct coupled {
    struct group *group;
    const struct zone_record *first; /* its first line */
    struct named *sets;              /* by identifier */
};

/* Groups of one owner lie next to each other, by their lines; couples within them by name. */
static int by_couple(const void *a, const void *b)
{
    const struct coupled *left = a;
    const struct coupled *right = b;
    int order = 0;

    if (left->first->owner == right->first->owner)
        order = strcmp(left->first->annotation->couple, right->first->annotation->couple);
    if (order != 0)
        return order;
    return (left->group->first > right->group->first) - (left->group->first < right->group->first);
}

static int by_id(const void *a, const void *b)
{
    const struct named *left = a;
    const struct named *right = b;
    int order = strcmp(left->id, right->id);
    return order != 0 ? order : (left->set > right->set) - (left->set < right->set);
}

static const struct zone_record *line_of(const struct coupled *coupled, uint32_t i)
{
    return coupled->group->sets[coupled->sets[i].set].members[0];
}

/* Sorts the sets of a group by their identifiers, of which each has its own. */
static void name_sets(struct group_plan *plan, struct coupled *coupled)
{
    const struct group *group = coupled->group;
    char text[ANNOTATION_ID_MAX];
    char line[GROUP_CITE_MAX];

    coupled->sets = arena_alloc(plan->scratch, group->sets_count * sizeof(*coupled->sets));
    for (uint32_t i = 0; i < group->sets_count; i++) {
        const struct annotation *annotation = group->sets[i].members[0]->annotation;
        const char *id = annotation_id(annotation, text);
        if (id == NULL)
            diag_error(plan->diag, annotation->place,
                    "a coupled set needs set=: its partners are found by it");
        coupled->sets[i] = (struct named){arena_string(plan->scratch, id != NULL ? id : ""), i};
    }
    qsort(coupled->sets, group->sets_count, sizeof(*coupled->sets), by_id);
    for (uint32_t i = 1; i < group->sets_count; i++) {
        const struct zone_record *record = line_of(coupled, i);
        if (coupled->sets[i].id[0] != '\0' &&
                strcmp(coupled->sets[i].id, coupled->sets[i - 1].id) == 0)
            diag_error(plan->diag, annotation_word_place(record->annotation, ANNOTATION_SET),
                    "\"%s\" is the set of %s too, and partners are found by it",
                    coupled->sets[i].id,
                    group_cite(&line_of(coupled, i - 1)->place, &record->place, line));
    }
}

/* What belongs to the group must be the same. */
static void check_groups(
        struct group_plan *plan, const struct coupled *head, const struct coupled *other)
{
    const struct annotation *theirs = head->first->annotation;
    const struct annotation *ours = other->first->annotation;
    char line[GROUP_CITE_MAX];
    char text[GROUP_CITE_MAX];

    group_cite(&head->first->place, &other->first->place, line);
    if (ours->policy != theirs->policy)
        diag_error(plan->diag, ours->place, "groups of a couple share their policy, and %s is @%s",
                line, route_policy_name(theirs->policy));
    if (ours->couple_any != theirs->couple_any)
        diag_error(plan->diag, annotation_word_place(ours, ANNOTATION_COUPLE),
                "groups of a couple share couple=, and %s has couple=%s%s", line, theirs->couple,
                theirs->couple_any ? ",any" : "");
    if (!group_is_same_sticky(ours, theirs))
        diag_error(plan->diag, annotation_word_place(ours, ANNOTATION_STICKY),
                "groups of a couple share sticky=, and %s has %s", line,
                group_sticky_text(theirs, text));
}

/* Says that a set has no partner in another group of its couple. */
static void tell_no_partner(struct group_plan *plan, const struct coupled *coupled, uint32_t i,
        const struct coupled *in)
{
    const struct zone_record *record = line_of(coupled, i);
    char type[TEXT_TYPE_MAX];
    char line[GROUP_CITE_MAX];

    diag_error(plan->diag, annotation_word_place(record->annotation, ANNOTATION_SET),
            "the set \"%s\" has no partner: the %s records of its couple (from %s on) have no such "
            "set",
            coupled->sets[i].id, text_type_format(in->first->type, type),
            group_cite(&in->first->place, &record->place, line));
}

/* Walks both lists of sets, which are sorted alike. */
static void check_sets(
        struct group_plan *plan, const struct coupled *head, const struct coupled *other)
{
    uint32_t i = 0;
    uint32_t j = 0;

    while (i < head->group->sets_count || j < other->group->sets_count) {
        int order = i == head->group->sets_count    ? 1
                    : j == other->group->sets_count ? -1
                                                    : strcmp(head->sets[i].id, other->sets[j].id);
        if (order == 0)
            group_check_alike(
                    plan, "partners of a couple", line_of(head, i++), line_of(other, j++));
        else if (order < 0)
            tell_no_partner(plan, head, i++, other);
        else
            tell_no_partner(plan, other, j++, head);
    }
}

/* Gives one group of a couple, without fault, its partners: sets have one order in all of them. */
static void link_group(
        struct group_plan *plan, const struct coupled *couple, uint32_t count, uint32_t self)
{
    struct group *group = couple[self].group;

    group->partners = arena_alloc(plan->scratch, (count - 1) * sizeof(struct group *));
    for (uint32_t i = 0; i < group->sets_count; i++)
        group->sets[i].partner_sets = arena_alloc(plan->scratch, (count - 1) * sizeof(uint32_t));
    for (uint32_t k = 0; k < count; k++) {
        if (k == self)
            continue;
        for (uint32_t i = 0; i < group->sets_count; i++)
            group->sets[couple[self].sets[i].set].partner_sets[group->partners_count] =
                    couple[k].sets[i].set;
        group->partners[group->partners_count++] = couple[k].group;
    }
}

static void check_couple(struct group_plan *plan, struct coupled *couple, uint32_t count)
{
    const struct annotation *annotation = couple[0].first->annotation;
    uint32_t errors = diag_errors(plan->diag);

    /* With faults, another group of the couple may be one that could not be made. */
    if (count == 1 && errors == plan->errors)
        diag_warning(plan->diag, annotation_word_place(annotation, ANNOTATION_COUPLE),
                "the couple \"%s\" is one group alone", annotation->couple);
    if (count > GROUP_COUPLE_MAX)
        diag_error(plan->diag, couple[GROUP_COUPLE_MAX].first->annotation->place,
                "a couple of %u groups; it may have %u", count, GROUP_COUPLE_MAX);
    if (count == 1 || count > GROUP_COUPLE_MAX)
        return;
    for (uint32_t i = 0; i < count; i++) {
        name_sets(plan, &couple[i]);
        check_groups(plan, &couple[0], &couple[i]);
    }
    if (diag_errors(plan->diag) > errors)
        return;
    for (uint32_t i = 1; i < count; i++)
        check_sets(plan, &couple[0], &couple[i]);
    for (uint32_t i = 0; i < count && diag_errors(plan->diag) == errors; i++)
        link_group(plan, couple, count, i);
}

static bool is_coupled(const struct group_plan *plan, const struct group *group)
{
    const struct zone_record *first = &plan->lines->records[group->first];
    return !group->plain && first->type != RR_CNAME && first->annotation->couple[0] != '\0';
}

static bool is_same_couple(const struct coupled *a, const struct coupled *b)
{
    return a->first->owner == b->first->owner &&
           strcmp(a->first->annotation->couple, b->first->annotation->couple) == 0;
}

void group_plan_couple(struct group_plan *plan)
{
    struct coupled *all = mem_zalloc(plan->count, sizeof(*all));
    size_t count = 0;

    for (size_t i = 0; i < plan->count; i++)
        if (is_coupled(plan, &plan->groups[i]))
            all[count++] = (struct coupled){
                    &plan->groups[i], &plan->lines->records[plan->groups[i].first], NULL};
    if (count > 0)
        qsort(all, count, sizeof(*all), by_couple);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && is_same_couple(&all[first], &all[end]);)
            end++;
        check_couple(plan, &all[first], (uint32_t)(end - first));
    }
    free(all);
}
