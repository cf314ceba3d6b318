/* ids.h -- which check ids exist and in which slot, as one load of zones sees it.
 *
 * Taken from the table at the start of a load, so that all zones of the load agree; immutable.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "health/table.h"

struct health_ids;

/* A new index of the slots that are HEALTH_DEFINED now; ended with health_ids_free(). */
MUST_CHECK struct health_ids *health_ids_new(const struct health_table *table);

/* The same with the slots that are HEALTH_LEAVING: for a version of a zone that was in service before. */
MUST_CHECK struct health_ids *health_ids_new_with_leaving(const struct health_table *table);

/* NULL does nothing. */
void health_ids_free(struct health_ids *ids);

/* The slot of a check, or HEALTH_SLOT_NONE.  Ids are compared exactly. */
uint32_t health_ids_find(const struct health_ids *ids, const char *id);

/* The id that was most likely meant, borrowed from ids, or NULL. */
const char *health_ids_nearest(const struct health_ids *ids, const char *id);
