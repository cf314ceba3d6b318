/* answers.h -- how well the answers of a simulation are: for each name and client, what would be answered by
 * the verdicts, held against how things really are.
 *
 * The *share* of an answer is how much of what is answered is really well, by the chances that
 * route_explain() tells: 1 if a client surely meets a living endpoint, 0 if it surely meets a dead one.  A set
 * is well if every check on the way to it, its own and those of the aliases before it, stands for something
 * that is.  Availability is the share over time.  One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "check/definition.h"
#include "health/table.h"
#include "sim/timeline.h"
#include "sim/world.h"
#include "zone/zonedb.h"

#define ANSWERS_ROWS_MAX 10000U /* names times clients */

/* One name for one client, and what has become of it so far. */
struct answers_row {
    const struct zone *zone;
    const uint8_t *name;
    uint16_t type;
    struct client client; /* all zero: nothing is known of it */
    const struct rrset *rrset;
    /* Now. */
    double share;
    bool is_empty;  /* there is nothing for this client */
    bool fail_open; /* somewhere no set was healthy */
    uint64_t since_ms;
    /* From the start until since_ms. */
    double good_ms;   /* the sum of share times time */
    uint64_t open_ms; /* while it failed open */
    uint64_t empty_ms;
    uint64_t bad_ms;         /* while the share was below 1 */
    uint64_t bad_longest_ms; /* at a stretch */
    uint64_t bad_since_ms;   /* of the stretch that goes on; meant while share is below 1 */
    uint32_t changes;        /* of the answer, a set more or less likely included */
    uint64_t signature;      /* what tells answers apart */
};

/* Who wants to know of each change, of fail_open too; `row` has what is new. */
typedef void answers_watcher(void *context, uint64_t now_ms, const struct answers_row *row);

struct answers_sources {
    const struct zone_set *zones;
    const struct definitions *definitions;
    const uint32_t *slots; /* of the definitions, in the table */
    const struct health_table *table;
    const struct timeline *timeline;
    answers_watcher *watcher; /* or NULL */
    void *context;
};

struct answers;

/* The rows that the timeline asks for: each name with each client; without names every routed one of the zones,
 * as many as there is room for.  All sources are borrowed and must outlive it.
 *
 * Returns 0 and *ret, ended with answers_free() (NULL does nothing); or ERR_FAULTY with an error for each
 * name that no zone answers. */
MUST_CHECK int answers_new(
        const struct answers_sources *sources, struct answers **ret, struct diag *diag);
void answers_free(struct answers *answers);

/* Works all rows out anew at `now_ms`, from the start of the simulation: to be called when a verdict or the
 * world has changed, and at the end. */
void answers_look(struct answers *answers, const struct world *world, uint64_t now_ms);

/* The rows, borrowed; *cut tells whether there would have been more. */
const struct answers_row *answers_rows(const struct answers *answers, uint32_t *count, bool *cut);

/* What is answered now, for people: "192.0.2.10", or "192.0.2.10 90%, 192.0.2.11 10%"; appended to `ret`. */
void answers_tell(struct answers *answers, const struct answers_row *row, struct buf *ret);
