/* The text of the file: faults by line, and what is printed reads back the same. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"

#define SECRET "00112233445566778899aabbccddeeff"
#define STARS  "********************************"

/* Every row also needs zones; they are put in front, on the first line. */
#define HEAD "zones = z "

static const struct {
    const char *what;
    const char *text;
    const char *fault; /* NULL: it is read */
} rows[] = {
        {"nothing else",                   HEAD,                                                            NULL                                           },
        {"every key",
         HEAD
                "checks = c\nstate-dir = s\nworkers = 4\nno-checker = true\nexec-checks = true\n"
                "exec-commands = 1\nudp-size = 512\n"
                "geoip = g.mmdb\nlatency = l.csv\ntcp-connections = 65535\ntcp-per-client = 1000\n"
                "tcp-idle = 600\nprobes = 7\nca-file "
                "= ca\nversion-text = v\nserver-id "
                "= i\ncookies = require\n"
                "cookie-secret = {00112233445566778899aabbccddeeff}\nlog-level = "
                "debug\nlisten = {127.0.0.1:53}\n"
                "zone = {\".=root\"}\n",                                                                    NULL                                           },
        {"one value for a list",           HEAD "listen = 127.0.0.1:53",                                    NULL                                           },
        {"comments of all kinds",          HEAD "#\n# a 'b\n//\n/* \" */ workers /* = */ = // 4\n 5 # x\n",
         NULL                                                                                                                                              },
        {"comment inside a list",          HEAD "listen = { 127.0.0.1, # one\n 127.0.0.2 /* two */ }",      NULL                                           },
        {"double slash in a path",         HEAD "checks = /a//b\nworkers = 1",                              NULL                                           },
        {"quoted marks",                   HEAD "checks = \"#/*//'\"\nca-file = '\"#'\n",                   NULL                                           },
        {"CRLF",                           HEAD "workers = 4\r\nprobes = 5\r\n",                            NULL                                           },
        {"misspelt key",                   HEAD "\n\nlsten = 127.0.0.1",
         "f:3: error: no key \"lsten\"; did you mean \"listen\"?"                                                                                          },
        {"unknown key",                    HEAD "\nfrobnicate = 1",                                         "f:2: error: no key \"frobnicate\""            },
        {"line after comments",            HEAD "\n# a\n/* b\nc */\n// d\nworker = 1",
         "f:6: error: no key \"worker\"; did you mean \"workers\"?"                                                                                        },
        {"line after a comment in a list", HEAD "\nlisten = { 127.0.0.1, # x\n 127.0.0.300 }",
         "f:3: error: listen: not an address with optional port: \"127.0.0.300\""                                                                          },
        {"no number",                      HEAD "\nworkers = many",
         "f:2: error: workers: not a number from 1 to 256: \"many\""                                                                                       },
        {"number too large",               HEAD "workers = 257",
         "f:1: error: workers: not a number from 1 to 256: \"257\""                                                                                        },
        {"no connections",                 HEAD "tcp-per-client = 0",
         "f:1: error: tcp-per-client: not a number from 1 to 65535: \"0\""                                                                                 },
        {"number too small",               HEAD "udp-size = 511",
         "f:1: error: udp-size: not a number from 512 to 4096: \"511\""                                                                                    },
        {"misspelt level",                 HEAD "log-level = wraning",
         "f:1: error: log-level: not error, warning, info or debug: \"wraning\"; did you "
                "mean \"warning\"?"                                                                                                                        },
        {"no switch",                      HEAD "no-checker = maybe",
         "f:1: error: no-checker: not true or false: \"maybe\""                                                                                            },
        {"empty text",                     HEAD "state-dir = \"\"",                                         "f:1: error: state-dir: is empty"              },
        {"no version, no identity",        HEAD "version-text = \"\"\nserver-id = ''",                      NULL                                           },
        {"two secrets",
         HEAD "cookie-secret = {00112233445566778899aabbccddeeff, "
                     "00112233445566778899AABBCCDDEEFF}",                                                   NULL                                           },
        {"three secrets",
         HEAD "cookie-secret = {00112233445566778899aabbccddeeff, "
                     "00112233445566778899aabbccddeefe,\n"
                     "00112233445566778899aabbccddeefd}",                                                   "f:2: error: cookie-secret: more than 2 values"},
        {"a short secret",                 HEAD "cookie-secret = 00112233445566778899aabbccddeef",
         "f:1: error: cookie-secret: not 32 hex digits"                                                                                                    },
        {"no hex digit",                   HEAD "cookie-secret = 00112233445566778899aabbccddeefg",
         "f:1: error: cookie-secret: not 32 hex digits"                                                                                                    },
        {"no comma between secrets",       HEAD "cookie-secret = {" SECRET " " SECRET "}",
         "f:1: error: unexpected token '" STARS
                "' (a value with such a byte stands in quotes)"                                                                                            },
        {"no braces around secrets",       HEAD "cookie-secret = " SECRET " " SECRET,
         "f:1: error: no key \"" STARS "\""                                                                                                                },
        {"no mode of cookies",             HEAD "cookies = maybe",
         "f:1: error: cookies: not on, off or require: \"maybe\""                                                                                          },
        {"identity too long",
         HEAD "server-id = "
                     "0123456789012345678901234567890123456789012345678901234567890123x",                   "f:1: error: server-id: longer than 64 bytes"  },
        {"zone without file",              HEAD "zone = {example.org}",
         "f:1: error: zone: not ORIGIN=FILE: \"example.org\" (quoted in a file)"                                                                           },
        {"same address twice",             HEAD "listen = {127.0.0.1, \"127.0.0.1:5300\"}",
         "f:1: error: listen: given twice: \"127.0.0.1:5300\""                                                                                             },
        {"IPv6 without brackets",          HEAD "listen = ::1",
         "f:1: error: listen: not an address with optional port: \"::1\" (an IPv6 address "
                "stands in brackets)"                                                                                                                      },
        {"quote not closed",               HEAD "\nstate-dir = \"abc\nworkers = 1\n",
         "f:2: error: the quoted string is not closed"                                                                                                     },
        {"comment not closed",             HEAD "\n/* abc\n",                                               "f:2: error: the comment is not closed"        },
        {"numeric escape",                 HEAD "state-dir = \"\\0123\"",
         "f:1: error: no numeric escapes but \\xHH"                                                                                                        },
        {"open variable",                  HEAD "state-dir = \"${X\"",                                      "f:1: error: \"${\" without \"}\""             },
        {"list not closed",                HEAD "listen = {127.0.0.1",                                      "f:1: error: premature end of file"            },
        {"no equal sign",                  HEAD "workers 4",
         "f:1: error: missing equal sign after option 'workers'"                                                                                           },
        {"zone without quotes",            HEAD "zone = {a=b}",
         "f:1: error: zone: not ORIGIN=FILE: \"a\" (quoted in a file)"                                                                                     },
        {"context",                        HEAD "\"\\x01\" = 4",                                            "f:1: error: no key of that name"              },
};

