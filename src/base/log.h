/* log.h -- one line per event, to stderr, in one write.
 *
 *   2026-11-22T03:12:00.123Z checker warning: check www-eu: up -> down: connection refused ...
 *
 * Only the code that handles an event logs it; parsers and the query path never do.  Strangers
 * must not be able to fill the log: nothing that a packet can cause is logged.  Safe from any
 * thread after log_open().
 */
#pragma once

#include "base/attr.h"

struct diag;

enum log_level {
    LOG_LEVEL_NONE = -1, /* shows nothing */
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
};

/* Names this process in every line and sets the most talkative level shown.  `role` is borrowed for
 * the life of the process.  Called once, before threads start; without it lines carry no role. */
void log_open(const char *role, enum log_level level);

/* Writes one line; a message longer than 2,000 bytes is cut, control bytes become '?'. */
void log_error(const char *format, ...) PRINTF(1, 2);
void log_warning(const char *format, ...) PRINTF(1, 2);
void log_info(const char *format, ...) PRINTF(1, 2);
void log_debug(const char *format, ...) PRINTF(1, 2);

/* Writes each fault that is kept, as diag_fault_format() shows it, as an error or a warning. */
void log_faults(const struct diag *diag);
