/* atlas_order.c -- see atlas.h: orders from places.
 *
 * Each policy ranks a group's sets for one value of its map (a place, a row of times, a location) and for no
 * value at all.  Equal ranks share a row, and the map of rows is derived from that of values.  A group has
 * few rows: one for each order that occurs, not for each network.
 */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "zone/atlas_parts.h"

#define REQUEST_MAX     (ROUTE_SETS_MAX * (ATLAS_NAME_MAX + 1U) + 256U) /* bytes; text of all sets */
#define EARTH_RADIUS_KM 6371.0
#define NO_TIME         UINT32_MAX
#define NO_SET          UINT32_MAX

/* The rows of an order while they are worked out. */
struct ranking {
    uint32_t sets;
    struct intern *rows; /* each an array of places */
    uint32_t count;      /* of the places at hand */
    uint16_t places[ROUTE_SETS_MAX];
    uint32_t *values; /* the row of each value of the map */
};

/* ------------------------------------------------------------------ rows */

static void ranking_init(struct ranking *ranking, uint32_t sets, uint32_t values)
{
    assert(sets <= ROUTE_SETS_MAX);
    *ranking = (struct ranking){.sets = sets, .rows = intern_new()};
    ranking->values = mem_zalloc(values, sizeof(*ranking->values));
}

static void begin_row(struct ranking *ranking)
{
    ranking->count = 0;
}

static void add_place(struct ranking *ranking, uint32_t set)
{
    if (set != NO_SET)
        ranking->places[ranking->count++] = (uint16_t)set;
}

/* Returns the row's number. */
static uint32_t end_row(struct ranking *ranking)
{
    uint32_t count = ranking->count < ATLAS_RANKED_MAX ? ranking->count : ATLAS_RANKED_MAX;
    return intern_add(ranking->rows, ranking->places, count * (uint32_t)sizeof(ranking->places[0]));
}

/* The row of all sets as they stand. */
static uint32_t row_as_they_stand(struct ranking *ranking)
{
    begin_row(ranking);
    for (uint32_t i = 0; i < ranking->sets; i++)
        add_place(ranking, i);
    return end_row(ranking);
}

static struct prefix_map *make_map(
        const struct prefix_map *map, const uint32_t *values, uint32_t none)
{
    struct prefix_map *empty = NULL;

    if (map == NULL) {
        empty = prefix_builder_finish(prefix_builder_new(), PREFIX_ANY);
        map = empty;
    }
    struct prefix_map *derived = prefix_map_derive(map, values, none);
    prefix_map_free(empty);
    return derived;
}

/* Rows and their places in one block: first all rows, then all places. */
static void make_rows(const struct intern *rows, struct order *order)
{
    size_t places_bytes = 0;
    uint32_t size;

    for (uint32_t i = 0; i < intern_count(rows); i++) {
        (void)intern_at(rows, i, &size);
        places_bytes += size;
    }
    order->rows_count = intern_count(rows);
    size_t rows_bytes = order->rows_count * sizeof(*order->rows);
    order->rows = mem_zalloc(rows_bytes + places_bytes, 1);
    char *at = (char *)order->rows + rows_bytes;
    for (uint32_t i = 0; i < order->rows_count; i++) {
        const void *places = intern_at(rows, i, &size);
        if (size > 0)
            memcpy(at, places, size);
        order->rows[i] = (struct order_row){
                (const uint16_t *)(const void *)at, size / (uint32_t)sizeof(uint16_t)};
        at += size;
    }
}

/* Ends a ranking whose values are those of `map`, NULL for a map without networks. */
static struct order *ranking_finish(
        struct ranking *ranking, const struct prefix_map *map, uint32_t none)
{
    struct order *order = mem_zalloc(1, sizeof(*order));

    order->map = make_map(map, ranking->values, none);
    make_rows(ranking->rows, order);
    atomic_init(&order->references, 1);
    intern_free(ranking->rows);
    free(ranking->values);
    return order;
}

/* ------------------------------------------------------------------ scores */

