/* load.c -- see load.h. */
#include "zone/load.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "zone/builder.h"
#include "zone/keep.h"
#include "zone/provenance.h"
#include "zone/reading.h"

/* ------------------------------------------------------------------ one zone */

/* Checks and compiles what was read without fault. */
static int build(struct reading *reading, const char *file, const uint8_t *origin,
        const struct zone_basis *basis, struct zone **ret)
{
    struct zone_input input = {origin, reading->records, reading->count, basis};

    if (reading->count == 0) {
        diag_error(reading->diag, (struct diag_place){.file = file}, "no record is in this file");
        return ERR_FAULTY;
    }
    return zone_build(&input, ret, reading->diag);
}

/* Writes the copy of a good zone.  One that cannot be written is a warning, since the zone is good, and
 * goes: an older one would bring back what is not in force any more. */
static void write_copy(
        struct reading *reading, const struct zone_source *source, const char *copies)
{
    const uint8_t *apex = source->origin.bytes;
    int error = zone_keep_save(copies, apex, reading->records, reading->count);
    if (error == 0)
        return;
    zone_keep_remove(copies, apex);
    diag_warning(reading->diag, (struct diag_place){.file = source->path},
            "no copy can be kept in %s, for a responder that is restarted: %s", copies,
            err_text(error));
}

/* What the configuration says of a zone. */
static void take_marks(struct zone *zone, const struct zone_source *source)
{
    zone->ignore_ecs = source->ignore_ecs;
    zone->open_on_stale = source->open_on_stale;
    zone->max_down = source->max_down;
}

static bool has_marks(const struct zone *zone, const struct zone_source *source)
{
    return zone->ignore_ecs == source->ignore_ecs && zone->open_on_stale == source->open_on_stale &&
           zone->max_down.share_percent == source->max_down.share_percent &&
           zone->max_down.window_ms == source->max_down.window_ms;
}

/* Loads a zone and, if `copies` names a directory, writes its copy there. */
static int load_and_copy(const struct zone_source *source, const struct zone_basis *basis,
        const char *copies, struct zone **ret, struct diag *diag)
{
    const uint8_t *origin = source->origin.bytes;
    uint32_t warnings = diag_warnings(diag);
    struct reading reading;

    reading_init(&reading, diag);
    int result = reading_read(&reading, source->path, origin);
    if (result == 0)
        result = build(&reading, source->path, origin, basis, ret);
    if (result == 0)
        take_marks(*ret, source);
    if (result == 0 && copies != NULL)
        write_copy(&reading, source, copies);
    if (result == 0 && diag_warnings(diag) == warnings)
        provenance_note(*ret, &reading, basis);
    reading_done(&reading);
    return result;
}

int zone_load(const struct zone_source *source, const struct zone_basis *basis, struct zone **ret,
        struct diag *diag)
{
    return load_and_copy(source, basis, NULL, ret, diag);
}

int zone_load_text(const struct master_text *text, const uint8_t *origin,
        const struct zone_basis *basis, struct zone **ret, struct diag *diag)
{
    struct reading reading;

    reading_init(&reading, diag);
    int result = reading_read_text(&reading, text, origin);
    if (result == 0)
        result = build(&reading, text->file, origin, basis, ret);
    reading_done(&reading);
    return result;
}

/* ------------------------------------------------------------------ all zones */

static void describe(const struct zone *zone, struct zone_load_row *row)
{
    row->serial = zone->serial;
    row->records = zone->records;
    row->names = zone->names_count;
}

/* The last good version of a zone whose file is faulty, or NULL: what was served until now or, in a
 * responder that was restarted, its copy.  Faults of the copy (a check is gone, say) help nobody. */
static struct zone *find_last_good(const struct zone_sources *sources,
        const struct zone_source *source, const struct zone_set *old)
{
    struct zone *last = old != NULL ? zone_set_get(old, source->origin.bytes) : NULL;
    struct zone_source copy = {
            .origin = source->origin,
            .ignore_ecs = source->ignore_ecs,
            .open_on_stale = source->open_on_stale,
            .max_down = source->max_down,
    };
    struct zone *zone = NULL;

    if (last != NULL && !last->faulty)
        return zone_ref(last);
    if (sources->copies.dir != NULL)
        copy.path = zone_keep_path(sources->copies.dir, source->origin.bytes);
    if (copy.path == NULL)
        return NULL;
    struct diag *ignored = diag_new();
    if (zone_load(&copy, sources->copies.basis, &zone, ignored) < 0)
        zone = NULL;
    diag_free(ignored);
    free(copy.path);
    return zone;
}