static void check_row(size_t i)
{
    struct config *config = NULL;
    struct diag *diag = diag_new();
    struct buf text;
    buf_init(&text, 4096);
    int error = config_from_text("f", rows[i].text, strlen(rows[i].text), &config, diag);
    if (diag_kept(diag) > 0)
        diag_fault_format(diag_fault_at(diag, 0), &text);
    if (rows[i].fault == NULL && error != 0)
        fail_msg("%s: refused: %s", rows[i].what, buf_string(&text));
    if (rows[i].fault != NULL && strcmp(rows[i].fault, buf_string(&text)) != 0)
        fail_msg("%s: said: %s", rows[i].what, buf_string(&text));
    if (rows[i].fault != NULL && config != NULL)
        fail_msg("%s: the output was touched", rows[i].what);
    buf_done(&text);
    diag_free(diag);
    config_free(config);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_row(i);
}

static struct config *read_good(const char *text)
{
    struct config *config = NULL;
    struct diag *diag = diag_new();
    assert_int_equal(config_from_text("f", text, strlen(text), &config, diag), 0);
    diag_free(diag);
    return config;
}

static void test_values(void **state)
{
    (void)state;
    struct config *config =
            read_good("zones = z\nworkers = 3\nno-checker = yes\nudp-size = 4096\n"
                      "exec-checks = on\nexec-commands = 2\n"
                      "tcp-connections = 3\ntcp-per-client = 1\ntcp-idle = 2\nprobes = "
                      "9\nlog-level = error\nchecks = 'a\\b'\n"
                      "listen = {127.0.0.1:1, \"[::1]:2\"}\nlisten += {127.0.0.1:3}\n"
                      "zone = {\"a=b\", \"c=d\"}\nzone = {\"e=f\"}\n");
    char address[NET_TEXT_MAX];
    assert_int_equal(config->workers, 3);
    assert_true(config->no_checker);
    assert_int_equal(config->udp_size_bytes, 4096);
    assert_int_equal(config->tcp_connections_max, 3);
    assert_int_equal(config->tcp_client_max, 1);
    assert_int_equal(config->tcp_idle_s, 2);
    assert_int_equal(config->probes_max, 9);
    assert_true(config->exec_checks);
    assert_int_equal(config->commands_max, 2);
    assert_int_equal(config->log_level, LOG_LEVEL_ERROR);
    assert_string_equal(config->checks_dir, "a\\b");
    assert_int_equal(config->listen_count, 3);
    assert_string_equal(net_address_format(&config->listen[2], address), "127.0.0.1:3");
    assert_int_equal(config->zone.count, 1); /* the later list stands */
    assert_string_equal(config->zone.list[0], "e=f");
    assert_null(config->ca_file);
    config_free(config);
}

/* Several faults are told in one run. */
static void test_all_faults(void **state)
{
    (void)state;
    static const char text[] = "workers = x\nprobes = y\n";
    struct config *config = NULL;
    struct diag *diag = diag_new();
    assert_true(config_from_text("f", text, strlen(text), &config, diag) < 0);
    assert_int_equal(diag_errors(diag), 2); /* that there are no zones follows from them */
    diag_free(diag);
}

/* A path may hold any byte. */
static void test_round_trip(void **state)
{
    (void)state;
    char every[256];
    struct buf first, second;
    struct config *config = read_good("zones = z\nzone = {\"a=b\", \"c=d\"}");
    for (size_t i = 0; i < 255; i++)
        every[i] = (char)(i + 1);
    every[255] = '\0';
    free(config->state_dir);
    config->state_dir = strdup(every);
    free(config->zone.list[0]);
    config->zone.list[0] = strdup("o=\"q\" \\ '${HOME}' \n#/*");

    buf_init(&first, 1 << 16);
    buf_init(&second, 1 << 16);
    config_print(config, &first);
    struct config *again = read_good(buf_string(&first));
    config_print(again, &second);
    assert_string_equal(buf_string(&first), buf_string(&second));
    assert_string_equal(again->state_dir, every);
    assert_string_equal(again->zone.list[0], config->zone.list[0]);
    buf_done(&first);
    buf_done(&second);
    config_free(again);
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_values),
            cmocka_unit_test(test_all_faults),
            cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
