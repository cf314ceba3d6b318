/* collections.h -- all CIDR collections: every NAME.cidr.json in the directories that hold zone files.
 *
 * A collection whose file has become faulty, or whose directory cannot be read, keeps its last good
 * version; one whose file is gone is gone.  As an atlas: used by the one thread that loads.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "zone/part.h"

#define COLLECTIONS_MAX      10000U
#define COLLECTIONS_SUFFIX   ".cidr.json"
#define COLLECTIONS_NAME_MAX 64U /* bytes of a name */

struct collection {
    char *name;
    struct part *part; /* of the kind part_cidr */
};

struct collections {
    struct collection *list; /* sorted by name */
    size_t count;
};

/* The directories with collections, and that for their copies (part.h); all borrowed. */
struct collections_sources {
    const char *const *dirs;
    uint32_t dirs_count;
    const char *copies_dir; /* NULL for none */
};

/* Loads every collection; `old`, which may be NULL, stays the caller's.  Faults are in diag.  Returns a new
 * list, ended with collections_free(), for which NULL does nothing. */
MUST_CHECK struct collections *collections_load(const struct collections_sources *sources,
        const struct collections *old, struct diag *diag);
void collections_free(struct collections *collections);

/* The collection of a name, or NULL. */
const struct collection *collections_find(const struct collections *collections, const char *name);

/* The directories that hold zone files, each once: `zones_dir`, which may be NULL, and that of each of
 * `zone_count` strings "ORIGIN=FILE".  Returns a new list of *ret_count new strings, ended with
 * collections_dirs_free(). */
MUST_CHECK char **collections_dirs(
        const char *zones_dir, char *const *zones, size_t zone_count, uint32_t *ret_count);
void collections_dirs_free(char **dirs, uint32_t count);