/* The version of a zone that is served, if its source would give the same again; else NULL. */
static struct zone *find_same(const struct zone_set *old, const struct zone_source *source,
        const struct zone_basis *basis)
{
    struct zone *zone = old != NULL ? zone_set_get(old, source->origin.bytes) : NULL;

    if (zone == NULL || !has_marks(zone, source) || !provenance_holds(zone, source->path, basis))
        return NULL;
    return zone_ref(zone);
}

/* One load of all zones. */
struct loading {
    const struct zone_sources *sources;
    const char *copies; /* where they are written; NULL: nowhere */
    const struct zone_basis *basis;
    const struct zone_set *old; /* NULL for none */
    struct diag *diag;
};

/* Loads one source into *row and returns what is to be served of it: never NULL. */
static struct zone *load_one(
        const struct loading *loading, const struct zone_source *source, struct zone_load_row *row)
{
    const struct zone_sources *sources = loading->sources;
    struct diag *diag = diag_new();
    struct zone *zone;

    *row = (struct zone_load_row){.origin = source->origin, .path = mem_string(source->path)};
    zone = find_same(loading->old, source, loading->basis);
    row->is_unchanged = zone != NULL;
    if (zone != NULL || load_and_copy(source, loading->basis, loading->copies, &zone, diag) == 0) {
        row->outcome = ZONE_LOADED;
    } else {
        zone = find_last_good(sources, source, loading->old);
        row->outcome = zone != NULL ? ZONE_KEPT : ZONE_FAULTY;
        if (zone == NULL)
            zone = zone_new_faulty(source->origin.bytes);
    }
    describe(zone, row);
    row->errors = diag_errors(diag);
    row->warnings = diag_warnings(diag);
    diag_append(loading->diag, diag);
    diag_free(diag);
    return zone;
}

/* Adds a row for each zone of the old set that no source has. */
static void report_removed(const struct loading *loading, struct zone_load_report *report)
{
    const struct zone_set *old = loading->old;

    for (size_t i = 0; i < zone_set_count(old); i++) {
        const struct zone *zone = zone_set_at(old, i);
        if (zone_sources_get(loading->sources, zone->apex) != NULL)
            continue;
        struct zone_load_row *row = &report->rows[report->count++];
        *row = (struct zone_load_row){.path = mem_string(""), .outcome = ZONE_REMOVED};
        name_copy(zone->apex, &row->origin);
        describe(zone, row);
        if (loading->copies != NULL)
            zone_keep_remove(loading->copies, zone->apex);
    }
}

struct zone_set *zone_load_all(const struct zone_sources *sources, const struct zone_basis *basis,
        const struct zone_set *old, struct zone_load_report *report, struct diag *diag)
{
    size_t old_count = old != NULL ? zone_set_count(old) : 0;
    const struct zone_copies *copies = &sources->copies;
    const struct loading loading = {
            sources, copies->read_only ? NULL : copies->dir, basis, old, diag};
    struct zone **zones = mem_zalloc(sources->count, sizeof(struct zone *));

    *report = (struct zone_load_report){
            .rows = mem_zalloc(sources->count + old_count, sizeof(*report->rows))};
    for (size_t i = 0; i < sources->count; i++) {
        struct zone_load_row *row = &report->rows[report->count++];
        zones[i] = load_one(&loading, &sources->list[i], row);
        report->served += row->outcome != ZONE_FAULTY;
        report->failed += row->outcome != ZONE_LOADED;
        report->unchanged += row->is_unchanged;
    }
    if (old != NULL)
        report_removed(&loading, report);
    struct zone_set *set = zone_set_new(zones, sources->count);
    free(zones);
    return set;
}

void zone_load_report_done(struct zone_load_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        free(report->rows[i].path);
    free(report->rows);
    *report = (struct zone_load_report){0};
}
