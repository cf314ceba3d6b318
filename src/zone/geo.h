/* geo.h -- a geo database: from networks to places.
 *
 * A file in MaxMind's format (GeoLite2 City or Country, and what others publish in that form) is read
 * whole when zones are loaded: its tree becomes a prefix map whose values are places, each place once.
 * What it says of the continent of some countries is overruled as in Route 53 (route53.md 1.6).  The file
 * is not needed afterwards.  libmaxminddb is touched only in geo.c.  Immutable once loaded; any thread.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "route/prefix_map.h"
#include "zone/geo_record.h"

#define GEO_FILE_MAX    (1U << 30) /* bytes of a database */
#define GEO_STEPS_MAX   100000000U /* nodes of its tree that are walked */
#define GEO_SHARING_MAX 16U /* times each node is walked, on average, where branches share it */

struct geo {
    struct prefix_map *map; /* values are places; owned */
    struct geo_place *places;
    uint32_t places_count;
};

/* Reads a database from a descriptor, which stays the caller's; it is called `file` in messages.  It is mapped
 * into memory: nobody may cut it off meanwhile.
 *
 * Returns 0 and a new *ret, ended with geo_free(); or ERR_FAULTY with the fault in diag. */
MUST_CHECK int geo_load(int fd, const char *file, struct geo **ret, struct diag *diag);

/* NULL does nothing. */
void geo_free(struct geo *geo);
