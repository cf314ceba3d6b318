/* Addresses as text, and what the sockets are set to. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/net.h"

static const struct {
    const char *what;
    const char *text;
    int error;
    const char *formatted;
} parse_rows[] = {
        {"IPv4 with port",          "192.0.2.1:53",                                         0,          "192.0.2.1:53"    },
        {"IPv4 without port",       "192.0.2.1",                                            0,          "192.0.2.1:5300"  },
        {"IPv6 with port",          "[2001:db8::1]:53",                                     0,          "[2001:db8::1]:53"},
        {"IPv6 without port",       "[::]",                                                 0,          "[::]:5300"       },
        {"highest port",            "127.0.0.1:65535",                                      0,          "127.0.0.1:65535" },
        {"port too high",           "127.0.0.1:65536",                                      ERR_SYNTAX, NULL              },
        {"empty port",              "127.0.0.1:",                                           ERR_SYNTAX, NULL              },
        {"port with a sign",        "127.0.0.1:+53",                                        ERR_SYNTAX, NULL              },
        {"octet too large",         "127.0.0.300",                                          ERR_SYNTAX, NULL              },
        {"short form",              "127.1",                                                ERR_SYNTAX, NULL              },
        {"a name",                  "localhost:53",                                         ERR_SYNTAX, NULL              },
        {"empty",                   "",                                                     ERR_SYNTAX, NULL              },
        {"IPv6 without brackets",   "::1",                                                  ERR_SYNTAX, NULL              },
        {"bracket not closed",      "[::1",                                                 ERR_SYNTAX, NULL              },
        {"text behind the bracket", "[::1]53",                                              ERR_SYNTAX, NULL              },
        {"IPv4 in brackets",        "[127.0.0.1]:53",                                       ERR_SYNTAX, NULL              },
        {"empty port of IPv6",      "[::1]:",                                               ERR_SYNTAX, NULL              },
        {"very long",
         "1111111111111111111111111111111111111111111111111111111111111111111111111111111", ERR_SYNTAX, NULL              },
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(parse_rows); i++) {
        union net_address address;
        char text[NET_TEXT_MAX];
        memset(&address, 0x5a, sizeof(address));
        union net_address before = address;
        int error = net_address_parse(parse_rows[i].text, 5300, &address);
        if (error != parse_rows[i].error)
            fail_msg("%s: returned %d", parse_rows[i].what, error);
        if (error != 0 && memcmp(&before, &address, sizeof(address)) != 0)
            fail_msg("%s: the output was touched", parse_rows[i].what);
        if (error == 0 && strcmp(net_address_format(&address, text), parse_rows[i].formatted) != 0)
            fail_msg("%s: formatted as %s", parse_rows[i].what, text);
    }
}

static union net_address address_of(const char *text)
{
    union net_address address;
    assert_int_equal(net_address_parse(text, 0, &address), 0);
    return address;
}

static void test_host_and_wildcard(void **state)
{
    (void)state;
    char text[NET_TEXT_MAX];
    union net_address v4 = address_of("192.0.2.1:53");
    union net_address v6 = address_of("[2001:db8::1]:53");
    assert_string_equal(net_address_format_host(&v4, text), "192.0.2.1");
    assert_string_equal(net_address_format_host(&v6, text), "2001:db8::1");
    assert_false(net_address_is_wildcard(&v4));
    assert_false(net_address_is_wildcard(&v6));
    v4 = address_of("0.0.0.0");
    v6 = address_of("[::]");
    assert_true(net_address_is_wildcard(&v4));
    assert_true(net_address_is_wildcard(&v6));
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t length = sizeof(value);
    assert_int_equal(getsockopt(fd, level, name, &value, &length), 0);
    return value;
}

static void assert_common(int fd)
{
    assert_true(fd >= 0);
    assert_int_equal(option(fd, SOL_SOCKET, SO_REUSEPORT), 1);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void test_udp(void **state)
{
    (void)state;
    union net_address address = address_of("127.0.0.1");
    int fd = net_udp_open(&address);
    assert_common(fd);
    assert_int_equal(option(fd, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_OMIT);
    assert_int_equal(option(fd, IPPROTO_IP, IP_PKTINFO), 0);

    /* A second worker opens the same address and port. */
    socklen_t length = sizeof(address);
    assert_int_equal(getsockname(fd, &address.any, &length), 0);
    int second = net_udp_open(&address);
    assert_common(second);
    close(second);
    close(fd);
}

static void a_small_buffer_overflows_and_tells(void **state)
{
    union net_address address;
    (void)state;
    assert_int_equal(net_address_parse("127.0.0.1:0", 0, &address), 0);
    int fd = net_udp_open(&address);
    socklen_t size = sizeof(address);
    assert_true(fd >= 0);
    assert_int_equal(getsockname(fd, &address.any, &size), 0);
    assert_int_equal(net_udp_set_receive(fd, 1), 0); /* as small as the kernel has them */
    assert_int_equal(net_udp_overflow(fd), 0);
    uint32_t sent = 0;
    for (; sent < 1000; sent++)
        assert_int_equal(sendto(fd, "x", 1, 0, &address.any, size), 1);
    uint32_t got = 0;
    for (char byte; recv(fd, &byte, 1, 0) == 1;)
        got++;
    assert_in_range(got, 1, sent - 1);
    assert_int_equal(net_udp_overflow(fd), sent - got);
    close(fd);
    assert_true(net_udp_set_receive(-1, 1) < 0);
    assert_int_equal(net_udp_overflow(-1), 0);
}

static void test_udp_wildcard(void **state)
{
    (void)state;
    union net_address v4 = address_of("0.0.0.0");
    int fd = net_udp_open(&v4);
    assert_common(fd);
    assert_int_equal(option(fd, IPPROTO_IP, IP_PKTINFO), 1);
    close(fd);

    union net_address v6 = address_of("[::]");
    fd = net_udp_open(&v6);
    if (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL)
        skip(); /* no IPv6 on this machine */
    assert_common(fd);
    assert_int_equal(option(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
    assert_int_equal(option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO), 1);
    assert_int_equal(option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER), IPV6_PMTUDISC_OMIT);
    close(fd);
}

static void test_tcp(void **state)
{
    (void)state;
    union net_address address = address_of("127.0.0.1");
    int fd = net_tcp_listen(&address);
    assert_common(fd);
    assert_int_equal(option(fd, SOL_SOCKET, SO_REUSEADDR), 1);
    assert_int_equal(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
    close(fd);
}

static void test_bind_fails(void **state)
{
    (void)state;
    union net_address address = address_of("192.0.2.1"); /* TEST-NET-1: not ours */
    assert_int_equal(net_udp_open(&address), -EADDRNOTAVAIL);
    assert_int_equal(net_tcp_listen(&address), -EADDRNOTAVAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_parse),
            cmocka_unit_test(test_host_and_wildcard),
            cmocka_unit_test(test_udp),
            cmocka_unit_test(a_small_buffer_overflows_and_tells),
            cmocka_unit_test(test_udp_wildcard),
            cmocka_unit_test(test_tcp),
            cmocka_unit_test(test_bind_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
