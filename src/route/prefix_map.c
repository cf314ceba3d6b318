/* prefix_map.c -- see prefix_map.h.
 *
 * Building: the networks of a family are sorted by first address, the shorter before the longer, so that
 * each follows the one it lies in; one walk with a stack of those that are open then gives the
 * ranges.
 *
 * PREFIX_ONE_WAY keeps, beside the ranges, the networks themselves as blocks in that same order, each with a
 * link to the one it lies in.  The last block that does not begin behind an address, or one of those it
 * lies in, is the longest that holds the address; further up the links is the longest that holds a
 * client's network.  A block that changes nothing, since it lies in one of its own value, is left out.
 */
#include "route/prefix_map.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "route/ranges.h"

#define FIRST_ROOM 16U
#define DEPTH_MAX  129U /* networks within each other, from /0 to /128 */
#define NO_BLOCK   UINT32_MAX

/* A network while the map is built. */
struct entry {
    struct address start;
    uint32_t value;
    uint32_t
            order; /* from the highest: 8 bits, the prefix's length; 24, the turn it was added in */
};

#define ORDER_TURN_BITS 24U

static_assert(PREFIX_MAX <= 1U << ORDER_TURN_BITS, "each prefix needs a turn of its own");

struct entries {
    struct entry *list;
    uint32_t count;
    uint32_t room;
};

struct prefix_builder {
    struct entries entries[CLIENT_FAMILIES];
    uint32_t count; /* of both */
};

/* A network of a map PREFIX_ONE_WAY. */
struct block {
    struct address start;
    uint32_t value;
    uint32_t parent; /* the block it lies in, or NO_BLOCK */
    uint8_t bits;
};

/* One family. */
struct side {
    struct ranges ranges;
    struct block *blocks;
    uint32_t blocks_count;
    uint8_t longest; /* of the blocks; 0 for PREFIX_ANY: a client's length never matters */
};

struct prefix_map {
    struct side sides[CLIENT_FAMILIES];
    uint32_t none; /* the value outside all prefixes */
};

/* ------------------------------------------------------------------ builder */

static uint8_t entry_bits(const struct entry *entry)
{
    return (uint8_t)(entry->order >> ORDER_TURN_BITS);
}

struct prefix_builder *prefix_builder_new(void)
{
    return mem_zalloc(1, sizeof(struct prefix_builder));
}

void prefix_builder_free(struct prefix_builder *builder)
{
    if (builder == NULL)
        return;
    for (size_t i = 0; i < CLIENT_FAMILIES; i++)
        free(builder->entries[i].list);
    free(builder);
}

