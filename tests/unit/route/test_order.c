/* test_order.c -- an order lives as long as anybody holds it; the sanitizers see it if not. */
#include "test.h"

#include "base/mem.h"
#include "route/order.h"
#include "route/orders.h"

static void the_last_reference_frees(void **state)
{
    const struct client client = {.family = CLIENT_IPV6, .bits = 128};
    struct order *order = mem_zalloc(1, sizeof(*order));
    struct prefix_match match;
    (void)state;

    order->map = prefix_builder_finish(prefix_builder_new(), PREFIX_ANY);
    order->rows = mem_zalloc(1, sizeof(*order->rows));
    order->rows_count = 1;
    atomic_init(&order->references, 1);
    assert_ptr_equal(order_ref(order), order);
    order_unref(order);
    prefix_map_find(order->map, &client, &match);
    assert_int_equal(match.value, PREFIX_NONE);
    order_unref(order);
}

static void a_fixed_order_is_everybodys(void **state)
{
    static const struct {
        uint32_t count;
        uint16_t places[3];
    } rows[] = {
            {3, {2, 0, 1}},
            {1, {7}      },
            {0, {0}      },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct order *order = order_fixed(rows[i].places, rows[i].count);
        for (enum client_family family = 0; family < CLIENT_FAMILIES; family++) {
            const struct client client = {
                    family, client_bits_max(family), {203, 0, 113, 9}
            };
            struct prefix_match match;
            prefix_map_find(order->map, &client, &match);
            assert_int_equal(match.value, 0);
            assert_int_equal(match.scope, 0); /* nothing of the client has decided */
        }
        assert_int_equal(order->rows_count, 1);
        assert_int_equal(order->rows[0].count, rows[i].count);
        assert_memory_equal(
                order->rows[0].places, rows[i].places, rows[i].count * sizeof(uint16_t));
        order_unref(order);
    }
}

static void null_does_nothing(void **state)
{
    (void)state;
    assert_null(order_ref(NULL));
    order_unref(NULL);
}

static void orders_are_compared(void **state)
{
    static const struct {
        const char *what;
        const char *old, *new;
        uint32_t old_rows, new_rows;
        bool want;
    } rows[] = {
            {"the same twice",    "10.0.0.0/8=1 2001:db8::/32=2", "10.0.0.0/8=1 2001:db8::/32=2", 4, 4,
             true                                                                                            },
            {"made otherwise",    "10.0.0.0/8=1",                 "10.128.0.0/9=1 10.0.0.0/9=1",  4, 4, true },
            {"another row",       "10.0.0.0/8=1",                 "10.0.0.0/8=2",                 4, 4, false},
            {"another network",   "10.0.0.0/8=1",                 "11.0.0.0/8=1",                 4, 4, false},
            {"another of IPv6",   "2001:db8::/32=1",              "2001:db9::/32=1",              4, 4, false},
            {"deep down in IPv6", "2001:db8::/80=1",              "2001:db8::/81=1",              4, 4, false},
            {"one more",          "10.0.0.0/8=1",                 "10.0.0.0/8=1 11.0.0.0/8=2",    4, 4, false},
            {"other places",      "10.0.0.0/8=1",                 "10.0.0.0/8=1",                 4, 5, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct order *old = orders_new(rows[i].old, rows[i].old_rows);
        struct order *new = orders_new(rows[i].new, rows[i].new_rows);
        assert_true(order_is_same(old, old));
        if (order_is_same(old, new) != rows[i].want || order_is_same(new, old) != rows[i].want)
            fail_msg("%s", rows[i].what);
        order_unref(old);
        order_unref(new);
    }
}

/* Of rows that have no place at all there is nothing to compare. */
static void empty_rows_are_compared(void **state)
{
    struct order *old = orders_new("", 1);
    struct order *new = orders_new("", 1);
    (void)state;

    old->rows[0] = (struct order_row){NULL, 0};
    assert_false(order_is_same(old, new));
    new->rows[0] = (struct order_row){NULL, 0};
    assert_true(order_is_same(old, new));
    order_unref(old);
    order_unref(new);
}

/* Two halves in place of the whole: what a client that is the whole gets is another thing (route53.md 1.9). */
static void one_way_maps_are_compared_by_their_networks(void **state)
{
    static const char *const networks[2][2] = {
            {"10.0.0.0/24", "10.0.0.0/24"  },
            {"10.0.0.0/25", "10.0.0.128/25"}
    };
    struct prefix_map *maps[2];
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct prefix_builder *builder = prefix_builder_new();
        for (size_t j = 0; j < 2; j++) {
            struct client network = orders_network(networks[i][j]);
            assert_int_equal(prefix_builder_add(builder, &network, 1), 0);
        }
        maps[i] = prefix_builder_finish(builder, PREFIX_ONE_WAY);
    }
    assert_true(prefix_map_is_same(maps[0], maps[0]));
    assert_false(prefix_map_is_same(maps[0], maps[1]));
    prefix_map_free(maps[0]);
    prefix_map_free(maps[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_last_reference_frees),
            cmocka_unit_test(a_fixed_order_is_everybodys),
            cmocka_unit_test(null_does_nothing),
            cmocka_unit_test(orders_are_compared),
            cmocka_unit_test(empty_rows_are_compared),
            cmocka_unit_test(one_way_maps_are_compared_by_their_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
