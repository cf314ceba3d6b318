/* annotation_format.c -- see annotation.h: annotations as text again, and in comparison. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "dns/name.h"
#include "zone/annotation.h"

#define DEGREES_TEXT_MAX 16U /* "-180.1234567" and a NUL */

/* ------------------------------------------------------------------ words of a policy */

static const char *rank_text(const struct annotation *annotation, char ret[ANNOTATION_ID_MAX])
{
    static const char *const ranks[] = {"0", "primary", "secondary"};

    if (annotation->rank < COUNT(ranks))
        snprintf(ret, ANNOTATION_ID_MAX, "%s", ranks[annotation->rank]);
    else
        snprintf(ret, ANNOTATION_ID_MAX, "%u", annotation->rank);
    return ret;
}

/* Degrees with as many digits as they have. */
static const char *degrees_text(int32_t degrees, char ret[DEGREES_TEXT_MAX])
{
    const char *sign = degrees < 0 ? "-" : "";
    int whole = abs(degrees) / ANNOTATION_DEGREE;
    int rest = abs(degrees) % ANNOTATION_DEGREE;

    if (rest == 0) {
        snprintf(ret, DEGREES_TEXT_MAX, "%s%d", sign, whole);
        return ret;
    }
    int digits = 7;
    for (; rest % 10 == 0; digits--)
        rest /= 10;
    snprintf(ret, DEGREES_TEXT_MAX, "%s%d.%0*d", sign, whole, digits, rest);
    return ret;
}

static_assert(ANNOTATION_DEGREE == 10000000, "degrees_text() writes seven digits");

static const char *location_text(const struct atlas_location *location, char ret[ANNOTATION_ID_MAX])
{
    if (location->subdivision[0] != '\0')
        snprintf(ret, ANNOTATION_ID_MAX, "%s-%s", location->country, location->subdivision);
    else if (location->country[0] != '\0')
        snprintf(ret, ANNOTATION_ID_MAX, "%s", location->country);
    else
        snprintf(ret, ANNOTATION_ID_MAX, "%s",
                location->continent[0] != '\0' ? location->continent : "default");
    return ret;
}

static const char *point_text(const struct annotation_point *point, char ret[ANNOTATION_ID_MAX])
{
    char latitude[DEGREES_TEXT_MAX];
    char longitude[DEGREES_TEXT_MAX];

    if (point->region != NULL)
        snprintf(ret, ANNOTATION_ID_MAX, "%s", point->region);
    else
        snprintf(ret, ANNOTATION_ID_MAX, "%s,%s", degrees_text(point->latitude, latitude),
                degrees_text(point->longitude, longitude));
    return ret;
}

const char *annotation_where_text(const struct annotation *annotation, char ret[ANNOTATION_ID_MAX])
{
    ret[0] = '\0';
    if (annotation->policy == ROUTE_LATENCY)
        snprintf(ret, ANNOTATION_ID_MAX, "%s", annotation->region);
    else if (annotation->policy == ROUTE_GEO)
        location_text(&annotation->location, ret);
    else if (annotation->policy == ROUTE_GEOPROXIMITY)
        point_text(&annotation->point, ret);
    else if (annotation->policy == ROUTE_CIDR)
        snprintf(ret, ANNOTATION_ID_MAX, "%s", annotation->network.location);
    return ret;
}

const char *annotation_id(const struct annotation *annotation, char ret[ANNOTATION_ID_MAX])
{
    if (annotation->set[0] != '\0') {
        snprintf(ret, ANNOTATION_ID_MAX, "%s", annotation->set);
        return ret;
    }
    switch (annotation->policy) {
    case ROUTE_SIMPLE:
        snprintf(ret, ANNOTATION_ID_MAX, "simple");
        return ret;
    case ROUTE_FAILOVER:
        return rank_text(annotation, ret);
    case ROUTE_WEIGHTED:
    case ROUTE_MULTIVALUE:
        return NULL;
    default:
        return annotation_where_text(annotation, ret);
    }
}

/* ------------------------------------------------------------------ in comparison */

