/* What operators may write behind "force", and what they are told otherwise. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "force_order.h"

#define MINUTE 60000U
#define DAY    86400000U
#define A64    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define R191   A64 A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_orders(void **state)
{
    static const struct {
        const char *text;
        struct force_order want;
    } rows[] = {
            {"www up",                             {.id = "www", .state = HEALTH_UP}                                     },
            {"  www   down  ",                     {.id = "www", .state = HEALTH_DOWN}                                   },
            {"www auto",                           {.id = "www"}                                                         },
            {"www down for=1s",                    {.id = "www", .state = HEALTH_DOWN, .for_ms = 1000}                   },
            {"www down for=45m",                   {.id = "www", .state = HEALTH_DOWN, .for_ms = 45 * MINUTE}            },
            {"www down for=2h",                    {.id = "www", .state = HEALTH_DOWN, .for_ms = 120 * MINUTE}           },
            {"www down for=365d",                  {.id = "www", .state = HEALTH_DOWN, .for_ms = 365ULL * DAY}           },
            {"www down for=31536000s",             {.id = "www", .state = HEALTH_DOWN, .for_ms = 365ULL * DAY}           },
            {"www up owner=jane",                  {.id = "www", .state = HEALTH_UP, .owner = "jane"}                    },
            {"www up reason=deploy of  1.2 for=3",
             {.id = "www", .state = HEALTH_UP, .reason = "deploy of  1.2 for=3"}                                         },
            {"www up reason=",                     {.id = "www", .state = HEALTH_UP}                                     },
            {"www up owner=j for=5m reason=x=y",   {.id = "www",
                                                         .state = HEALTH_UP,
                                                         .for_ms = 5 * MINUTE,
                                                         .owner = "j",
                                                         .reason = "x=y"}},
            {"www auto owner=j reason=done",       {.id = "www", .owner = "j", .reason = "done"}                         },
            {A64 " up owner=" A64 " reason=" R191,
             {.id = A64, .state = HEALTH_UP, .owner = A64, .reason = R191}                                               },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct force_order got;
        struct buf why;
        memset(&got, 0, sizeof(got));
        buf_init(&why, 4096);
        if (force_order_parse(FORCE_FORCE, rows[i].text, &got, &why) != 0)
            fail_msg("%s: %s", rows[i].text, buf_string(&why));
        const struct force_order *want = &rows[i].want;
        if (strcmp(got.id, want->id) != 0 || got.state != want->state ||
                got.for_ms != want->for_ms || strcmp(got.owner, want->owner) != 0 ||
                strcmp(got.reason, want->reason) != 0)
            fail_msg("%s: %s %d %llu \"%s\" \"%s\"", rows[i].text, got.id, (int)got.state,
                    (unsigned long long)got.for_ms, got.owner, got.reason);
        buf_done(&why);
    }
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text, *why; /* a part of the sentence */
    } rows[] = {
            {"",                                 "wanted: force ID up|down|auto"                  },
            {"www",                              "wanted: force ID up|down|auto"                  },
            {A64 "a up",                         "ID: has 65 bytes, at most 64 are taken"         },
            {"w\x7fw up",                        "ID: only printable"                             },
            {"www dwon",                         "\"dwon\" is no state; did you mean \"down\"?"   },
            {"www UP",                           "did you mean \"up\"?"                           },
            {"www sideways",                     "wanted up, down or auto"                        },
            {"www up for=",                      "wanted a number and s, m, h or d"               },
            {"www up for=m",                     "wanted a number and s, m, h or d"               },
            {"www up for=45",                    "for=45: wanted a number and"                    },
            {"www up for=45M",                   "wanted a number and"                            },
            {"www up for=1w",                    "wanted a number and"                            },
            {"www up for=-1m",                   "wanted a number and"                            },
            {"www up for=1h30m",                 "wanted a number and"                            },
            {"www up for=0m",                    "more than nothing"                              },
            {"www up for=366d",                  "at most 365d"                                   },
            {"www up for=31536001s",             "at most 365d"                                   },
            {"www up for=999999999999999d",      "at most 365d"                                   },
            {"www up for=99999999999999999999d", "wanted a number and"                            },
            {"www up for=1m for=2m",             "for= is given twice"                            },
            {"www auto for=1m",                  "auto ends a force at once"                      },
            {"www up ower=jane",                 "\"ower\" is not known; did you mean \"owner=\"?"},
            {"www up owner",                     "did you mean \"owner=\"?"                       },
            {"www up xyzzy",                     "\"xyzzy\" is not known; wanted: force"          },
            {"www up owner=",                    "wanted a name"                                  },
            {"www up owner=a b",                 "\"b\" is not known"                             },
            {"www up owner=" A64 "a",            "owner: has 65 bytes, at most 64"                },
            {"www up owner=M\xc3\xbcller",       "owner: only printable ASCII"                    },
            {"www up reason=" R191 "a",          "reason: has 192 bytes, at most 191"             },
            {"www up reason=a\x7f",              "reason: only printable ASCII"                   },
            {"www up reason=drain b",            "is how a drain is known"                        },
            {"www up reason=a\tb",               "reason: only printable ASCII"                   },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct force_order got = {.id = "untouched"};
        struct buf why;
        buf_init(&why, 4096);
        int error = force_order_parse(FORCE_FORCE, rows[i].text, &got, &why);
        if (error != ERR_SYNTAX || strstr(buf_string(&why), rows[i].why) == NULL)
            fail_msg("%s: %d: %s", rows[i].text, error, buf_string(&why));
        assert_string_equal(got.id, "untouched");
        buf_done(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_orders),
            cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
