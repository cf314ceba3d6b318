/* tree.c -- see tree.h.
 *
 * A twig is 16 bytes.  A leaf is the value and its name.  A branch is a word (tag, offset of the
 * symbol it tests, bitmap of the symbols that occur) and its twigs, packed in order of symbol: the
 * place of a symbol's twig is the number of bits set below its own.
 *
 * All leaves below a branch share the symbols before its offset.  So a walk never compares anything on
 * the way down: it follows the key's symbols (any twig where the key's own does not occur) to some
 * leaf, and how many symbols the key shares with that leaf tells where the key leaves the tree.
 *
 * The end of a key counts as symbol 0, and so does the end of each label.  At a branch whose offset is
 * the start of a label, symbol 0 can only be the end of a key, since labels are not empty: the twig
 * there is the leaf of an ancestor of all the other names below that branch.  tree_find() notes
 * these leaves on its way down and takes the last one within the shared symbols.
 */
#include "zone/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dns/wire.h"

#define BRANCH_TAG   1U
#define OFFSET_SHIFT 1U
#define OFFSET_MASK  511U
#define BITMAP_SHIFT 10U

#define SYMBOL_END 0U  /* of a label, and of the key */
#define SYMBOLS    46U /* first symbols; second ones go up to 53 and occur in bitmaps too */

static_assert(TREE_KEY_MAX <= OFFSET_MASK + 1, "an offset must fit its bits");
static_assert(SYMBOLS <= 64 - BITMAP_SHIFT, "a bitmap must have a bit for each symbol");

/* Each byte's one or two symbols: the first, and the second or 0.  Hyphen, digits, underscore
 * and letters have a symbol each, capital letters that of their small ones (RFC 4034 6.1).  The bytes
 * between these share an escape symbol for each stretch (of at most 53 bytes), which stands in its
 * stretch's place in the order, and differ in the second symbol, which starts from 1. */
