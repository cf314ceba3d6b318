/* test_subnet.c -- the client subnet option as it comes in, well and badly formed (RFC 7871). */
#include "test.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/err.h"
#include "serve/subnet.h"

static const struct {
    const char *what;
    const char *data;
    uint16_t length;
    int result;
    enum client_family family;
    uint8_t bits;
    const char *address;
} rows[] = {
        {"IPv4 /24",                  "\0\1\30\0\300\0\2",                            7,  0,          CLIENT_IPV4, 24, "\300\0\2\0"  },
        {"IPv4 /32",                  "\0\1\40\0\300\0\2\1",                          8,  0,          CLIENT_IPV4, 32, "\300\0\2\1"  },
        {"IPv4 /20",                  "\0\1\24\0\300\0\360",                          7,  0,          CLIENT_IPV4, 20, "\300\0\360\0"},
        {"IPv4 /0",                   "\0\1\0\0",                                     4,  0,          CLIENT_IPV4, 0,  "\0\0\0\0"    },
        {"IPv6 /56",                  "\0\2\70\0\40\1\15\270\0\1\2",                  11, 0,          CLIENT_IPV6, 56, "\40\1\15\270"},
        {"IPv6 /0",                   "\0\2\0\0",                                     4,  0,          CLIENT_IPV6, 0,  "\0\0\0\0"    },
        {"family 0, nothing to tell", "\0\0\0\0",                                     4,  0,          CLIENT_IPV4, 0,  "\0\0\0\0"    },
        {"family 0 with a prefix",    "\0\0\10\0\300",                                5,  ERR_SYNTAX, 0,           0,  NULL          },
        {"family 3",                  "\0\3\10\0\300",                                5,  ERR_SYNTAX, 0,           0,  NULL          },
        {"family 3 without prefix",   "\0\3\0\0",                                     4,  ERR_SYNTAX, 0,           0,  NULL          },
        {"IPv4 prefix too long",      "\0\1\41\0\300\0\2\1\0",                        9,  ERR_SYNTAX, 0,           0,  NULL          },
        {"IPv6 prefix too long",      "\0\2\201\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 21, ERR_SYNTAX, 0,
         0,                                                                                                            NULL          },
        {"a byte too many",           "\0\1\30\0\300\0\2\0",                          8,  ERR_SYNTAX, 0,           0,  NULL          },
        {"a byte too few",            "\0\1\30\0\300\0",                              6,  ERR_SYNTAX, 0,           0,  NULL          },
        {"a bit behind the prefix",   "\0\1\27\0\300\0\1",                            7,  ERR_SYNTAX, 0,           0,  NULL          },
        {"a scope in a query",        "\0\1\30\30\300\0\2",                           7,  ERR_SYNTAX, 0,           0,  NULL          },
        {"too short for its head",    "\0\1\30",                                      3,  ERR_SYNTAX, 0,           0,  NULL          },
        {"empty",                     "",                                             0,  ERR_SYNTAX, 0,           0,  NULL          },
};

static void subnets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct client untouched = {.family = CLIENT_IPV6, .bits = 99};
        struct client client = untouched;
        int result = subnet_read((const uint8_t *)rows[i].data, rows[i].length, &client);
        if (result != rows[i].result)
            fail_msg("%s: %d", rows[i].what, result);
        if (result != 0) {
            assert_memory_equal(&client, &untouched, sizeof(client));
            continue;
        }
        if (client.family != rows[i].family || client.bits != rows[i].bits ||
                memcmp(client.address, rows[i].address, 4) != 0)
            fail_msg("%s: another network", rows[i].what);
        for (size_t j = client.family == CLIENT_IPV4 ? 4 : 7; j < CLIENT_ADDRESS_BYTES; j++)
            assert_int_equal(client.address[j], 0);
    }
}

static void senders(void **state)
{
    (void)state;
    union net_address address = {
            .v4 = {.sin_family = AF_INET, .sin_addr = {htonl(0xc0000207)}}
    };
    struct client client;

    subnet_from_address(&address, &client);
    assert_int_equal(client.family, CLIENT_IPV4);
    assert_int_equal(client.bits, 32);
    assert_memory_equal(client.address, "\300\0\2\7\0\0\0\0\0\0\0\0\0\0\0\0", 16);

    address = (union net_address){.v6 = {.sin6_family = AF_INET6}};
    assert_int_equal(inet_pton(AF_INET6, "2001:db8::7", &address.v6.sin6_addr), 1);
    subnet_from_address(&address, &client);
    assert_int_equal(client.family, CLIENT_IPV6);
    assert_int_equal(client.bits, 128);
    assert_memory_equal(client.address, "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\7", 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(subnets),
            cmocka_unit_test(senders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
