/* test_name.c -- src/dns/name.c */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "dns/name.h"

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const uint8_t *const origin = (const uint8_t *)"\7example\3com";

static struct name name_of(const char *text)
{
    struct name name;
    if (name_from_text(text, origin, &name) != 0)
        fail_msg("\"%s\" is no name", text);
    return name;
}

static void text_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int want;
        const char *back; /* as name_to_text writes it */
    } cases[] = {
            {"www",                                           0,             "www.example.com."      },
            {"www.",                                          0,             "www."                  },
            {"WwW.Example.COM.",                              0,             "WwW.Example.COM."      },
            {"a",                                             0,             "a.example.com."        },
            {"@",                                             0,             "example.com."          },
            {"\\@",                                           0,             "\\@.example.com."      },
            {".",                                             0,             "."                     },
            {"*.x",                                           0,             "*.x.example.com."      },
            {"a\\.b.c.",                                      0,             "a\\.b.c."              },
            {"a\\046b.",                                      0,             "a\\.b."                },
            {"\\000\\255.",                                   0,             "\\000\\255."           },
            {"a\\ b.",                                        0,             "a\\032b."              },
            {"\"(x);$\\\\.",                                  0,             "\\\"\\(x\\)\\;\\$\\\\."},
            {"_sip._udp",                                     0,             "_sip._udp.example.com."},
            {LABEL_63 ".",                                    0,             LABEL_63 "."            },
            {LABEL_63 "a.",                                   ERR_SYNTAX,    NULL                    },
            {"",                                              ERR_SYNTAX,    NULL                    },
            {"..",                                            ERR_SYNTAX,    NULL                    },
            {".a",                                            ERR_SYNTAX,    NULL                    },
            {"a..b",                                          ERR_SYNTAX,    NULL                    },
            {"a\\",                                           ERR_SYNTAX,    NULL                    },
            {"a\\25",                                         ERR_SYNTAX,    NULL                    },
            {"a\\256",                                        ERR_SYNTAX,    NULL                    },
            {"a\\2x6",                                        ERR_SYNTAX,    NULL                    },
            {LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63, ERR_TOO_LARGE, NULL                    },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct name name = {.length = 77};
        char text[NAME_TEXT_MAX];
        int got = name_from_text(cases[i].text, origin, &name);
        if (got != cases[i].want)
            fail_msg("\"%s\": got %d", cases[i].text, got);
        if (got != 0 && name.length != 77)
            fail_msg("\"%s\": the output was touched", cases[i].text);
        if (got == 0 && strcmp(name_to_text(name.bytes, text), cases[i].back) != 0)
            fail_msg("\"%s\": came back as %s", cases[i].text, text);
        if (got == 0 && name.length != name_length(name.bytes))
            fail_msg("\"%s\": %u bytes, not %zu", cases[i].text, name.length,
                    name_length(name.bytes));
    }
}

static void a_name_of_255_bytes_is_the_longest(void **state)
{
    (void)state;
    char text[300];
    struct name name;

    /* 3 * 64 + 62 + 1 = 255 */
    snprintf(text, sizeof(text), "%s.%s.%s.%.61s.", LABEL_63, LABEL_63, LABEL_63, LABEL_63);
    assert_int_equal(name_from_text(text, origin, &name), 0);
    assert_int_equal(name.length, NAME_MAX_BYTES);
    assert_int_equal(name_from_wire(name.bytes, NAME_MAX_BYTES), NAME_MAX_BYTES);
    snprintf(text, sizeof(text), "%s.%s.%s.%.62s.", LABEL_63, LABEL_63, LABEL_63, LABEL_63);
    assert_int_equal(name_from_text(text, origin, &name), ERR_TOO_LARGE);
}

static void wire_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *bytes;
        size_t size;
        int want;
    } cases[] = {
            {"root",                "\0",         1, 1         },
            {"one label",           "\1a\0",      3, 3         },
            {"more behind",         "\1a\0\1b\0", 6, 3         },
            {"no bytes",            "",           0, ERR_SYNTAX},
            {"no root",             "\1a",        2, ERR_SYNTAX},
            {"label cut",           "\5ab\0",     4, ERR_SYNTAX},
            {"pointer",             "\1a\xc0\0",  4, ERR_SYNTAX},
            {"reserved label type",
             "\x40"
                    "a\0",                        3, ERR_SYNTAX},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int got = name_from_wire((const uint8_t *)cases[i].bytes, cases[i].size);
        if (got != cases[i].want)
            fail_msg("%s: got %d", cases[i].what, got);
    }
}