/* A set and what it is ranked by, the least first. */
struct score {
    double value;
    uint16_t place;
};

static int compare_scores(const void *a, const void *b)
{
    const struct score *left = a;
    const struct score *right = b;

    if (left->value != right->value)
        return left->value < right->value ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

/* The row of all sets by their scores; equal ones as they stand. */
static uint32_t row_by_score(struct ranking *ranking, const double *values)
{
    struct score scores[ROUTE_SETS_MAX];

    for (uint32_t i = 0; i < ranking->sets; i++)
        scores[i] = (struct score){values[i], (uint16_t)i};
    qsort(scores, ranking->sets, sizeof(scores[0]), compare_scores);
    begin_row(ranking);
    for (uint32_t i = 0; i < ranking->sets; i++)
        add_place(ranking, scores[i].place);
    return end_row(ranking);
}

/* ------------------------------------------------------------------ latency */

/* The sets of a row of times: where there is none, the set comes behind all that have one. */
static uint32_t rank_times(struct ranking *ranking, const struct latency *latency, uint32_t row,
        const uint32_t *regions)
{
    uint32_t rtt_us[LATENCY_REGIONS_MAX];
    double values[ROUTE_SETS_MAX];
    uint32_t count;
    const struct latency_time *times = latency_row(latency, row, &count);

    memset(rtt_us, 0xff, sizeof(rtt_us)); /* NO_TIME */
    for (uint32_t i = 0; i < count; i++)
        rtt_us[times[i].region] = times[i].rtt_us;
    for (uint32_t i = 0; i < ranking->sets; i++) {
        uint32_t time_us = regions[i] != INTERN_NONE ? rtt_us[regions[i]] : NO_TIME;
        values[i] = time_us != NO_TIME ? (double)time_us : (double)INFINITY;
    }
    return row_by_score(ranking, values);
}

static struct order *order_latency(
        const struct latency *latency, const char *const *names, uint32_t count)
{
    uint32_t rows = latency != NULL ? intern_count(latency->rows) : 0;
    uint32_t regions[ROUTE_SETS_MAX];
    struct ranking ranking;

    ranking_init(&ranking, count, rows);
    for (uint32_t i = 0; i < count && latency != NULL; i++)
        regions[i] = intern_find(latency->regions, names[i], (uint32_t)strlen(names[i]) + 1);
    for (uint32_t i = 0; i < rows; i++)
        ranking.values[i] = rank_times(&ranking, latency, i, regions);
    uint32_t none = row_as_they_stand(&ranking);
    return ranking_finish(&ranking, latency != NULL ? latency->map : NULL, none);
}

/* ------------------------------------------------------------------ geo */

/* Whether a location covers a place, for each link of the chain from the most specific (route53.md 1.6). */
static bool covers_subdivision(const struct atlas_location *location, const struct geo_place *place)
{
    return *location->subdivision != '\0' && strcmp(location->country, place->country) == 0 &&
           strcmp(location->subdivision, place->subdivision) == 0;
}

static bool covers_country(const struct atlas_location *location, const struct geo_place *place)
{
    return *location->subdivision == '\0' && *location->country != '\0' &&
           strcmp(location->country, place->country) == 0;
}

static bool covers_continent(const struct atlas_location *location, const struct geo_place *place)
{
    return *location->country == '\0' && *location->continent != '\0' &&
           strcmp(location->continent, place->continent) == 0;
}

static bool is_default(const struct atlas_location *location, const struct geo_place *place)
{
    (void)place;
    return *location->country == '\0' && *location->continent == '\0';
}

static bool (*const chain[])(
        const struct atlas_location *location, const struct geo_place *place) = {
        covers_subdivision,
        covers_country,
        covers_continent,
        is_default,
};

/* The sets of a place: of each link of the chain the first that covers it. */
static uint32_t rank_chain(struct ranking *ranking, const struct atlas_location *locations,
        const struct geo_place *place)
{
    begin_row(ranking);
    for (size_t link = 0; link < COUNT(chain); link++) {
        uint32_t i = 0;
        while (i < ranking->sets && !chain[link](&locations[i], place))
            i++;
        add_place(ranking, i < ranking->sets ? i : NO_SET);
    }
    return end_row(ranking);
}

/* There are many places, but few of their codes: these come first in a place. */
#define CODES_BYTES offsetof(struct geo_place, has_point)

static struct order *order_geo(
        const struct geo *geo, const struct atlas_location *locations, uint32_t count)
{
    static const struct geo_place unknown;
    uint32_t places = geo != NULL ? geo->places_count : 0;
    struct intern *codes = intern_new();
    uint32_t *rows = mem_zalloc(places, sizeof(*rows)); /* of the codes */
    struct ranking ranking;

    ranking_init(&ranking, count, places);
    for (uint32_t i = 0; i < places; i++) {
        uint32_t known = intern_count(codes);
        uint32_t number = intern_add(codes, &geo->places[i], CODES_BYTES);
        if (number == known)
            rows[number] = rank_chain(&ranking, locations, &geo->places[i]);
        ranking.values[i] = rows[number];
    }
    intern_free(codes);
    free(rows);
    uint32_t none = rank_chain(&ranking, locations, &unknown);
    return ranking_finish(&ranking, geo != NULL ? geo->map : NULL, none);
}

/* ------------------------------------------------------------------ geoproximity */

/* A point on the unit sphere. */
struct vector {
    double x, y, z;
};

static struct vector to_vector(double latitude, double longitude)
{
    double phi = latitude * M_PI / 180;
    double lambda = longitude * M_PI / 180;
    return (struct vector){cos(phi) * cos(lambda), cos(phi) * sin(lambda), sin(phi)};
}

/* The distance along the sphere.  Half the straight line between two points, squared, is the haversine of
 * their angle. */
static double distance_km(struct vector a, struct vector b)
{
    double x = a.x - b.x;
    double y = a.y - b.y;
    double z = a.z - b.z;
    double half_chord = sqrt(x * x + y * y + z * z) / 2;
    return 2 * EARTH_RADIUS_KM * asin(half_chord < 1 ? half_chord : 1);
}

/* route53.md 1.7: a bias makes a set's region larger or smaller by making distances to it other. */
static double biased(double distance, int bias)
{
    double share = bias / 100.0;
    return bias >= 0 ? distance * (1 - share) : distance / (1 + share);
}

static struct order *order_geoproximity(
        const struct geo *geo, const struct atlas_point *points, uint32_t count)
{
    uint32_t places = geo != NULL ? geo->places_count : 0;
    struct vector vectors[ROUTE_SETS_MAX];
    double values[ROUTE_SETS_MAX];
    struct ranking ranking;

    ranking_init(&ranking, count, places);
    uint32_t none = row_as_they_stand(&ranking);
    for (uint32_t i = 0; i < count; i++)
        vectors[i] = to_vector(points[i].latitude, points[i].longitude);
    for (uint32_t i = 0; i < places; i++) {
        const struct geo_place *place = &geo->places[i];
        struct vector client = to_vector((double)place->latitude, (double)place->longitude);
        for (uint32_t j = 0; j < count; j++)
            values[j] = biased(distance_km(client, vectors[j]), points[j].bias);
        ranking.values[i] = place->has_point ? row_by_score(&ranking, values) : none;
    }
    return ranking_finish(&ranking, geo != NULL ? geo->map : NULL, none);
}

/* ------------------------------------------------------------------ CIDR */

static struct order *order_cidr(const struct cidr *cidr, const char *const *names, uint32_t count)
{
    uint32_t locations = cidr != NULL ? intern_count(cidr->locations) : 0;
    uint32_t *sets = mem_alloc(locations * sizeof(*sets)); /* of each location */
    uint32_t fallback = NO_SET;
    struct ranking ranking;

    ranking_init(&ranking, count, locations);
    memset(sets, 0xff, locations * sizeof(*sets)); /* NO_SET */
    for (uint32_t i = count; i-- > 0;) {
        uint32_t location = INTERN_NONE;
        if (strcmp(names[i], "*") == 0)
            fallback = i;
        else if (cidr != NULL)
            location = intern_find(cidr->locations, names[i], (uint32_t)strlen(names[i]) + 1);
        if (location != INTERN_NONE)
            sets[location] = i;
    }
    for (uint32_t i = 0; i < locations; i++) {
        begin_row(&ranking);
        add_place(&ranking, sets[i]);
        add_place(&ranking, fallback);
        ranking.values[i] = end_row(&ranking);
    }
    free(sets);
    begin_row(&ranking);
    add_place(&ranking, fallback);
    uint32_t none = end_row(&ranking);
    return ranking_finish(&ranking, cidr != NULL ? cidr->map : NULL, none);
}

/* ------------------------------------------------------------------ requests */

/* A request begins with the policy.  Texts end with their NUL, so that no two requests are written alike. */
static void begin_request(struct buf *request, enum route_policy policy)
{
    buf_init(request, REQUEST_MAX);
    buf_add(request, &policy, sizeof(policy));
}

static void add_text(struct buf *request, const char *text)
{
    buf_add(request, text, strlen(text) + 1);
}

/* Keeps the order that a request was answered with, and returns it. */
static struct order *keep(
        struct atlas *atlas, struct buf *request, struct part *part, struct order *order)
{
    assert(!request->cut);
    order_cache_add(atlas->orders, request, part, order);
    return order;
}

struct order *atlas_order_latency(struct atlas *atlas, const char *const *regions, uint32_t count)
{
    struct buf request;

    begin_request(&request, ROUTE_LATENCY);
    for (uint32_t i = 0; i < count; i++)
        add_text(&request, regions[i]);
    struct order *order = order_cache_find(atlas->orders, &request);
    if (order == NULL)
        order = keep(atlas, &request, atlas->latency,
                order_latency(atlas_latency(atlas), regions, count));
    buf_done(&request);
    return order;
}

struct order *atlas_order_geo(
        struct atlas *atlas, const struct atlas_location *locations, uint32_t count)
{
    struct buf request;

    begin_request(&request, ROUTE_GEO);
    for (uint32_t i = 0; i < count; i++) {
        add_text(&request, locations[i].continent);
        add_text(&request, locations[i].country);
        add_text(&request, locations[i].subdivision);
    }
    struct order *order = order_cache_find(atlas->orders, &request);
    if (order == NULL)
        order = keep(atlas, &request, atlas->geo, order_geo(atlas_geo(atlas), locations, count));
    buf_done(&request);
    return order;
}

struct order *atlas_order_geoproximity(
        struct atlas *atlas, const struct atlas_point *points, uint32_t count)
{
    struct buf request;

    begin_request(&request, ROUTE_GEOPROXIMITY);
    for (uint32_t i = 0; i < count; i++) {
        buf_add(&request, &points[i].latitude, sizeof(points[i].latitude));
        buf_add(&request, &points[i].longitude, sizeof(points[i].longitude));
        buf_add(&request, &points[i].bias, sizeof(points[i].bias));
    }
    struct order *order = order_cache_find(atlas->orders, &request);
    if (order == NULL)
        order = keep(
                atlas, &request, atlas->geo, order_geoproximity(atlas_geo(atlas), points, count));
    buf_done(&request);
    return order;
}

struct order *atlas_order_cidr(
        struct atlas *atlas, const char *collection, const char *const *locations, uint32_t count)
{
    const struct collection *found = collections_find(atlas->collections, collection);
    struct part *part = found != NULL ? found->part : NULL;
    struct buf request;

    begin_request(&request, ROUTE_CIDR);
    add_text(&request, collection);
    for (uint32_t i = 0; i < count; i++)
        add_text(&request, locations[i]);
    struct order *order = order_cache_find(atlas->orders, &request);
    if (order == NULL)
        order = keep(atlas, &request, part,
                order_cidr(part != NULL ? part->data : NULL, locations, count));
    buf_done(&request);
    return order;
}
