/* definition.c -- see definition.h: files, and the shapes around a check. */
#include "check/definition.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "check/calculated.h"
#include "check/definition_reader.h"

#define SUFFIX              ".json"
#define DEFINITION_PATH_MAX 64U /* "HealthChecks[N]." */

#define COPY_HEAD "{\"HealthChecks\":["
#define COPY_TAIL "]}\n"

/* Definitions while they are collected. */
struct collector {
    struct definitions *definitions;
    size_t room;
    struct diag *diag;
};

const char *definition_kind(const json_t *value)
{
    static const char *const kinds[] = {
            [JSON_OBJECT] = "an object",
            [JSON_ARRAY] = "an array",
            [JSON_STRING] = "a string",
            [JSON_INTEGER] = "a number",
            [JSON_REAL] = "a number",
            [JSON_TRUE] = "true",
            [JSON_FALSE] = "false",
            [JSON_NULL] = "null",
    };
    if (json_is_string(value) && definition_string(value) == NULL)
        return "a string with a NUL";
    return value != NULL ? kinds[json_typeof(value)] : "missing";
}

const char *definition_string(const json_t *value)
{
    const char *text = json_string_value(value);
    return text != NULL && strlen(text) == json_string_length(value) ? text : NULL;
}

const char *definition_text(struct definition_reader *reader, const json_t *value, size_t most)
{
    const char *text = definition_string(value);

    if (text == NULL) {
        json_path_fault(&reader->path, "is %s; wanted a string", definition_kind(value));
        return NULL;
    }
    if (*text == '\0' || strlen(text) > most) {
        json_path_fault(&reader->path, "has %zu bytes; wanted 1 to %zu", strlen(text), most);
        return NULL;
    }
    return text;
}

void definition_check_members(struct definition_reader *reader, const json_t *object,
        const char *const *names, size_t count)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        json_path_check_key(&reader->path, key, names, count);
    }
}

/* ------------------------------------------------------------------ one check */

/* Ids stand in annotations as check=ID, so they are printable and have no blank. */
static const char *read_id(struct definition_reader *reader, const json_t *value)
{
    const char *id = NULL;

    json_path_enter_member(&reader->path, "Id");
    const char *text = definition_string(value);
    if (text == NULL) {
        json_path_fault(&reader->path, "is %s; wanted a string", definition_kind(value));
        goto done;
    }
    bool printable = *text != '\0';
    for (const char *at = text; *at != '\0'; at++)
        printable &= *at > ' ' && *at <= '~';
    if (!printable)
        json_path_fault(
                &reader->path, "\"%s\" is no id: wanted printable characters without blanks", text);
    else if (strlen(text) > HEALTH_ID_MAX)
        json_path_fault(
                &reader->path, "has %zu bytes; wanted 1 to %u", strlen(text), HEALTH_ID_MAX);
    else
        id = arena_string(reader->arena, text);
done:
    json_path_leave(&reader->path);
    return id;
}

static struct definition *add_definition(
        struct collector *collector, const char *id, struct diag_place place)
{
    struct definitions *all = collector->definitions;
    if (all->count == collector->room) {
        collector->room = collector->room > 0 ? 2 * collector->room : 16;
        all->list = mem_resize(all->list, collector->room, sizeof(*all->list));
    }
    struct definition *definition = &all->list[all->count++];
    *definition = (struct definition){.id = id, .place = place};
    return definition;
}

static int append(const char *bytes, size_t length, void *source)
{
    buf_add(source, bytes, length);
    return 0;
}

/* What is kept is what was written, not what was made of it: one parser for the files and their copy. */
static void keep_source(struct definitions *all, const json_t *check)
{
    if (all->source.length > 0)
        buf_add_string(&all->source, ",");
    json_dump_callback(check, append, &all->source, JSON_COMPACT);
}

/* The path as the beginning of a longer one, in the arena. */
static const char *path_of(const struct definition_reader *reader)
{
    struct buf text;
    buf_init(&text, DEFINITION_PATH_MAX);
    json_path_format(&reader->path, &text);
    if (text.length > 0)
        buf_add_string(&text, ".");
    const char *path = arena_string(reader->arena, buf_string(&text));
    buf_done(&text);
    return path;
}

