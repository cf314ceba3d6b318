/* load.c -- see load.h. */
#include "zone/load.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "zone/annotation.h"
#include "zone/builder.h"
#include "zone/keep.h"
#include "zone/master.h"

#define SUFFIX     ".zone"
#define FIRST_ROOM 64U    /* records */
#define OFFERS_MAX 10000U /* names compared for a suggestion */

static const uint8_t root[] = {0};

/* ------------------------------------------------------------------ sources */

/* Sources while they are collected. */
struct collector {
    struct zone_source *list;
    size_t count;
    size_t room;
    struct diag *diag;
};

/* Adds one source; takes over `path`. */
static void add_source(struct collector *collector, const char *origin, char *path)
{
    struct zone_source source = {.path = path};

    if (name_from_text(origin, root, &source.origin) < 0) {
        diag_error(collector->diag, (struct diag_place){.file = path},
                "\"%s\" is no name that a zone could have", origin);
        free(path);
        return;
    }
    if (collector->count == ZONE_LOAD_ZONES_MAX) {
        diag_error(collector->diag, (struct diag_place){.file = path}, "more than %u zones",
                ZONE_LOAD_ZONES_MAX);
        free(path);
        return;
    }
    if (collector->count == collector->room) {
        collector->room = collector->room > 0 ? 2 * collector->room : 16;
        collector->list = mem_resize(collector->list, collector->room, sizeof(source));
    }
    collector->list[collector->count++] = source;
}

/* Files whose name starts with a dot are what editors leave behind. */
static void find_in_dir(struct collector *collector, const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        diag_error(collector->diag, (struct diag_place){.file = path},
                "the zones' directory cannot be read: %s", err_text(-errno));
        return;
    }
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.' || !str_ends_with(entry->d_name, SUFFIX))
            continue;
        char *origin = mem_string(entry->d_name);
        origin[strlen(origin) - strlen(SUFFIX)] = '\0';
        add_source(collector, origin, file_path(path, entry->d_name));
        free(origin);
    }
    closedir(dir);
}

static void add_explicit(struct collector *collector, const char *text)
{
    const char *equals = strchr(text, '=');

    if (equals == NULL || equals == text || equals[1] == '\0') {
        diag_error(collector->diag, (struct diag_place){0},
                "\"%s\" names no zone; write ORIGIN=FILE", text);
        return;
    }
    char *origin = mem_string(text);
    origin[equals - text] = '\0';
    add_source(collector, origin, mem_string(equals + 1));
    free(origin);
}

static int compare_sources(const void *a, const void *b)
{
    const struct zone_source *left = a;
    const struct zone_source *right = b;
    int order = name_compare(left->origin.bytes, right->origin.bytes);
    return order != 0 ? order : strcmp(left->path, right->path);
}

static void check_unique(const struct collector *collector)
{
    char text[NAME_TEXT_MAX];

    for (size_t i = 1; i < collector->count; i++) {
        const struct zone_source *source = &collector->list[i];
        if (name_equal(source->origin.bytes, source[-1].origin.bytes))
            diag_error(collector->diag, (struct diag_place){.file = source->path},
                    "the zone %s comes from %s already", name_to_text(source->origin.bytes, text),
                    source[-1].path);
    }
}

int zone_sources_find(const char *dir, char *const *explicit_zones, size_t explicit_count,
        struct zone_sources *ret, struct diag *diag)
{
    struct collector collector = {.diag = diag};
    uint32_t errors = diag_errors(diag);

    if (dir != NULL)
        find_in_dir(&collector, dir);
    for (size_t i = 0; i < explicit_count; i++)
        add_explicit(&collector, explicit_zones[i]);
    if (collector.count > 0)
        qsort(collector.list, collector.count, sizeof(*collector.list), compare_sources);
    check_unique(&collector);
    /* As much a fault as a directory that cannot be read: a file system that is not mounted must not end
     * all service. */
    if (dir != NULL && collector.count == 0 && diag_errors(diag) == errors)
        diag_error(diag, (struct diag_place){.file = dir},
                "no zone is here: no file whose name ends in " SUFFIX);

    struct zone_sources sources = {.list = collector.list, .count = collector.count};
    if (diag_errors(diag) > errors) {
        zone_sources_done(&sources);
        return ERR_FAULTY;
    }
    *ret = sources;
    return 0;
}

