/* keep.h -- the last good version of a zone, on disk for as long as the daemon lives.
 *
 * A version that is served lies in the responder's memory and goes with it; if the zone's file has
 * become faulty meanwhile, the next responder could only answer SERVFAIL.  So each version that was
 * loaded is written, flat and in master-file form, into a directory that the supervisor empties when
 * the daemon starts (docs/decisions/0006-last-good-copies.md).  It survives a process, not the machine:
 * nothing is synced.  One thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "zone/verify.h"

#define ZONE_KEEP_NAME_MAX                                                                         \
    240U /* bytes of a file's name; a zone whose name needs more is not kept */

/* The path of a zone's copy in `dir`: new, or NULL if its name is too long for one. */
MUST_CHECK char *zone_keep_path(const char *dir, const uint8_t *apex);

/* Writes the lines of a zone to its copy, in place of the one before, and makes `dir` if it is missing.
 *
 * Returns 0, -ENAMETOOLONG, or another -errno; then the copy before is still there. */
MUST_CHECK int zone_keep_save(
        const char *dir, const uint8_t *apex, const struct zone_record *records, size_t count);

/* Removes the copy of a zone that is no longer served, if there is one. */
void zone_keep_remove(const char *dir, const uint8_t *apex);
