/* pushes.h -- what was told of alarms and switches (check types CLOUDWATCH_METRIC and RECOVERY_CONTROL).
 *
 * The list is the supervisor's, in one thread; it is written whole and synced before a push is answered.  The
 * checker only reads the file: when it starts, when definitions are loaded, and when it is told that there
 * is news.  So what was pushed while it was dead counts as soon as it is back, and outlives the daemon.
 * A push belongs to the target of its checks as the health table has it, "control:NAME" or
 * "alarm:REGION/NAME", so checks of one switch share it.  docs/formats/pushes.md lays out the file.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "health/table.h"

#define PUSHES_MAX 16384U

struct push {
    char target[HEALTH_TARGET_MAX + 1]; /* printable ASCII, not empty */
    enum health_state state;            /* HEALTH_UNKNOWN: an alarm with insufficient data */
    uint64_t since_ms;                  /* real time, since 1970 UTC */
};

struct pushes;

/* A new, empty list, ended with pushes_free(). */
MUST_CHECK struct pushes *pushes_new(void);

/* NULL does nothing. */
void pushes_free(struct pushes *pushes);

/* How many there are, and the i-th, borrowed until the list changes. */
uint32_t pushes_count(const struct pushes *pushes);
const struct push *pushes_at(const struct pushes *pushes, uint32_t i);

/* What was told of a target, borrowed until the list changes, or NULL. */
const struct push *pushes_find(const struct pushes *pushes, const char *target);

/* Adds a copy of a push, or replaces that of the same target.  Returns 0, or ERR_TOO_LARGE. */
MUST_CHECK int pushes_set(struct pushes *pushes, const struct push *push);

/* Takes a target off the list, if it is there. */
void pushes_remove(struct pushes *pushes, const char *target);

/* Writes the list to `path`, whole and synced.  Returns 0 or -errno; the old file stands until then. */
MUST_CHECK int pushes_save(const struct pushes *pushes, const char *path);

/* Fills an empty list from `path`; returns as list_file_load().  On error the list is still empty. */
MUST_CHECK int pushes_load(struct pushes *pushes, const char *path);
