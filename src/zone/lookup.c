/* lookup.c -- see lookup.h.
 *
 * Empty non-terminals have nodes, so the longest name of the tree at or above the one asked for is its
 * closest encloser (RFC 4592 section 3.3.1), and that node already knows how far up the topmost cut
 * or DNAME above it is.
 */
#include "zone/lookup.h"

#include <assert.h>
#include <string.h>

const struct node *zone_lookup_exact(const struct zone *zone, const uint8_t *name)
{
    struct tree_key key;
    tree_key_from_name(name, &key);
    return tree_get(zone->names, &key);
}

/* The topmost cut or DNAME at or above a node, or NULL. */
static const struct node *find_cut(const struct zone *zone, const struct node *node)
{
    /* A DNAME at the apex of the root zone has 0 labels, which as cut_labels means none. */
    if ((zone->apex_node->flags & NODE_DNAME) != 0)
        return zone->apex_node;
    if (node->cut_labels == 0)
        return NULL;
    if (node->cut_labels == node->labels)
        return node;
    const struct node *cut = zone_lookup_exact(
            zone, name_skip(node->name, (uint32_t)node->labels - node->cut_labels));
    assert(cut != NULL);
    return cut;
}

/* The child "*" of a node.  There is room: the name asked for was longer than the node's by a label. */
static const struct node *find_wildcard(const struct zone *zone, const struct node *parent)
{
    uint8_t name[NAME_MAX_BYTES] = {1, '*'};
    memcpy(name + 2, parent->name, name_length(parent->name));
    return zone_lookup_exact(zone, name);
}

static const struct node *find_data(const struct zone *zone, const uint8_t *name, bool glue)
{
    struct tree_key key;
    bool exact;

    tree_key_from_name(name, &key);
    const struct node *encloser = tree_find(zone->names, &key, &exact);
    if (encloser == NULL || exact)
        return encloser;
    if ((encloser->flags & NODE_WILDCARD_CHILD) == 0)
        return NULL;
    return glue || find_cut(zone, encloser) == NULL ? find_wildcard(zone, encloser) : NULL;
}

const struct node *zone_lookup_data(const struct zone *zone, const uint8_t *name)
{
    return find_data(zone, name, false);
}

const struct node *zone_lookup_glue(const struct zone *zone, const uint8_t *name)
{
    return find_data(zone, name, true);
}

void zone_lookup(const struct zone *zone, const uint8_t *name, struct lookup *ret)
{
    struct tree_key key;
    tree_key_from_name(name, &key);
    zone_lookup_key(zone, &key, ret);
}

void zone_lookup_key(const struct zone *zone, const struct tree_key *key, struct lookup *ret)
{
    bool exact;

    assert(!zone->faulty);
    const struct node *encloser = tree_find(zone->names, key, &exact);
    assert(encloser != NULL); /* the apex is above every name asked for */

    const struct node *cut = find_cut(zone, encloser);
    if (cut != NULL && (cut->flags & NODE_CUT) != 0) {
        *ret = (struct lookup){LOOKUP_CUT, cut, encloser};
        return;
    }
    /* A DNAME says nothing about its own owner (RFC 6672 section 2.3). */
    if (cut != NULL && !(exact && cut == encloser)) {
        *ret = (struct lookup){LOOKUP_DNAME, cut, encloser};
        return;
    }
    if (exact) {
        *ret = (struct lookup){LOOKUP_NODE, encloser, encloser};
        return;
    }
    if ((encloser->flags & NODE_WILDCARD_CHILD) != 0) {
        *ret = (struct lookup){LOOKUP_WILDCARD, find_wildcard(zone, encloser), encloser};
        return;
    }
    *ret = (struct lookup){LOOKUP_NONE, NULL, encloser};
}
