/* test_grpc_health.c -- src/check/grpc_health.c: bytes as the protocol's own libraries write them. */
#include "test.h"

#include <string.h>

#include "base/err.h"
#include "check/grpc_health.h"

#define BYTES(text) text, sizeof(text) - 1

static void test_requests(void **state)
{
    static const char name127[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static const struct {
        const char *what, *service, *head;
        size_t head_length;
    } rows[] = {
            {"the server as a whole", NULL,        BYTES("\0\0\0\0\0")          },
            {"an empty name",         "",          BYTES("\0\0\0\0\0")          },
            {"a name",                "shop.Cart", BYTES("\0\0\0\0\x0b\x0a\x09")},
            {"one byte of length",    name127,     BYTES("\0\0\0\0\x81\x0a\x7f")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t got[GRPC_REQUEST_MAX];
        size_t service = rows[i].service != NULL ? strlen(rows[i].service) : 0;
        size_t length = grpc_health_request(rows[i].service, got);
        if (length != rows[i].head_length + service ||
                memcmp(got, rows[i].head, rows[i].head_length) != 0 ||
                (service > 0 && memcmp(got + rows[i].head_length, rows[i].service, service) != 0))
            fail_msg("%s", rows[i].what);
    }
}

static void test_longest_request(void **state)
{
    char service[DEFINITION_TEXT_MAX + 1];
    uint8_t got[GRPC_REQUEST_MAX];
    (void)state;
    memset(service, 'x', DEFINITION_TEXT_MAX);
    service[DEFINITION_TEXT_MAX] = '\0';
    assert_int_equal(grpc_health_request(service, got), GRPC_REQUEST_MAX);
    assert_memory_equal(got, "\0\0\0\x01\x02\x0a\xff\x01x", 9);
    service[128] = '\0';
    assert_int_equal(grpc_health_request(service, got), 5 + 3 + 128);
    assert_memory_equal(got, "\0\0\0\0\x83\x0a\x80\x01x", 9);
}

static void test_prefixes(void **state)
{
    static const struct {
        const char *prefix;
        int error;
        uint32_t length;
    } rows[] = {
            {"\0\0\0\0\0",         0,          0         },
            {"\0\0\0\0\2",         0,          2         },
            {"\0\1\2\3\4",         0,          0x01020304},
            {"\0\xff\xff\xff\xff", 0,          UINT32_MAX},
            {"\1\0\0\0\2",         ERR_SYNTAX, 99        },
            {"\x80\0\0\0\2",       ERR_SYNTAX, 99        },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t length = 99;
        assert_int_equal(
                grpc_health_length((const uint8_t *)rows[i].prefix, &length), rows[i].error);
        assert_int_equal(length, rows[i].length);
    }
}

static void test_responses(void **state)
{
    static const struct {
        const char *what, *message;
        size_t length;
        int error;
        uint32_t status;
    } rows[] = {
            {"nothing is the default",     BYTES(""),                                                 0,          0         },
            {"written out",                BYTES("\x08\x00"),                                         0,          0         },
            {"serving",                    BYTES("\x08\x01"),                                         0,          1         },
            {"not serving",                BYTES("\x08\x02"),                                         0,          2         },
            {"a number of no name",        BYTES("\x08\x90\x03"),                                     0,          400       },
            {"the last one counts",        BYTES("\x08\x01\x08\x02"),                                 0,          2         },
            {"more bytes than it takes",   BYTES("\x08\x81\x80\x80\x00"),                             0,          1         },
            {"ten bytes",                  BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),     0,          UINT32_MAX},
            {"eleven bytes",               BYTES("\x08\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), ERR_SYNTAX,
             99                                                                                                             },
            {"a key of more bytes",        BYTES("\x88\x00\x01"),                                     0,          1         },
            {"unknown varint before",      BYTES("\x10\x96\x01\x08\x01"),                             0,          1         },
            {"unknown varint after",       BYTES("\x08\x01\x10\x96\x01"),                             0,          1         },
            {"unknown 64 bits",
             BYTES("\x19"
                          "12345678"
                          "\x08\x01"),
             0,                                                                                                   1         },
            {"unknown bytes",
             BYTES("\x12\x03"
                          "abc"
                          "\x08\x01"),
             0,                                                                                                   1         },
            {"unknown 32 bits",
             BYTES("\x1d"
                          "1234"
                          "\x08\x01"),
             0,                                                                                                   1         },
            {"of another type than it is",
             BYTES("\x0a\x01"
                          "x"),
             0,                                                                                                   0         },
            {"the highest field",
             BYTES("\xf8\xff\xff\xff\x0f\x01"
                          "\x08\x01"),
             0,                                                                                                   1         },
            {"a field beyond the highest", BYTES("\x80\x80\x80\x80\x10\x01"),                         ERR_SYNTAX, 99        },
            {"field 0",                    BYTES("\x00\x01"),                                         ERR_SYNTAX, 99        },
            {"a group",                    BYTES("\x13\x14"),                                         ERR_SYNTAX, 99        },
            {"no such wire type",          BYTES("\x0f\x01"),                                         ERR_SYNTAX, 99        },
            {"no value",                   BYTES("\x08"),                                             ERR_SYNTAX, 99        },
            {"a value cut off",            BYTES("\x08\x81"),                                         ERR_SYNTAX, 99        },
            {"a key cut off",              BYTES("\x88"),                                             ERR_SYNTAX, 99        },
            {"bytes cut off",
             BYTES("\x12\x04"
                          "abc"),
             ERR_SYNTAX,                                                                                          99        },
            {"a length without bytes",     BYTES("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
             ERR_SYNTAX,                                                                                          99        },
            {"64 bits cut off",
             BYTES("\x19"
                          "1234567"),
             ERR_SYNTAX,                                                                                          99        },
            {"32 bits cut off",
             BYTES("\x1d"
                          "123"),
             ERR_SYNTAX,                                                                                          99        },
            {"good, then cut off",         BYTES("\x08\x01\x10"),                                     ERR_SYNTAX, 99        },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t status = 99;
        int error = grpc_health_status((const uint8_t *)rows[i].message, rows[i].length, &status);
        if (error != rows[i].error || status != rows[i].status)
            fail_msg("%s: error %d, status %u", rows[i].what, error, status);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(grpc_serving_name(GRPC_SERVICE_UNKNOWN), "SERVICE_UNKNOWN");
    assert_null(grpc_serving_name(4));
    assert_string_equal(grpc_code_name(0), "OK");
    assert_string_equal(grpc_code_name(16), "UNAUTHENTICATED");
    assert_null(grpc_code_name(17));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_requests),
            cmocka_unit_test(test_longest_request),
            cmocka_unit_test(test_prefixes),
            cmocka_unit_test(test_responses),
            cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
