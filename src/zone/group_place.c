/* group_place.c -- see group.h: groups whose policy asks where the client is. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "zone/annotation.h"
#include "zone/group.h"

/* A set by where it is, for sorting. */
struct placed {
    const struct zone_record *record; /* the set's first line */
    uint32_t order;                   /* of the set */
};

static int by_where(const void *a, const void *b)
{
    const struct placed *left = a;
    const struct placed *right = b;
    int order = annotation_compare_where(left->record->annotation, right->record->annotation);
    return order != 0 ? order : (left->order > right->order) - (left->order < right->order);
}

/* route53.md 1.1: one set for each region, location or network.  Points may be shared. */
static void check_unique(struct group_plan *plan, const struct group *group)
{
    struct placed *sets = mem_zalloc(group->sets_count, sizeof(*sets));
    char line[GROUP_CITE_MAX];
    char where[ANNOTATION_ID_MAX];

    for (uint32_t i = 0; i < group->sets_count; i++)
        sets[i] = (struct placed){group->sets[i].members[0], i};
    qsort(sets, group->sets_count, sizeof(*sets), by_where);
    for (uint32_t i = 1; i < group->sets_count; i++) {
        const struct zone_record *other = sets[i - 1].record;
        const struct zone_record *record = sets[i].record;
        if (annotation_compare_where(other->annotation, record->annotation) != 0)
            continue;
        diag_error(plan->diag, annotation_word_place(record->annotation, ANNOTATION_WHERE),
                "%s is for %s already; lines of one set share set=",
                group_cite(&other->place, &record->place, line),
                annotation_where_text(record->annotation, where));
    }
    free(sets);
}

/* route53.md 1.9. */
static void check_one_collection(struct group_plan *plan, const struct group *group)
{
    const struct zone_record *first = group->sets[0].members[0];
    const char *collection = first->annotation->network.collection;
    char line[GROUP_CITE_MAX];

    for (uint32_t i = 1; i < group->sets_count; i++) {
        const struct zone_record *record = group->sets[i].members[0];
        if (strcmp(record->annotation->network.collection, collection) != 0)
            diag_error(plan->diag, annotation_word_place(record->annotation, ANNOTATION_WHERE),
                    "a @cidr group has one collection, and %s has \"%s\"",
                    group_cite(&first->place, &record->place, line), collection);
    }
}

void group_check_places(struct group_plan *plan, const struct group *group)
{
    if (group->policy == ROUTE_LATENCY || group->policy == ROUTE_GEO || group->policy == ROUTE_CIDR)
        check_unique(plan, group);
    if (group->policy == ROUTE_CIDR)
        check_one_collection(plan, group);
}
