/* test_clock.c -- src/base/clock.c */
#include "test.h"

#include <string.h>

#include "base/clock.h"

static void times_are_written_for_people(void **state)
{
    (void)state;
    static const struct {
        uint64_t ms;
        const char *when, *how_long;
    } cases[] = {
            {0,             "1970-01-01T00:00:00.000Z", "0ms"      },
            {999,           "1970-01-01T00:00:00.999Z", "999ms"    },
            {1000,          "1970-01-01T00:00:01.000Z", "1.0s"     },
            {59999,         "1970-01-01T00:00:59.999Z", "59.9s"    },
            {190000,        "1970-01-01T00:03:10.000Z", "3m10s"    },
            {7500000,       "1970-01-01T02:05:00.000Z", "2h05m"    },
            {1047600000,    "1970-01-13T03:00:00.000Z", "12d03h"   },
            {1795316400123, "2026-11-22T03:00:00.123Z", "20779d03h"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[CLOCK_TEXT_MAX];
        if (strcmp(clock_format(cases[i].ms, text), cases[i].when) != 0)
            fail_msg("%s: got %s", cases[i].when, text);
        if (strcmp(clock_format_duration(cases[i].ms, text), cases[i].how_long) != 0)
            fail_msg("%s: got %s", cases[i].how_long, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(times_are_written_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
