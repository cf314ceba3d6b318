/* test_order.c -- an order lives as long as anybody holds it; the sanitizers see it if not. */
#include "test.h"

#include "base/mem.h"
#include "route/order.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_last_reference_frees),
            cmocka_unit_test(a_fixed_order_is_everybodys),
            cmocka_unit_test(null_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