static const uint8_t byte_symbols[256][2] = {
  /* clang-format off */
        {0x01,0x01}, {0x01,0x02}, {0x01,0x03}, {0x01,0x04}, {0x01,0x05}, {0x01,0x06}, {0x01,0x07}, {0x01,0x08}, /* 00 */
        {0x01,0x09}, {0x01,0x0a}, {0x01,0x0b}, {0x01,0x0c}, {0x01,0x0d}, {0x01,0x0e}, {0x01,0x0f}, {0x01,0x10}, /* 08 */
        {0x01,0x11}, {0x01,0x12}, {0x01,0x13}, {0x01,0x14}, {0x01,0x15}, {0x01,0x16}, {0x01,0x17}, {0x01,0x18}, /* 10 */
        {0x01,0x19}, {0x01,0x1a}, {0x01,0x1b}, {0x01,0x1c}, {0x01,0x1d}, {0x01,0x1e}, {0x01,0x1f}, {0x01,0x20}, /* 18 */
        {0x01,0x21}, {0x01,0x22}, {0x01,0x23}, {0x01,0x24}, {0x01,0x25}, {0x01,0x26}, {0x01,0x27}, {0x01,0x28}, /* 20 */
        {0x01,0x29}, {0x01,0x2a}, {0x01,0x2b}, {0x01,0x2c}, {0x01,0x2d}, {0x02,0x00}, {0x03,0x01}, {0x03,0x02}, /* 28 */
        {0x04,0x00}, {0x05,0x00}, {0x06,0x00}, {0x07,0x00}, {0x08,0x00}, {0x09,0x00}, {0x0a,0x00}, {0x0b,0x00}, /* 30 */
        {0x0c,0x00}, {0x0d,0x00}, {0x0e,0x01}, {0x0e,0x02}, {0x0e,0x03}, {0x0e,0x04}, {0x0e,0x05}, {0x0e,0x06}, /* 38 */
        {0x0e,0x07}, {0x11,0x00}, {0x12,0x00}, {0x13,0x00}, {0x14,0x00}, {0x15,0x00}, {0x16,0x00}, {0x17,0x00}, /* 40 */
        {0x18,0x00}, {0x19,0x00}, {0x1a,0x00}, {0x1b,0x00}, {0x1c,0x00}, {0x1d,0x00}, {0x1e,0x00}, {0x1f,0x00}, /* 48 */
        {0x20,0x00}, {0x21,0x00}, {0x22,0x00}, {0x23,0x00}, {0x24,0x00}, {0x25,0x00}, {0x26,0x00}, {0x27,0x00}, /* 50 */
        {0x28,0x00}, {0x29,0x00}, {0x2a,0x00}, {0x0e,0x08}, {0x0e,0x09}, {0x0e,0x0a}, {0x0e,0x0b}, {0x0f,0x00}, /* 58 */
        {0x10,0x01}, {0x11,0x00}, {0x12,0x00}, {0x13,0x00}, {0x14,0x00}, {0x15,0x00}, {0x16,0x00}, {0x17,0x00}, /* 60 */
        {0x18,0x00}, {0x19,0x00}, {0x1a,0x00}, {0x1b,0x00}, {0x1c,0x00}, {0x1d,0x00}, {0x1e,0x00}, {0x1f,0x00}, /* 68 */
        {0x20,0x00}, {0x21,0x00}, {0x22,0x00}, {0x23,0x00}, {0x24,0x00}, {0x25,0x00}, {0x26,0x00}, {0x27,0x00}, /* 70 */
        {0x28,0x00}, {0x29,0x00}, {0x2a,0x00}, {0x2b,0x01}, {0x2b,0x02}, {0x2b,0x03}, {0x2b,0x04}, {0x2b,0x05}, /* 78 */
        {0x2b,0x06}, {0x2b,0x07}, {0x2b,0x08}, {0x2b,0x09}, {0x2b,0x0a}, {0x2b,0x0b}, {0x2b,0x0c}, {0x2b,0x0d}, /* 80 */
        {0x2b,0x0e}, {0x2b,0x0f}, {0x2b,0x10}, {0x2b,0x11}, {0x2b,0x12}, {0x2b,0x13}, {0x2b,0x14}, {0x2b,0x15}, /* 88 */
        {0x2b,0x16}, {0x2b,0x17}, {0x2b,0x18}, {0x2b,0x19}, {0x2b,0x1a}, {0x2b,0x1b}, {0x2b,0x1c}, {0x2b,0x1d}, /* 90 */
        {0x2b,0x1e}, {0x2b,0x1f}, {0x2b,0x20}, {0x2b,0x21}, {0x2b,0x22}, {0x2b,0x23}, {0x2b,0x24}, {0x2b,0x25}, /* 98 */
        {0x2b,0x26}, {0x2b,0x27}, {0x2b,0x28}, {0x2b,0x29}, {0x2b,0x2a}, {0x2b,0x2b}, {0x2b,0x2c}, {0x2b,0x2d}, /* a0 */
        {0x2b,0x2e}, {0x2b,0x2f}, {0x2b,0x30}, {0x2b,0x31}, {0x2b,0x32}, {0x2b,0x33}, {0x2b,0x34}, {0x2b,0x35}, /* a8 */
        {0x2c,0x01}, {0x2c,0x02}, {0x2c,0x03}, {0x2c,0x04}, {0x2c,0x05}, {0x2c,0x06}, {0x2c,0x07}, {0x2c,0x08}, /* b0 */
        {0x2c,0x09}, {0x2c,0x0a}, {0x2c,0x0b}, {0x2c,0x0c}, {0x2c,0x0d}, {0x2c,0x0e}, {0x2c,0x0f}, {0x2c,0x10}, /* b8 */
        {0x2c,0x11}, {0x2c,0x12}, {0x2c,0x13}, {0x2c,0x14}, {0x2c,0x15}, {0x2c,0x16}, {0x2c,0x17}, {0x2c,0x18}, /* c0 */
        {0x2c,0x19}, {0x2c,0x1a}, {0x2c,0x1b}, {0x2c,0x1c}, {0x2c,0x1d}, {0x2c,0x1e}, {0x2c,0x1f}, {0x2c,0x20}, /* c8 */
        {0x2c,0x21}, {0x2c,0x22}, {0x2c,0x23}, {0x2c,0x24}, {0x2c,0x25}, {0x2c,0x26}, {0x2c,0x27}, {0x2c,0x28}, /* d0 */
        {0x2c,0x29}, {0x2c,0x2a}, {0x2c,0x2b}, {0x2c,0x2c}, {0x2c,0x2d}, {0x2c,0x2e}, {0x2c,0x2f}, {0x2c,0x30}, /* d8 */
        {0x2c,0x31}, {0x2c,0x32}, {0x2c,0x33}, {0x2c,0x34}, {0x2c,0x35}, {0x2d,0x01}, {0x2d,0x02}, {0x2d,0x03}, /* e0 */
        {0x2d,0x04}, {0x2d,0x05}, {0x2d,0x06}, {0x2d,0x07}, {0x2d,0x08}, {0x2d,0x09}, {0x2d,0x0a}, {0x2d,0x0b}, /* e8 */
        {0x2d,0x0c}, {0x2d,0x0d}, {0x2d,0x0e}, {0x2d,0x0f}, {0x2d,0x10}, {0x2d,0x11}, {0x2d,0x12}, {0x2d,0x13}, /* f0 */
        {0x2d,0x14}, {0x2d,0x15}, {0x2d,0x16}, {0x2d,0x17}, {0x2d,0x18}, {0x2d,0x19}, {0x2d,0x1a}, {0x2d,0x1b}, /* f8 */
  /* clang-format on */
};

