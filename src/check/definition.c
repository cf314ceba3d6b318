/* definition.c -- see definition.h: files, and the shapes around a check. */
#include "check/definition.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "check/definition_reader.h"

#define SUFFIX      ".json"
#define MESSAGE_MAX 1024U

#define COPY_HEAD "{\"HealthChecks\":["
#define COPY_TAIL "]}\n"

/* Definitions while they are collected. */
struct collector {
    struct definitions *definitions;
    size_t room;
    struct diag *diag;
};

/* ------------------------------------------------------------------ the path and its faults */

void definition_enter_member(struct definition_reader *reader, const char *key)
{
    reader->path[reader->depth++] = (struct json_step){.key = key};
}

void definition_enter_element(struct definition_reader *reader, size_t index)
{
    reader->path[reader->depth++] = (struct json_step){.index = index};
}

void definition_leave(struct definition_reader *reader)
{
    reader->depth--;
}

static void format_path(const struct definition_reader *reader, struct buf *ret)
{
    for (size_t i = 0; i < reader->depth; i++) {
        if (reader->path[i].key == NULL)
            buf_printf(ret, "[%zu]", reader->path[i].index);
        else
            buf_printf(ret, "%s%s", i > 0 ? "." : "", reader->path[i].key);
    }
}

PRINTF(3, 0)
static void add_fault(struct definition_reader *reader,
        void (*add)(struct diag *diag, struct diag_place place, const char *format, ...),
        const char *format, va_list arguments)
{
    struct buf text;
    struct diag_place place = {.file = reader->file};

    /* A fault beyond those kept is only counted: no walk through the text for it. */
    if (diag_kept(reader->diag) < DIAG_FAULTS_MAX) {
        struct json_point at = json_place_find(reader->text, reader->path, reader->depth);
        place.line = at.line;
        place.column = at.column;
    }
    buf_init(&text, MESSAGE_MAX);
    format_path(reader, &text);
    if (reader->depth > 0)
        buf_add_string(&text, ": ");
    buf_vprintf(&text, format, arguments);
    add(reader->diag, place, "%s", buf_string(&text));
    buf_done(&text);
}

void definition_fault(struct definition_reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_fault(reader, diag_error, format, arguments);
    va_end(arguments);
}

void definition_warning(struct definition_reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_fault(reader, diag_warning, format, arguments);
    va_end(arguments);
}

void definition_unknown(struct definition_reader *reader, const char *key, const char *nearest)
{
    if (nearest != NULL)
        definition_fault(reader, "unknown member \"%s\"; did you mean \"%s\"?", key, nearest);
    else
        definition_fault(reader, "unknown member \"%s\"", key);
}

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
    return value != NULL ? kinds[json_typeof(value)] : "missing";
}

/* Adds a fault for each member of an object that is not among `names`. */
static void check_members(struct definition_reader *reader, const json_t *object,
        const char *const *names, size_t count)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        struct str_nearest nearest = {.word = key};
        bool known = false;
        for (size_t i = 0; i < count; i++) {
            known |= strcmp(names[i], key) == 0;
            str_nearest_offer(&nearest, names[i]);
        }
        if (known)
            continue;
        definition_enter_member(reader, key);
        definition_unknown(reader, key, nearest.best);
        definition_leave(reader);
    }
}

/* ------------------------------------------------------------------ one check */

