/* status.h -- what the health table holds, as JSON for people and programs.
 *
 * Read straight from the table, so it works while the checker is dead or stopped.
 * docs/formats/control-protocol.md lists the members.
 */
#pragma once

#include <stdint.h>

#include "admin/doc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "health/table.h"

struct status_counts {
    uint32_t total, up, down, no_data, leaving;
};

/* Counts the checks in use; each is up or down, one without data is counted in no_data besides. */
void status_count(const struct health_table *table, struct status_counts *ret);

/* A new document with the counts. */
MUST_CHECK struct doc *status_counts_doc(const struct health_table *table);

/* A new document with the checker's last sign of life: "beat", "age_ms" (null if it never ran) and
 * "silent". */
MUST_CHECK struct doc *status_heartbeat_doc(const struct health_table *table, uint64_t now_ms);

/* Appends {"checks":[...]} with a row for each check in use, in the order of slots. */
void status_print_checks(const struct health_table *table, uint64_t now_ms, struct buf *ret);

/* Appends {"checks":[...]} with the row of one check.
 *
 * Returns 0, or -ENOENT with {"error":...} appended, naming the nearest id. */
MUST_CHECK int status_print_check(
        const struct health_table *table, const char *id, uint64_t now_ms, struct buf *ret);