/* A leaf: `word` is the value (even, being aligned), `at` its name.  A branch: `word` is bit 0 set,
 * 9 bits of offset and 54 bits of bitmap, `at` its twigs.  Only an empty tree's root has word 0. */
struct twig {
    uint64_t word;
    const void *at;
};

struct tree {
    struct twig root;
    size_t count;
};

/* ------------------------------------------------------------------ keys */

/* Where each label of a name starts, and the zero behind them.  Returns how many there are. */
static size_t find_labels(const uint8_t *name, uint8_t starts[NAME_MAX_LABELS + 1])
{
    size_t count = 0;
    size_t at = 0;
    for (; name[at] != 0; at += 1U + name[at])
        starts[count++] = (uint8_t)at;
    starts[count] = (uint8_t)at;
    return count;
}

void tree_key_from_name(const uint8_t *name, struct tree_key *ret)
{
    uint8_t *to = ret->symbol;

    ret->labels = (uint8_t)find_labels(name, ret->starts);
    for (size_t i = ret->labels; i > 0; i--) {
        const uint8_t *label = name + ret->starts[i - 1];
        const uint8_t *const last = label + label[0]; /* read once: what is written might be it */
        while (label < last) {
            const uint8_t *symbols = byte_symbols[*++label];
            /* The next one goes over the second if there is none. */
            memcpy(to, symbols, 2);
            to += 1U + (symbols[1] != 0);
        }
        *to++ = SYMBOL_END;
    }
    assert(to < ret->symbol + TREE_KEY_MAX);
    ret->length = (uint16_t)(to - ret->symbol);
    ret->name = name;
}

static uint8_t symbol_at(const struct tree_key *key, size_t offset)
{
    return offset < key->length ? key->symbol[offset] : SYMBOL_END;
}

/* Whether a label of the key could start at this offset. */
static bool starts_label(const struct tree_key *key, size_t offset)
{
    if (offset == 0)
        return true;
    return offset <= key->length && key->symbol[offset - 1] == SYMBOL_END;
}

