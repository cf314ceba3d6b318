/* builder.c -- see builder.h.
 *
 * Lines are sorted by the key of their owner (tree.h), made once for each owner, since comparing names
 * label by label twenty million times is what a large zone would otherwise spend its time on.
 *
 * Canonical order puts a parent before its children, so nodes are made in one pass with a stack of the
 * ancestors of the last one: empty non-terminals are what is missing on the stack, and flags that
 * are inherited come from its top.
 */
#include "zone/builder.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dns/name.h"
#include "dns/rr.h"
#include "dns/text.h"
#include "dns/wire.h"
#include "zone/group.h"
#include "zone/rrset.h"

/* ------------------------------------------------------------------ sorting */

struct sort_item {
    const uint8_t *symbols; /* of the owner's key */
    uint16_t length;
    uint16_t type;
    uint32_t index; /* of the record, in file order */
};

static int compare_items(const void *a, const void *b)
{
    const struct sort_item *left = a;
    const struct sort_item *right = b;
    int order = 0;

    if (left->symbols != right->symbols)
        order = memcmp(left->symbols, right->symbols,
                left->length < right->length ? left->length : right->length);
    if (order != 0)
        return order;
    if (left->length != right->length)
        return left->length < right->length ? -1 : 1;
    if (left->type != right->type)
        return left->type < right->type ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

/* Gives each record its key; records next to each other with one owner share it.  Returns whether they
 * are sorted already. */
static bool make_keys(
        struct arena *scratch, const struct zone_input *input, struct sort_item *items)
{
    const uint8_t *owner = NULL;
    bool sorted = true;

    for (size_t i = 0; i < input->count; i++) {
        const struct zone_record *record = &input->records[i];
        items[i] = (struct sort_item){.type = record->type, .index = (uint32_t)i};
        if (owner != NULL && (record->owner == owner || name_equal(record->owner, owner))) {
            items[i].symbols = items[i - 1].symbols;
            items[i].length = items[i - 1].length;
        } else {
            struct tree_key key;
            tree_key_from_name(record->owner, &key);
            uint8_t *symbols = arena_alloc_packed(scratch, key.length);
            memcpy(symbols, key.symbol, key.length);
            items[i].symbols = symbols;
            items[i].length = key.length;
        }
        owner = record->owner;
        sorted = sorted && (i == 0 || compare_items(&items[i - 1], &items[i]) < 0);
    }
    return sorted;
}

/* Moves records[items[i].index] to records[i], cycle by cycle. */
static void apply_order(struct zone_record *records, struct sort_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].index == i)
            continue;
        struct zone_record first = records[i];
        size_t at = i;
        for (size_t from = items[at].index; from != i; from = items[at].index) {
            records[at] = records[from];
            items[at].index = (uint32_t)at;
            at = from;
        }
        records[at] = first;
        items[at].index = (uint32_t)at;
    }
}

/* Sorts the records and lets those of one owner share its name, so that from here on comparing two
 * lines' owners is comparing pointers. */
static void sort_records(const struct zone_input *input)
{
    struct arena *scratch = arena_new();
    struct sort_item *items = mem_zalloc(input->count, sizeof(*items));

    if (!make_keys(scratch, input, items)) {
        qsort(items, input->count, sizeof(*items), compare_items);
        apply_order(input->records, items, input->count);
    }
    for (size_t i = 1; i < input->count; i++)
        if (name_equal(input->records[i].owner, input->records[i - 1].owner))
            input->records[i].owner = input->records[i - 1].owner;
    free(items);
    arena_free(scratch);
}

/* ------------------------------------------------------------------ checking */

/* Refuses rrsets that no message could carry. */
static void check_sizes(const struct zone_lines *lines, struct diag *diag)
{
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX];

    for (size_t first = 0, end; first < lines->count; first = end) {
        const struct zone_record *record = &lines->records[first];
        end = group_lines_end(lines, first);
        size_t bytes = group_lines_bytes(lines, first, end);
        size_t room = rrset_room_bytes(record->owner);
        if (bytes > room)
            diag_error(diag, record->place,
                    "the %s records of %s take %zu bytes; one answer has room for %zu",
                    text_type_format(record->type, type), name_to_text(record->owner, name), bytes,
                    room);
    }
}

