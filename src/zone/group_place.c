/* group_place.c -- see group.h: groups whose policy asks where the client is.
 *
 * What is known of places may be missing as a whole: then such a group is built as if nothing were known
 * of any client, and a warning says so (docs/decisions/0010-missing-places.md).
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "zone/annotation.h"
#include "zone/atlas.h"
#include "zone/group.h"

/* ------------------------------------------------------------------ what sets owe each other */

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

/* ------------------------------------------------------------------ what is known */

/* Warns once for each zone and kind of data. */
static void check_data(struct group_plan *plan, const struct group *group)
{
    const struct atlas *atlas = plan->lines->basis->atlas;
    const struct zone_record *first = group->sets[0].members[0];
    bool asks_geo = group->policy == ROUTE_GEO || group->policy == ROUTE_GEOPROXIMITY;

    if (asks_geo && !atlas_has_geo(atlas) && !plan->told_no_geo) {
        diag_warning(plan->diag, first->annotation->place,
                "@%s needs a geo database (--geoip FILE); without one, no client's place is known",
                route_policy_name(group->policy));
        plan->told_no_geo = true;
    }
    if (group->policy == ROUTE_LATENCY && !atlas_has_latency(atlas) && !plan->told_no_latency) {
        diag_warning(plan->diag, first->annotation->place,
                "@latency needs a latency table (--latency FILE); without one, the first healthy "
                "set is every client's");
        plan->told_no_latency = true;
    }
}

/* Adds an error about a name that is not known; `nearest` may be NULL. */
static void tell_unknown(struct group_plan *plan, const struct annotation *annotation,
        const char *what, const char *nearest)
{
    struct diag_place place = annotation_word_place(annotation, ANNOTATION_WHERE);

    if (nearest != NULL)
        diag_error(plan->diag, place, "%s; did you mean \"%s\"?", what, nearest);
    else
        diag_error(plan->diag, place, "%s", what);
}

static void check_region(struct group_plan *plan, const struct annotation *annotation)
{
    const struct atlas *atlas = plan->lines->basis->atlas;
    char what[GROUP_CITE_MAX];

    if (!atlas_has_latency(atlas) || atlas_has_region(atlas, annotation->region))
        return;
    snprintf(what, sizeof(what), "the latency table has no region \"%s\"", annotation->region);
    tell_unknown(plan, annotation, what, atlas_nearest_region(atlas, annotation->region));
}

static void check_point(struct group_plan *plan, const struct annotation *annotation)
{
    const char *region = annotation->point.region;
    struct atlas_point point;
    char what[GROUP_CITE_MAX];

    if (region == NULL || atlas_region_point(region, &point) == 0)
        return;
    const char *nearest = atlas_nearest_region_point(region);
    snprintf(what, sizeof(what), "it is not known where the region \"%s\" lies%s", region,
            nearest == NULL ? "; write at=LATITUDE,LONGITUDE" : "");
    tell_unknown(plan, annotation, what, nearest);
}

static void check_location(struct group_plan *plan, const struct annotation *annotation)
{
    const struct atlas *atlas = plan->lines->basis->atlas;
    const char *collection = annotation->network.collection;
    const char *location = annotation->network.location;
    char what[GROUP_CITE_MAX];

    if (!atlas_has_collection(atlas, collection) || strcmp(location, "*") == 0 ||
            atlas_has_cidr_location(atlas, collection, location))
        return;
    snprintf(what, sizeof(what), "the collection \"%s\" has no location \"%s\"", collection,
            location);
    tell_unknown(plan, annotation, what, atlas_nearest_cidr_location(atlas, collection, location));
}

/* Once for a group, whose lines have one collection. */
static void check_collection(struct group_plan *plan, const struct annotation *annotation)
{
    const struct atlas *atlas = plan->lines->basis->atlas;
    const char *collection = annotation->network.collection;
    char what[GROUP_CITE_MAX];

    if (atlas_has_collection(atlas, collection))
        return;
    const char *nearest = atlas_nearest_collection(atlas, collection);
    snprintf(what, sizeof(what), "there is no collection \"%s\"", collection);
    if (nearest == NULL)
        snprintf(what, sizeof(what),
                "there is no collection \"%s\"; it is read from %s.cidr.json beside the zones",
                collection, collection);
    tell_unknown(plan, annotation, what, nearest);
}

/* ------------------------------------------------------------------ all of it */

bool group_is_located(const struct group *group)
{
    return !group->plain && group->policy >= ROUTE_LATENCY;
}

