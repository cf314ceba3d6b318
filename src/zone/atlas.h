/* atlas.h -- what is known of where clients are: the geo database, the latency table and the CIDR
 * collections, and the orders (route/order.h) that groups get from them.
 *
 * An atlas is loaded before the zones that are built upon it.  Each of its parts that is faulty keeps
 * its last good version, and the fault is told.  Orders are worked out once for each distinct list of
 * places and shared by all groups that ask for it.  Used by one thread at a time: the one that loads.
 * Zones hold references to their orders, so an atlas may go while zones built upon it are served.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "route/order.h"
#include "route/route.h"

#define ATLAS_NAME_MAX   64U  /* bytes of a region, a collection or a location */
#define ATLAS_RANKED_MAX 128U /* sets that one client may get, the best ones of a larger group */

/* A location of @geo.  At least one is set, or none for the default; a subdivision stands with its
 * country, a continent alone (route53.md 1.6). */
struct atlas_location {
    char continent[3]; /* two letters, or "" */
    char country[3];
    char subdivision[4];
};

/* A location of @geoproximity. */
struct atlas_point {
    double latitude;  /* degrees, -90..90 */
    double longitude; /* -180..180 */
    int bias;         /* -99..99 (route53.md 1.7) */
};

/* Where the parts come from; all borrowed, NULL or 0 for none. */
struct atlas_sources {
    const char *geoip_file;
    const char *latency_file;
    const char *const *cidr_dirs; /* each NAME.cidr.json in them is the collection NAME */
    uint32_t cidr_dirs_count;
    const char *copies_dir; /* for copies of good files (part.h) */
};

/* The same as a configuration has it: collections lie beside the zone files.  All borrowed. */
struct atlas_files {
    const char *geoip_file; /* NULL for none; so are the next two */
    const char *latency_file;
    const char *zones_dir;
    char *const *zones; /* "ORIGIN=FILE" */
    size_t zones_count;
    const char *copies_dir; /* NULL for none */
};

struct atlas;

/* Loads an atlas; a part whose file is faulty, or has not changed, is taken from `old`, which may be NULL and
 * stays the caller's; a faulty one is missing if there is neither that nor a copy.  Faults are in `diag`.
 * Never fails. */
MUST_CHECK struct atlas *atlas_load(
        const struct atlas_sources *sources, const struct atlas *old, struct diag *diag);

/* The same out of what the configuration names. */
MUST_CHECK struct atlas *atlas_load_files(
        const struct atlas_files *files, const struct atlas *old, struct diag *diag);

/* A number that is another one whenever a part of the atlas is another than in the one loaded before; 0 for NULL. */
uint64_t atlas_version(const struct atlas *atlas);

/* NULL does nothing. */
void atlas_free(struct atlas *atlas);

/* Whether there is a geo database, a latency table.  An atlas that is NULL has nothing. */
bool atlas_has_geo(const struct atlas *atlas);
bool atlas_has_latency(const struct atlas *atlas);

/* Whether the latency table has a region, and the nearest to it that it has, or NULL. */
bool atlas_has_region(const struct atlas *atlas, const char *region);
const char *atlas_nearest_region(const struct atlas *atlas, const char *region);

/* Whether there is a collection, or a location in it; and the nearest name, or NULL. */
bool atlas_has_collection(const struct atlas *atlas, const char *collection);
const char *atlas_nearest_collection(const struct atlas *atlas, const char *collection);
bool atlas_has_cidr_location(
        const struct atlas *atlas, const char *collection, const char *location);
const char *atlas_nearest_cidr_location(
        const struct atlas *atlas, const char *collection, const char *location);

/* The coordinates of a named region ("eu-west-1"): 0 and *ret, or -ENOENT; and the nearest name. */
MUST_CHECK int atlas_region_point(const char *region, struct atlas_point *ret);
const char *atlas_nearest_region_point(const char *region);

/* The order of a group whose i-th set has the i-th place.  Each returns a reference.
 *
 * latency: every set, by round-trip time from the client; those the table has no time for come last, as
 * they stand.  geo: those of the chain subdivision, country, continent, default that cover the client.
 * geoproximity: every set, by distance with its bias; as they stand where the client's place is not
 * known.  cidr: the set of the location that holds the client, then that of "*"; locations are of one
 * collection. */
MUST_CHECK struct order *atlas_order_latency(
        struct atlas *atlas, const char *const *regions, uint32_t count);
MUST_CHECK struct order *atlas_order_geo(
        struct atlas *atlas, const struct atlas_location *locations, uint32_t count);
MUST_CHECK struct order *atlas_order_geoproximity(
        struct atlas *atlas, const struct atlas_point *points, uint32_t count);
MUST_CHECK struct order *atlas_order_cidr(
        struct atlas *atlas, const char *collection, const char *const *locations, uint32_t count);