/* How a key and a leaf's name go together. */
struct meeting {
    size_t common;  /* symbols shared */
    uint8_t theirs; /* the leaf's symbol behind them */
    bool ended;     /* the leaf's name ended there: it is the key's name or an ancestor of it */
};

/* Whether a leaf's name is the key's, or an ancestor's, byte for byte: then it need not be taken symbol by symbol.
 * Only for a key whose every byte has one symbol, which says how many they share: *ret. */
static bool is_suffix(const struct tree_key *key, const uint8_t *name, size_t *ret)
{
    size_t labels = 0;
    size_t at = 0;
    for (; name[at] != 0; at += 1U + name[at])
        labels++;
    if (labels > key->labels)
        return false;
    size_t from = key->starts[key->labels - labels];
    size_t end = key->starts[key->labels];
    *ret = at;
    return end - from == at && end == key->length && memcmp(key->name + from, name, at) == 0;
}

static struct meeting compare(const struct tree_key *key, const uint8_t *name)
{
    uint8_t starts[NAME_MAX_LABELS + 1];
    size_t at = 0;

    for (size_t i = find_labels(name, starts); i > 0; i--) {
        const uint8_t *label = name + starts[i - 1];
        for (size_t j = 1; j <= label[0]; j++) {
            uint8_t first = byte_symbols[label[j]][0];
            uint8_t second = byte_symbols[label[j]][1];
            if (symbol_at(key, at) != first)
                return (struct meeting){at, first, false};
            at++;
            if (second != 0 && symbol_at(key, at) != second)
                return (struct meeting){at, second, false};
            at += second != 0;
        }
        if (symbol_at(key, at) != SYMBOL_END)
            return (struct meeting){at, SYMBOL_END, false};
        at++;
    }
    return (struct meeting){at, SYMBOL_END, true};
}

static struct meeting meet(const struct tree_key *key, const uint8_t *name)
{
    size_t common;

    if (is_suffix(key, name, &common))
        return (struct meeting){common, SYMBOL_END, true};
    return compare(key, name);
}

static bool is_equal(const struct meeting *meeting, const struct tree_key *key)
{
    return meeting->ended && meeting->common == key->length;
}

/* ------------------------------------------------------------------ twigs */

static bool is_branch(const struct twig *twig)
{
    return (twig->word & BRANCH_TAG) != 0;
}

static size_t offset_of(const struct twig *branch)
{
    return branch->word >> OFFSET_SHIFT & OFFSET_MASK;
}

static bool has_symbol(const struct twig *branch, uint8_t symbol)
{
    return (branch->word >> BITMAP_SHIFT >> symbol & 1) != 0;
}

/* Of processors that may lack the instruction, compilers call a function instead, which costs more than this. */
static size_t count_bits(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555U;
    bits = (bits & 0x3333333333333333U) + (bits >> 2 & 0x3333333333333333U);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fU;
    return (size_t)(bits * 0x0101010101010101U >> 56);
}

/* How many twigs of a branch stand before `symbol`. */
static size_t twigs_before(const struct twig *branch, uint8_t symbol)
{
    uint64_t below = (UINT64_C(1) << symbol) - 1;
    return count_bits(branch->word >> BITMAP_SHIFT & below);
}

static size_t twigs_count(const struct twig *branch)
{
    return count_bits(branch->word >> BITMAP_SHIFT);
}

static const struct twig *twigs_of(const struct twig *branch)
{
    return branch->at;
}

static void *value_of(const struct twig *leaf)
{
    return (void *)(uintptr_t)leaf->word;
}

/* The twig for the key's symbol, or the first where that symbol does not occur. */
static const struct twig *follow(const struct twig *branch, const struct tree_key *key)
{
    uint8_t symbol = symbol_at(key, offset_of(branch));
    size_t place = has_symbol(branch, symbol) ? twigs_before(branch, symbol) : 0;
    return twigs_of(branch) + place;
}

