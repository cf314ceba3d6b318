/* test_network.c -- networks as text. */
#include "test.h"

#include <string.h>

#include "base/err.h"
#include "zone/network.h"

static void networks_are_read_and_written(void **state)
{
    static const struct {
        const char *text;
        const char *written;
    } rows[] = {
            {"0.0.0.0/0",                                   "0.0.0.0/0"                 },
            {"198.51.100.0/24",                             "198.51.100.0/24"           },
            {"198.51.100.128/25",                           "198.51.100.128/25"         },
            {"255.255.255.255/32",                          "255.255.255.255/32"        },
            {"::/0",                                        "::/0"                      },
            {"2001:DB8:0:0::/32",                           "2001:db8::/32"             },
            {"2001:db8:8000::/33",                          "2001:db8:8000::/33"        },
            {"::ffff:192.0.2.0/120",                        "::ffff:192.0.2.0/120"      },
            {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
             "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"                              },
            {"::ffff:255.255.255.255/128",                  "::ffff:255.255.255.255/128"},
    };
    struct buf why;
    (void)state;

    buf_init(&why, 1000);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client network;
        char text[NETWORK_TEXT_MAX];
        if (network_parse(rows[i].text, &network, &why) != 0)
            fail_msg("%s: %s", rows[i].text, buf_string(&why));
        if (strcmp(network_format(&network, text), rows[i].written) != 0)
            fail_msg("%s: %s", rows[i].text, text);
    }
    assert_int_equal(why.length, 0);
    buf_done(&why);
}

static void what_is_no_network_is_told_why(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } rows[] = {
            {"",                                                 "\"\" is no network; write ADDRESS/BITS"                },
            {"192.0.2.0",                                        "\"192.0.2.0\" is no network; write ADDRESS/BITS"       },
            {"192.0.2/24",                                       "\"192.0.2/24\" is no network; write ADDRESS/BITS"      },
            {"/24",                                              "\"/24\" is no network; write ADDRESS/BITS"             },
            {"192.0.2.256/32",                                   "\"192.0.2.256/32\" is no network; write ADDRESS/BITS"  },
            {"2001:db8::1::/64",                                 "\"2001:db8::1::/64\" is no network; write ADDRESS/BITS"},
            {"1111:2222:3333:4444:5555:6666:7777:8888:9999/128",
             "\"1111:2222:3333:4444:5555:6666:7777:8888:9999/128\" is no network; write "
                    "ADDRESS/BITS"                                                                                       },
            {"192.0.2.0/33",
             "\"192.0.2.0/33\" is no network: 0 to 32 bits are written behind the slash"                                 },
            {"192.0.2.0/",
             "\"192.0.2.0/\" is no network: 0 to 32 bits are written behind the slash"                                   },
            {"2001:db8::/129",
             "\"2001:db8::/129\" is no network: 0 to 128 bits are written behind the slash"                              },
            {"192.0.2.0/24/8",
             "\"192.0.2.0/24/8\" is no network: 0 to 32 bits are written behind the slash"                               },
            {"192.0.2.1/24",
             "\"192.0.2.1/24\" has bits set behind its prefix; the network is 192.0.2.0/24"                              },
            {"192.0.2.0/22",
             "\"192.0.2.0/22\" has bits set behind its prefix; the network is 192.0.0.0/22"                              },
            {"2001:db8::1/127",                                  "\"2001:db8::1/127\" has bits set behind its prefix; the network "
                                "is 2001:db8::/127"                                       },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client network = {.bits = 77};
        struct buf why;
        buf_init(&why, 1000);
        if (network_parse(rows[i].text, &network, &why) != ERR_FAULTY)
            fail_msg("%s: good", rows[i].text);
        if (strcmp(buf_string(&why), rows[i].why) != 0)
            fail_msg("%s: %s", rows[i].text, buf_string(&why));
        assert_int_equal(network.bits, 77);
        buf_done(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(networks_are_read_and_written),
            cmocka_unit_test(what_is_no_network_is_told_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
