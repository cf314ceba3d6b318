/* loader.h -- from the files of the configuration to a set of zones: to be served, or to be compared with what
 * is.  Both ways are this one, so that a comparison sees what a load would.  For the thread that loads.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "health/ids.h"
#include "serve/responder.h"
#include "zone/atlas.h"
#include "zone/load.h"
#include "zone/zonedb.h"

/* What to load and upon what.  All borrowed. */
struct loader_plan {
    const struct responder_settings *settings;
    const struct zone_set *old;   /* what is in force */
    struct atlas **atlas;         /* the same of places, which may be NULL: a load replaces it */
    const struct health_ids *ids; /* checks that zones may name */
    const struct health_ids *all_ids; /* with those that are leaving, for copies of good zones */
    const uint8_t *only;              /* the apex of the one zone wanted; NULL: all */
    bool is_trial;                    /* nobody will be answered from it, and no copy is touched */
};

/* Loads what the files hold now.
 *
 * Returns a new set, with what became of each zone in *report, ended with zone_load_report_done(); or NULL,
 * with *report and the atlas untouched, if the sources cannot be found.  Faults are in `diag`. */
MUST_CHECK struct zone_set *loader_load(
        const struct loader_plan *plan, struct zone_load_report *report, struct diag *diag);
