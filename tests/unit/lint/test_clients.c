/* test_clients.c -- a client of every kind, and one of each only. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "lint/clients.h"
#include "lint/reach.h"

#define ROUNDS   200U
#define NETWORKS 20U
#define ROWS     4U
#define QUERIES  300U

/* An order of `networks` random networks with random rows. */
static struct order *random_order(struct rand *rand, uint32_t networks)
{
    struct prefix_builder *builder = prefix_builder_new();
    struct order *order = mem_zalloc(1, sizeof(*order));
    uint32_t values[ROWS] = {0, 1, 2, 3};

    for (uint32_t i = 0; i < networks; i++) {
        struct client network = {.family = (enum client_family)rand_below(rand, 2)};
        network.bits = (uint8_t)rand_below(rand, 25);
        for (uint32_t bit = 0; bit < network.bits;
                bit++) /* few differ, so that they lie within each other */
            if (bit % 8 > 5 && rand_below(rand, 2) == 0)
                network.address[bit / 8] |= (uint8_t)(0x80U >> bit % 8);
        assert_int_equal(prefix_builder_add(builder, &network, rand_below(rand, ROWS)), 0);
    }
    struct prefix_map *map = prefix_builder_finish(builder, PREFIX_ANY);
    order->map = prefix_map_derive(map, values, rand_below(rand, ROWS));
    prefix_map_free(map);
    order->rows = mem_zalloc(ROWS, sizeof(*order->rows));
    order->rows_count = ROWS;
    atomic_init(&order->references, 1);
    return order;
}

static uint32_t row_of(const struct order *order, const struct client *client)
{
    struct prefix_match match;
    prefix_map_find(order->map, client, &match);
    return match.value;
}

static bool is_alike(const struct order *const *orders, uint32_t count, const struct client *a,
        const struct client *b)
{
    for (uint32_t i = 0; i < count; i++)
        if (row_of(orders[i], a) != row_of(orders[i], b))
            return false;
    return true;
}

static struct client random_client(struct rand *rand)
{
    struct client client = {.family = (enum client_family)rand_below(rand, 2)};

    client.bits = client_bits_max(client.family);
    for (uint32_t i = 0; i < client.bits / 8U; i++)
        client.address[i] = (uint8_t)(i < 3 ? rand_below(rand, 5) : rand_next(rand));
    return client;
}

static void check_kinds(const struct clients *clients, const struct order *const *orders,
        uint32_t count, struct rand *rand)
{
    for (uint32_t i = 0; i < QUERIES; i++) {
        struct client client = random_client(rand);
        uint32_t alike = 0;
        for (uint32_t j = 0; j < clients->count; j++)
            alike += is_alike(orders, count, &client, &clients->list[j]);
        if (alike != 1)
            fail_msg("a client is like %u of %u", alike, clients->count);
    }
}

static void every_client_is_like_one(void **state)
{
    (void)state;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        struct rand rand = rand_from_seed(round);
        struct clients_cache *cache = clients_cache_new();
        const struct order *orders[3];
        uint32_t count = 1 + rand_below(&rand, COUNT(orders));
        for (uint32_t i = 0; i < count; i++)
            orders[i] = random_order(&rand, rand_below(&rand, NETWORKS));
        const struct clients *clients = clients_find(cache, orders, count);
        assert_false(clients->cut);
        check_kinds(clients, orders, count, &rand);
        assert_ptr_equal(clients_find(cache, orders, count), clients);
        clients_cache_free(cache);
        for (uint32_t i = 0; i < count; i++)
            order_unref((struct order *)(uintptr_t)orders[i]);
    }
}

static void without_orders_all_are_alike(void **state)
{
    (void)state;
    struct clients_cache *cache = clients_cache_new();
    const struct order *none[REACH_ORDERS_MAX] = {NULL};
    const struct clients *clients = clients_find(cache, none, 0);

    assert_int_equal(clients->count, 1);
    assert_int_equal(clients->list[0].bits, 0);
    assert_false(clients->cut);
    clients_cache_free(cache);
}

/* More kinds than are told apart. */
static void there_may_be_more(void **state)
{
    (void)state;
    struct prefix_builder *builder = prefix_builder_new();
    struct order *order = mem_zalloc(1, sizeof(*order));
    uint32_t *values = mem_zalloc(CLIENTS_MAX + 1, sizeof(*values));
    struct clients_cache *cache = clients_cache_new();

    for (uint32_t i = 0; i <= CLIENTS_MAX; i++) {
        struct client network = {.family = CLIENT_IPV4, .bits = 24, .address = {10}};
        network.address[1] = (uint8_t)(i >> 8);
        network.address[2] = (uint8_t)i;
        assert_int_equal(prefix_builder_add(builder, &network, i), 0);
        values[i] = i;
    }
    struct prefix_map *map = prefix_builder_finish(builder, PREFIX_ANY);
    order->map = prefix_map_derive(map, values, 0);
    order->rows = mem_zalloc(CLIENTS_MAX + 1, sizeof(*order->rows));
    order->rows_count = CLIENTS_MAX + 1;
    atomic_init(&order->references, 1);
    const struct clients *clients = clients_find(cache, (const struct order *const[]){order}, 1);
    assert_int_equal(clients->count, CLIENTS_MAX);
    assert_true(clients->cut);
    clients_cache_free(cache);
    order_unref(order);
    prefix_map_free(map);
    free(values);
}

/* One after the other, many more than are kept: each is found anew, and right. */
static void many_orders_take_turns(void **state)
{
    (void)state;
    enum {
        MANY = 100
    };
    struct rand rand = rand_from_seed(9);
    struct clients_cache *cache = clients_cache_new();
    const struct order *orders[MANY];

    for (uint32_t i = 0; i < MANY; i++)
        orders[i] = random_order(&rand, NETWORKS);
    for (uint32_t i = 0; i < 2 * MANY; i++)
        check_kinds(clients_find(cache, &orders[i % MANY], 1), &orders[i % MANY], 1, &rand);
    clients_cache_free(cache);
    for (uint32_t i = 0; i < MANY; i++)
        order_unref((struct order *)(uintptr_t)orders[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_client_is_like_one),
            cmocka_unit_test(without_orders_all_are_alike),
            cmocka_unit_test(there_may_be_more),
            cmocka_unit_test(many_orders_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
