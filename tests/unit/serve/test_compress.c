/* test_compress.c -- src/serve/compress.c */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "dns/name.h"
#include "serve/compress.h"

#define START 12U

static struct name name_of(const char *text)
{
    struct name name;
    if (name_from_text(text, (const uint8_t *)"", &name) != 0)
        fail_msg("\"%s\" is no name", text);
    return name;
}

/* Names are written one behind the other, after the question; each must come back, in so many bytes. */
static void names_share_what_stands_before_them(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t bytes;
    } cases[] = {
            {"www.example.com.",      2            }, /* the question */
            {"example.com.",          2            }, /* a part of it */
            {"mail.example.com.",     5 + 2        }, /* new label, known rest */
            {"mail.example.com.",     2            },
            {"a.mail.example.com.",   2 + 2        }, /* behind a name that ends in a pointer */
            {"b.a.mail.example.com.", 2 + 2        },
            {"mail.example.org.",     5 + 8 + 4 + 1}, /* nothing shared */
            {"x.org.",                2 + 2        },
            {"Example.com.",          8 + 2        }, /* other letters */
            {".",                     1            },
            {"com.",                  2            },
    };
    static struct name names[COUNT(cases) + 1];
    uint8_t message[512] = {0};
    struct wire_writer writer = {.bytes = message, .size = sizeof(message), .at = START};
    struct compress compress;

    struct name *question = &names[COUNT(cases)];
    *question = name_of("www.example.com.");
    wire_write(&writer, question->bytes, question->length);
    compress_init(&compress, question->bytes, START);
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t before = writer.at;
        size_t next;
        struct name got;
        names[i] = name_of(cases[i].name);
        compress_write(&compress, &writer, names[i].bytes);
        if (writer.at - before != cases[i].bytes)
            fail_msg("%s: %zu bytes", cases[i].name, writer.at - before);
        if (name_read(message, writer.at, before, &got, &next) != 0 || next != writer.at ||
                got.length != names[i].length || memcmp(got.bytes, names[i].bytes, got.length) != 0)
            fail_msg("%s: does not come back", cases[i].name);
    }
}

/* Far more names than the table holds, and beyond where pointers reach: all must still be right. */
static void many_names_come_back(void **state)
{
    (void)state;
    static struct name names[1500];
    static uint8_t message[65535];
    struct wire_writer writer = {.bytes = message, .size = sizeof(message), .at = START};
    struct name question = name_of("example.com.");
    struct compress compress;

    wire_write(&writer, question.bytes, question.length);
    compress_init(&compress, question.bytes, START);
    for (unsigned i = 0; i < COUNT(names); i++) {
        char text[64];
        size_t before = writer.at;
        size_t next;
        struct name got;
        snprintf(text, sizeof(text), "name-%u.zone-%u.%s", i, i % 7,
                i % 3 == 0 ? "example.com." : "example.net.");
        names[i] = name_of(text);
        compress_write(&compress, &writer, names[i].bytes);
        assert_false(writer.failed);
        if (name_read(message, writer.at, before, &got, &next) != 0 ||
                !name_equal(got.bytes, names[i].bytes))
            fail_msg("%s: does not come back", text);
    }
    assert_true(writer.at > 0x4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(names_share_what_stands_before_them),
            cmocka_unit_test(many_names_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
