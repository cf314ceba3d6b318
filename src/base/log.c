/* log.c -- see log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"

#define LINE_MAX_BYTES 2048

/* The process's one log.  Written by log_open() before any thread exists, read-only afterwards. */
static struct {
    const char *role;
    enum log_level level;
} out = {NULL, LOG_LEVEL_INFO};

void log_open(const char *role, enum log_level level)
{
    out.role = role;
    out.level = level;
}

static size_t bounded(int length, size_t room)
{
    if (length < 0)
        return 0;
    return (size_t)length < room ? (size_t)length : room - 1;
}

PRINTF(2, 0)
static void write_line(enum log_level level, const char *format, va_list arguments)
{
    static const char *const names[] = {
            [LOG_LEVEL_ERROR] = "error",
            [LOG_LEVEL_WARNING] = "warning",
            [LOG_LEVEL_INFO] = "info",
            [LOG_LEVEL_DEBUG] = "debug",
    };
    if (level > out.level)
        return;

    char line[LINE_MAX_BYTES];
    char when[CLOCK_TEXT_MAX];
    size_t room = sizeof(line) - 1; /* the newline always fits */
    size_t length = bounded(
            snprintf(line, room, "%s %s%s%s: ", clock_format(clock_real_ms(), when),
                    out.role != NULL ? out.role : "", out.role != NULL ? " " : "", names[level]),
            room);
    length += bounded(vsnprintf(line + length, room - length, format, arguments), room - length);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = '?';
    line[length++] = '\n';
    /* A log that cannot be written has nobody to tell. */
    if (write(STDERR_FILENO, line, length) < 0)
        return;
}

#define LOG_FUNCTION(name, level)                                                                  \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        write_line(level, format, arguments);                                                      \
        va_end(arguments);                                                                         \
    }

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

void log_faults(const struct diag *diag)
{
    for (uint32_t i = 0; i < diag_kept(diag); i++) {
        const struct diag_fault *fault = diag_fault_at(diag, i);
        struct buf text;
        buf_init(&text, LINE_MAX_BYTES);
        diag_fault_format(fault, &text);
        if (fault->severity == DIAG_ERROR)
            log_error("%s", buf_string(&text));
        else
            log_warning("%s", buf_string(&text));
        buf_done(&text);
    }
}