/* ------------------------------------------------------------------ compiling */

struct builder {
    const struct zone_lines *lines;
    struct group_plan *plan;
    size_t next_group; /* of the plan; groups come in the order of their lines */
    struct arena *arena;
    struct zone *zone;
    struct tree_entry *entries; /* all nodes */
    size_t entries_count;
    size_t entries_room;
    const struct zone_record **picked; /* the lines of one rrset */
    size_t picked_room;
    struct node *path[NAME_MAX_LABELS + 1]; /* by labels: the last node and its ancestors */
};

/* Makes a node without rrsets and puts it on the path. */
static struct node *add_node(struct builder *builder, const uint8_t *name)
{
    size_t length = name_length(name);
    struct node *node = arena_zalloc(builder->arena, offsetof(struct node, name) + length);
    uint32_t labels = name_labels(name);

    memcpy(node->name, name, length);
    node->labels = (uint8_t)labels;
    builder->path[labels] = node;
    if (builder->entries_count == builder->entries_room) {
        builder->entries_room = builder->entries_room > 0 ? 2 * builder->entries_room : 64;
        builder->entries =
                mem_resize(builder->entries, builder->entries_room, sizeof(*builder->entries));
    }
    builder->entries[builder->entries_count++] = (struct tree_entry){node->name, node};
    return node;
}

/* What a node has from the one above it. */
static void inherit(struct builder *builder, struct node *node)
{
    struct node *parent = builder->path[node->labels - 1];

    if ((parent->flags & (NODE_CUT | NODE_DNAME | NODE_OCCLUDED)) != 0)
        node->flags |= NODE_OCCLUDED;
    node->cut_labels = parent->cut_labels;
    if (name_is_wildcard(node->name))
        parent->flags |= NODE_WILDCARD_CHILD;
}

/* Makes the node of an owner, behind those that are missing above it. */
static struct node *add_owner(struct builder *builder, const uint8_t *owner)
{
    uint32_t labels = name_labels(owner);

    if (builder->entries_count == 0) {
        struct node *apex = add_node(builder, owner);
        apex->flags = NODE_APEX;
        builder->zone->apex_node = apex;
        builder->zone->apex = apex->name;
        return apex;
    }
    const struct tree_entry *last = &builder->entries[builder->entries_count - 1];
    for (uint32_t have = name_common_labels(last->name, owner) + 1; have < labels; have++)
        inherit(builder, add_node(builder, name_skip(owner, labels - have)));
    struct node *node = add_node(builder, owner);
    inherit(builder, node);
    return node;
}

/* Flags that follow from what a node holds. */
static void mark_cut(struct node *node)
{
    if (node_rrset(node, RR_NS) != NULL && (node->flags & NODE_APEX) == 0)
        node->flags |= NODE_CUT;
    if (node_rrset(node, RR_DNAME) != NULL)
        node->flags |= NODE_DNAME;
    if (node->cut_labels == 0 && (node->flags & (NODE_CUT | NODE_DNAME)) != 0)
        node->cut_labels = node->labels;
}

static void compile_rrset(struct builder *builder, size_t first, size_t end, struct rrset *ret)
{
    size_t count = end - first;

    if (count > builder->picked_room) {
        builder->picked_room = 2 * count;
        builder->picked =
                mem_resize(builder->picked, builder->picked_room, sizeof(*builder->picked));
    }
    for (size_t i = 0; i < count; i++)
        builder->picked[i] = &builder->lines->records[first + i];
    rrset_compile(builder->arena, builder->picked, count, ret);
    builder->zone->records += ret->count;

    if (builder->next_group == builder->plan->count)
        return;
    struct group *group = &builder->plan->groups[builder->next_group];
    if (group->first != first)
        return;
    builder->next_group++;
    group->rrset = ret;
    if (!group->plain)
        ret->group = group->route;
}

