/* guarded.h -- which checks the zones use that have a guard: what the checker must know of zones (max-down).
 *
 * The text has a line for each such zone, `ZONE SHARE WINDOW_MS SLOT SLOT ...`: its name in lower case without the last
 * dot, and the slots in the health table of the checks that its record sets name.  Any thread that may read the zones.
 */
#pragma once

#include "base/buf.h"
#include "zone/zonedb.h"

/* Appends the text for a set of zones. */
void guarded_print(const struct zone_set *zones, struct buf *ret);

/* Appends the name of the guard over the zone with this apex, whether there is one or not. */
void guarded_print_name(const uint8_t *apex, struct buf *ret);
