#include "test.h"

#include <stdio.h>
#include <string.h>

#include "zone/geo_code.h"

/* How many codes of two capital letters there are. */
static int count_codes(enum geo_kind kind)
{
    int count = 0;
    for (char a = 'A'; a <= 'Z'; a++) {
        for (char b = 'A'; b <= 'Z'; b++) {
            const struct geo_code *found = geo_code_find(kind, (const char[]){a, b, '\0'});
            if (found == NULL)
                continue;
            assert_int_equal(found->code[0], a);
            assert_int_equal(found->code[1], b);
            count++;
        }
    }
    return count;
}

static void test_find(void **state)
{
    static const struct {
        enum geo_kind kind;
        const char *code, *name; /* NULL: none */
    } rows[] = {
            {GEO_CONTINENT, "eu",  "Europe"        },
            {GEO_CONTINENT, "XX",  NULL            },
            {GEO_COUNTRY,   "De",  "Germany"       },
            {GEO_COUNTRY,   "XK",  "Kosovo"        },
            {GEO_COUNTRY,   "PR",  "Puerto Rico"   },
            {GEO_COUNTRY,   "GB",  "United Kingdom"},
            {GEO_COUNTRY,   "UK",  NULL            },
            {GEO_COUNTRY,   "BV",  NULL            },
            {GEO_COUNTRY,   "CX",  NULL            },
            {GEO_COUNTRY,   "EH",  NULL            },
            {GEO_COUNTRY,   "HM",  NULL            },
            {GEO_COUNTRY,   "D",   NULL            },
            {GEO_COUNTRY,   "DEU", NULL            },
            {GEO_COUNTRY,   "",    NULL            },
            {GEO_STATE,     "ca",  "California"    },
            {GEO_STATE,     "PR",  NULL            },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct geo_code *found = geo_code_find(rows[i].kind, rows[i].code);
        const char *name = found != NULL ? found->name : NULL;
        if ((name == NULL) != (rows[i].name == NULL) ||
                (name != NULL && strcmp(name, rows[i].name) != 0))
            fail_msg("%s: %s", rows[i].code, name != NULL ? name : "none");
    }
    assert_int_equal(count_codes(GEO_CONTINENT), 7);
    assert_int_equal(count_codes(GEO_COUNTRY), 246); /* 249 of ISO 3166-1, less 4, and XK */
    assert_int_equal(count_codes(GEO_STATE), 51);
}

static void test_nearest(void **state)
{
    static const struct {
        enum geo_kind kind;
        const char *word, *code; /* NULL: none */
    } rows[] = {
            {GEO_CONTINENT, "Eurpoe",        "EU"},
            {GEO_CONTINENT, "EMEA",          NULL},
            {GEO_COUNTRY,   "germany",       "DE"},
            {GEO_COUNTRY,   "United-States", "US"},
            {GEO_COUNTRY,   "Nigeria",       "NG"},
            {GEO_COUNTRY,   "uk",            "GB"},
            {GEO_COUNTRY,   "USA",           "US"},
            {GEO_COUNTRY,   "DEU",           NULL}, /* near to "Peru" */
            {GEO_COUNTRY,   "ZZ",            NULL},
            {GEO_COUNTRY,   "Atlantis",      NULL},
            {GEO_STATE,     "Texsa",         "TX"},
            {GEO_STATE,     "UK",            NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct geo_code *found = geo_code_nearest(rows[i].kind, rows[i].word);
        const char *code = found != NULL ? found->code : NULL;
        if ((code == NULL) != (rows[i].code == NULL) ||
                (code != NULL && strcmp(code, rows[i].code) != 0))
            fail_msg("%s: %s", rows[i].word, code != NULL ? code : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_find),
            cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
