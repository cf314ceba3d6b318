/* order.c -- see order.h. */
#include "route/order.h"

#include <stdlib.h>

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
