/* test_worker.c -- src/serve/worker.c: how many strangers a worker takes, and where its counters stand. */
#include "test.h"

#include "base/mem.h"
#include "serve/tcp.h"
#include "serve/worker.h"

static void connections_leave_descriptors_for_the_rest(void **state)
{
    static const struct {
        const char *name;
        uint64_t descriptors;
        uint32_t workers, addresses, wanted;
    } rows[] = {
            {"plenty",                      1048576,    2,  2, 1000},
            {"no limit",                    UINT64_MAX, 64, 8, 1000},
            {"the old limit",               1024,       2,  1, 470 },
            {"one more makes a difference", 1026,       2,  1, 471 },
            {"few",                         256,        2,  1, 86  },
            {"more sockets than may be",    64,         4,  2, 1   },
            {"none",                        0,          1,  1, 1   },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t got = worker_connections_max(
                rows[i].descriptors, rows[i].workers, rows[i].addresses, 1000);
        if (got != rows[i].wanted)
            fail_msg("%s: %u, wanted %u", rows[i].name, got, rows[i].wanted);
    }
}

/* A worker that listens nowhere. */
static struct worker *start_worker(const struct health_table *table, uint32_t index)
{
    static const uint8_t secret[ROUTE_SECRET_BYTES];
    struct worker *worker;
    const struct worker_settings settings = {
            .health = table,
            .index = index,
            .secret = secret,
            .tcp_connections_max = 1,
            .tcp_client_max = 1,
    };
    assert_int_equal(worker_start(&worker, &settings), 0);
    return worker;
}

static void counters_begin_a_cache_line_of_their_own(void **state)
{
    struct worker *workers[16];
    struct health_table *table;
    (void)state;
    assert_int_equal(health_table_create(&table), 0);
    for (uint32_t i = 0; i < COUNT(workers); i++)
        workers[i] = start_worker(table, i);
    for (uint32_t i = 0; i < COUNT(workers); i++)
        assert_int_equal((uintptr_t)worker_counters(workers[i]) % MEM_LINE_BYTES, 0);
    for (uint32_t i = 0; i < COUNT(workers); i++)
        worker_stop(workers[i]);
    health_table_close(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(connections_leave_descriptors_for_the_rest),
            cmocka_unit_test(counters_begin_a_cache_line_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
