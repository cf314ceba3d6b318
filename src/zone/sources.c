/* sources.c -- see sources.h. */
#include "zone/sources.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#define SUFFIX     ".zone"
#define OFFERS_MAX 10000U /* names compared for a suggestion */

static const uint8_t root[] = {0};

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

struct zone_source *zone_sources_get(const struct zone_sources *sources, const uint8_t *apex)
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
            source = zone_sources_get(sources, name.bytes);
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
                source = zone_sources_get(sources, name.bytes);
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
    struct zone_source *source = zone_sources_get(sources, guard->origin.bytes);
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
    const struct zone_source *found = zone_sources_get(sources, apex);

    for (size_t i = 0; i < sources->count; i++)
        if (&sources->list[i] != found)
            free(sources->list[i].path);
    if (found != NULL)
        sources->list[0] = *found;
    sources->count = found != NULL;
    return found != NULL;
}
