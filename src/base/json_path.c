/* json_path.c -- see json_path.h. */
#include "base/json_path.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/str.h"

#define MESSAGE_MAX 1024U

static void enter(struct json_path *path, struct json_step step)
{
    assert(path->depth < JSON_PATH_MAX);
    path->step[path->depth++] = step;
}

void json_path_enter_member(struct json_path *path, const char *key)
{
    enter(path, (struct json_step){.key = key});
}

void json_path_enter_element(struct json_path *path, size_t index)
{
    enter(path, (struct json_step){.index = index});
}

void json_path_leave(struct json_path *path)
{
    assert(path->depth > 0);
    path->depth--;
}

void json_path_format(const struct json_path *path, struct buf *ret)
{
    for (size_t i = 0; i < path->depth; i++) {
        if (path->step[i].key == NULL)
            buf_printf(ret, "[%zu]", path->step[i].index);
        else
            buf_printf(ret, "%s%s", i > 0 ? "." : "", path->step[i].key);
    }
}

PRINTF(3, 0)
static void add(const struct json_path *path,
        void (*add_to)(struct diag *diag, struct diag_place place, const char *format, ...),
        const char *format, va_list arguments)
{
    struct buf text;
    struct diag_place place = {.file = path->file};

    /* A fault beyond those kept is only counted: no walk through the text for it. */
    if (diag_kept(path->diag) < DIAG_FAULTS_MAX) {
        struct json_point at = json_place_find(path->text, path->step, path->depth);
        place.line = at.line;
        place.column = at.column;
    }
    buf_init(&text, MESSAGE_MAX);
    json_path_format(path, &text);
    if (path->depth > 0)
        buf_add_string(&text, ": ");
    buf_vprintf(&text, format, arguments);
    add_to(path->diag, place, "%s", buf_string(&text));
    buf_done(&text);
}

void json_path_fault(const struct json_path *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(path, diag_error, format, arguments);
    va_end(arguments);
}

void json_path_warning(const struct json_path *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(path, diag_warning, format, arguments);
    va_end(arguments);
}

void json_path_unknown(const struct json_path *path, const char *key, const char *nearest)
{
    if (nearest != NULL)
        json_path_fault(path, "unknown member \"%s\"; did you mean \"%s\"?", key, nearest);
    else
        json_path_fault(path, "unknown member \"%s\"", key);
}

void json_path_check_key(
        struct json_path *path, const char *key, const char *const *names, size_t count)
{
    struct str_nearest nearest = {.word = key};

    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], key) == 0)
            return;
        str_nearest_offer(&nearest, names[i]);
    }
    json_path_enter_member(path, key);
    json_path_unknown(path, key, nearest.best);
    json_path_leave(path);
}

void json_path_not_json(const struct json_path *path, int line, int column, const char *why)
{
    struct diag_place place = {
            path->file, line > 0 ? (uint32_t)line : 0, column > 0 ? (uint32_t)column : 0};

    diag_error(path->diag, place, "not JSON: %s", why);
}
