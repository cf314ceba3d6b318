/* test_region.c -- the table of regions. */
#include "test.h"

#include <string.h>

#include "zone/region.h"

static void regions_are_where_they_are(void **state)
{
    static const struct {
        const char *name;
        double latitude, longitude; /* within a degree */
    } rows[] = {
            {"eu-west-1",      53.3,  -6.3  },
            {"us-east-1",      39,    -77.5 },
            {"ap-southeast-2", -33.9, 151.2 },
            {"sa-east-1",      -23.5, -46.6 },
            {"cn-north-1",     39.9,  116.4 },
            {"us-gov-west-1",  45.8,  -119.7},
            {"us-west-2",      45.8,  -119.7},
            {"af-south-1",     -33.9, 18.4  },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct region *region = region_find(rows[i].name);
        if (region == NULL)
            fail_msg("no %s", rows[i].name);
        if (region->latitude < rows[i].latitude - 1 || region->latitude > rows[i].latitude + 1 ||
                region->longitude < rows[i].longitude - 1 ||
                region->longitude > rows[i].longitude + 1)
            fail_msg("%s is at %f,%f", rows[i].name, region->latitude, region->longitude);
    }
    assert_null(region_find("eu-west-4"));
    assert_null(region_find("EU-WEST-1"));
    assert_null(region_find(""));
}

static void the_nearest_name_is_offered(void **state)
{
    (void)state;
    assert_string_equal(region_nearest("eu-wset-1"), "eu-west-1");
    assert_string_equal(region_nearest("US-EAST-2"), "us-east-2");
    assert_null(region_nearest("frankfurt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(regions_are_where_they_are),
            cmocka_unit_test(the_nearest_name_is_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
