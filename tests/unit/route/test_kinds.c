/* test_kinds.c -- src/route/kinds.c: one client of each kind that some orders tell apart. */
#include "test.h"

#include "base/rand.h"
#include "route/kinds.h"
#include "route/orders.h"

#define ROUNDS  300U
#define CLIENTS 400U
#define ROWS    8U
#define PLENTY  1000000U

/* The rows a client has, as digits. */
static void rows_of(const struct order *const *orders, uint32_t count, const struct client *client,
        char ret[KINDS_ORDERS_MAX + 1])
{
    for (uint32_t i = 0; i < count; i++) {
        struct prefix_match match;
        prefix_map_find(orders[i]->map, client, &match);
        ret[i] = (char)('0' + match.value);
    }
    ret[count] = '\0';
}

static void kinds_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *maps[3];
        const char *want;
    } rows[] = {
            {"nothing is told apart",                 {""},                                                "0.0.0.0/0=0 "              },
            {"one network, and the others behind it", {"10.0.0.0/8=1"},
             "11.0.0.0/8=0 10.0.0.0/8=1 "                                                                                              },
            {"the others only before it",             {"128.0.0.0/1=1"},                                   "0.0.0.0/1=0 128.0.0.0/1=1 "},
            {"one within another",                    {"10.0.0.0/8=1 10.1.0.0/16=2"},
             "11.0.0.0/8=0 10.0.0.0/16=1 10.1.0.0/16=2 "                                                                               },
            {"one row twice is one kind",             {"10.0.0.0/8=1 192.0.2.0/24=1"},
             "11.0.0.0/8=0 10.0.0.0/8=1 "                                                                                              },
            {"two maps cut each other",               {"10.0.0.0/8=1", "10.0.0.0/9=1"},
             "11.0.0.0/8=00 10.0.0.0/9=11 10.128.0.0/9=10 "                                                                            },
            {"three maps",                            {"10.0.0.0/8=1", "10.0.0.0/9=1", "2001:db8::/32=2"},
             "11.0.0.0/8=000 10.0.0.0/9=110 10.128.0.0/9=100 2001:db8::/32=002 "                                                       },
            {"the upper half of IPv6 counts",         {"2001:db8:0:0:8000::/65=1"},
             "2001:db8:0:1::/64=0 2001:db8:0:0:8000::/65=1 "                                                                           },
            {"single addresses",                      {"192.0.2.1/32=1 192.0.2.3/32=2"},
             "192.0.2.2/32=0 192.0.2.1/32=1 192.0.2.3/32=2 "                                                                           },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct order *orders[3];
        uint64_t steps = PLENTY;
        uint32_t count = 0;
        struct kinds kinds;
        char text[1024] = "";
        for (; count < 3 && rows[i].maps[count] != NULL; count++)
            orders[count] = orders_new(rows[i].maps[count], ROWS);
        kinds_find(orders, count, &steps, &kinds);
        for (uint32_t j = 0; j < kinds.count; j++) {
            char network[64], digits[KINDS_ORDERS_MAX + 1];
            orders_format(&kinds.network[j], network);
            rows_of(orders, count, &kinds.network[j], digits);
            size_t length = strlen(text);
            snprintf(text + length, sizeof(text) - length, "%s=%s ", network, digits);
        }
        if (strcmp(text, rows[i].want) != 0 || kinds.cut)
            fail_msg("%s: %s", rows[i].what, text);
        for (uint32_t j = 0; j < count; j++)
            order_unref((struct order *)(uintptr_t)orders[j]);
    }
}

/* A client of a small part of the addresses, so that networks often lie within each other. */
static struct client random_client(struct rand *rand, bool host)
{
    struct client client = {.family = rand_below(rand, 2)};
    uint8_t most = client_bits_max(client.family);
    uint8_t at = client.family == CLIENT_IPV4 ? 3 : 15;

    client.address[0] = 10;
    client.address[at] = (uint8_t)(rand_next(rand) & 0xf0);
    client.bits = host ? most : (uint8_t)(most - 4 - rand_below(rand, 5));
    if (client.bits < most - 4)
        client.address[at] &= (uint8_t)(0xff << (most - client.bits));
    return client;
}

