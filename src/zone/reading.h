/* reading.h -- the lines of one zone while it is read, and from which files they come.
 *
 * Keeps what master.h delivers, in order; large files are read by several threads.  One reading belongs to one
 * thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/diag.h"
#include "zone/master.h"
#include "zone/verify.h"

struct provenance_file;

struct reading {
    struct arena *arena; /* owners, rdata, annotations, names of files */
    struct zone_record *records;
    size_t count;
    size_t room;
    struct provenance_file *files; /* the zone file first; from memory none */
    uint32_t files_count, files_room;
    const char *file; /* our copy of the last line's */
    struct diag *diag;
};

/* Starts a reading without lines, whose faults go to `diag`, which is borrowed; ended with reading_done(). */
void reading_init(struct reading *reading, struct diag *diag);
void reading_done(struct reading *reading);

/* Reads the file at `path`, and what it includes, as the zone `origin`; or a text.  As master_read(). */
MUST_CHECK int reading_read(struct reading *reading, const char *path, const uint8_t *origin);
MUST_CHECK int reading_read_text(
        struct reading *reading, const struct master_text *text, const uint8_t *origin);
