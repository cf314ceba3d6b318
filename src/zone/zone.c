/* zone.c -- see zone.h. */
#include "zone/zone.h"

#include <stdatomic.h>

struct zone *zone_new_faulty(const uint8_t *apex)
{
    struct arena *arena = arena_new();
    struct zone *zone = arena_zalloc(arena, sizeof(*zone));

    zone->apex = arena_copy(arena, apex, name_length(apex));
    zone->faulty = true;
    zone->arena = arena;
    atomic_init(&zone->references, 1);
    return zone;
}

struct zone *zone_ref(struct zone *zone)
{
    if (zone != NULL)
        atomic_fetch_add_explicit(&zone->references, 1, memory_order_relaxed);
    return zone;
}

void zone_unref(struct zone *zone)
{
    if (zone == NULL)
        return;
    /* Whoever drops the last reference must see all that others did with theirs. */
    if (atomic_fetch_sub_explicit(&zone->references, 1, memory_order_acq_rel) > 1)
        return;
    for (uint32_t i = 0; i < zone->orders_count; i++)
        order_unref(zone->orders[i]);
    arena_free(zone->arena); /* the zone lies in its own arena */
}

const struct rrset *node_rrset(const struct node *node, uint16_t type)
{
    for (uint16_t i = 0; i < node->rrsets_count; i++)
        if (node->rrsets[i].type == type)
            return &node->rrsets[i];
    return NULL;
}
