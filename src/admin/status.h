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
#include "health/forces.h"
#include "health/table.h"

#define STATUS_WHY_MAX 4096U /* bytes of a sentence for people */

struct status_counts {
    uint32_t total, up, down, no_data, leaving, forced, held;
    uint32_t shadows, shadows_down; /* of those that are never used; what they would be */
    uint64_t shadow_changes, shadow_answer_changes;
};

/* Counts the checks in use; each is up or down for answers, one without data is counted in no_data besides,
 * and one that is forced in forced. */
void status_count(const struct health_table *table, struct status_counts *ret);

/* A new document with the counts. */
MUST_CHECK struct doc *status_counts_doc(const struct health_table *table);

/* A new document of how the checker gets on: "probes", "running", "held", "late_ms", "longest_turn_ms". */
MUST_CHECK struct doc *status_probing_doc(const struct health_table *table);

/* A new document with the checker's last sign of life: "beat", "age_ms" (null if it never ran) and
 * "silent". */
MUST_CHECK struct doc *status_heartbeat_doc(const struct health_table *table, uint64_t now_ms);

/* A new document with what a force says: "state", "since", "age_ms", "until" and "left_ms" (null if it has
 * no end), "owner" and "reason". */
MUST_CHECK struct doc *status_force_doc(const struct force *force, uint64_t now_ms);

/* Sets `key` to an array with such a document for each force, with "id" and, if its check is not there,
 * "missing". */
void status_set_forces(
        struct doc *doc, const char *key, const struct forces *forces, uint64_t now_ms);

/* Appends {"checks":[...]} with a row for each check in use, in the order of slots. */
void status_print_checks(const struct health_table *table, const struct forces *forces,
        uint64_t now_ms, struct buf *ret);

/* Appends {"checks":[...]} with the row of one check.
 *
 * Returns 0, or -ENOENT with {"error":...} appended, naming the nearest id. */
MUST_CHECK int status_print_check(const struct health_table *table, const struct forces *forces,
        const char *id, uint64_t now_ms, struct buf *ret);

/* A new document with the row of one check, or NULL if there is none of this id. */
MUST_CHECK struct doc *status_check_doc(const struct health_table *table,
        const struct forces *forces, const char *id, uint64_t now_ms);

/* Returns 0 if there is a check of this id, or -ENOENT with a sentence appended to `why`, which names the
 * nearest. */
MUST_CHECK int status_find_check(const struct health_table *table, const char *id, struct buf *why);