static_assert(ROUTE_LATENCY > ROUTE_MULTIVALUE && ROUTE_CIDR + 1 == ROUTE_POLICIES,
        "the located policies are the last");

void group_check_places(struct group_plan *plan, const struct group *group)
{
    if (!group_is_located(group))
        return;
    check_data(plan, group);
    if (group->policy != ROUTE_GEOPROXIMITY)
        check_unique(plan, group);
    if (group->policy == ROUTE_CIDR) {
        check_one_collection(plan, group);
        check_collection(plan, group->sets[0].members[0]->annotation);
    }
    for (uint32_t i = 0; i < group->count; i++) {
        const struct annotation *annotation = plan->lines->records[group->first + i].annotation;
        if (group->policy == ROUTE_LATENCY)
            check_region(plan, annotation);
        if (group->policy == ROUTE_GEOPROXIMITY)
            check_point(plan, annotation);
        if (group->policy == ROUTE_CIDR)
            check_location(plan, annotation);
    }
}

/* ------------------------------------------------------------------ orders */

static const struct annotation *annotation_of(const struct group *group, uint32_t i)
{
    return group->sets[i].members[0]->annotation;
}

/* The order of a group if nothing is known of any client: what is for all of them, as it stands. */
static struct order *order_unknown(const struct group *group)
{
    uint16_t *places = mem_zalloc(group->sets_count, sizeof(*places));
    uint32_t count = 0;

    for (uint32_t i = 0; i < group->sets_count; i++) {
        char where[ANNOTATION_ID_MAX];
        annotation_where_text(annotation_of(group, i), where);
        if (group->policy != ROUTE_GEO || strcmp(where, "default") == 0)
            places[count++] = (uint16_t)i;
    }
    struct order *order = order_fixed(places, count);
    free(places);
    return order;
}

static struct order *order_latency(struct atlas *atlas, const struct group *group)
{
    const char **regions = mem_zalloc(group->sets_count, sizeof(const char *));

    for (uint32_t i = 0; i < group->sets_count; i++)
        regions[i] = annotation_of(group, i)->region;
    struct order *order = atlas_order_latency(atlas, regions, group->sets_count);
    free(regions);
    return order;
}

static struct order *order_geo(struct atlas *atlas, const struct group *group)
{
    struct atlas_location *locations = mem_zalloc(group->sets_count, sizeof(*locations));

    for (uint32_t i = 0; i < group->sets_count; i++)
        locations[i] = annotation_of(group, i)->location;
    struct order *order = atlas_order_geo(atlas, locations, group->sets_count);
    free(locations);
    return order;
}

/* Regions are known: check_point() has seen that. */
static struct atlas_point point_of(const struct annotation_point *from)
{
    struct atlas_point point = {
            .latitude = (double)from->latitude / ANNOTATION_DEGREE,
            .longitude = (double)from->longitude / ANNOTATION_DEGREE,
    };
    int result = from->region != NULL ? atlas_region_point(from->region, &point) : 0;

    assert(result == 0);
    point.bias = from->bias;
    return point;
}

static struct order *order_geoproximity(struct atlas *atlas, const struct group *group)
{
    struct atlas_point *points = mem_zalloc(group->sets_count, sizeof(*points));

    for (uint32_t i = 0; i < group->sets_count; i++)
        points[i] = point_of(&annotation_of(group, i)->point);
    struct order *order = atlas_order_geoproximity(atlas, points, group->sets_count);
    free(points);
    return order;
}

static struct order *order_cidr(struct atlas *atlas, const struct group *group)
{
    const char **locations = mem_zalloc(group->sets_count, sizeof(const char *));

    for (uint32_t i = 0; i < group->sets_count; i++)
        locations[i] = annotation_of(group, i)->network.location;
    struct order *order = atlas_order_cidr(
            atlas, annotation_of(group, 0)->network.collection, locations, group->sets_count);
    free(locations);
    return order;
}

struct order *group_order(const struct group_plan *plan, const struct group *group)
{
    struct atlas *atlas = plan->lines->basis->atlas;

    switch (group->policy) {
    case ROUTE_LATENCY:
        return atlas_has_latency(atlas) ? order_latency(atlas, group) : order_unknown(group);
    case ROUTE_GEO:
        return atlas_has_geo(atlas) ? order_geo(atlas, group) : order_unknown(group);
    case ROUTE_GEOPROXIMITY:
        return atlas_has_geo(atlas) ? order_geoproximity(atlas, group) : order_unknown(group);
    default:
        assert(group->policy == ROUTE_CIDR);
        return order_cidr(atlas, group);
    }
}