static const struct twig *last_leaf(const struct twig *twig)
{
    while (is_branch(twig))
        twig = twigs_of(twig) + twigs_count(twig) - 1;
    return twig;
}

/* ------------------------------------------------------------------ building */

/* An entry with its key, packed in scratch memory. */
struct item {
    const uint8_t *symbols;
    size_t length;
    struct tree_entry entry;
};

static int compare_items(const void *a, const void *b)
{
    const struct item *left = a;
    const struct item *right = b;
    size_t least = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->symbols, right->symbols, least);

    if (order != 0)
        return order;
    return (left->length > right->length) - (left->length < right->length);
}

static uint8_t item_symbol(const struct item *item, size_t offset)
{
    return offset < item->length ? item->symbols[offset] : SYMBOL_END;
}

/* Makes the twig for `count` sorted items that share the symbols before `from`.  In a sorted range the
 * first and the last item share what all share.  Depth is bounded by TREE_KEY_MAX. */
static void build(
        struct arena *arena, const struct item *items, size_t count, size_t from, struct twig *ret)
{
    if (count == 1) {
        *ret = (struct twig){(uintptr_t)items->entry.value, items->entry.name};
        return;
    }
    while (item_symbol(&items[0], from) == item_symbol(&items[count - 1], from))
        from++;
    uint64_t bitmap = 0;
    for (size_t i = 0; i < count; i++)
        bitmap |= UINT64_C(1) << item_symbol(&items[i], from);
    ret->word = bitmap << BITMAP_SHIFT | (uint64_t)from << OFFSET_SHIFT | BRANCH_TAG;
    struct twig *twigs = arena_alloc(arena, twigs_count(ret) * sizeof(*twigs));
    ret->at = twigs;

    for (size_t first = 0, next; first < count; first = next) {
        uint8_t symbol = item_symbol(&items[first], from);
        for (next = first + 1; next < count; next++)
            if (item_symbol(&items[next], from) != symbol)
                break;
        build(arena, items + first, next - first, from + 1, twigs++);
    }
}

/* Gives each entry its key and sorts them, if they do not come sorted. */
static struct item *sort_entries(
        struct arena *scratch, const struct tree_entry *entries, size_t count)
{
    struct item *items = mem_zalloc(count, sizeof(*items));
    struct tree_key key;
    bool sorted = true;

    for (size_t i = 0; i < count; i++) {
        assert(entries[i].value != NULL && ((uintptr_t)entries[i].value & 1) == 0);
        tree_key_from_name(entries[i].name, &key);
        uint8_t *symbols = arena_alloc_packed(scratch, key.length);
        memcpy(symbols, key.symbol, key.length);
        items[i] = (struct item){symbols, key.length, entries[i]};
        sorted = sorted && (i == 0 || compare_items(&items[i - 1], &items[i]) < 0);
    }
    if (!sorted)
        qsort(items, count, sizeof(*items), compare_items);
    for (size_t i = 1; i < count; i++)
        assert(compare_items(&items[i - 1], &items[i]) < 0);
    return items;
}

const struct tree *tree_build(struct arena *arena, struct tree_entry *entries, size_t count)
{
    struct tree *tree = arena_zalloc(arena, sizeof(*tree));

    if (count == 0)
        return tree;
    struct arena *scratch = arena_new();
    struct item *items = sort_entries(scratch, entries, count);
    for (size_t i = 0; i < count; i++)
        entries[i] = items[i].entry;
    build(arena, items, count, 0, &tree->root);
    tree->count = count;
    free(items);
    arena_free(scratch);
    return tree;
}

/* ------------------------------------------------------------------ reading */

size_t tree_count(const struct tree *tree)
{
    return tree->count;
}

