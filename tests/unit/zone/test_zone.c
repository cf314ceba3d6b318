/* test_zone.c -- the zone as such: references, and one that only fails. */
#include "test.h"

#include <stdatomic.h>

#include "dns/rr.h"
#include "zone/zone.h"

static void test_faulty_zone(void **state)
{
    (void)state;
    static const uint8_t apex[] = "\7Example";
    struct zone *zone = zone_new_faulty(apex);

    assert_true(zone->faulty);
    assert_ptr_not_equal(zone->apex, apex); /* its own copy */
    assert_memory_equal(zone->apex, apex, sizeof(apex));
    assert_int_equal(zone->records, 0);
    assert_ptr_equal(zone_ref(zone), zone);
    zone_unref(zone);
    assert_int_equal(atomic_load(&zone->references), 1);
    zone_unref(zone); /* the leak checker sees whether this freed it */
}

static void test_node_rrset(void **state)
{
    (void)state;
    static const struct rrset rrsets[] = {{.type = RR_A}, {.type = RR_MX}, {.type = RR_AAAA}};
    const struct node node = {.rrsets = rrsets, .rrsets_count = COUNT(rrsets)};
    const struct node empty = {.rrsets = NULL};

    for (size_t i = 0; i < COUNT(rrsets); i++)
        assert_ptr_equal(node_rrset(&node, rrsets[i].type), &rrsets[i]);
    assert_null(node_rrset(&node, RR_TXT));
    assert_null(node_rrset(&empty, RR_A));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_faulty_zone),
            cmocka_unit_test(test_node_rrset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
