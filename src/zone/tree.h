/* tree.h -- names to values: a qp-trie over domain names in canonical order.
 *
 * A key is a name turned round, label by label from the root, each byte mapped (lower case) to one
 * or two small symbols so that the order of symbols is the canonical order of RFC 4034 section 6.1.  A
 * branch tests one symbol and holds a bitmap of the symbols that occur and a packed array of twigs;
 * symbols that decide nothing are skipped.  A lookup visits as many branches as the name has symbols
 * that decide, however many names there are.
 *
 * A tree is built once and immutable.  Nodes point down only, so a later change can copy the path
 * from the root and share the rest (copy on write).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "dns/name.h"

#define TREE_KEY_MAX 512U /* symbols: two for a rare byte, one for the end of each label */

struct tree;

/* A name as the tree compares it. */
struct tree_key {
    uint16_t length;
    uint8_t labels;
    uint8_t starts[NAME_MAX_LABELS +
                   1];                /* where each label of the name begins, and its last zero */
    const uint8_t *name;              /* borrowed; it must live as long as the key */
    uint8_t symbol[TREE_KEY_MAX + 1]; /* with room to write a second one that does not count */
};

/* A walk that gives one value at a time, for whoever walks two trees at once.  The tree must outlive it. */
struct tree_walk {
    uint32_t depth;
    struct {
        const void *next; /* twigs of one branch that are still to be visited */
        size_t left;
    } path[TREE_KEY_MAX + 1];
};

/* One entry to build from; both borrowed, and must live as long as the tree. */
struct tree_entry {
    const uint8_t *name; /* wire form, any case */
    void *value;         /* not NULL, at an even address */
};

/* Turns a valid name into its key. */
void tree_key_from_name(const uint8_t *name, struct tree_key *ret);

/* Builds a tree in `arena` from `count` entries, which it sorts in place.  No two names may be equal. */
MUST_CHECK const struct tree *tree_build(
        struct arena *arena, struct tree_entry *entries, size_t count);

/* How many names the tree has. */
size_t tree_count(const struct tree *tree);

/* The value of exactly this name, or NULL. */
void *tree_get(const struct tree *tree, const struct tree_key *key);

/* The value of the longest name in the tree that is the key's name or an ancestor of it, NULL if
 * there is none; *exact says which.  One walk. */
void *tree_find(const struct tree *tree, const struct tree_key *key, bool *exact);

/* The value of the last name that is not behind the key in canonical order; the last of all names
 * if the key lies before the first (RFC 4034: the chain is a ring).  NULL only for an empty tree. */
void *tree_predecessor(const struct tree *tree, const struct tree_key *key);

/* Calls `visit` with each value in canonical order until it returns false. */
void tree_each(const struct tree *tree, bool (*visit)(void *context, void *value), void *context);

/* Starts a walk, and gives the next value of it in canonical order; NULL behind the last. */
void tree_walk_start(struct tree_walk *walk, const struct tree *tree);
void *tree_walk_next(struct tree_walk *walk);