void *tree_get(const struct tree *tree, const struct tree_key *key)
{
    const struct twig *twig = &tree->root;

    if (tree->count == 0)
        return NULL;
    while (is_branch(twig)) {
        if (!has_symbol(twig, symbol_at(key, offset_of(twig))))
            return NULL;
        twig = follow(twig, key);
    }
    struct meeting meeting = meet(key, twig->at);
    return is_equal(&meeting, key) ? value_of(twig) : NULL;
}

void *tree_find(const struct tree *tree, const struct tree_key *key, bool *exact)
{
    /* One for the start of each label, and one for the end of the name. */
    struct {
        const struct twig *leaf;
        size_t offset;
    } passed[NAME_MAX_LABELS + 1];
    size_t passed_count = 0;
    const struct twig *twig = &tree->root;

    *exact = false;
    if (tree->count == 0)
        return NULL;
    while (is_branch(twig)) {
        size_t offset = offset_of(twig);
        if (has_symbol(twig, SYMBOL_END) && starts_label(key, offset)) {
            passed[passed_count].leaf = twigs_of(twig);
            passed[passed_count++].offset = offset;
        }
        twig = follow(twig, key);
    }
    struct meeting meeting = meet(key, twig->at);
    *exact = is_equal(&meeting, key);
    if (meeting.ended)
        return value_of(twig);
    while (passed_count > 0)
        if (passed[--passed_count].offset <= meeting.common)
            return value_of(passed[passed_count].leaf);
    return NULL;
}

void *tree_predecessor(const struct tree *tree, const struct tree_key *key)
{
    const struct twig *twig = &tree->root;

    if (tree->count == 0)
        return NULL;
    while (is_branch(twig))
        twig = follow(twig, key);
    struct meeting meeting = meet(key, twig->at);
    if (is_equal(&meeting, key))
        return value_of(twig);

    /* Down again to the place where the key leaves the tree; `before` is the twig next to the
     * path on its left, which holds the last names that are before all below the path. */
    const struct twig *before = NULL;
    twig = &tree->root;
    while (is_branch(twig) && offset_of(twig) <= meeting.common) {
        uint8_t symbol = symbol_at(key, offset_of(twig));
        size_t place = twigs_before(twig, symbol);
        if (place > 0)
            before = twigs_of(twig) + place - 1;
        if (offset_of(twig) == meeting.common)
            return value_of(last_leaf(before != NULL ? before : &tree->root));
        twig = twigs_of(twig) + place;
    }
    /* It leaves between two branches: all names below are on the same side of it. */
    if (symbol_at(key, meeting.common) > meeting.theirs)
        return value_of(last_leaf(twig));
    return value_of(last_leaf(before != NULL ? before : &tree->root));
}

static void walk_down(struct tree_walk *walk, const struct twig *twigs, size_t count)
{
    assert(walk->depth < COUNT(walk->path));
    walk->path[walk->depth].next = twigs;
    walk->path[walk->depth++].left = count;
}

void tree_walk_start(struct tree_walk *walk, const struct tree *tree)
{
    walk->depth = 0;
    walk_down(walk, &tree->root, tree->count > 0);
}

/* Branches test ever later symbols of a key, so there are no more of them above each other than symbols. */
void *tree_walk_next(struct tree_walk *walk)
{
    while (walk->depth > 0) {
        if (walk->path[walk->depth - 1].left == 0) {
            walk->depth--;
            continue;
        }
        const struct twig *twig = walk->path[walk->depth - 1].next;
        walk->path[walk->depth - 1].next = twig + 1;
        walk->path[walk->depth - 1].left--;
        if (!is_branch(twig))
            return value_of(twig);
        walk_down(walk, twigs_of(twig), twigs_count(twig));
    }
    return NULL;
}

void tree_each(const struct tree *tree, bool (*visit)(void *context, void *value), void *context)
{
    struct tree_walk walk;
    void *value;

    tree_walk_start(&walk, tree);
    while ((value = tree_walk_next(&walk)) != NULL)
        if (!visit(context, value))
            return;
}
