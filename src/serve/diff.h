/* diff.h -- what a reload would change of the zones: the set in force beside one that was only loaded.
 *
 * Zone by zone, and within a zone name by name: lines that come and go, and what is answered now and would
 * be (diff_answers.h).  Everything is compared and counted; what is told in detail is bounded.
 * docs/formats/control-protocol.md has the members of the document.  For the thread that loads.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "health/ids.h"
#include "health/table.h"
#include "zone/load.h"
#include "zone/zonedb.h"

#define DIFF_ZONES_MAX 1000U /* zones told one by one */
#define DIFF_NAMES_MAX                                                                             \
    1000U /* names told in detail, of all zones; those that only lead elsewhere apart */
#define DIFF_ASKED_MAX  20000U   /* names that only lead elsewhere whose answers are compared */
#define DIFF_DETAIL_MAX 4000000U /* bytes of text in these details */
#define DIFF_HELD_MAX   1000U    /* checks told that go on being used */

/* All borrowed. */
struct diff_sources {
    const struct zone_set *old;
    const struct zone_set *new;            /* NULL if no sources were found */
    const struct zone_load_report *report; /* of the load that made `new` */
    const struct diag *diag;
    const struct health_table *health;
    const struct health_ids_change *changes; /* of the checks, that `new` was loaded against */
    uint32_t changes_count;
};

/* Appends the document.
 *
 * Returns 0 if nothing would change, ERR_DIFFERENT if something would, or ERR_FAULTY if a reload would
 * meet faults. */
MUST_CHECK int diff_print(const struct diff_sources *sources, struct buf *ret);
