/* orders.h -- orders for tests, out of words: "10.0.0.0/8=1 10.1.0.0/16=2". */
#pragma once

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "route/order.h"

/* "10.0.0.0/8" or "2001:db8::/32". */
static inline struct client orders_network(const char *text)
{
    struct client client = {.family = strchr(text, ':') != NULL ? CLIENT_IPV6 : CLIENT_IPV4};
    char address[64];
    const char *slash = strchr(text, '/');

    assert_non_null(slash);
    snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
    assert_int_equal(
            inet_pton(client.family == CLIENT_IPV4 ? AF_INET : AF_INET6, address, client.address),
            1);
    client.bits = (uint8_t)strtoul(slash + 1, NULL, 10);
    return client;
}

static inline void orders_format(const struct client *client, char ret[64])
{
    size_t length;
    assert_non_null(inet_ntop(client->family == CLIENT_IPV4 ? AF_INET : AF_INET6, client->address,
            ret, INET6_ADDRSTRLEN));
    length = strlen(ret);
    snprintf(ret + length, 64 - length, "/%u", client->bits);
}

/* A map from networks to rows; clients outside all networks have row 0. */
static inline struct prefix_map *orders_map(const char *words)
{
    static const uint32_t same[] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct prefix_builder *builder = prefix_builder_new();
    char *copy = strdup(words);
    char *rest = copy;

    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        char *equals = strchr(word, '=');
        if (equals == NULL)
            continue;
        *equals = '\0';
        struct client network = orders_network(word);
        assert_int_equal(
                prefix_builder_add(builder, &network, (uint32_t)strtoul(equals + 1, NULL, 10)), 0);
    }
    free(copy);
    struct prefix_map *built = prefix_builder_finish(builder, PREFIX_ANY);
    struct prefix_map *map = prefix_map_derive(built, same, 0);
    prefix_map_free(built);
    return map;
}

/* A new order of `count` rows, the i-th of which begins with the i-th place and has all others behind. */
static inline struct order *orders_new(const char *words, uint32_t count)
{
    struct order *order = mem_zalloc(1, sizeof(*order));
    uint16_t *places;

    order->map = orders_map(words);
    order->rows = mem_zalloc(1, count * sizeof(*order->rows) + count * count * sizeof(*places));
    order->rows_count = count;
    places = (uint16_t *)(void *)(order->rows + count);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < count; j++)
            places[i * count + j] = (uint16_t)((i + j) % count);
        order->rows[i] = (struct order_row){places + i * count, count};
    }
    atomic_init(&order->references, 1);
    return order;
}