int prefix_builder_add(struct prefix_builder *builder, const struct client *network, uint32_t value)
{
    struct entries *entries = &builder->entries[network->family];

    assert(value != PREFIX_NONE);
    assert(network->bits <= client_bits_max(network->family));
    if (builder->count == PREFIX_MAX)
        return ERR_TOO_LARGE;
    if (entries->count == entries->room) {
        entries->room = entries->room > 0 ? 2 * entries->room : FIRST_ROOM;
        entries->list = mem_resize(entries->list, entries->room, sizeof(*entries->list));
    }
    entries->list[entries->count++] = (struct entry){
            .start = address_of_client(network),
            .value = value,
            .order = (uint32_t)network->bits << ORDER_TURN_BITS | builder->count++,
    };
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;

    if (!address_equal(left->start, right->start))
        return address_is_below(left->start, right->start) ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

/* Sorts the entries, most lists being sorted already, and drops those that a later equal network
 * replaces. */
static void sort(struct entries *entries)
{
    uint32_t kept = 0;
    uint32_t i = 1;

    while (i < entries->count && compare(&entries->list[i - 1], &entries->list[i]) < 0)
        i++;
    if (i < entries->count)
        qsort(entries->list, entries->count, sizeof(*entries->list), compare);
    for (i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->list[i];
        const struct entry *last = kept > 0 ? &entries->list[kept - 1] : NULL;
        bool again = last != NULL && address_equal(last->start, entry->start) &&
                     entry_bits(last) == entry_bits(entry);
        entries->list[again ? kept - 1 : kept++] = *entry;
    }
    entries->count = kept;
}

/* Networks that hold the place a walk over the sorted ones has come to, the outermost first. */
struct open {
    uint32_t entry[DEPTH_MAX];
    uint32_t count;
};

static struct address entry_last(const struct entry *entry)
{
    return address_last(entry->start, entry_bits(entry));
}

/* Closes the innermost network: behind its end the one around it, or nothing, goes on. */
static void close_innermost(struct open *open, const struct entries *entries, struct ranges *ranges)
{
    struct address last = entry_last(&entries->list[open->entry[--open->count]]);
    uint32_t outer =
            open->count > 0 ? entries->list[open->entry[open->count - 1]].value : PREFIX_NONE;
    struct address next = {last.high + (last.low == UINT64_MAX), last.low + 1};

    if (next.high != 0 || next.low != 0)
        ranges_append(ranges, next, outer);
}

static void make_ranges(const struct entries *entries, struct ranges *ranges)
{
    struct open open = {.count = 0};

    ranges_append(ranges, (struct address){0, 0}, PREFIX_NONE);
    for (uint32_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->list[i];
        while (open.count > 0 &&
                address_is_below(
                        entry_last(&entries->list[open.entry[open.count - 1]]), entry->start))
            close_innermost(&open, entries, ranges);
        assert(open.count < DEPTH_MAX);
        open.entry[open.count++] = i;
        ranges_append(ranges, entry->start, entry->value);
    }
    while (open.count > 0)
        close_innermost(&open, entries, ranges);
    ranges_seal(ranges);
}

/* ------------------------------------------------------------------ blocks */

static bool block_holds(const struct block *block, struct address address)
{
    struct address mask = address_mask(block->bits);
    return (address.high & mask.high) == block->start.high &&
           (address.low & mask.low) == block->start.low;
}

static struct block *make_blocks(const struct entries *entries)
{
    struct block *blocks = mem_alloc(entries->count * sizeof(*blocks));

    for (uint32_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->list[i];
        uint32_t parent = i > 0 ? i - 1 : NO_BLOCK;
        while (parent != NO_BLOCK && !block_holds(&blocks[parent], entry->start))
            parent = blocks[parent].parent;
        blocks[i] = (struct block){entry->start, entry->value, parent, entry_bits(entry)};
    }
    return blocks;
}

/* Gives a side its blocks, which it takes over, without those that change nothing. */
static void set_blocks(struct side *side, struct block *blocks, uint32_t count, uint32_t none)
{
    uint32_t *now = mem_alloc(count * sizeof(*now)); /* where each, or what stands for it, is now */
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct block block = blocks[i];
        if (block.parent != NO_BLOCK)
            block.parent = now[block.parent];
        uint32_t around = block.parent != NO_BLOCK ? blocks[block.parent].value : none;
        if (block.value == around) {
            now[i] = block.parent;
            continue;
        }
        now[i] = kept;
        blocks[kept++] = block;
        side->longest = block.bits > side->longest ? block.bits : side->longest;
    }
    free(now);
    side->blocks = mem_resize(blocks, kept, sizeof(*blocks));
    side->blocks_count = kept;
}

/* The longest block that holds an address, or NULL. */
static const struct block *find_block(const struct side *side, struct address address)
{
    uint32_t low = 0;
    uint32_t high = side->blocks_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (address_is_below(address, side->blocks[middle].start))
            high = middle;
        else
            low = middle + 1;
    }
    uint32_t at = low > 0 ? low - 1 : NO_BLOCK;
    while (at != NO_BLOCK && !block_holds(&side->blocks[at], address))
        at = side->blocks[at].parent;
    return at != NO_BLOCK ? &side->blocks[at] : NULL;
}

/* A client's network that is shorter than a block is not held by it (route53.md 1.9).  If that gives
 * another value than the address alone, the scope is the length at which a client would get that. */
static void match_one_way(const struct prefix_map *map, const struct client *client,
        struct address address, struct prefix_match *match)
{
    const struct side *side = &map->sides[client->family];
    const struct block *longest = find_block(side, address);
    const struct block *block = longest;

    while (block != NULL && block->bits > client->bits)
        block = block->parent != NO_BLOCK ? &side->blocks[block->parent] : NULL;
    uint32_t value = block != NULL ? block->value : map->none;
    if (value == match->value)
        return;
    match->value = value;
    match->scope = longest->bits;
}

/* ------------------------------------------------------------------ the map */

static struct prefix_map *map_new(uint32_t none)
{
    struct prefix_map *map = mem_zalloc(1, sizeof(*map));

    map->none = none;
    for (enum client_family family = CLIENT_IPV4; family < CLIENT_FAMILIES; family++)
        ranges_init(&map->sides[family].ranges, family);
    return map;
}

struct prefix_map *prefix_builder_finish(
        struct prefix_builder *builder, enum prefix_matching matching)
{
    struct prefix_map *map = map_new(PREFIX_NONE);

