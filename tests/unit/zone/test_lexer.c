#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "zone/lexer.h"

/* Writes what the lexer sees: words with their places, a record per line, faults behind. */
static void lex(const char *text, size_t length, struct buf *ret)
{
    struct diag *diag = diag_new();
    char *copy = mem_alloc(length + 1); /* its own memory, so that the sanitizers see the end */
    struct lexer lexer;
    struct lexer_word word;

    memcpy(copy, text, length);
    copy[length] = '\0';
    lexer_init(&lexer, "f", copy, length, diag);
    while (lexer_begin(&lexer)) {
        buf_add_string(ret, lexer.blank_first ? "_" : "");
        while (lexer_next(&lexer, &word)) {
            assert_int_equal(word.length, strlen(word.text));
            buf_printf(ret, "<%s %u:%u>", word.text, word.place.line, word.place.column);
        }
        if (lexer.has_annotation)
            buf_printf(ret, "{%s %u:%u}", buf_string(&lexer.annotation),
                    lexer.annotation_place.line, lexer.annotation_place.column);
        buf_add_string(ret, lexer.faulty ? "!\n" : "\n");
    }
    for (uint32_t i = 0; i < diag_kept(diag); i++)
        buf_printf(ret, "%u:%u\n", diag_fault_at(diag, i)->place.line,
                diag_fault_at(diag, i)->place.column);
    lexer_done(&lexer);
    free(copy);
    diag_free(diag);
}

static void test_words(void **state)
{
    static const struct {
        const char *what, *text, *seen;
    } rows[] = {
            {"nothing",               "",                                ""                                             },
            {"blank lines",           "\n  \n\t\n",                      ""                                             },
            {"words",                 "a b\tc\n",                        "<a 1:1><b 1:3><c 1:5>\n"                      },
            {"no last newline",       "a",                               "<a 1:1>\n"                                    },
            {"blank first",           " a\n\tb\n",                       "_<a 1:2>\n_<b 2:2>\n"                         },
            {"CRLF",                  "a b\r\n\r\nc\r\n",                "<a 1:1><b 1:3>\n<c 3:1>\n"                    },
            {"comments",              "; x\na;b\n;",                     "<a 2:1>\n"                                    },
            {"parentheses",           "a(b\n c)d\ne",                    "<a 1:1><b 1:3><c 2:2><d 2:4>\n<e 3:1>\n"      },
            {"nested",                "a ( ( b )\n c ) d\n",             "<a 1:1><b 1:7><c 2:2><d 2:6>\n"               },
            {"parentheses only",      "(\n)\n",                          ""                                             },
            {"quotes",                "\"a b;(\" c\"d e\"f\n",           "<\"a b;(\" 1:1><c\"d e\"f 1:9>\n"             },
            {"escapes",               "a\\ b \\; \\\"c \\065\n",         "<a\\ b 1:1><\\; 1:6><\\\"c 1:9><\\065 1:13>\n"},
            {"an escaped quote",      "\"a\\\"b\"\n",                    "<\"a\\\"b\" 1:1>\n"                           },
            {"an escaped backslash",  "\"a\\\\\" b\n",                   "<\"a\\\\\" 1:1><b 1:7>\n"                     },
            {"high bytes",            "\xc3\xa9\n",                      "<\xc3\xa9 1:1>\n"                             },
            {"annotation",            "a ;@x y \n",                      "<a 1:1>{@x y 1:4}\n"                          },
            {"annotation in CRLF",    "a ; @x\r\n",                      "<a 1:1>{@x 1:5}\n"                            },
            {"annotation at the end", "a ; @x",                          "<a 1:1>{@x 1:5}\n"                            },
            {"annotation inside",     "a ( ; @x\nb )\nc\n",              "<a 1:1><b 2:1>{@x 1:7}\n<c 3:1>\n"            },
            {"two annotations",       "a ( ; @x\nb ) ; @y\n",            "<a 1:1><b 2:1>{@x 1:7}!\n2:7\n"               },
            {"no annotation",         "a ; x @y\nb ; @ y\nc ; @\nd ;\n",
             "<a 1:1>\n<b 2:1>\n<c 3:1>\n<d 4:1>\n"                                                                     },
            {"stray annotation",      "; @x\na\n",                       "<a 2:1>\n1:3\n"                               },
            {"byte order mark",
             "\xef\xbb\xbf"
                    "a\n",                                               "<a 1:4>\n1:1\n"                               },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf seen;
        buf_init(&seen, 10000);
        lex(rows[i].text, strlen(rows[i].text), &seen);
        if (strcmp(buf_string(&seen), rows[i].seen) != 0)
            fail_msg("%s: expected\n%sseen\n%s", rows[i].what, rows[i].seen, buf_string(&seen));
        buf_done(&seen);
    }
}

