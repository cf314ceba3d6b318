/* order_cache.c -- see order_cache.h. */
#include "zone/order_cache.h"

#include <assert.h>
#include <stdlib.h>

#include "base/intern.h"
#include "base/mem.h"

#define FIRST_ROOM 16U

struct cached {
    struct order *order;
    struct part *part; /* or NULL */
    bool asked;        /* in the life of this cache */
};

struct order_cache {
    struct intern *requests;
    struct cached *list; /* by the request's number */
    uint32_t room;
};

struct order_cache *order_cache_new(void)
{
    struct order_cache *cache = mem_zalloc(1, sizeof(*cache));
    cache->requests = intern_new();
    return cache;
}

void order_cache_free(struct order_cache *cache)
{
    if (cache == NULL)
        return;
    for (uint32_t i = 0; i < intern_count(cache->requests); i++) {
        order_unref(cache->list[i].order);
        part_unref(cache->list[i].part);
    }
    free(cache->list);
    intern_free(cache->requests);
    free(cache);
}

struct order *order_cache_find(struct order_cache *cache, struct buf *request)
{
    uint32_t number = intern_find(cache->requests, buf_string(request), (uint32_t)request->length);

    if (number == INTERN_NONE)
        return NULL;
    cache->list[number].asked = true;
    return order_ref(cache->list[number].order);
}

static void add(struct order_cache *cache, const void *request, uint32_t size, struct cached cached)
{
    uint32_t known = intern_count(cache->requests);
    uint32_t number = intern_add(cache->requests, request, size);

    assert(number == known);
    if (number == cache->room) {
        cache->room = cache->room > 0 ? 2 * cache->room : FIRST_ROOM;
        cache->list = mem_resize(cache->list, cache->room, sizeof(*cache->list));
    }
    order_ref(cached.order);
    part_ref(cached.part);
    cache->list[number] = cached;
}

void order_cache_add(
        struct order_cache *cache, struct buf *request, struct part *part, struct order *order)
{
    add(cache, buf_string(request), (uint32_t)request->length, (struct cached){order, part, true});
}

void order_cache_inherit(struct order_cache *cache, const struct order_cache *old,
        order_cache_current *is_current, const void *context)
{
    uint32_t size;

    for (uint32_t i = 0; i < intern_count(old->requests); i++) {
        struct cached cached = old->list[i];
        const void *request = intern_at(old->requests, i, &size);
        if (!cached.asked || cached.part == NULL || !is_current(context, cached.part))
            continue;
        cached.asked = false;
        add(cache, request, size, cached);
    }
}
