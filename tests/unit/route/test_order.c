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
            cmocka_unit_test(null_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
