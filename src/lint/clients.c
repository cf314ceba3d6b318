/* clients.c -- see clients.h. */
#include "lint/clients.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lint/reach.h"

#define KEPT_MAX 32U
#define HASHED   (4 * CLIENTS_MAX)

/* The rows of one kind. */
struct kind {
    uint32_t row[REACH_ORDERS_MAX];
};

struct kept {
    const struct order *orders[REACH_ORDERS_MAX];
    uint32_t orders_count;
    struct clients clients;
};

struct clients_cache {
    struct kept *kept[KEPT_MAX]; /* in turn: the oldest makes room */
    uint32_t next;
};

/* One search. */
struct search {
    struct kept *kept;
    struct kind kinds[CLIENTS_MAX];
    uint32_t hashed[HASHED]; /* kinds by hash, plus one */
    uint32_t ranges;         /* looked at */
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

/* ------------------------------------------------------------------ searching */

static uint32_t hash_kind(const struct kind *kind, uint32_t count)
{
    uint32_t hash = 2166136261U;
    for (uint32_t i = 0; i < count; i++)
        hash = (hash ^ kind->row[i]) * 16777619U;
    return (hash ^ hash >> 15) % HASHED;
}

static bool is_known(struct search *search, const struct kind *kind, uint32_t **ret_place)
{
    uint32_t count = search->kept->orders_count;
    uint32_t at = hash_kind(kind, count);

    for (; search->hashed[at] != 0; at = (at + 1) % HASHED)
        if (memcmp(search->kinds[search->hashed[at] - 1].row, kind->row,
                    count * sizeof(kind->row[0])) == 0)
            return true;
    *ret_place = &search->hashed[at];
    return false;
}

/* Whether no other kind can come: with one order each has a row. */
static bool is_complete(const struct search *search)
{
    const struct kept *kept = search->kept;
    return kept->orders_count == 1 && kept->clients.count == kept->orders[0]->rows_count;
}

static bool look_at(void *context, const struct client *first, uint32_t value)
{
    struct search *search = context;
    struct clients *clients = &search->kept->clients;
    struct kind kind = {{0}};
    uint32_t *place;
    (void)value;

    if (search->ranges++ == CLIENTS_RANGES_MAX) {
        clients->cut = true;
        return false;
    }
    for (uint32_t i = 0; i < search->kept->orders_count; i++) {
        struct prefix_match match;
        prefix_map_find(search->kept->orders[i]->map, first, &match);
        kind.row[i] = match.value;
    }
    if (is_known(search, &kind, &place))
        return true;
    if (clients->count == CLIENTS_MAX) {
        clients->cut = true;
        return false;
    }
    search->kinds[clients->count] = kind;
    clients->list[clients->count++] = *first;
    *place = clients->count;
    return !is_complete(search);
}

static void fill(struct kept *kept)
{
    struct search *search = mem_zalloc(1, sizeof(*search));

    search->kept = kept;
    for (uint32_t i = 0; i < kept->orders_count && !kept->clients.cut; i++)
        prefix_map_each(kept->orders[i]->map, look_at, search);
    if (kept->clients.count == 0) /* no order: a client of whom nothing is known */
        kept->clients.list[kept->clients.count++] = (struct client){.family = CLIENT_IPV4};
    free(search);
}

const struct clients *clients_find(
        struct clients_cache *cache, const struct order *const *orders, uint32_t count)
{
    assert(count <= REACH_ORDERS_MAX);
    for (uint32_t i = 0; i < KEPT_MAX && cache->kept[i] != NULL; i++) {
        const struct kept *kept = cache->kept[i];
        if (kept->orders_count == count &&
                memcmp(kept->orders, orders, count * sizeof(orders[0])) == 0)
            return &kept->clients;
    }
    struct kept *kept = mem_zalloc(1, sizeof(*kept));
    kept->orders_count = count;
    for (uint32_t i = 0; i < count; i++)
        kept->orders[i] = orders[i];
    fill(kept);
    free(cache->kept[cache->next]);
    cache->kept[cache->next] = kept;
    cache->next = (cache->next + 1) % KEPT_MAX;
    return &kept->clients;
}
