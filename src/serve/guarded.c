/* guarded.c -- see guarded.h. */
#include "serve/guarded.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "health/table.h"
#include "route/route.h"
#include "zone/tree.h"

/* The checks of one zone; one may come several times. */
struct slots {
    uint32_t *list;
    size_t count, room;
};

static void add_slot(struct slots *slots, uint32_t slot)
{
    if (slots->count == slots->room) {
        slots->room = slots->room > 0 ? 2 * slots->room : 64;
        slots->list = mem_resize(slots->list, slots->room, sizeof(*slots->list));
    }
    slots->list[slots->count++] = slot;
}

static bool add_node(void *context, void *value)
{
    const struct node *node = value;

    for (uint16_t i = 0; i < node->rrsets_count; i++) {
        const struct route_group *group = node->rrsets[i].group;
        for (uint32_t j = 0; group != NULL && j < group->count; j++)
            if (group->sets[j].check != HEALTH_SLOT_NONE)
                add_slot(context, group->sets[j].check);
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

void guarded_print_name(const uint8_t *apex, struct buf *ret)
{
    char name[NAME_TEXT_MAX];
    name_to_text(apex, name);
    for (char *at = name; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    size_t length = strlen(name);
    if (length > 1 && name[length - 1] == '.')
        name[length - 1] = '\0';
    buf_add_string(ret, name);
}

static void print_zone(const struct zone *zone, struct buf *ret)
{
    struct slots slots = {0};

    tree_each(zone->names, add_node, &slots);
    if (slots.count > 0)
        qsort(slots.list, slots.count, sizeof(*slots.list), by_number);
    guarded_print_name(zone->apex, ret);
    buf_printf(ret, " %u %u", zone->max_down.share_percent, zone->max_down.window_ms);
    for (size_t i = 0; i < slots.count; i++)
        if (i == 0 || slots.list[i] != slots.list[i - 1])
            buf_printf(ret, " %u", slots.list[i]);
    buf_add_string(ret, "\n");
    free(slots.list);
}

void guarded_print(const struct zone_set *zones, struct buf *ret)
{
    for (size_t i = 0; i < zone_set_count(zones); i++) {
        const struct zone *zone = zone_set_at(zones, i);
        if (zone->max_down.share_percent > 0 && !zone->faulty)
            print_zone(zone, ret);
    }
}