static struct order *random_order(struct rand *rand)
{
    char words[2048] = "";
    for (uint32_t i = rand_below(rand, 12); i > 0; i--) {
        struct client network = random_client(rand, false);
        size_t length = strlen(words);
        char text[64];
        orders_format(&network, text);
        snprintf(words + length, sizeof(words) - length, "%s=%u ", text, rand_below(rand, 4));
    }
    return orders_new(words, ROWS);
}

/* Every client is of a kind that was found, and no two that were found are of one. */
static void check_round(struct rand *rand, uint32_t round)
{
    const uint32_t count = 1 + rand_below(rand, 3);
    const struct order *orders[3];
    char found[KINDS_MAX][KINDS_ORDERS_MAX + 1];
    uint64_t steps = PLENTY;
    struct kinds kinds;

    for (uint32_t i = 0; i < count; i++)
        orders[i] = random_order(rand);
    kinds_find(orders, count, &steps, &kinds);
    assert_false(kinds.cut);
    for (uint32_t i = 0; i < kinds.count; i++) {
        rows_of(orders, count, &kinds.network[i], found[i]);
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(found[j], found[i]) == 0)
                fail_msg("round %u: twice %s", round, found[i]);
    }
    for (uint32_t i = 0; i < CLIENTS; i++) {
        struct client client = random_client(rand, true);
        char digits[KINDS_ORDERS_MAX + 1];
        uint32_t kind = 0;
        rows_of(orders, count, &client, digits);
        while (kind < kinds.count && strcmp(found[kind], digits) != 0)
            kind++;
        if (kind == kinds.count)
            fail_msg("round %u: nobody of %s", round, digits);
    }
    for (uint32_t i = 0; i < count; i++)
        order_unref((struct order *)(uintptr_t)orders[i]);
}

static void every_client_is_of_a_kind(void **state)
{
    struct rand rand = rand_from_seed(7);
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++)
        check_round(&rand, round);
}

static void the_bounds_hold(void **state)
{
    struct order *orders[KINDS_ORDERS_MAX];
    struct kinds kinds;
    (void)state;

    for (uint32_t i = 0; i < KINDS_ORDERS_MAX; i++) {
        char words[64];
        snprintf(words, sizeof(words), "10.%u.0.0/16=1 11.%u.0.0/16=%u", i, i % 8, i % 7 + 1);
        orders[i] = orders_new(words, ROWS);
    }
    uint64_t steps = PLENTY;
    kinds_find((const struct order *const *)orders, KINDS_ORDERS_MAX, &steps, &kinds);
    assert_int_equal(kinds.count, 1 + 16 + 8);
    assert_false(kinds.cut);
    uint64_t used = PLENTY - steps;

    steps = used;
    kinds_find((const struct order *const *)orders, KINDS_ORDERS_MAX, &steps, &kinds);
    assert_false(kinds.cut);
    steps = used - 1;
    kinds_find((const struct order *const *)orders, KINDS_ORDERS_MAX, &steps, &kinds);
    assert_true(kinds.cut);
    assert_int_equal(steps, 0);
    for (uint32_t i = 0; i < KINDS_ORDERS_MAX; i++)
        order_unref(orders[i]);
}

/* Two orders of 9 rows each, in all combinations. */
static void many_kinds_are_cut(void **state)
{
    static const uint32_t by_place[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    struct order orders[2] = {{.rows_count = 9}, {.rows_count = 9}};
    struct kinds kinds;
    uint64_t steps = PLENTY;
    (void)state;

    for (uint32_t i = 0; i < 2; i++) {
        struct prefix_builder *builder = prefix_builder_new();
        for (uint8_t j = 0; j < 81; j++) {
            const struct client network = {CLIENT_IPV4, 8, {j}};
            assert_int_equal(prefix_builder_add(builder, &network, i == 0 ? j / 9 : j % 9), 0);
        }
        struct prefix_map *map = prefix_builder_finish(builder, PREFIX_ANY);
        orders[i].map = prefix_map_derive(map, by_place, 0);
        prefix_map_free(map);
    }
    const struct order *const both[] = {&orders[0], &orders[1]};
    kinds_find(both, 2, &steps, &kinds);
    assert_int_equal(kinds.count, KINDS_MAX);
    assert_true(kinds.cut);
    prefix_map_free(orders[0].map);
    prefix_map_free(orders[1].map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(kinds_are_found),
            cmocka_unit_test(every_client_is_of_a_kind),
            cmocka_unit_test(the_bounds_hold),
            cmocka_unit_test(many_kinds_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