/* Ids stand in annotations as check=ID, so they are printable and have no blank. */
static const char *read_id(struct definition_reader *reader, const json_t *value)
{
    const char *id = NULL;

    definition_enter_member(reader, "Id");
    const char *text = json_string_value(value);
    if (text == NULL) {
        definition_fault(reader, "is %s; wanted a string", definition_kind(value));
        goto done;
    }
    bool printable = *text != '\0';
    for (const char *at = text; *at != '\0'; at++)
        printable &= *at > ' ' && *at <= '~';
    if (!printable)
        definition_fault(
                reader, "\"%s\" is no id: wanted printable characters without blanks", text);
    else if (strlen(text) > HEALTH_ID_MAX)
        definition_fault(reader, "has %zu bytes; wanted 1 to %u", strlen(text), HEALTH_ID_MAX);
    else
        id = arena_string(reader->arena, text);
done:
    definition_leave(reader);
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

/* A HealthCheck object, which the path leads to. */
static void read_check(struct collector *collector, struct definition_reader *reader,
        const json_t *check, struct json_point at)
{
    static const char *const members[] = {"Id", "HealthCheckConfig", "Comment", "CallerReference",
            "HealthCheckVersion", "LinkedService", "CloudWatchAlarmConfiguration"};

    if (!json_is_object(check)) {
        definition_fault(reader, "is %s; wanted a check", definition_kind(check));
        return;
    }
    check_members(reader, check, members, COUNT(members));
    const char *id = read_id(reader, json_object_get(check, "Id"));
    if (collector->definitions->count == DEFINITION_CHECKS_MAX) {
        definition_fault(reader, "more than %u checks", DEFINITION_CHECKS_MAX);
        return;
    }
    struct diag_place place = {reader->file, at.line, at.column};
    struct definition *definition = add_definition(collector, id != NULL ? id : "", place);
    keep_source(collector->definitions, check);
    definition_enter_member(reader, "HealthCheckConfig");
    definition_read_config(reader, json_object_get(check, "HealthCheckConfig"), definition);
    definition_leave(reader);
}

static void read_array(
        struct collector *collector, struct definition_reader *reader, const json_t *array)
{
    size_t count = json_array_size(array);

    if (!json_is_array(array)) {
        definition_fault(reader, "is %s; wanted an array of checks", definition_kind(array));
        return;
    }
    struct json_point *places = mem_zalloc(count, sizeof(*places));
    json_place_elements(reader->text, reader->path, reader->depth, places, count);
    for (size_t i = 0; i < count; i++) {
        definition_enter_element(reader, i);
        read_check(collector, reader, json_array_get(array, i), places[i]);
        definition_leave(reader);
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
        check_members(reader, object, several, COUNT(several));
        definition_enter_member(reader, "HealthChecks");
        read_array(collector, reader, inner);
        definition_leave(reader);
        return;
    }
    if ((inner = json_object_get(object, "HealthCheck")) != NULL) {
        check_members(reader, object, one, COUNT(one));
        definition_enter_member(reader, "HealthCheck");
        struct json_point at = json_place_find(reader->text, reader->path, reader->depth);
        read_check(collector, reader, inner, at);
        definition_leave(reader);
        return;
    }
    read_check(collector, reader, object, json_place_find(reader->text, NULL, 0));
}

static void read_text(struct collector *collector, const char *file, struct json_text text)
{
    struct definition_reader reader = {
            .file = arena_string(collector->definitions->arena, file),
            .text = text,
            .arena = collector->definitions->arena,
            .diag = collector->diag,
    };
    json_error_t error;
    json_t *root = json_loadb(text.bytes, text.length, JSON_REJECT_DUPLICATES, &error);

    if (root == NULL) {
        struct diag_place place = {file, error.line > 0 ? (uint32_t)error.line : 0,
                error.column > 0 ? (uint32_t)error.column : 0};
        diag_error(collector->diag, place, "not JSON: %s", error.text);
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

    if (found != NULL && found->target.type == CHECK_CALCULATED) {
        diag_error(collector->diag, parent->place,
                "the child \"%s\" of \"%s\" is CALCULATED itself; children may not be", child,
                parent->id);
        return;
    }
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

/* Ends a load.  Takes over the collected definitions. */
static int finish(struct collector *collector, uint32_t errors_before, struct definitions **ret)
{
    struct definitions *all = collector->definitions;

    if (all->count > 0)
        qsort(all->list, all->count, sizeof(*all->list), by_id);
    check_duplicates(collector);
    for (size_t i = 0; i < all->count; i++)
        for (uint32_t j = 0; j < all->list[i].children_count; j++)
            check_child(collector, &all->list[i], all->list[i].children[j]);
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
    free(definitions);
}

/* ------------------------------------------------------------------ files */

/* The whole of a file, or -errno, or ERR_TOO_LARGE. */
static int read_file(const char *path, char **ret, size_t *length)
{
    struct stat st;
    int error = -EINVAL;
    /* Non-blocking, so that a pipe by that name does not hold everything up. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd == -1)
        return -errno;
    if (fstat(fd, &st) == -1)
        error = -errno;
    else if (S_ISREG(st.st_mode))
        error = file_read(fd, DEFINITION_FILE_MAX, ret, length);
    close(fd);
    return error;
}

/* Files whose name starts with a dot are what editors leave behind. */
static int is_definition_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends_with(entry->d_name, SUFFIX);
}

static void read_path(struct collector *collector, const char *path)
{
    char *bytes = NULL;
    size_t length = 0;
    int error = read_file(path, &bytes, &length);

    if (error < 0) {
        diag_error(collector->diag, (struct diag_place){.file = path}, "cannot be read: %s",
                error == -EINVAL ? "it is no regular file" : err_text(error));
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
