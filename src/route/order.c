/* order.c -- see order.h. */
#include "route/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct order *order_fixed(const uint16_t *places, uint32_t count)
{
    struct order *order = mem_zalloc(1, sizeof(*order));
    struct prefix_map *nowhere = prefix_builder_finish(prefix_builder_new(), PREFIX_ANY);
    struct order_row *row = mem_alloc(sizeof(*row) + count * sizeof(*places));
    uint16_t *copy = (uint16_t *)(row + 1);

    if (count > 0)
        memcpy(copy, places, count * sizeof(*places));
    *row = (struct order_row){copy, count};
    order->map = prefix_map_derive(nowhere, NULL, 0);
    order->rows = row;
    order->rows_count = 1;
    atomic_init(&order->references, 1);
    prefix_map_free(nowhere);
    return order;
}

struct order *order_ref(struct order *order)
{
    if (order != NULL)
        atomic_fetch_add_explicit(&order->references, 1, memory_order_relaxed);
    return order;
}

void order_unref(struct order *order)
{
    /* Who frees must see all that the others did with it before. */
    if (order == NULL || atomic_fetch_sub_explicit(&order->references, 1, memory_order_acq_rel) > 1)
        return;
    prefix_map_free(order->map);
    free(order->rows);
    free(order);
}

static bool is_same_row(const struct order_row *a, const struct order_row *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->places, b->places, a->count * sizeof(*a->places)) == 0);
}

bool order_is_same(const struct order *a, const struct order *b)
{
    bool same = a->rows_count == b->rows_count;

    if (a == b)
        return true;
    for (uint32_t i = 0; i < a->rows_count && same; i++)
        same = is_same_row(&a->rows[i], &b->rows[i]);
    return same && prefix_map_is_same(a->map, b->map);
}
