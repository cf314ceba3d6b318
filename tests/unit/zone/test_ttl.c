#include "test.h"

#include <errno.h>

#include "base/err.h"
#include "zone/ttl.h"

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        int result;
        uint32_t ttl;
    } rows[] = {
            {"0",                       0,          0         },
            {"60",                      0,          60        },
            {"1s",                      0,          1         },
            {"1m",                      0,          60        },
            {"1H30m",                   0,          5400      },
            {"1w2d3h4m5s",              0,          788645    },
            {"5s1h",                    0,          3605      },
            {"0h",                      0,          0         },
            {"2147483647",              0,          2147483647},
            {"2147483648",              -ERANGE,    0         },
            {"3551w",                   -ERANGE,    0         },
            {"3550w5d",                 0,          2147472000},
            {"99999999999999999999",    -ERANGE,    0         },
            {"1w99999999999999999999s", -ERANGE,    0         },
            {"",                        ERR_SYNTAX, 0         },
            {"h",                       ERR_SYNTAX, 0         },
            {"1h30",                    ERR_SYNTAX, 0         },
            {"0h30",                    ERR_SYNTAX, 0         },
            {"1y",                      ERR_SYNTAX, 0         },
            {"-1",                      ERR_SYNTAX, 0         },
            {"1.5h",                    ERR_SYNTAX, 0         },
            {"1h ",                     ERR_SYNTAX, 0         },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t ttl = 7;
        int result = ttl_parse(rows[i].text, &ttl);
        if (result != rows[i].result || ttl != (result == 0 ? rows[i].ttl : 7))
            fail_msg("\"%s\": %d, %u", rows[i].text, result, ttl);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