static void compressed_names_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *message;
        size_t size;
        size_t offset;
        int want;
        const char *text;
        size_t next;
    } cases[] = {
            {"plain",               "\1a\1b\0",                5,  0, 0,          "a.b.",   5 },
            {"pointer alone",       "\1a\0\xc0\0",             5,  3, 0,          "a.",     5 },
            {"label and pointer",   "\1a\0\1b\xc0\0",          7,  3, 0,          "b.a.",   7 },
            {"two pointers",        "\1a\0\1b\xc0\0\1c\xc0\3", 11, 7, 0,          "c.b.a.", 11},
            {"into the middle",     "\1a\1b\0\1c\xc0\2",       9,  5, 0,          "c.b.",   9 },
            {"to itself",           "\1a\0\xc0\3",             5,  3, ERR_SYNTAX, NULL,     0 },
            {"to its own label",    "\1a\xc0\0",               4,  0, ERR_SYNTAX, NULL,     0 },
            {"forwards",            "\xc0\2\1a\0",             5,  0, ERR_SYNTAX, NULL,     0 },
            {"pointer cut",         "\1a\0\xc0",               4,  3, ERR_SYNTAX, NULL,     0 },
            {"loop of two",         "\xc0\2\xc0\0",            4,  2, ERR_SYNTAX, NULL,     0 },
            {"behind the end",      "\0",                      1,  1, ERR_SYNTAX, NULL,     0 },
            {"reserved label type", "\x80\0",                  2,  0, ERR_SYNTAX, NULL,     0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct name name;
        char text[NAME_TEXT_MAX];
        size_t next = 0;
        int got = name_read(
                (const uint8_t *)cases[i].message, cases[i].size, cases[i].offset, &name, &next);
        if (got != cases[i].want || next != cases[i].next)
            fail_msg("%s: got %d, next %zu", cases[i].what, got, next);
        if (got == 0 && strcmp(name_to_text(name.bytes, text), cases[i].text) != 0)
            fail_msg("%s: %s", cases[i].what, text);
    }
}

/* Pointers that each add a label must not build a name that is too long. */
static void pointers_cannot_build_a_long_name(void **state)
{
    (void)state;
    uint8_t message[2048] = {0};
    size_t at = 1;
    size_t last = 0;

    for (int i = 0; i < 5; i++) {
        message[at] = 63;
        memset(message + at + 1, 'x', 63);
        message[at + 64] = (uint8_t)(0xc0 | last >> 8);
        message[at + 65] = (uint8_t)last;
        last = at;
        at += 66;
    }
    struct name name;
    size_t next;
    assert_int_equal(name_read(message, at, last, &name, &next), ERR_SYNTAX);
    assert_int_equal(name_read(message, at, last - 2 * 66, &name, &next), 0);
    assert_int_equal(name.length, 3 * 64 + 1);
}

static void order_is_canonical(void **state)
{
    (void)state;
    /* RFC 4034 section 6.1, and what is easily got wrong about it */
    static const char *const sorted[] = {".", "com.", "example.", "a.example.",
            "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.", "z.example.",
            "\\001.z.example.", "*.z.example.", "\\200.z.example.", "zz.example.", "example-a."};
    for (size_t i = 0; i < COUNT(sorted); i++) {
        for (size_t j = 0; j < COUNT(sorted); j++) {
            struct name a = name_of(sorted[i]);
            struct name b = name_of(sorted[j]);
            int order = name_compare(a.bytes, b.bytes);
            if ((order < 0) != (i < j) || (order > 0) != (i > j))
                fail_msg("%s, %s: %d", sorted[i], sorted[j], order);
            if (name_equal(a.bytes, b.bytes) != (i == j))
                fail_msg("%s, %s: equal is wrong", sorted[i], sorted[j]);
        }
    }
}

static void names_are_related(void **state)
{
    (void)state;
    static const struct {
        const char *name, *ancestor;
        bool within;
        uint32_t common;
    } cases[] = {
            {"www.example.com.", "example.com.",     true,  2},
            {"www.EXAMPLE.com.", "example.COM.",     true,  2},
            {"example.com.",     "example.com.",     true,  2},
            {"example.com.",     ".",                true,  0},
            {".",                ".",                true,  0},
            {".",                "com.",             false, 0},
            {"com.",             "example.com.",     false, 1},
            {"badexample.com.",  "example.com.",     false, 1},
            {"a.example.net.",   "example.com.",     false, 0},
            {"a.b.example.com.", "c.b.example.com.", false, 3},
            {"x.example.a.com.", "example.com.",     false, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct name a = name_of(cases[i].name);
        struct name b = name_of(cases[i].ancestor);
        if (name_is_within(a.bytes, b.bytes) != cases[i].within)
            fail_msg("%s within %s: wrong", cases[i].name, cases[i].ancestor);
        uint32_t common = name_common_labels(a.bytes, b.bytes);
        if (common != cases[i].common || common != name_common_labels(b.bytes, a.bytes))
            fail_msg("%s and %s share %u", cases[i].name, cases[i].ancestor, common);
    }
}

static void small_questions(void **state)
{
    (void)state;
    struct name name = name_of("*.Www.example.com.");
    struct name lower;

    assert_int_equal(name_labels(name.bytes), 4);
    assert_int_equal(name_labels((const uint8_t *)""), 0);
    assert_true(name_is_wildcard(name.bytes));
    assert_false(name_is_wildcard(name_skip(name.bytes, 1)));
    assert_false(name_is_wildcard(name_of("**.example.com.").bytes));
    assert_true(name_equal(name_skip(name.bytes, 2), origin));
    assert_int_equal(*name_skip(name.bytes, 4), 0);
    name_copy_lower(name.bytes, &lower);
    assert_memory_equal(lower.bytes, "\1*\3www\7example\3com", name.length);
    name_copy(name.bytes, &lower);
    assert_memory_equal(lower.bytes, name.bytes, name.length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(text_is_read),
            cmocka_unit_test(a_name_of_255_bytes_is_the_longest),
            cmocka_unit_test(wire_is_checked),
            cmocka_unit_test(compressed_names_are_read),
            cmocka_unit_test(pointers_cannot_build_a_long_name),
            cmocka_unit_test(order_is_canonical),
            cmocka_unit_test(names_are_related),
            cmocka_unit_test(small_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
