/* atlas.c -- see atlas.h: loading one, and what it knows by name. */
#include "zone/atlas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "zone/atlas_parts.h"
#include "zone/region.h"

/* ------------------------------------------------------------------ loading */

#define GEO_COPY     "geoip.mmdb"
#define LATENCY_COPY "latency.csv"

/* The part of a file, if one is configured. */
static struct part *load(const struct part_kind *kind, struct part_source source, struct part *old,
        struct diag *diag)
{
    return source.path != NULL ? part_load(kind, &source, old, diag) : NULL;
}

static bool is_current(const void *context, const struct part *part)
{
    const struct atlas *atlas = context;

    if (part == atlas->geo || part == atlas->latency)
        return true;
    for (size_t i = 0; i < atlas->collections->count; i++)
        if (part == atlas->collections->list[i].part)
            return true;
    return false;
}

/* Whether all parts are those of another atlas.  Parts are shared where nothing has changed. */
static bool has_same_parts(const struct atlas *atlas, const struct atlas *other)
{
    const struct collections *a = atlas->collections;
    const struct collections *b = other->collections;

    if (atlas->geo != other->geo || atlas->latency != other->latency || b == NULL ||
            a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->list[i].part != b->list[i].part)
            return false;
    return true;
}

struct atlas *atlas_load(
        const struct atlas_sources *sources, const struct atlas *old, struct diag *diag)
{
    static const struct atlas nothing;
    const struct part_source geo = {sources->geoip_file, sources->copies_dir, GEO_COPY};
    const struct part_source latency = {sources->latency_file, sources->copies_dir, LATENCY_COPY};
    const struct collections_sources collections = {
            sources->cidr_dirs, sources->cidr_dirs_count, sources->copies_dir};
    struct atlas *atlas = mem_zalloc(1, sizeof(*atlas));

    if (old == NULL)
        old = &nothing;
    atlas->geo = load(&part_geo, geo, old->geo, diag);
    atlas->latency = load(&part_latency, latency, old->latency, diag);
    atlas->collections = collections_load(&collections, old->collections, diag);
    atlas->orders = order_cache_new();
    if (old->orders != NULL)
        order_cache_inherit(atlas->orders, old->orders, is_current, atlas);
    atlas->version = has_same_parts(atlas, old) ? old->version : old->version + 1;
    return atlas;
}

struct atlas *atlas_load_files(
        const struct atlas_files *files, const struct atlas *old, struct diag *diag)
{
    uint32_t count;
    char **dirs = collections_dirs(files->zones_dir, files->zones, files->zones_count, &count);
    const struct atlas_sources sources = {
            .geoip_file = files->geoip_file,
            .latency_file = files->latency_file,
            .cidr_dirs = (const char *const *)dirs,
            .cidr_dirs_count = count,
            .copies_dir = files->copies_dir,
    };
    struct atlas *atlas = atlas_load(&sources, old, diag);

    collections_dirs_free(dirs, count);
    return atlas;
}

uint64_t atlas_version(const struct atlas *atlas)
{
    return atlas != NULL ? atlas->version : 0;
}

void atlas_free(struct atlas *atlas)
{
    if (atlas == NULL)
        return;
    order_cache_free(atlas->orders);
    collections_free(atlas->collections);
    part_unref(atlas->latency);
    part_unref(atlas->geo);
    free(atlas);
}

/* ------------------------------------------------------------------ names */

bool atlas_has_geo(const struct atlas *atlas)
{
    return atlas != NULL && atlas->geo != NULL;
}

bool atlas_has_latency(const struct atlas *atlas)
{
    return atlas != NULL && atlas->latency != NULL;
}

static bool has_name(const struct intern *names, const char *name)
{
    return intern_find(names, name, (uint32_t)strlen(name) + 1) != INTERN_NONE;
}

/* The nearest of some names to a misspelt one, or NULL. */
static const char *nearest_name(const struct intern *names, const char *word)
{
    struct str_nearest nearest = {.word = word};
    uint32_t size;

    for (uint32_t i = 0; i < intern_count(names); i++)
        str_nearest_offer(&nearest, intern_at(names, i, &size));
    return nearest.best;
}

bool atlas_has_region(const struct atlas *atlas, const char *region)
{
    return atlas_has_latency(atlas) && has_name(atlas_latency(atlas)->regions, region);
}

const char *atlas_nearest_region(const struct atlas *atlas, const char *region)
{
    return atlas_has_latency(atlas) ? nearest_name(atlas_latency(atlas)->regions, region) : NULL;
}

static const struct cidr *find_cidr(const struct atlas *atlas, const char *name)
{
    const struct collection *collection =
            atlas != NULL ? collections_find(atlas->collections, name) : NULL;
    return collection != NULL ? collection->part->data : NULL;
}

bool atlas_has_collection(const struct atlas *atlas, const char *collection)
{
    return find_cidr(atlas, collection) != NULL;
}

const char *atlas_nearest_collection(const struct atlas *atlas, const char *collection)
{
    struct str_nearest nearest = {.word = collection};

    for (size_t i = 0; atlas != NULL && i < atlas->collections->count; i++)
        str_nearest_offer(&nearest, atlas->collections->list[i].name);
    return nearest.best;
}

bool atlas_has_cidr_location(
        const struct atlas *atlas, const char *collection, const char *location)
{
    const struct cidr *cidr = find_cidr(atlas, collection);
    return cidr != NULL && has_name(cidr->locations, location);
}

const char *atlas_nearest_cidr_location(
        const struct atlas *atlas, const char *collection, const char *location)
{
    const struct cidr *cidr = find_cidr(atlas, collection);
    return cidr != NULL ? nearest_name(cidr->locations, location) : NULL;
}

int atlas_region_point(const char *region, struct atlas_point *ret)
{
    const struct region *found = region_find(region);

    if (found == NULL)
        return -ENOENT;
    *ret = (struct atlas_point){.latitude = found->latitude, .longitude = found->longitude};
    return 0;
}

const char *atlas_nearest_region_point(const char *region)
{
    return region_nearest(region);
}
