/* material.h -- what a configuration names, loaded by a program that serves nobody: checks in a table of its own,
 * and the zones that use them.
 *
 * For holdfastd -t and holdfastctl simulate, which so load what the daemon would.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "check/definition.h"
#include "config.h"
#include "health/table.h"
#include "zone/zonedb.h"

struct material {
    struct health_table *table;
    struct definitions *definitions; /* NULL: their files are faulty */
    uint32_t *slots;                 /* of the definitions */
    struct zone_set *zones; /* NULL: where they are is not found; faulty ones are among them */
    size_t zones_served;
};

/* Loads all of it, which material_done() ends whatever came of it; faults go to `diag`.  If the checks are faulty,
 * zones that name them are found faulty too.
 *
 * Returns 0, or -errno if there can be no table. */
MUST_CHECK int material_load(const struct config *config, struct material *ret, struct diag *diag);
void material_done(struct material *material);

/* Prints the faults to stderr, one on a line. */
void material_print_faults(const struct diag *diag);
