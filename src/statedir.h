/* statedir.h -- the state directory: made if missing, and locked, so that no two daemons share one. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#define STATEDIR_LOCK    "lock"
#define STATEDIR_CONTROL "control.sock"
#define STATEDIR_HEALTH  "health.state"

/* Makes `dir` (mode 0700; its parent must exist) and locks DIR/lock until the descriptor is closed or
 * the process ends, however it ends.
 *
 * Returns the lock's descriptor, or a negative error with a sentence for people in `why`. */
MUST_CHECK int statedir_lock(const char *dir, struct buf *why);

/* A new string "DIR/NAME". */
MUST_CHECK char *statedir_path(const char *dir, const char *name);