/* A HealthCheck object, which the path leads to. */
static void read_check(struct collector *collector, struct definition_reader *reader,
        const json_t *check, struct json_point at)
{
    static const char *const members[] = {"Id", "HealthCheckConfig", "Comment", "CallerReference",
            "HealthCheckVersion", "LinkedService", "CloudWatchAlarmConfiguration"};

    if (!json_is_object(check)) {
        json_path_fault(&reader->path, "is %s; wanted a check", definition_kind(check));
        return;
    }
    definition_check_members(reader, check, members, COUNT(members));
    const char *id = read_id(reader, json_object_get(check, "Id"));
    if (collector->definitions->count == DEFINITION_CHECKS_MAX) {
        json_path_fault(&reader->path, "more than %u checks", DEFINITION_CHECKS_MAX);
        return;
    }
    struct diag_place place = {reader->path.file, at.line, at.column};
    struct definition *definition = add_definition(collector, id != NULL ? id : "", place);
    definition->path = path_of(reader);
    keep_source(collector->definitions, check);
    json_path_enter_member(&reader->path, "HealthCheckConfig");
    definition_read_config(reader, json_object_get(check, "HealthCheckConfig"), definition);
    json_path_leave(&reader->path);
}

static void read_array(
        struct collector *collector, struct definition_reader *reader, const json_t *array)
{
    size_t count = json_array_size(array);

    if (!json_is_array(array)) {
        json_path_fault(&reader->path, "is %s; wanted an array of checks", definition_kind(array));
        return;
    }
    struct json_point *places = mem_zalloc(count, sizeof(*places));
    json_place_elements(reader->path.text, reader->path.step, reader->path.depth, places, count);
    for (size_t i = 0; i < count; i++) {
        json_path_enter_element(&reader->path, i);
        read_check(collector, reader, json_array_get(array, i), places[i]);
        json_path_leave(&reader->path);
    }
    free(places);
}

/* ------------------------------------------------------------------ the shapes of a file */

/* An object may be a check, or wrap one or several as the AWS commands print them. */
static void read_object(
        struct collector *collector, struct definition_reader *reader, const json_t *object)
{
    static const char *const several[] = {"HealthChecks", "Marker", "IsTruncated", "MaxItems",
            "NextMarker", "NextToken", "Comment"};
    static const char *const one[] = {"HealthCheck", "Location", "Comment"};
    const json_t *inner;

    if ((inner = json_object_get(object, "HealthChecks")) != NULL) {
        definition_check_members(reader, object, several, COUNT(several));
        json_path_enter_member(&reader->path, "HealthChecks");
        read_array(collector, reader, inner);
        json_path_leave(&reader->path);
        return;
    }
    if ((inner = json_object_get(object, "HealthCheck")) != NULL) {
        definition_check_members(reader, object, one, COUNT(one));
        json_path_enter_member(&reader->path, "HealthCheck");
        struct json_point at =
                json_place_find(reader->path.text, reader->path.step, reader->path.depth);
        read_check(collector, reader, inner, at);
        json_path_leave(&reader->path);
        return;
    }
    read_check(collector, reader, object, json_place_find(reader->path.text, NULL, 0));
}

static void read_text(struct collector *collector, const char *file, struct json_text text)
{
    struct definition_reader reader = {
            .path = {.file = arena_string(collector->definitions->arena, file),
                     .text = text,
                     .diag = collector->diag},
            .arena = collector->definitions->arena,
    };
    json_error_t error;
    /* A NUL may stand in Send and Expect; whoever else reads a string asks definition_string(). */
    size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
    json_t *root = json_loadb(text.bytes, text.length, flags, &error);

    if (root == NULL) {
        json_path_not_json(&reader.path, error.line, error.column, error.text);
        return;
    }
    if (json_is_array(root))
        read_array(collector, &reader, root);
    else
        read_object(collector, &reader, root);
    json_decref(root);
}

/* ------------------------------------------------------------------ rules over all checks */

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct definition *)a)->id, ((const struct definition *)b)->id);
}

static void check_duplicates(const struct collector *collector)
{
    const struct definitions *all = collector->definitions;
    for (size_t i = 1; i < all->count; i++) {
        const struct definition *first = &all->list[i - 1];
        if (strcmp(first->id, all->list[i].id) == 0 && *first->id != '\0')
            diag_error(collector->diag, all->list[i].place,
                    "the check \"%s\" is defined already in %s:%u", first->id, first->place.file,
                    first->place.line);
    }
}

