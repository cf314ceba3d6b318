/* diag.c -- see diag.h. */
#include "base/diag.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"

#define MESSAGE_MAX 1024U

struct diag {
    struct arena *arena;
    struct diag_fault fault[DIAG_FAULTS_MAX];
    uint32_t kept;
    uint32_t errors;
    uint32_t warnings;
};

struct diag *diag_new(void)
{
    struct diag *diag = mem_zalloc(1, sizeof(*diag));
    diag->arena = arena_new();
    return diag;
}

void diag_free(struct diag *diag)
{
    if (diag == NULL)
        return;
    arena_free(diag->arena);
    free(diag);
}

static void add(struct diag *diag, enum diag_severity severity, struct diag_place place,
        const char *message)
{
    if (severity == DIAG_ERROR)
        diag->errors++;
    else
        diag->warnings++;
    if (diag->kept == DIAG_FAULTS_MAX)
        return;
    if (place.file != NULL)
        place.file = arena_string(diag->arena, place.file);
    diag->fault[diag->kept++] =
            (struct diag_fault){severity, place, arena_string(diag->arena, message)};
}

PRINTF(4, 0)
static void add_formatted(struct diag *diag, enum diag_severity severity, struct diag_place place,
        const char *format, va_list arguments)
{
    struct buf message;
    buf_init(&message, MESSAGE_MAX);
    buf_vprintf(&message, format, arguments);
    add(diag, severity, place, buf_string(&message));
    buf_done(&message);
}

void diag_error(struct diag *diag, struct diag_place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_formatted(diag, DIAG_ERROR, place, format, arguments);
    va_end(arguments);
}

void diag_warning(struct diag *diag, struct diag_place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_formatted(diag, DIAG_WARNING, place, format, arguments);
    va_end(arguments);
}

uint32_t diag_errors(const struct diag *diag)
{
    return diag->errors;
}

uint32_t diag_warnings(const struct diag *diag)
{
    return diag->warnings;
}

uint32_t diag_kept(const struct diag *diag)
{
    return diag->kept;
}

const struct diag_fault *diag_fault_at(const struct diag *diag, uint32_t i)
{
    assert(i < diag->kept);
    return &diag->fault[i];
}

void diag_fault_format(const struct diag_fault *fault, struct buf *ret)
{
    if (fault->place.file != NULL)
        buf_printf(ret, "%s:", fault->place.file);
    if (fault->place.line > 0)
        buf_printf(ret, "%u:", fault->place.line);
    if (fault->place.line > 0 && fault->place.column > 0)
        buf_printf(ret, "%u:", fault->place.column);
    buf_printf(ret, "%s%s: %s", fault->place.file != NULL ? " " : "",
            fault->severity == DIAG_ERROR ? "error" : "warning", fault->message);
}

void diag_append(struct diag *diag, const struct diag *from)
{
    uint32_t kept_errors = 0;
    for (uint32_t i = 0; i < from->kept; i++) {
        kept_errors += from->fault[i].severity == DIAG_ERROR;
        add(diag, from->fault[i].severity, from->fault[i].place, from->fault[i].message);
    }
    /* What `from` counted but did not keep is counted here too. */
    diag->errors += from->errors - kept_errors;
    diag->warnings += from->warnings - (from->kept - kept_errors);
}
