/* statedir.h -- the state directory: made if missing, and locked, so that no two daemons share one. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

#define STATEDIR_LOCK      "lock"
#define STATEDIR_CONTROL   "control.sock"
#define STATEDIR_HEALTH    "health.state"
#define STATEDIR_FORCES    "forces"    /* what operators have set against the checks */
#define STATEDIR_PUSHES    "pushes"    /* what they have told of alarms and switches */
#define STATEDIR_AUDIT     "audit.log" /* and who did */
#define STATEDIR_JOURNAL   "journal"   /* what has happened */
#define STATEDIR_SECRET    "sticky-secret"
#define STATEDIR_LAST_GOOD "last-good" /* a directory: copies of what the roles have loaded */

/* Makes `dir` (mode 0700; its parent must exist) and locks DIR/lock until the descriptor is closed or
 * the process ends, however it ends.  A directory that somebody other than this user and root owns, or
 * to which others may write, is refused with -EPERM.
 *
 * Returns the lock's descriptor, or a negative error with a sentence for people in `why`. */
MUST_CHECK int statedir_lock(const char *dir, struct buf *why);

/* Reads the `size` bytes of DIR/NAME, or makes them up from the kernel's random numbers and writes them
 * there, readable by the owner alone.  A file that cannot be read, or has another size, is kept as NAME.bad.
 * What cannot be kept or written costs the secret at the next start, and not this one: `note` then gets a
 * sentence for people, else nothing.
 *
 * Returns 0 and the bytes in `ret`, or -errno if there are no random numbers. */
MUST_CHECK int statedir_keep_secret(
        const char *dir, const char *name, uint8_t *ret, size_t size, struct buf *note);

/* Removes the regular files directly in DIR/last-good: what they hold was good for an earlier daemon.
 * For whoever holds the lock, before a role starts.  A directory that is missing is as good as empty.
 *
 * Returns 0, or -errno of the first failure, after removing what could be removed. */
MUST_CHECK int statedir_clear_last_good(const char *dir);