static int compare_points(const struct annotation_point *a, const struct annotation_point *b)
{
    int order = strcmp(a->region != NULL ? a->region : "", b->region != NULL ? b->region : "");

    if (order == 0)
        order = (a->latitude > b->latitude) - (a->latitude < b->latitude);
    if (order == 0)
        order = (a->longitude > b->longitude) - (a->longitude < b->longitude);
    return order != 0 ? order : a->bias - b->bias;
}

static int compare_locations(const struct atlas_location *a, const struct atlas_location *b)
{
    int order = strcmp(a->continent, b->continent);

    if (order == 0)
        order = strcmp(a->country, b->country);
    return order != 0 ? order : strcmp(a->subdivision, b->subdivision);
}

int annotation_compare_where(const struct annotation *a, const struct annotation *b)
{
    int order = 0;

    assert(a->policy == b->policy);
    if (a->policy == ROUTE_LATENCY)
        order = strcmp(a->region, b->region);
    else if (a->policy == ROUTE_GEO)
        order = compare_locations(&a->location, &b->location);
    else if (a->policy == ROUTE_GEOPROXIMITY)
        order = compare_points(&a->point, &b->point);
    else if (a->policy == ROUTE_CIDR)
        order = strcmp(a->network.collection, b->network.collection);
    if (order == 0 && a->policy == ROUTE_CIDR)
        order = strcmp(a->network.location, b->network.location);
    return order;
}

/* ------------------------------------------------------------------ the whole */

static void add_location(const struct atlas_location *location, struct buf *ret)
{
    if (location->continent[0] != '\0')
        buf_printf(ret, " continent=%s", location->continent);
    if (location->country[0] != '\0')
        buf_printf(ret, " country=%s", location->country);
    if (location->subdivision[0] != '\0')
        buf_printf(ret, " subdivision=%s", location->subdivision);
    if (location->continent[0] == '\0' && location->country[0] == '\0')
        buf_add_string(ret, " default");
}

static void add_point(const struct annotation_point *point, struct buf *ret)
{
    char text[ANNOTATION_ID_MAX];

    buf_printf(ret, " %s=%s", point->region != NULL ? "region" : "at", point_text(point, text));
    if (point->bias != 0)
        buf_printf(ret, " bias=%d", point->bias);
}

/* What a policy has of its own. */
static void add_arguments(const struct annotation *annotation, struct buf *ret)
{
    char text[ANNOTATION_ID_MAX];

    switch (annotation->policy) {
    case ROUTE_FAILOVER:
        buf_printf(ret, " %s", rank_text(annotation, text));
        break;
    case ROUTE_WEIGHTED:
        buf_printf(ret, " %u", annotation->weight);
        break;
    case ROUTE_LATENCY:
        buf_printf(ret, " %s", annotation->region);
        break;
    case ROUTE_GEO:
        add_location(&annotation->location, ret);
        break;
    case ROUTE_GEOPROXIMITY:
        add_point(&annotation->point, ret);
        break;
    case ROUTE_CIDR:
        buf_printf(ret, " %s/%s", annotation->network.collection, annotation->network.location);
        break;
    default:
        break;
    }
}

void annotation_format(const struct annotation *annotation, struct buf *ret)
{
    char name[NAME_TEXT_MAX];

    buf_printf(ret, "@%s", route_policy_name(annotation->policy));
    add_arguments(annotation, ret);
    if (annotation->check[0] != '\0')
        buf_printf(ret, " check=%s", annotation->check);
    if (annotation->set[0] != '\0')
        buf_printf(ret, " set=%s", annotation->set);
    if (annotation->alias != NULL)
        buf_printf(ret, " alias=%s", name_to_text(annotation->alias, name));
    if (annotation->has_evaluate)
        buf_printf(ret, " evaluate=%s", annotation->evaluate ? "yes" : "no");
    if (annotation->couple[0] != '\0')
        buf_printf(ret, " couple=%s%s", annotation->couple, annotation->couple_any ? ",any" : "");
    if (annotation->sticky_bits[CLIENT_IPV4] != 0)
        buf_printf(ret, " sticky=%u/%u", annotation->sticky_bits[CLIENT_IPV4],
                annotation->sticky_bits[CLIENT_IPV6]);
}