/* Where the lines of one owner end. */
static size_t owner_end(const struct zone_lines *lines, size_t first, size_t *types)
{
    size_t end = first;

    *types = 0;
    while (end < lines->count && lines->records[end].owner == lines->records[first].owner) {
        end = group_lines_end(lines, end);
        ++*types;
    }
    return end;
}

/* Compiles the lines of one owner, from `first` on.  Returns where they end. */
static size_t compile_owner(struct builder *builder, size_t first)
{
    const struct zone_lines *lines = builder->lines;
    size_t types;
    size_t end = owner_end(lines, first, &types);
    struct node *node = add_owner(builder, lines->records[first].owner);
    struct rrset *rrsets = arena_alloc(builder->arena, types * sizeof(*rrsets));

    for (size_t i = 0, at = first, next; i < types; i++, at = next) {
        next = group_lines_end(lines, at);
        compile_rrset(builder, at, next, &rrsets[i]);
    }
    node->rrsets = rrsets;
    node->rrsets_count = (uint16_t)types;
    mark_cut(node);
    builder->zone->names_count++;
    return end;
}

/* Reads what the server needs of the SOA; zone_verify() has seen that there is exactly one. */
static void read_soa(struct zone *zone, const struct zone_record *record)
{
    const uint8_t *numbers = record->rdata + record->rdata_bytes - RR_SOA_NUMBERS_BYTES;
    uint32_t minimum = wire_load32(numbers + 16);

    assert(record->type == RR_SOA && record->rdata_bytes >= RR_SOA_NUMBERS_BYTES);
    zone->soa = node_rrset(zone->apex_node, RR_SOA);
    zone->serial = wire_load32(numbers);
    zone->negative_ttl = minimum < record->ttl ? minimum : record->ttl; /* RFC 2308 section 5 */
}

static void find_soa(struct zone *zone, const struct zone_lines *lines)
{
    size_t i = 0;
    while (lines->records[i].type != RR_SOA)
        i++;
    read_soa(zone, &lines->records[i]);
}

/* Compiles lines without fault.  Returns 0, or ERR_FAULTY with the zone to be dropped. */
static int compile(struct builder *builder)
{
    const struct zone_lines *lines = builder->lines;
    struct zone *zone = arena_zalloc(builder->arena, sizeof(*zone));

    builder->zone = zone;
    zone->arena = builder->arena;
    atomic_init(&zone->references, 1);
    group_plan_place(builder->plan, builder->arena);
    for (size_t first = 0; first < lines->count;)
        first = compile_owner(builder, first);
    assert(builder->next_group == builder->plan->count);
    find_soa(zone, lines);
    zone->names = tree_build(builder->arena, builder->entries, builder->entries_count);
    int result = group_plan_compile(builder->plan, zone);
    if (result == 0)
        group_plan_watch(builder->plan, builder->arena, zone);
    return result;
}

int zone_build(const struct zone_input *input, struct zone **ret, struct diag *diag)
{
    struct zone_lines lines = {input->apex, input->records, input->count, input->basis};
    struct builder builder = {.lines = &lines};
    uint32_t errors = diag_errors(diag);

    assert(input->count <= ZONE_RECORDS_MAX);
    sort_records(input);
    int result = zone_verify(lines.apex, lines.records, lines.count, diag);
    check_sizes(&lines, diag);
    builder.plan = group_plan_new(&lines, diag);
    if (result < 0 || diag_errors(diag) > errors) {
        result = ERR_FAULTY;
        goto done;
    }
    builder.arena = arena_new();
    result = compile(&builder);
    if (result < 0) {
        zone_unref(builder.zone);
        goto done;
    }
    *ret = builder.zone;
done:
    free(builder.entries);
    free(builder.picked);
    group_plan_free(builder.plan);
    return result;
}
