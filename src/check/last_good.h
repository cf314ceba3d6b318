/* last_good.h -- the copy of the definitions that were last in force, for the next checker process.
 *
 * Definitions that are in force while the files are faulty are nowhere but in the memory of the process
 * that loaded them; the copy lets them survive that process.  It has to survive no more than that, so
 * nothing waits for the disk.  One thread.
 */
#pragma once

#include "base/attr.h"
#include "check/definition.h"

/* Writes the definitions to DIR/NAME (mode 0600: headers may hold secrets) at once or not at all; makes
 * `dir` (0700; its parent must exist).  On failure an older copy is removed: those definitions are not
 * in force any more.
 *
 * Returns 0, -errno, or ERR_TOO_LARGE. */
MUST_CHECK int last_good_save(
        const struct definitions *definitions, const char *dir, const char *name);

/* Reads such a copy back.
 *
 * Returns 0 and new definitions in *ret; -ENOENT if there is none; ERR_FAULTY with the faults in
 * `diag`. */
MUST_CHECK int last_good_load(
        const char *dir, const char *name, struct definitions **ret, struct diag *diag);
