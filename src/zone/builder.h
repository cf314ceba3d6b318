/* builder.h -- from the lines of a zone to the immutable zone that is served.
 *
 * Three steps: the lines are sorted; everything about them is checked (verify.h, group.h), so that all
 * faults are told at once; then, from lines known to be good, nodes, rrsets, groups and the tree are
 * compiled into one arena.  One thread.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "base/diag.h"
#include "zone/basis.h"
#include "zone/verify.h"
#include "zone/zone.h"

/* The most lines of one zone; a record costs about 50 bytes while the zone is built. */
#define ZONE_RECORDS_MAX 20000000U

/* What to build from.  All borrowed; the records are sorted in place. */
struct zone_input {
    const uint8_t *apex;
    struct zone_record *records; /* in file order */
    size_t count;                /* up to ZONE_RECORDS_MAX */
    const struct zone_basis *basis;
};

/* Checks and compiles a zone.
 *
 * Returns 0 and a new zone with one reference in *ret, or ERR_FAULTY with the faults in `diag` and *ret
 * untouched.  Warnings may be added in both cases. */
MUST_CHECK int zone_build(const struct zone_input *input, struct zone **ret, struct diag *diag);
