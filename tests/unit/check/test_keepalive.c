/* test_keepalive.c -- src/check/keepalive.c; that a peer which is gone shows is in test_probe_tcp.c. */
#include "test.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/keepalive.h"

static void it_follows_the_interval(void **state)
{
    (void)state;
    static const struct {
        uint32_t interval_ms, idle_s, interval_s;
        uint64_t gone_ms;
    } rows[] = {
            {100,      1,     1,     4000    },
            {1000,     1,     1,     4000    },
            {1001,     2,     1,     5000    },
            {10000,    10,    4,     22000   },
            {30000,    30,    10,    60000   },
            {86400000, 32767, 10923, 65536000},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct keepalive keepalive = keepalive_of(rows[i].interval_ms);
        assert_int_equal(keepalive.idle_s, rows[i].idle_s);
        assert_int_equal(keepalive.interval_s, rows[i].interval_s);
        assert_int_equal(keepalive_gone_ms(&keepalive), rows[i].gone_ms);
    }
}

static void assert_option(int fd, int level, int name, int want)
{
    int got = -1;
    socklen_t size = sizeof(got);
    assert_int_equal(getsockopt(fd, level, name, &got, &size), 0);
    assert_int_equal(got, want);
}

/* The longest interval too: the kernel refuses what is above its own maximum. */
static void the_kernel_takes_it(void **state)
{
    (void)state;
    static const uint32_t intervals_ms[] = {100, 10000, 86400000};
    for (size_t i = 0; i < COUNT(intervals_ms); i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        struct keepalive keepalive = keepalive_of(intervals_ms[i]);
        assert_int_equal(keepalive_set(fd, &keepalive), 0);
        assert_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        assert_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)keepalive.idle_s);
        assert_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, (int)keepalive.interval_s);
        assert_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
        assert_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)keepalive_gone_ms(&keepalive));
        close(fd);
    }
    struct keepalive keepalive = keepalive_of(1000);
    assert_int_equal(keepalive_set(-1, &keepalive), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(it_follows_the_interval),
            cmocka_unit_test(the_kernel_takes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
