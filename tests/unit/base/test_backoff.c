#include "test.h"

#include <stdbool.h>

#include "base/backoff.h"

static const struct {
    const char *what;
    bool was_ready;
    uint64_t lived_ms;
    uint32_t wait_ms;
} rows[] = {
        {"good life",                      true,  60000, 0   },
        {"good, but short",                true,  30,    70  },
        {"a hundred of them do not count", true,  250,   0   },
        {"first failure",                  false, 120,   0   },
        {"second failure",                 false, 120,   100 },
        {"third failure",                  false, 120,   200 },
        {"fourth",                         false, 120,   400 },
        {"fifth",                          false, 120,   800 },
        {"sixth",                          false, 120,   1600},
        {"seventh",                        false, 120,   3200},
        {"eighth, at the limit",           false, 120,   5000},
        {"ninth, at the limit",            false, 120,   5000},
        {"a good one resets",              true,  120,   0   },
        {"first failure again",            false, 120,   0   },
        {"second again",                   false, 120,   100 },
        {"a long load resets",             false, 10000, 0   },
        {"first failure, at once dead",    false, 0,     100 },
};

static void test_rows(void **state)
{
    (void)state;
    struct backoff backoff = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t wait_ms = backoff_next(&backoff, rows[i].was_ready, rows[i].lived_ms);
        if (wait_ms != rows[i].wait_ms)
            fail_msg("%s: waits %u ms", rows[i].what, wait_ms);
    }
    for (unsigned i = 0; i < 1000; i++)
        assert_in_range(backoff_next(&backoff, false, 1), 0, BACKOFF_LAST_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