/* The source of an apex, or NULL.  Sources are sorted. */
static struct zone_source *find_source(const struct zone_sources *sources, const uint8_t *apex)
{
    size_t low = 0;
    size_t high = sources->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = name_compare(sources->list[middle].origin.bytes, apex);
        if (order == 0)
            return &sources->list[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Says that no source has an origin, and which one was probably meant. */
static void tell_unserved(
        const struct zone_sources *sources, const char *key, const char *origin, struct diag *diag)
{
    struct str_nearest nearest = {.word = origin};
    const struct zone_source *best = NULL;
    char text[NAME_TEXT_MAX];

    for (size_t i = 0; i < sources->count && i < OFFERS_MAX; i++)
        if (str_nearest_offer(&nearest, name_to_text(sources->list[i].origin.bytes, text)))
            best = &sources->list[i];
    if (best != NULL)
        diag_warning(diag, (struct diag_place){0},
                "%s: no zone \"%s\" is served; did you mean \"%s\"?", key, origin,
                name_to_text(best->origin.bytes, text));
    else
        diag_warning(diag, (struct diag_place){0}, "%s: no zone \"%s\" is served", key, origin);
}

void zone_sources_ignore_ecs(
        struct zone_sources *sources, char *const *origins, size_t count, struct diag *diag)
{
    for (size_t i = 0; i < count; i++) {
        struct zone_source *source = NULL;
        struct name name;
        if (name_from_text(origins[i], root, &name) == 0)
            source = find_source(sources, name.bytes);
        if (source != NULL)
            source->ignore_ecs = true;
        else
            tell_unserved(sources, "ignore-ecs", origins[i], diag);
    }
}

int zone_stale_parse(const char *text, struct name *ret, bool *is_rest, bool *is_open)
{
    char origin[NAME_TEXT_MAX];
    const char *equals = strrchr(text, '=');
    size_t length = equals != NULL ? (size_t)(equals - text) : 0;

    if (length == 0 || length >= sizeof(origin) ||
            (strcmp(equals + 1, "open") != 0 && strcmp(equals + 1, "hold") != 0))
        return ERR_SYNTAX;
    memcpy(origin, text, length);
    origin[length] = '\0';
    *is_open = equals[1] == 'o';
    *is_rest = strcmp(origin, "*") == 0;
    return *is_rest ? 0 : name_from_text(origin, root, ret);
}

/* The rest first, so that what is named stands. */
void zone_sources_on_stale(
        struct zone_sources *sources, char *const *texts, size_t count, struct diag *diag)
{
    for (int rest = 1; rest >= 0; rest--)
        for (size_t i = 0; i < count; i++) {
            struct zone_source *source = NULL;
            struct name name;
            bool is_rest, is_open;
            if (zone_stale_parse(texts[i], &name, &is_rest, &is_open) != 0 ||
                    is_rest != (rest == 1))
                continue;
            if (!is_rest)
                source = find_source(sources, name.bytes);
            if (source != NULL)
                source->open_on_stale = is_open;
            else if (!is_rest)
                tell_unserved(sources, "on-stale", texts[i], diag);
            for (size_t j = 0; is_rest && j < sources->count; j++)
                sources->list[j].open_on_stale = is_open;
        }
}

int zone_guard_parse(const char *text, struct zone_guard *ret, struct buf *why)
{
    char origin[NAME_TEXT_MAX];
    const char *equals = strrchr(text, '=');
    size_t length = equals != NULL ? (size_t)(equals - text) : 0;
    struct zone_guard guard = {.scope = ZONE_GUARD_ALL};

    if (length >= sizeof(origin)) {
        buf_add_string(why, "the origin is too long for a name");
        return ERR_SYNTAX;
    }
    memcpy(origin, text, length);
    origin[length] = '\0';
    if (equals != NULL)
        guard.scope = strcmp(origin, "*") == 0 ? ZONE_GUARD_REST : ZONE_GUARD_ONE;
    if (guard.scope == ZONE_GUARD_ONE && name_from_text(origin, root, &guard.origin) != 0) {
        buf_printf(why, "not a name: \"%s\"", origin);
        return ERR_SYNTAX;
    }
    int error = guard_limit_parse(equals != NULL ? equals + 1 : text, &guard.limit, why);
    if (error == 0)
        *ret = guard;
    return error;
}

static void guard_rest(struct zone_sources *sources, const struct guard_limit *limit)
{
    for (size_t i = 0; i < sources->count; i++)
        sources->list[i].max_down = *limit;
}

static void guard_one(struct zone_sources *sources, const struct zone_guard *guard,
        const char *text, struct diag *diag)
{
    struct zone_source *source = find_source(sources, guard->origin.bytes);
    if (source != NULL)
        source->max_down = guard->limit;
    else
        tell_unserved(sources, "max-down", text, diag);
}

/* The rest first, so that what is named stands; what is no such text was refused before. */
void zone_sources_guard(
        struct zone_sources *sources, char *const *texts, size_t count, struct diag *diag)
{
    static const enum zone_guard_scope order[] = {ZONE_GUARD_REST, ZONE_GUARD_ONE};
    for (size_t i = 0; i < COUNT(order) * count; i++) {
        const char *text = texts[i % count];
        struct zone_guard guard;
        struct buf why;
        buf_init(&why, NAME_TEXT_MAX);
        if (zone_guard_parse(text, &guard, &why) == 0 && guard.scope == order[i / count]) {
            if (guard.scope == ZONE_GUARD_REST)
                guard_rest(sources, &guard.limit);
            else
                guard_one(sources, &guard, text, diag);
        }
        buf_done(&why);
    }
}

void zone_sources_done(struct zone_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        free(sources->list[i].path);
    free(sources->list);
    *sources = (struct zone_sources){0};
}

bool zone_sources_keep_only(struct zone_sources *sources, const uint8_t *apex)
{
    const struct zone_source *found = find_source(sources, apex);

    for (size_t i = 0; i < sources->count; i++)
        if (&sources->list[i] != found)
            free(sources->list[i].path);
    if (found != NULL)
        sources->list[0] = *found;
    sources->count = found != NULL;
    return found != NULL;
}

/* ------------------------------------------------------------------ one zone */

/* The lines of a zone while its file is read. */
struct reading {
    struct arena *arena; /* owners, rdata, annotations, names of files */
    struct zone_record *records;
    size_t count;
    size_t room;
    const char *file; /* our copy of the last line's */
    struct diag *diag;
    uint32_t errors; /* in diag before the reading */
};

/* A place's file lives only as long as the reading; most lines come from the file of the last one. */
static void keep_file(struct reading *reading, struct diag_place *place)
{
    if (place->file == NULL)
        return;
    if (reading->file == NULL || strcmp(reading->file, place->file) != 0)
        reading->file = arena_string(reading->arena, place->file);
    place->file = reading->file;
}

/* Lines of one owner mostly come together and share its name. */
static const uint8_t *keep_owner(struct reading *reading, const uint8_t *owner)
{
    size_t length = name_length(owner);

    if (reading->count > 0) {
        const uint8_t *last = reading->records[reading->count - 1].owner;
        if (name_length(last) == length && memcmp(last, owner, length) == 0)
            return last;
    }
    uint8_t *copy = arena_alloc_packed(reading->arena, length);
    return memcpy(copy, owner, length);
}

static void keep_annotation(
        struct reading *reading, const struct master_record *line, struct zone_record *record)
{
    struct annotation_source source = {line->annotation, line->annotation_place, line->origin};
    struct annotation annotation;

    if (line->annotation == NULL)
        return;
    if (annotation_parse(&source, reading->arena, &annotation, reading->diag) < 0)
        return;
    keep_file(reading, &annotation.place);
    record->annotation = arena_copy(reading->arena, &annotation, sizeof(annotation));
}

static void keep_line(void *context, const struct master_record *line)
{
    struct reading *reading = context;

    if (reading->count == ZONE_RECORDS_MAX) {
        diag_error(reading->diag, line->place, "more than %u records", ZONE_RECORDS_MAX);
        return;
    }
    if (reading->count == reading->room) {
        reading->room *= 2;
        reading->records = mem_resize(reading->records, reading->room, sizeof(*reading->records));
    }
    struct zone_record *record = &reading->records[reading->count];
    uint8_t *rdata = arena_alloc_packed(reading->arena, line->rdata_bytes);
    memcpy(rdata, line->rdata, line->rdata_bytes);
    *record = (struct zone_record){
            .owner = keep_owner(reading, line->owner),
            .type = line->type,
            .rdata_bytes = line->rdata_bytes,
            .ttl = line->ttl,
            .rdata = rdata,
            .place = line->place,
    };
    keep_file(reading, &record->place);
    keep_annotation(reading, line, record);
    reading->count++;
}

/* Checks and compiles what was read.  With faults among the lines nothing more is checked: what they
 * would have said is missing, and faults found without it would mislead. */
static int build(struct reading *reading, const char *file, const uint8_t *origin,
        const struct zone_basis *basis, struct zone **ret)
{
    struct zone_input input = {origin, reading->records, reading->count, basis};

    if (diag_errors(reading->diag) > reading->errors)
        return ERR_FAULTY;
    if (reading->count == 0) {
        diag_error(reading->diag, (struct diag_place){.file = file}, "no record is in this file");
        return ERR_FAULTY;
    }
    return zone_build(&input, ret, reading->diag);
}

static void reading_init(struct reading *reading, struct diag *diag)
{
    *reading = (struct reading){
            .arena = arena_new(), .room = FIRST_ROOM, .diag = diag, .errors = diag_errors(diag)};
    reading->records = mem_zalloc(FIRST_ROOM, sizeof(*reading->records));
}

static void reading_done(struct reading *reading)
{
    free(reading->records);
    arena_free(reading->arena);
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

/* Loads a zone and, if `copies` names a directory, writes its copy there. */
static int load_and_copy(const struct zone_source *source, const struct zone_basis *basis,
        const char *copies, struct zone **ret, struct diag *diag)
{
    const uint8_t *origin = source->origin.bytes;
    struct reading reading;

    reading_init(&reading, diag);
    int result = master_read(source->path, origin, keep_line, &reading, diag);
    if (result == 0)
        result = build(&reading, source->path, origin, basis, ret);
    if (result == 0)
        take_marks(*ret, source);
    if (result == 0 && copies != NULL)
        write_copy(&reading, source, copies);
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
    int result = master_read_text(text, origin, keep_line, &reading, diag);
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
    if (load_and_copy(source, loading->basis, loading->copies, &zone, diag) == 0) {
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
        if (find_source(loading->sources, zone->apex) != NULL)
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