static void check_child(
        const struct collector *collector, const struct definition *parent, const char *child)
{
    const struct definitions *all = collector->definitions;
    struct definition wanted = {.id = child};
    const struct definition *found = bsearch(&wanted, all->list, all->count, sizeof(wanted), by_id);

    if (found != NULL)
        return;
    struct str_nearest nearest = {.word = child};
    for (size_t i = 0; i < all->count; i++)
        str_nearest_offer(&nearest, all->list[i].id);
    if (nearest.best != NULL)
        diag_error(collector->diag, parent->place,
                "no file defines the child \"%s\" of \"%s\"; did you mean \"%s\"?", child,
                parent->id, nearest.best);
    else
        diag_error(collector->diag, parent->place, "no file defines the child \"%s\" of \"%s\"",
                child, parent->id);
}

static void check_children(const struct collector *collector)
{
    struct definitions *all = collector->definitions;

    for (size_t i = 0; i < all->count; i++)
        for (uint32_t j = 0; j < all->list[i].children_count; j++)
            check_child(collector, &all->list[i], all->list[i].children[j]);
    all->order = mem_zalloc(all->count, sizeof(*all->order));
    (void)!calculated_order(all, all->order, collector->diag); /* the faults are counted */
}

/* Ends a load.  Takes over the collected definitions. */
static int finish(struct collector *collector, uint32_t errors_before, struct definitions **ret)
{
    struct definitions *all = collector->definitions;

    if (all->count > 0)
        qsort(all->list, all->count, sizeof(*all->list), by_id);
    check_duplicates(collector);
    check_children(collector);
    if (diag_errors(collector->diag) > errors_before) {
        definitions_free(all);
        return ERR_FAULTY;
    }
    *ret = all;
    return 0;
}

static struct collector collector_new(struct diag *diag)
{
    struct collector collector = {mem_zalloc(1, sizeof(struct definitions)), 0, diag};
    collector.definitions->arena = arena_new();
    buf_init(&collector.definitions->source, DEFINITION_FILE_MAX);
    return collector;
}

void definitions_free(struct definitions *definitions)
{
    if (definitions == NULL)
        return;
    arena_free(definitions->arena);
    buf_done(&definitions->source);
    free(definitions->list);
    free(definitions->order);
    free(definitions);
}

/* ------------------------------------------------------------------ files */

/* Files whose name starts with a dot are what editors leave behind. */
static int is_definition_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends_with(entry->d_name, SUFFIX);
}

static void read_path(struct collector *collector, const char *path)
{
    char *bytes = NULL;
    size_t length = 0;
    int error = file_load(path, DEFINITION_FILE_MAX, &bytes, &length);

    if (error < 0) {
        diag_error(collector->diag, (struct diag_place){.file = path}, "cannot be read: %s",
                file_error_text(error));
        return;
    }
    read_text(collector, path, (struct json_text){bytes, length});
    free(bytes);
}

int definitions_load(const char *dir, struct definitions **ret, struct diag *diag)
{
    struct collector collector = collector_new(diag);
    uint32_t errors = diag_errors(diag);
    struct dirent **entries = NULL;
    int found = dir != NULL ? scandir(dir, &entries, is_definition_file, alphasort) : 0;

    if (found < 0)
        diag_error(diag, (struct diag_place){.file = dir},
                "the checks' directory cannot be read: %s", err_text(-errno));
    for (int i = 0; i < found; i++) {
        char *path = file_path(dir, entries[i]->d_name);
        read_path(&collector, path);
        free(path);
        free(entries[i]);
    }
    free(entries);
    return finish(&collector, errors, ret);
}

int definitions_load_file(const char *path, struct definitions **ret, struct diag *diag)
{
    struct collector collector = collector_new(diag);
    uint32_t errors = diag_errors(diag);

    read_path(&collector, path);
    return finish(&collector, errors, ret);
}

int definitions_load_text(const char *file, const char *text, size_t length,
        struct definitions **ret, struct diag *diag)
{
    struct collector collector = collector_new(diag);
    uint32_t errors = diag_errors(diag);

    read_text(&collector, file, (struct json_text){text, length});
    return finish(&collector, errors, ret);
}

int definitions_text(const struct definitions *definitions, struct buf *ret)
{
    const struct buf *source = &definitions->source;
    const size_t around = sizeof(COPY_HEAD) - 1 + sizeof(COPY_TAIL) - 1;
    if (source->cut || source->length > DEFINITION_FILE_MAX - around)
        return ERR_TOO_LARGE;
    if (ret->max - ret->length < around + source->length)
        return ERR_TOO_LARGE;
    buf_add_string(ret, COPY_HEAD);
    buf_add(ret, source->data, source->length);
    buf_add_string(ret, COPY_TAIL);
    return 0;
}
