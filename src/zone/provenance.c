/* provenance.c -- see provenance.h.
 *
 * Of the basis a zone depends on the slots of the checks it names, on the atlas if it asks where clients are, and
 * on how many threads its caches have room for.
 */
#include "zone/provenance.h"

#include <string.h>

#include "health/ids.h"
#include "zone/annotation.h"
#include "zone/atlas.h"

struct check {
    const char *id;
    uint32_t slot;
};

struct provenance {
    const struct provenance_file *files; /* the zone file first */
    uint32_t files_count;
    struct check *checks; /* one may stand there more than once */
    size_t checks_count;
    uint64_t atlas_version; /* 0: nothing was asked of it */
    uint32_t workers;
};

static void note_files(
        struct provenance *provenance, const struct reading *reading, struct arena *arena)
{
    struct provenance_file *files =
            arena_copy(arena, reading->files, reading->files_count * sizeof(*files));

    for (uint32_t i = 0; i < reading->files_count; i++)
        files[i].path = arena_string(arena, files[i].path);
    provenance->files = files;
    provenance->files_count = reading->files_count;
}

/* The check that a line names, or NULL if it is that of the line before, or none. */
static const char *next_check(const struct reading *reading, size_t i, const char *last)
{
    const struct annotation *annotation = reading->records[i].annotation;

    if (annotation == NULL || annotation->check[0] == '\0')
        return NULL;
    return last == NULL || strcmp(annotation->check, last) != 0 ? annotation->check : NULL;
}

static void note_checks(struct provenance *provenance, const struct reading *reading,
        const struct health_ids *ids, struct arena *arena)
{
    const char *last = NULL;
    const char *id;
    size_t count = 0;

    for (size_t i = 0; i < reading->count; i++)
        if ((id = next_check(reading, i, last)) != NULL) {
            last = id;
            count++;
        }
    provenance->checks = arena_alloc(arena, count * sizeof(*provenance->checks));
    last = NULL;
    for (size_t i = 0; i < reading->count; i++)
        if ((id = next_check(reading, i, last)) != NULL) {
            last = id;
            provenance->checks[provenance->checks_count++] =
                    (struct check){arena_string(arena, id), health_ids_find(ids, id)};
        }
}

void provenance_note(
        struct zone *zone, const struct reading *reading, const struct zone_basis *basis)
{
    struct provenance *provenance = arena_zalloc(zone->arena, sizeof(*provenance));

    note_files(provenance, reading, zone->arena);
    note_checks(provenance, reading, basis->ids, zone->arena);
    provenance->atlas_version = zone->orders_count > 0 ? atlas_version(basis->atlas) : 0;
    provenance->workers = basis->workers;
    zone->provenance = provenance;
}

bool provenance_holds(const struct zone *zone, const char *path, const struct zone_basis *basis)
{
    const struct provenance *provenance = zone->provenance;

    if (provenance == NULL || provenance->files_count == 0 ||
            strcmp(provenance->files[0].path, path) != 0 || provenance->workers != basis->workers)
        return false;
    if (zone->orders_count > 0 && provenance->atlas_version != atlas_version(basis->atlas))
        return false;
    for (uint32_t i = 0; i < provenance->files_count; i++)
        if (!file_is_unchanged(provenance->files[i].path, &provenance->files[i].version))
            return false;
    for (size_t i = 0; i < provenance->checks_count; i++)
        if (health_ids_find(basis->ids, provenance->checks[i].id) != provenance->checks[i].slot)
            return false;
    return true;
}
