#include "test.h"

#include <string.h>

#include "check/http_request.h"

static void test_host(void **state)
{
    static const struct {
        const char *what;
        enum check_type type;
        const char *host;
        const char *address;
        uint16_t port;
        const char *expected;
    } rows[] = {
            {"HTTP on 80",       CHECK_HTTP,            "www.example.com", "192.0.2.1",     80,   "www.example.com"    },
            {"HTTP on 443",      CHECK_HTTP,            "www.example.com", "192.0.2.1",     443,  "www.example.com:443"},
            {"HTTP on 8080",     CHECK_HTTP,            "www.example.com", "192.0.2.1",     8080,
             "www.example.com:8080"                                                                                    },
            {"HTTPS on 443",     CHECK_HTTPS,           "www.example.com", "192.0.2.1",     443,  "www.example.com"    },
            {"HTTPS on 80",      CHECK_HTTPS,           "www.example.com", "192.0.2.1",     80,   "www.example.com:80" },
            {"match on 80",      CHECK_HTTP_STR_MATCH,  "a.example",       "192.0.2.1",     80,   "a.example"          },
            {"TLS match on 443", CHECK_HTTPS_STR_MATCH, "a.example",       "192.0.2.1",     443,  "a.example"          },
            {"IPv4",             CHECK_HTTP,            NULL,              "192.0.2.1",     80,   "192.0.2.1"          },
            {"IPv4 with port",   CHECK_HTTP,            NULL,              "192.0.2.1",     81,   "192.0.2.1:81"       },
            {"IPv6",             CHECK_HTTPS,           NULL,              "[2001:db8::1]", 443,  "[2001:db8::1]"      },
            {"IPv6 with port",   CHECK_HTTPS,           NULL,              "[2001:db8::1]", 444,  "[2001:db8::1]:444"  },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_target target = {
                .type = rows[i].type, .host = rows[i].host, .port = rows[i].port};
        union net_address address;
        char host[HTTP_HOST_MAX + 1];
        assert_int_equal(net_address_parse(rows[i].address, 80, &address), 0);
        http_request_host(&target, &address, host);
        if (strcmp(host, rows[i].expected) != 0)
            fail_msg("%s: %s", rows[i].what, host);
    }
}

static void test_target(void **state)
{
    static const struct {
        const char *path;
        const char *expected;
    } rows[] = {
            {"/",                 "/"                },
            {"/a/../b?q=%20&x=1", "/a/../b?q=%20&x=1"},
            {"/a b",              "/a%20b"           },
            {"/a#b",              "/a%23b"           },
            {"/a\r\nX: y",        "/a%0D%0AX:%20y"   },
            {"/\xc3\xa4",         "/%C3%A4"          },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char target[HTTP_TARGET_MAX + 1];
        if (strcmp(http_request_target(rows[i].path, target), rows[i].expected) != 0)
            fail_msg("%s: %s", rows[i].path, target);
    }
    char longest[DEFINITION_TEXT_MAX + 2];
    char target[HTTP_TARGET_MAX + 1];
    memset(longest, ' ', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(strlen(http_request_target(longest, target)), HTTP_TARGET_MAX);
}

static void test_has_header(void **state)
{
    static const char *const headers[] = {"X-One: 1", "host: a", NULL};
    struct check_target target = {.headers = headers};
    (void)state;
    assert_true(http_request_has_header(&target, "Host"));
    assert_true(http_request_has_header(&target, "x-one"));
    assert_false(http_request_has_header(&target, "X-On"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_host),
            cmocka_unit_test(test_target),
            cmocka_unit_test(test_has_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
