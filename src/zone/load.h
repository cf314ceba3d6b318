/* load.h -- from files to zones: one zone, or all that the configuration names.
 *
 * Used by the responder at start and on reload, and by holdfastd -t.  Runs outside the query path,
 * in one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "dns/name.h"
#include "zone/basis.h"
#include "zone/master.h"
#include "zone/sources.h"
#include "zone/zone.h"
#include "zone/zonedb.h"

/* What a load did with one zone. */
enum zone_outcome {
    ZONE_LOADED,  /* the file's contents are served */
    ZONE_KEPT,    /* the file is faulty; the last good version stays */
    ZONE_FAULTY,  /* the file is faulty and there is nothing else: SERVFAIL */
    ZONE_REMOVED, /* was served, is no longer asked for */
};

struct zone_load_row {
    struct name origin;
    char *path; /* owned; "" for one that was removed */
    enum zone_outcome outcome;
    bool is_unchanged; /* loaded: it is served already, and was not read again */
    uint32_t serial;
    uint32_t records;
    uint32_t names;
    uint32_t errors, warnings; /* of its file */
};

struct zone_load_report {
    struct zone_load_row *rows; /* one for each source, then those removed */
    size_t count;
    uint32_t served; /* zones that answer with data */
    uint32_t failed; /* ZONE_KEPT and ZONE_FAULTY */
    uint32_t unchanged;
};

/* Reads, checks and compiles one zone.  What it names is resolved through `basis`.
 *
 * Returns 0 and a new zone with one reference in *ret, or ERR_FAULTY with the faults in diag (warnings
 * may be added in both cases). */
MUST_CHECK int zone_load(const struct zone_source *source, const struct zone_basis *basis,
        struct zone **ret, struct diag *diag);

/* The same for a zone file's text in memory, without $INCLUDE.  `origin` is borrowed. */
MUST_CHECK int zone_load_text(const struct master_text *text, const uint8_t *origin,
        const struct zone_basis *basis, struct zone **ret, struct diag *diag);

/* Loads every source into a new set.  One that would give what `old` (NULL for none) has already is not read: its
 * files are of the same version, and nothing it names has changed.  A faulty one is replaced by its version in `old`,
 * by its copy (sources->copies), or by one that answers SERVFAIL.  Never fails: faults are in diag, what became of
 * each zone in *report, ended with zone_load_report_done().  Returns the new set, for zonedb_publish(). */
MUST_CHECK struct zone_set *zone_load_all(const struct zone_sources *sources,
        const struct zone_basis *basis, const struct zone_set *old, struct zone_load_report *report,
        struct diag *diag);
void zone_load_report_done(struct zone_load_report *report);
