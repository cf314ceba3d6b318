#include "test.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "zone/generate.h"

static void test_range(void **state)
{
    static const struct {
        const char *text;
        int result;
        struct generate_range range;
        uint32_t count;
    } rows[] = {
            {"1-3",            0,          {1, 3, 1},          3         },
            {"0-0",            0,          {0, 0, 1},          1         },
            {"1-10/3",         0,          {1, 10, 3},         4         },
            {"0-2147483647",   0,          {0, 2147483647, 1}, 2147483648},
            {"5-6/2147483647", 0,          {5, 6, 2147483647}, 1         },
            {"0-2147483648",   -ERANGE,    {0},                0         },
            {"3-1",            ERR_SYNTAX, {0},                0         },
            {"1-3/0",          ERR_SYNTAX, {0},                0         },
            {"1",              ERR_SYNTAX, {0},                0         },
            {"1-",             ERR_SYNTAX, {0},                0         },
            {"-3",             ERR_SYNTAX, {0},                0         },
            {"1-3/",           ERR_SYNTAX, {0},                0         },
            {"1-3x",           ERR_SYNTAX, {0},                0         },
            {"",               ERR_SYNTAX, {0},                0         },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct generate_range range = {7, 7, 7};
        int result = generate_range_parse(rows[i].text, &range);
        if (result != rows[i].result)
            fail_msg("\"%s\": %d", rows[i].text, result);
        if (result < 0 && range.start != 7)
            fail_msg("\"%s\" changed the output", rows[i].text);
        if (result == 0 && (memcmp(&range, &rows[i].range, sizeof(range)) != 0 ||
                                   generate_range_count(&range) != rows[i].count))
            fail_msg("\"%s\": %u-%u/%u", rows[i].text, range.start, range.stop, range.step);
    }
}

static void test_expand(void **state)
{
    static const struct {
        const char *template;
        uint32_t number;
        const char *text; /* NULL: a fault */
    } rows[] = {
            {"host",          5,          "host"      },
            {"",              5,          ""          },
            {"h$",            5,          "h5"        },
            {"$-$",           5,          "5-5"       },
            {"$$",            5,          "$"         },
            {"\\$",           5,          "$"         },
            {"\\\\$",         5,          "\\\\5"     },
            {"\\065\\",       5,          "\\065\\"   },
            {"${0}",          5,          "5"         },
            {"${10}",         5,          "15"        },
            {"${+10}",        5,          "15"        },
            {"${-5}",         5,          "0"         },
            {"${-6}",         5,          NULL        },
            {"${0,3}",        5,          "005"       },
            {"${0,3,d}x",     5,          "005x"      },
            {"${0,0,o}",      8,          "10"        },
            {"${0,4,x}",      255,        "00ff"      },
            {"${0,4,X}",      255,        "00FF"      },
            {"${0,0,n}",      0x1f,       "f.1"       },
            {"${0,7,n}",      0x1f,       "f.1.0.0"   },
            {"${0,8,n}",      0x1f,       "f.1.0.0."  },
            {"${0,3,N}",      0xab,       "B.A"       },
            {"${0,1,n}",      0,          "0"         },
            {"${2147483647}", 2147483647, "4294967294"},
            {"${2147483648}", 0,          NULL        },
            {"${0,256}",      0,          NULL        },
            {"${0,1,q}",      0,          NULL        },
            {"${0,1,",        0,          NULL        },
            {"${0,1",         0,          NULL        },
            {"${0",           0,          NULL        },
            {"${",            0,          NULL        },
            {"${}",           0,          NULL        },
            {"${0,1,dd}",     0,          NULL        },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf text;
        const char *why = NULL;
        buf_init(&text, 1000);
        int result = generate_expand(rows[i].template, rows[i].number, &text, &why);
        if (rows[i].text == NULL && (result != ERR_SYNTAX || why == NULL))
            fail_msg("\"%s\" was read as \"%s\"", rows[i].template, buf_string(&text));
        if (rows[i].text != NULL && (result != 0 || strcmp(buf_string(&text), rows[i].text) != 0))
            fail_msg("\"%s\": %d \"%s\"", rows[i].template, result, buf_string(&text));
        buf_done(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_range),
            cmocka_unit_test(test_expand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
