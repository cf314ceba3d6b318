/* outcome.h -- what an RRset may be answered with, and how likely each of that is.
 *
 * Groups and aliases are followed with the functions that answer (route_explain()), from the group that is
 * asked to the sets with data.  For explanations and comparisons; it allocates, and no query uses it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "admin/doc.h"
#include "route/route.h"
#include "zone/lookup.h"
#include "zone/zone.h"

#define OUTCOME_SETS_MAX 20000U /* looked at for one list; groups may be shared by many aliases */

struct outcome {
    const struct rrset *data;
    double probability;
    uint32_t depth;
    const struct route_set
            *sets[ROUTE_ALIAS_DEPTH_MAX + 2]; /* `depth` of them: that of each group on the way */
};

struct outcomes {
    struct outcome
            *list; /* of probability above 0; of a multivalue group they add up to more than 1 */
    uint32_t count;
    bool cut;       /* there are more */
    bool fail_open; /* some group that leads to one of them has no healthy set */
};

/* The RRset that answers for a type where a lookup has led: of the type, or the CNAME; NULL for none. */
const struct rrset *outcome_rrset(const struct lookup *lookup, uint16_t type);

/* Finds what this query's client would get from an RRset, plain or routed.  The list is new and ended with
 * outcomes_done(); it borrows from the zone. */
void outcomes_find(const struct rrset *rrset, struct route_query *query, struct outcomes *ret);
void outcomes_done(struct outcomes *outcomes);

/* A new document: sets, probability, records, ttl. */
MUST_CHECK struct doc *outcome_doc(const struct outcome *outcome);

/* Sets the members "records" (an array of texts) and "ttl". */
void outcome_set_records(struct doc *doc, const struct rrset *rrset);
