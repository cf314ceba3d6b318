/* provenance.h -- what a zone was built from, so that one need not be built again which would come out the same.
 *
 * Kept only of zones whose files had nothing to complain about: a warning is to be told at every load.  Lies in the
 * zone's arena, immutable; used by the one thread that loads.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/file.h"
#include "zone/basis.h"
#include "zone/reading.h"
#include "zone/zone.h"

/* A file, and which version of it was read. */
struct provenance_file {
    const char *path;
    struct file_version version;
};

struct provenance;

/* Notes what a zone was built from: the files and lines that were read, and what they name of the basis. */
void provenance_note(
        struct zone *zone, const struct reading *reading, const struct zone_basis *basis);

/* Whether the file at `path`, with all that it includes, would give this zone again.  Looks at the files, but reads
 * none. */
MUST_CHECK bool provenance_holds(
        const struct zone *zone, const char *path, const struct zone_basis *basis);
