/* ids.h -- which check ids exist and in which slot, as one load of zones sees it.
 *
 * Taken from the table at the start of a load, so that all zones of the load agree; immutable.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "health/table.h"

struct health_ids;

/* A new index of the slots that are HEALTH_DEFINED now; ended with health_ids_free(). */
MUST_CHECK struct health_ids *health_ids_new(const struct health_table *table);

/* The same with the slots that are HEALTH_LEAVING: for a version of a zone that was in service before. */
MUST_CHECK struct health_ids *health_ids_new_with_leaving(const struct health_table *table);

/* What a load of check definitions would do to one id. */
struct health_ids_change {
    const char *id;
    bool added; /* else removed */
};

/* A new index of the ids as they would be after these changes, for zones that are tried against checks
 * before those are there.  A check that is added has the slot it left, or the slot HEALTH_TABLE_SLOTS + i
 * for the i-th change, of which nothing is known: answers treat it as up.  The second also has the ids that
 * leave, by these changes or before. */
MUST_CHECK struct health_ids *health_ids_new_after(
        const struct health_table *table, const struct health_ids_change *changes, uint32_t count);
MUST_CHECK struct health_ids *health_ids_new_after_with_leaving(
        const struct health_table *table, const struct health_ids_change *changes, uint32_t count);

/* NULL does nothing. */
void health_ids_free(struct health_ids *ids);

/* The slot of a check, or HEALTH_SLOT_NONE.  Ids are compared exactly. */
uint32_t health_ids_find(const struct health_ids *ids, const char *id);

/* The id that was most likely meant, borrowed from ids, or NULL. */
const char *health_ids_nearest(const struct health_ids *ids, const char *id);
