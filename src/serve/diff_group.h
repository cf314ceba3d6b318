/* diff_group.h -- whether two versions of a routed RRset say the same, and whether they lead to the same.
 *
 * What a group says is its annotations and the data of its sets, in whatever order they stand.  What it
 * leads to is also what its aliases and partners say, and where clients are.  Results are remembered, so
 * that a whole zone is compared in a time linear in its sets.  Pure but for that; one thread.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "route/route.h"
#include "zone/zone.h"

struct diff_groups;

/* Without results; for one pair of versions of a zone, which must outlive it.  Ended with
 * diff_groups_free(), for which NULL does nothing. */
MUST_CHECK struct diff_groups *diff_groups_new(void);
void diff_groups_free(struct diff_groups *groups);

/* Whether two RRsets of one owner and type are the same lines. */
bool diff_says_same(const struct rrset *old, const struct rrset *new);

/* Whether answers from two RRsets of one owner and type, which say the same, are made from the same. */
bool diff_leads_same(struct diff_groups *groups, const struct rrset *old, const struct rrset *new);
