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
