/* state.h -- the table's contents in a file, so that they survive a restart of the daemon.
 *
 * The supervisor loads the file before it starts a role and saves it when verdicts have changed, now
 * and then otherwise, and at the end.  A file is whole or it is refused: it is written beside the old
 * one, synced and renamed, and carries its length and a checksum.  docs/formats/health-table.md has
 * the layout.
 */
#pragma once

#include "base/attr.h"
#include "health/table.h"

/* Writes every slot in use to `path`.
 *
 * Returns 0 or -errno; the old file stands until the new one is whole. */
MUST_CHECK int health_state_save(const struct health_table *table, const char *path);

/* Fills an empty table, which must be mapped for writing, from `path`.  Slots keep their numbers.
 *
 * Returns 0; -ENOENT if there is no file; ERR_TRUNCATED, ERR_CHECKSUM, ERR_VERSION or ERR_SYNTAX if
 * the file is not what was saved; or -errno.  On error the table is still empty. */
MUST_CHECK int health_state_load(struct health_table *table, const char *path);
