/* diff.h -- two versions of a zone side by side, owner by owner and RRset by RRset.
 *
 * Both trees are walked at once in canonical order, so that a walk costs what the zones have names and
 * nothing is built.  Empty non-terminals own nothing and do not come.  Pure; the zones must outlive it.
 */
#pragma once

#include <stdbool.h>

#include "zone/tree.h"
#include "zone/zone.h"

/* One owner in both versions; NULL where it owns nothing. */
struct zone_diff_owner {
    const struct node *old;
    const struct node *new;
};

/* One RRset in both versions; NULL where there is none. */
struct zone_diff_rrset {
    const struct rrset *old;
    const struct rrset *new;
};

struct zone_diff {
    struct tree_walk old, new;
    struct zone_diff_owner ahead;
};

/* Starts a walk.  Either zone may be NULL or faulty: then it has no owner. */
void zone_diff_start(struct zone_diff *diff, const struct zone *old, const struct zone *new);

/* Gives the next owner, the same data or not.  Returns false behind the last one. */
bool zone_diff_next(struct zone_diff *diff, struct zone_diff_owner *ret);

/* Walks the RRsets of an owner by type: *at starts from {0}.  Returns false behind the last one. */
struct zone_diff_place {
    uint16_t old, new;
};
bool zone_diff_next_rrset(const struct zone_diff_owner *owner, struct zone_diff_place *at,
        struct zone_diff_rrset *ret);

/* Whether both have the same records with the same TTL, whatever their annotations. */
bool zone_diff_is_same_data(const struct rrset *a, const struct rrset *b);
