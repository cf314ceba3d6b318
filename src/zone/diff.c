/* diff.c -- see diff.h. */
#include "zone/diff.h"

#include <string.h>

#include "dns/name.h"

static const struct node *next_owner(struct tree_walk *walk)
{
    const struct node *node;

    do
        node = tree_walk_next(walk);
    while (node != NULL && node->rrsets_count == 0);
    return node;
}

static const struct node *start(struct tree_walk *walk, const struct zone *zone)
{
    walk->depth = 0; /* a walk that has ended */
    if (zone == NULL || zone->faulty)
        return NULL;
    tree_walk_start(walk, zone->names);
    return next_owner(walk);
}

void zone_diff_start(struct zone_diff *diff, const struct zone *old, const struct zone *new)
{
    diff->ahead.old = start(&diff->old, old);
    diff->ahead.new = start(&diff->new, new);
}

/* Which of two sides comes first, of which at least one is there. */
static int compare(const struct node *old, const struct node *new)
{
    if (old == NULL || new == NULL)
        return old == NULL ? 1 : -1;
    return name_compare(old->name, new->name);
}

bool zone_diff_next(struct zone_diff *diff, struct zone_diff_owner *ret)
{
    struct zone_diff_owner *ahead = &diff->ahead;

    if (ahead->old == NULL && ahead->new == NULL)
        return false;
    int order = compare(ahead->old, ahead->new);
    *ret = (struct zone_diff_owner){order <= 0 ? ahead->old : NULL, order >= 0 ? ahead->new : NULL};
    if (order <= 0)
        ahead->old = next_owner(&diff->old);
    if (order >= 0)
        ahead->new = next_owner(&diff->new);
    return true;
}

static const struct rrset *rrset_at(const struct node *node, uint16_t at)
{
    return node != NULL && at < node->rrsets_count ? &node->rrsets[at] : NULL;
}

bool zone_diff_next_rrset(const struct zone_diff_owner *owner, struct zone_diff_place *at,
        struct zone_diff_rrset *ret)
{
    const struct rrset *old = rrset_at(owner->old, at->old);
    const struct rrset *new = rrset_at(owner->new, at->new);

    if (old == NULL && new == NULL)
        return false;
    bool takes_old = old != NULL && (new == NULL || old->type <= new->type);
    bool takes_new = new != NULL && (old == NULL || new->type <= old->type);
    *ret = (struct zone_diff_rrset){takes_old ? old : NULL, takes_new ? new : NULL};
    at->old += takes_old;
    at->new += takes_new;
    return true;
}

bool zone_diff_is_same_data(const struct rrset *a, const struct rrset *b)
{
    return a->size_bytes == b->size_bytes && memcmp(a->wire, b->wire, a->size_bytes) == 0;
}