    for (size_t i = 0; i < CLIENT_FAMILIES; i++) {
        struct entries *entries = &builder->entries[i];
        sort(entries);
        make_ranges(entries, &map->sides[i].ranges);
        if (matching == PREFIX_ONE_WAY)
            set_blocks(&map->sides[i], make_blocks(entries), entries->count, PREFIX_NONE);
        free(entries->list);
        entries->list = NULL;
    }
    prefix_builder_free(builder);
    return map;
}

void prefix_map_free(struct prefix_map *map)
{
    if (map == NULL)
        return;
    for (size_t i = 0; i < CLIENT_FAMILIES; i++) {
        ranges_done(&map->sides[i].ranges);
        free(map->sides[i].blocks);
    }
    free(map);
}

static uint32_t translate(const uint32_t *values, uint32_t none, uint32_t value)
{
    return value != PREFIX_NONE ? values[value] : none;
}

static struct block *derive_blocks(const struct side *from, const uint32_t *values, uint32_t none)
{
    struct block *blocks = mem_copy(from->blocks, from->blocks_count * sizeof(*blocks));

    for (uint32_t i = 0; i < from->blocks_count; i++)
        blocks[i].value = translate(values, none, blocks[i].value);
    return blocks;
}

struct prefix_map *prefix_map_derive(
        const struct prefix_map *map, const uint32_t *values, uint32_t none)
{
    struct prefix_map *derived = map_new(translate(values, none, map->none));

    for (size_t i = 0; i < CLIENT_FAMILIES; i++) {
        const struct side *from = &map->sides[i];
        struct side *side = &derived->sides[i];
        for (uint32_t j = 0; j < from->ranges.count; j++)
            ranges_append(&side->ranges, ranges_start(&from->ranges, j),
                    translate(values, none, from->ranges.values[j]));
        ranges_seal(&side->ranges);
        if (from->blocks != NULL)
            set_blocks(side, derive_blocks(from, values, none), from->blocks_count, derived->none);
    }
    return derived;
}

void prefix_map_find(
        const struct prefix_map *map, const struct client *client, struct prefix_match *ret)
{
    const struct side *side = &map->sides[client->family];
    struct address address = address_of_client(client);
    uint32_t range = ranges_find(&side->ranges, address);

    ret->value = side->ranges.values[range];
    ret->scope = ranges_scope(&side->ranges, range, address);
    if (client->bits < side->longest)
        match_one_way(map, client, address, ret);
}

void prefix_map_each(const struct prefix_map *map,
        bool (*visit)(void *context, const struct client *first, uint32_t value), void *context)
{
    for (enum client_family family = CLIENT_IPV4; family < CLIENT_FAMILIES; family++) {
        const struct ranges *ranges = &map->sides[family].ranges;
        for (uint32_t i = 0; i < ranges->count; i++) {
            struct client first = client_of_address(family, ranges_start(ranges, i));
            if (!visit(context, &first, ranges->values[i]))
                return;
        }
    }
}

size_t prefix_map_ranges(const struct prefix_map *map)
{
    return (size_t)map->sides[CLIENT_IPV4].ranges.count + map->sides[CLIENT_IPV6].ranges.count;
}

size_t prefix_map_size_bytes(const struct prefix_map *map)
{
    size_t bytes = sizeof(*map);

    for (size_t i = 0; i < CLIENT_FAMILIES; i++)
        bytes += ranges_size_bytes(&map->sides[i].ranges) +
                 map->sides[i].blocks_count * sizeof(struct block);
    return bytes;
}

const struct ranges *prefix_map_side(const struct prefix_map *map, enum client_family family)
{
    return &map->sides[family].ranges;
}

static bool is_same_block(const struct block *a, const struct block *b)
{
    return address_equal(a->start, b->start) && a->value == b->value && a->parent == b->parent &&
           a->bits == b->bits;
}

static bool is_same_side(const struct side *a, const struct side *b)
{
    if (a->ranges.count != b->ranges.count || a->blocks_count != b->blocks_count)
        return false;
    for (uint32_t i = 0; i < a->ranges.count; i++)
        if (a->ranges.values[i] != b->ranges.values[i] ||
                !address_equal(ranges_start(&a->ranges, i), ranges_start(&b->ranges, i)))
            return false;
    for (uint32_t i = 0; i < a->blocks_count; i++)
        if (!is_same_block(&a->blocks[i], &b->blocks[i]))
            return false;
    return true;
}

bool prefix_map_is_same(const struct prefix_map *a, const struct prefix_map *b)
{
    bool same = a->none == b->none;

    for (size_t i = 0; i < CLIENT_FAMILIES && same; i++)
        same = is_same_side(&a->sides[i], &b->sides[i]);
    return same;
}
