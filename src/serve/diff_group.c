/* diff_group.c -- see diff_group.h.
 *
 * Two groups that say the same have the same aliases, by name; so what is behind them is compared in pairs
 * of one name, of which each new group has one partner.  Results are kept in a hash table by the new
 * group.  Aliases form no loop and are at most ROUTE_ALIAS_DEPTH_MAX deep, so the recursion is bounded.
 */
#include "serve/diff_group.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "zone/diff.h"

#define FIRST_ROOM  1024U /* a power of two */
#define ORDERS_KEPT 64U   /* results for the orders compared last */

struct result {
    const struct route_group *group; /* NULL: empty */
    bool same;
};

/* Two orders that were compared. */
struct orders {
    const struct order *old;
    const struct order *new;
    bool same;
};

struct diff_groups {
    struct orders orders[ORDERS_KEPT];
    struct result *results;
    size_t room; /* a power of two, more than half of it empty */
    size_t count;
};

struct diff_groups *diff_groups_new(void)
{
    struct diff_groups *groups = mem_zalloc(1, sizeof(*groups));
    groups->room = FIRST_ROOM;
    groups->results = mem_zalloc(FIRST_ROOM, sizeof(*groups->results));
    return groups;
}

void diff_groups_free(struct diff_groups *groups)
{
    if (groups == NULL)
        return;
    free(groups->results);
    free(groups);
}

static uint32_t hash(const void *pointer)
{
    return (uint32_t)((uint64_t)(uintptr_t)pointer * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* The result for a group, or the empty one where it belongs. */
static struct result *find(const struct diff_groups *groups, const struct route_group *group)
{
    size_t at = hash(group) & (groups->room - 1);

    while (groups->results[at].group != NULL && groups->results[at].group != group)
        at = (at + 1) & (groups->room - 1);
    return &groups->results[at];
}

static void remember(struct diff_groups *groups, const struct route_group *group, bool same)
{
    struct result *old = groups->results;
    size_t old_room = groups->room;

    if (2 * (groups->count + 1) > groups->room) {
        groups->room *= 2;
        groups->results = mem_zalloc(groups->room, sizeof(*groups->results));
        for (size_t i = 0; i < old_room; i++)
            if (old[i].group != NULL)
                *find(groups, old[i].group) = old[i];
        free(old);
    }
    *find(groups, group) = (struct result){group, same};
    groups->count++;
}

/* ------------------------------------------------------------------ what a group says */

/* A set with what it says. */
struct saying {
    const struct route_set *set;
    const char *annotation;
};

static int compare_data(const struct rrset *a, const struct rrset *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    if (a->size_bytes != b->size_bytes)
        return a->size_bytes < b->size_bytes ? -1 : 1;
    return memcmp(a->wire, b->wire, a->size_bytes);
}

static int compare_sayings(const void *a, const void *b)
{
    const struct saying *left = a;
    const struct saying *right = b;
    int order = strcmp(left->annotation, right->annotation);
    return order != 0 ? order : compare_data(left->set->data, right->set->data);
}

/* A plain RRset that an alias leads to has no annotation. */
static struct saying say(const struct route_group *group, uint32_t i)
{
    return (struct saying){
            &group->sets[i], group->annotations != NULL ? group->annotations[i] : ""};
}

static struct saying *say_all(const struct route_group *group)
{
    struct saying *sayings = mem_zalloc(group->count, sizeof(*sayings));

    for (uint32_t i = 0; i < group->count; i++)
        sayings[i] = say(group, i);
    return sayings;
}

/* Pairs the sets of two groups; mostly they stand in one order already.
 *
 * Returns new arrays in *ret_old and *ret_new whose i-th sets say the same, or false. */
static bool pair_sets(const struct route_group *old, const struct route_group *new,
        struct saying **ret_old, struct saying **ret_new)
{
    if (old->policy != new->policy || old->count != new->count)
        return false;
    struct saying *left = say_all(old);
    struct saying *right = say_all(new);
    bool same = true;

    for (uint32_t i = 0; i < old->count && same; i++)
        same = compare_sayings(&left[i], &right[i]) == 0;
    if (!same) {
        qsort(left, old->count, sizeof(*left), compare_sayings);
        qsort(right, new->count, sizeof(*right), compare_sayings);
        same = true;
        for (uint32_t i = 0; i < old->count && same; i++)
            same = compare_sayings(&left[i], &right[i]) == 0;
    }
    if (same) {
        *ret_old = left;
        *ret_new = right;
        return true;
    }
    free(left);
    free(right);
    return false;
}

bool diff_says_same(const struct rrset *old, const struct rrset *new)
{
    struct saying *left, *right;

    if ((old->group != NULL) != (new->group != NULL) || !zone_diff_is_same_data(old, new))
        return false;
    if (new->group == NULL)
        return true;
    if (!pair_sets(old->group, new->group, &left, &right))
        return false;
    free(left);
    free(right);
    return true;
}

/* ------------------------------------------------------------------ what it leads to */

static bool leads_same(
        struct diff_groups *groups, const struct route_group *old, const struct route_group *new);

static bool aliases_lead_same(
        struct diff_groups *groups, const struct route_set *old, const struct route_set *new)
{
    if (old->alias == NULL || new->alias == NULL)
        return old->alias == new->alias;
    /* A partner's alias may have another name by now, and results are for pairs of one. */
    return strcmp(old->alias->name, new->alias->name) == 0 &&
           leads_same(groups, old->alias, new->alias);
}

/* A partner is a set of another group, which may say something else; only its health counts here. */
static bool partners_lead_same(
        struct diff_groups *groups, const struct route_set *old, const struct route_set *new)
{
    if (old->partners_count != new->partners_count)
        return false;
    for (uint32_t i = 0; i < old->partners_count; i++)
        if (old->partners[i]->check != new->partners[i]->check ||
                old->partners[i]->evaluate != new->partners[i]->evaluate ||
                !aliases_lead_same(groups, old->partners[i], new->partners[i]))
            return false;
    return true;
}

/* Orders are large, and many groups share one. */
static bool orders_lead_same(
        struct diff_groups *groups, const struct order *old, const struct order *new)
{
    struct orders *known = &groups->orders[hash(new) % ORDERS_KEPT];

    if (old == NULL || new == NULL)
        return old == new;
    if (known->old != old || known->new != new)
        *known = (struct orders){old, new, order_is_same(old, new)};
    return known->same;
}

static bool compare(
        struct diff_groups *groups, const struct route_group *old, const struct route_group *new)
{
    struct saying *left, *right;

    if (!pair_sets(old, new, &left, &right))
        return false;
    bool same =
            orders_lead_same(groups, old->order, new->order) && old->couple_any == new->couple_any;
    for (uint32_t i = 0; i < old->count && same; i++)
        same = aliases_lead_same(groups, left[i].set, right[i].set) &&
               partners_lead_same(groups, left[i].set, right[i].set);
    free(left);
    free(right);
    return same;
}

static bool leads_same(
        struct diff_groups *groups, const struct route_group *old, const struct route_group *new)
{
    const struct result *known = find(groups, new);

    if (known->group != NULL)
        return known->same;
    bool same = compare(groups, old, new);
    remember(groups, new, same);
    return same;
}

bool diff_leads_same(struct diff_groups *groups, const struct rrset *old, const struct rrset *new)
{
    if (old->group == NULL || new->group == NULL)
        return old->group == new->group;
    return leads_same(groups, old->group, new->group);
}
