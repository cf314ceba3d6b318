/* clients.c -- see clients.h. */
#include "lint/clients.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define KEPT_MAX 32U

struct kept {
    const struct order *orders[KINDS_ORDERS_MAX];
    uint32_t orders_count;
    struct kinds kinds;
};

struct clients_cache {
    struct kept *kept[KEPT_MAX]; /* in turn: the oldest makes room */
    uint32_t next;
};

struct clients_cache *clients_cache_new(void)
{
    return mem_zalloc(1, sizeof(struct clients_cache));
}

void clients_cache_free(struct clients_cache *cache)
{
    if (cache == NULL)
        return;
    for (uint32_t i = 0; i < KEPT_MAX; i++)
        free(cache->kept[i]);
    free(cache);
}

/* A network may be too short for a one-way match, which a host never is. */
static void fill(struct kept *kept)
{
    struct kinds *kinds = &kept->kinds;
    uint64_t steps = CLIENTS_STEPS_MAX;

    if (kept->orders_count == 0) {
        kinds->network[kinds->count++] = (struct client){.family = CLIENT_IPV4};
        return;
    }
    kinds_find(kept->orders, kept->orders_count, &steps, kinds);
    for (uint32_t i = 0; i < kinds->count; i++)
        kinds->network[i].bits = client_bits_max(kinds->network[i].family);
}

const struct kinds *clients_find(
        struct clients_cache *cache, const struct order *const *orders, uint32_t count)
{
    assert(count <= KINDS_ORDERS_MAX);
    for (uint32_t i = 0; i < KEPT_MAX && cache->kept[i] != NULL; i++) {
        const struct kept *kept = cache->kept[i];
        if (kept->orders_count == count &&
                memcmp(kept->orders, orders, count * sizeof(orders[0])) == 0)
            return &kept->kinds;
    }
    struct kept *kept = mem_zalloc(1, sizeof(*kept));
    kept->orders_count = count;
    for (uint32_t i = 0; i < count; i++)
        kept->orders[i] = orders[i];
    fill(kept);
    free(cache->kept[cache->next]);
    cache->kept[cache->next] = kept;
    cache->next = (cache->next + 1) % KEPT_MAX;
    return &kept->kinds;
}
