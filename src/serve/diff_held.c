/* diff_held.c -- see diff_held.h. */
#include "serve/diff_held.h"

#include <stdlib.h>

#include "base/mem.h"
#include "zone/diff.h"

/* A check that would be removed. */
struct held {
    uint32_t slot;
    const char *id;
    const struct zone *zone; /* that names it; NULL: none */
};

struct helds {
    struct held *list; /* sorted by slot */
    size_t count;
    const struct zone *zone; /* that is looked at */
};

static int by_slot(const void *a, const void *b)
{
    const struct held *left = a;
    const struct held *right = b;
    return (left->slot > right->slot) - (left->slot < right->slot);
}

static struct helds find_removed(const struct diff_sources *sources)
{
    struct health_ids *ids = health_ids_new(sources->health);
    struct helds helds = {.list = mem_zalloc(sources->changes_count, sizeof(struct held))};

    for (uint32_t i = 0; i < sources->changes_count; i++) {
        const struct health_ids_change *change = &sources->changes[i];
        uint32_t slot = health_ids_find(ids, change->id);
        if (!change->added && slot != HEALTH_SLOT_NONE)
            helds.list[helds.count++] = (struct held){slot, change->id, NULL};
    }
    health_ids_free(ids);
    if (helds.count > 0)
        qsort(helds.list, helds.count, sizeof(*helds.list), by_slot);
    return helds;
}

static void mark_group(struct helds *helds, const struct route_group *group)
{
    for (uint32_t i = 0; i < group->count; i++) {
        const struct held key = {.slot = group->sets[i].check};
        struct held *held = bsearch(&key, helds->list, helds->count, sizeof(*helds->list), by_slot);
        if (held != NULL && held->zone == NULL)
            held->zone = helds->zone;
    }
}

static bool mark_node(void *context, void *value)
{
    const struct node *node = value;

    for (uint16_t i = 0; i < node->rrsets_count; i++)
        if (node->rrsets[i].group != NULL)
            mark_group(context, node->rrsets[i].group);
    return true;
}

void diff_held_add(const struct diff_sources *sources, struct doc *doc)
{
    struct helds helds = find_removed(sources);
    char name[NAME_TEXT_MAX];
    uint32_t told = 0;

    for (size_t i = 0; i < sources->report->count && helds.count > 0; i++) {
        const struct zone_load_row *row = &sources->report->rows[i];
        if (row->outcome != ZONE_KEPT)
            continue;
        helds.zone = zone_set_get(sources->new, row->origin.bytes);
        tree_each(helds.zone->names, mark_node, &helds);
    }
    for (size_t i = 0; i < helds.count && told < DIFF_HELD_MAX; i++) {
        if (helds.list[i].zone == NULL)
            continue;
        struct doc *row = doc_new();
        doc_set_text(row, "id", helds.list[i].id);
        doc_set_text(row, "zone", name_to_text(helds.list[i].zone->apex, name));
        doc_append(doc, "held", row);
        told++;
    }
    free(helds.list);
}