static void test_faults(void **state)
{
    static const struct {
        const char *what, *text, *seen;
    } rows[] = {
            {"outside parentheses, an indented line is a record", "a ) b\n c\n",
             "<a 1:1>!\n_<c 2:2>\n1:3\n"                                                                                            },
            {"closes none",                                       "a ) b\nc\n",             "<a 1:1>!\n<c 2:1>\n1:3\n"              },
            {"never closed",                                      "a (\n b\nc\n",           "<a 1:1><b 2:2><c 3:1>!\n<c 3:1>\n1:3\n"},
            {"never closed, last line",                           "a (",                    "<a 1:1>!\n1:3\n"                       },
            {"never closed twice",                                "a (\nb (\n",             "<a 1:1><b 2:1>!\n<b 2:1>!\n1:3\n2:3\n" },
            {"open quote",                                        "a \"b\nc\n",             "<a 1:1>!\n<c 2:1>\n1:3\n"              },
            {"open quote, CRLF",                                  "a \"b\r\nc\n",           "<a 1:1>!\n<c 2:1>\n1:3\n"              },
            {"open quote at the end",                             "a \"b",                  "<a 1:1>!\n1:3\n"                       },
            {"open quote in parentheses",                         "a ( \"b\n c )\n d\ne\n", "<a 1:1>!\n<e 4:1>\n1:5\n"              },
            {"backslash, newline",                                "a\\\nb\n",               "!\n<b 2:1>\n1:2\n"                     },
            {"backslash at the end",                              "a\\",                    "!\n1:2\n"                              },
            {"backslash in quotes at the end",                    "\"\\",                   "!\n1:2\n"                              },
            {"two digits",                                        "\\12a\nb\n",             "!\n<b 2:1>\n1:1\n"                     },
            {"digits above",                                      "\\256\nb\n",             "!\n<b 2:1>\n1:1\n"                     },
            {"control byte",                                      "a\x01\nb\n",             "!\n<b 2:1>\n1:2\n"                     },
            {"control byte between",                              "a \x7f\nb\n",            "<a 1:1>!\n<b 2:1>\n1:3\n"              },
            {"escaped control byte",                              "a\\\x01\nb\n",           "!\n<b 2:1>\n1:3\n"                     },
            {"return alone",                                      "a\rb\nc\n",              "!\n<c 2:1>\n1:2\n"                     },
            {"return in a comment",                               "a;\rb\nc\n",             "<a 1:1>!\n<c 2:1>\n1:3\n"              },
            {"return at the end",                                 "a;\r",                   "<a 1:1>!\n1:3\n"                       },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf seen;
        buf_init(&seen, 10000);
        lex(rows[i].text, strlen(rows[i].text), &seen);
        if (strcmp(buf_string(&seen), rows[i].seen) != 0)
            fail_msg("%s: expected\n%sseen\n%s", rows[i].what, rows[i].seen, buf_string(&seen));
        buf_done(&seen);
    }
}

static void test_nul(void **state)
{
    static const char *const texts[] = {"a\0b\nc", "a \0b\nc", "\"\0b\nc", "; \0b\nc", "\\\0b\nc"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct buf seen;
        buf_init(&seen, 1000);
        lex(texts[i], strlen(texts[i]) + 4, &seen);
        char expected[40];
        snprintf(expected, sizeof(expected), "1:%zu\n", strlen(texts[i]) + 1);
        const char *faults = strrchr(buf_string(&seen), '!');
        faults = faults != NULL ? faults + 2 : buf_string(&seen);
        if (strcmp(faults, expected) != 0)
            fail_msg("text %zu: %s", i, buf_string(&seen));
        buf_done(&seen);
    }
}

/* A parenthesis that is open too long is given up before the end of the text. */
static void test_long_parentheses(void **state)
{
    size_t length = LEXER_PARENTHESIS_MAX + 1000;
    char *text = mem_alloc(length);
    struct buf seen;
    (void)state;
    memset(text, '\n', length);
    memcpy(text, "a (\nb\n", 6);
    memcpy(text + length - 6, "\nend )", 6);
    buf_init(&seen, 10000);
    lex(text, length, &seen);
    assert_string_equal(
            buf_string(&seen), "<a 1:1><b 2:1>!\n<b 2:1>\n<end 4195296:1>!\n1:3\n4195296:5\n");
    buf_done(&seen);
    free(text);
}

static void test_long_annotation(void **state)
{
    char text[LEXER_ANNOTATION_MAX + 10];
    struct buf seen;
    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "a ;@", 4);
    buf_init(&seen, 10000);
    lex(text, LEXER_ANNOTATION_MAX + 3, &seen);
    assert_null(strchr(buf_string(&seen), '!'));
    buf_done(&seen);
    lex(text, LEXER_ANNOTATION_MAX + 4, &seen);
    assert_non_null(strchr(buf_string(&seen), '!'));
    buf_done(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_words),
            cmocka_unit_test(test_faults),
            cmocka_unit_test(test_nul),
            cmocka_unit_test(test_long_parentheses),
            cmocka_unit_test(test_long_annotation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
