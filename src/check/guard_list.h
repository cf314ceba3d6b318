/* guard_list.h -- which checks the guarded zones use, as the responder tells it the checker.
 *
 * Only the responder knows zones, and only the checker writes verdicts; so after each load of zones the responder says
 * it through the supervisor, a line for each zone that has a guard:
 *
 *   ZONE SHARE WINDOW_MS SLOT SLOT ...
 *
 * Slots are those of the health table: one that a zone uses is not freed before the zone is loaded anew.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "dns/name.h"
#include "health/guard.h"

#define GUARD_LIST_ZONES_MAX 100000U

struct guard_zone {
    char *name;
    struct guard_limit limit;
    uint32_t *slots; /* each below HEALTH_TABLE_SLOTS; one may come twice */
    uint32_t count;
};

struct guard_list {
    struct guard_zone *zones;
    uint32_t count;
};

/* Reads such a text.
 *
 * Returns 0 and a new list in *ret, ended with guard_list_done(); or ERR_SYNTAX with *ret untouched. */
MUST_CHECK int guard_list_parse(const char *text, size_t length, struct guard_list *ret);

/* Frees what is in it; an empty list is left. */
void guard_list_done(struct guard_list *list);
