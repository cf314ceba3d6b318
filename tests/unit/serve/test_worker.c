/* test_worker.c -- src/serve/worker.c: how many strangers a worker takes. */
#include "test.h"

#include "serve/tcp.h"
#include "serve/worker.h"

static void connections_leave_descriptors_for_the_rest(void **state)
{
    static const struct {
        const char *name;
        uint64_t descriptors;
        uint32_t workers, addresses, wanted;
    } rows[] = {
            {"plenty",                      1048576,    2,  2, TCP_CONNECTIONS_MAX},
            {"no limit",                    UINT64_MAX, 64, 8, TCP_CONNECTIONS_MAX},
            {"the old limit",               1024,       2,  1, 469                },
            {"one more makes a difference", 1026,       2,  1, 470                },
            {"few",                         256,        2,  1, 85                 },
            {"more sockets than may be",    64,         4,  2, 1                  },
            {"none",                        0,          1,  1, 1                  },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t got =
                worker_connections_max(rows[i].descriptors, rows[i].workers, rows[i].addresses);
        if (got != rows[i].wanted)
            fail_msg("%s: %u, wanted %u", rows[i].name, got, rows[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(connections_leave_descriptors_for_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
