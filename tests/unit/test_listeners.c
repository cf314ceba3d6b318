#include "test.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/net.h"
#include "listeners.h"

/* A port nobody has at the moment. */
static union net_address free_address(void)
{
    union net_address address;
    socklen_t length = sizeof(address);
    assert_int_equal(net_address_parse("127.0.0.1", 0, &address), 0);
    int fd = net_tcp_listen(&address);
    assert_int_equal(getsockname(fd, &address.any, &length), 0);
    close(fd);
    return address;
}

static int kind_of(int fd)
{
    int kind = 0;
    socklen_t length = sizeof(kind);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &length), 0);
    return kind;
}

static void test_order(void **state)
{
    (void)state;
    union net_address list[2] = {free_address(), free_address()};
    list[1].v4.sin_addr.s_addr = htonl(0x7f000002); /* 127.0.0.2 */
    struct config config = {.listen = list, .listen_count = 2, .workers = 3};
    struct listeners listeners = {0};
    struct buf why;
    buf_init(&why, 1024);
    assert_int_equal(listeners_open(&config, &listeners, &why), 0);
    assert_int_equal(listeners.count, 12);
    for (size_t i = 0; i < listeners.count; i++) {
        union net_address bound;
        socklen_t length = sizeof(bound);
        assert_int_equal(kind_of(listeners.fds[i]), i < 6 ? SOCK_DGRAM : SOCK_STREAM);
        assert_int_equal(getsockname(listeners.fds[i], &bound.any, &length), 0);
        assert_int_equal(bound.v4.sin_addr.s_addr, list[i % 2].v4.sin_addr.s_addr);
    }
    listeners_done(&listeners);
    listeners_done(&listeners); /* nothing is left */
    buf_done(&why);
}

/* SO_REUSEPORT must not let a second daemon take half of the queries. */
static void test_taken(void **state)
{
    (void)state;
    union net_address address = free_address();
    struct config config = {.listen = &address, .listen_count = 1, .workers = 1};
    struct listeners first = {0}, second = {0};
    char text[NET_TEXT_MAX];
    struct buf why;
    buf_init(&why, 1024);
    assert_int_equal(listeners_open(&config, &first, &why), 0);
    assert_int_equal(listeners_open(&config, &second, &why), -EADDRINUSE);
    assert_non_null(strstr(buf_string(&why), net_address_format(&address, text)));
    assert_non_null(strstr(buf_string(&why), "Address already in use"));
    assert_int_equal(second.count, 0);
    listeners_done(&first);
    buf_done(&why);
}

static void test_not_ours(void **state)
{
    (void)state;
    union net_address address;
    assert_int_equal(net_address_parse("192.0.2.1:5300", 0, &address), 0);
    struct config config = {.listen = &address, .listen_count = 1, .workers = 1};
    struct listeners listeners = {0};
    struct buf why;
    buf_init(&why, 1024);
    assert_int_equal(listeners_open(&config, &listeners, &why), -EADDRNOTAVAIL);
    assert_string_equal(buf_string(&why),
            "cannot listen on 192.0.2.1:5300 (UDP): Cannot assign requested address");
    buf_done(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_order),
            cmocka_unit_test(test_taken),
            cmocka_unit_test(test_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
