/* test_lint.c -- zones as text, and what is found in them. */
#include "test.h"

#include "lint/world.h"

/* Checks that the zone of a row does not name would be told each time. */
#define LEFT_OUT LINT_UNUSED_CHECK

struct row {
    const char *what;
    const char *zone;
    const char *expected;
};

static const struct row rows[] = {
        {"nothing routed",                                  "www A 192.0.2.1\n",                                          ""                                                          },
        {"one site is meant so",                            "www A 192.0.2.1 ; @simple check=a\n",
         "note FAIL_OPEN www A [down a: simple = 192.0.2.1]\n"                                                                                                                        },
        {"one site behind aliases too",
         "x A 192.0.2.1 ; @simple alias=y\ny A 192.0.2.1 ; @simple alias=z\n"
                "z A 192.0.2.1 ; @failover primary check=a\n",                                                            "note FAIL_OPEN x A [down a: simple > simple > primary = 192.0.2.1]\n"
                "note FAIL_OPEN y A [down a: simple > primary = 192.0.2.1]\n"
                "note FAIL_OPEN z A [down a: primary = 192.0.2.1]\n"                                                    },
        {"failover of two",
         "w A 192.0.2.1 ; @failover primary check=a\n"
                "w A 192.0.2.2 ; @failover secondary check=b\n",                                                          "note FAIL_OPEN w A [down a+b: primary = 192.0.2.1]\n"      },
        {"failover of three needs three failures",
         "w A 192.0.2.1 ; @failover primary check=a\n"
                "w A 192.0.2.2 ; @failover secondary check=b\n"
                "w A 192.0.2.3 ; @failover 3 check=c\n",                                                                  ""                                                          },
        {"both on one check",
         "w A 192.0.2.1 ; @failover primary check=a\n"
                "w A 192.0.2.2 ; @failover secondary check=a\n",                                                          "warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n"     },
        {"a last resort without check",
         "w A 192.0.2.1 ; @failover primary check=a\n"
                "w A 192.0.2.2 ; @failover secondary check=b\n"
                "w A 192.0.2.3 ; @failover 3\n",                                                                          "note UNCHECKED_LAST_RESORT w A [down a+b: 3 = 192.0.2.3]\n"},
        {"a weight of 0 is a last resort",
         "w A 192.0.2.1 ; @weighted 5 set=x check=a\nw A 192.0.2.2 ; @weighted 0 set=y\n",                                "note UNCHECKED_LAST_RESORT w A [down a: y = 192.0.2.2]\n"  },
        {"what a single does is not told of its pairs",
         "w A 192.0.2.1 ; @failover primary check=a\n"
                "w A 192.0.2.2 ; @failover secondary check=a\n"
                "v A 192.0.2.1 ; @failover primary alias=w check=b\n"
                "v A 192.0.2.3 ; @failover secondary check=c\n",                                                          "note FAIL_OPEN v A [down a+c: primary > primary = 192.0.2.1]"
                " [down b+c: primary > primary = 192.0.2.1]\n"
                "warning FAIL_OPEN w A [down a: primary = 192.0.2.1]\n"                                               },
        {"a part of the answers",
         "p A 192.0.2.1 ; @simple check=a\n"
                "w A 192.0.2.1 ; @weighted 1 set=x alias=p evaluate=no\n"
                "w A 192.0.2.2 ; @weighted 3 set=y check=b\n",                                                            "note FAIL_OPEN p A [down a: simple = 192.0.2.1]\n"
                "warning FAIL_OPEN w A [down a 25%: x > simple = 192.0.2.1, y = 192.0.2.2]\n"                           },
        {"several records and sets",
         "w A 192.0.2.1 ; @weighted 1 set=x check=a\nw A 192.0.2.2 ; @weighted 1 set=x "
                "check=a\n"
                "w A 192.0.2.3 ; @weighted 1 set=x check=a\nw A 192.0.2.4 ; @weighted 1 set=y "
                "check=a\n",                                                                                              "warning FAIL_OPEN w A [down a: x = 192.0.2.1, 192.0.2.2 and 1 more, y = "
                "192.0.2.4]\n"                                                                                                                            },
        {"more ends than are shown",
         "w A 192.0.2.1 ; @multivalue set=1 check=a\nw A 192.0.2.2 ; @multivalue set=2 "
                "check=a\n"
                "w A 192.0.2.3 ; @multivalue set=3 check=a\nw A 192.0.2.4 ; @multivalue set=4 "
                "check=a\n"
                "w A 192.0.2.5 ; @multivalue set=5 check=a\n",                                                            "warning FAIL_OPEN w A [down a: 1 = 192.0.2.1, 2 = 192.0.2.2, 3 = 192.0.2.3, "
                "4 = 192.0.2.4, ...]\n"                                                                                 },
        {"more failures than are shown",
         "$GENERATE 1-4 w$ A 192.0.2.$ ; @weighted 1 set=x alias=l evaluate=no\n"
                "l A 192.0.2.1 ; @weighted 1 set=1 alias=m\nl A 192.0.2.2 ; @weighted 1 set=2 "
                "alias=n\n"
                "m A 192.0.2.1 ; @failover primary alias=o check=a\n"
                "o A 192.0.2.1 ; @failover primary alias=q check=b\n"
                "q A 192.0.2.1 ; @failover primary alias=r check=c\n"
                "r A 192.0.2.1 ; @failover primary check=d\n"
                "n A 192.0.2.1 ; @failover primary alias=s check=e\n"
                "s A 192.0.2.1 ; @failover primary alias=t check=f\n"
                "t A 192.0.2.1 ; @failover primary check=g\n",                                                            NULL                                                        },
        {"a family is lost",
         "w A 192.0.2.1 ; @failover primary check=a\n"
                "w A 192.0.2.2 ; @failover secondary check=b\n"
                "w AAAA 2001:db8::1 ; @failover primary check=c\n",                                                       "note FAIL_OPEN w A [down a+b: primary = 192.0.2.1]\n"
                "note FAMILY_LOST w A [down a+b: primary = 192.0.2.1]\n"
                "note FAIL_OPEN w AAAA [down c: primary = 2001:db8::1]\n"
                "warning FAMILY_LOST w AAAA [down c: primary = 2001:db8::1]\n"                                     },
        {"families that go together lose none",
         "w A 192.0.2.1 ; @failover primary check=a\n"
                "w A 192.0.2.2 ; @failover secondary check=b\n"
                "w AAAA 2001:db8::1 ; @failover primary check=a\n"
                "w AAAA 2001:db8::2 ; @failover secondary check=b\n",                                                     "note FAIL_OPEN w A [down a+b: primary = 192.0.2.1]\n"
                "note FAIL_OPEN w AAAA [down a+b: primary = 2001:db8::1]\n"                                      },
        {"a family left with what has no check",
         "w A 192.0.2.1 ; @failover primary check=a\nw A 192.0.2.2 ; @failover secondary\n"
                "w AAAA 2001:db8::1 ; @failover primary check=a\n"
                "w AAAA 2001:db8::2 ; @failover secondary check=b\n",                                                     "note UNCHECKED_LAST_RESORT w A [down a: secondary = 192.0.2.2]\n"
                "warning FAMILY_LOST w A [down a: secondary = 192.0.2.2]\n"
                "note FAIL_OPEN w AAAA [down a+b: primary = 2001:db8::1]\n"                                      },
        {"an alias that is not evaluated never fails over",
         "p A 192.0.2.1 ; @simple check=a\nw A 192.0.2.1 ; @failover primary alias=p "
                "evaluate=no\n"
                "w A 192.0.2.2 ; @failover secondary check=b\n",                                                          "note FAIL_OPEN p A [down a: simple = 192.0.2.1]\n"
                "warning NEVER_FAILS_OVER w A: \"primary\" cannot fail: it has no check, and its "
                "alias is "
                "not evaluated; the sets behind it are never answered\n"
                "warning FAIL_OPEN w A [down a: primary > simple = 192.0.2.1]\n"                                      },
        {"a leaf without check holds its branch up",
         "p A 192.0.2.1 ; @weighted 1 set=x check=a\np A 192.0.2.2 ; @weighted 1 set=y\n"
                "w A 192.0.2.1 ; @failover primary alias=p\nw A 192.0.2.3 ; @failover secondary "
                "check=b\n",                                                                                              "note UNCHECKED_LAST_RESORT p A [down a: y = 192.0.2.2]\n"
                "warning NEVER_FAILS_OVER w A: \"primary\" cannot fail: \"y\" of p.example.com. A "
                "has no "
                "check; the sets behind it are never answered\n"
                "note UNCHECKED_LAST_RESORT w A [down a: primary > y = 192.0.2.2]\n"                                                                      },
        {"nothing to fail over to",                         "p A 192.0.2.1\nw A 192.0.2.1 ; @failover primary alias=p\n",
         "note NEVER_FAILS_OVER w A: \"primary\" cannot fail: \"plain\" of p.example.com. A "
                "has no "
                "check; and there is nothing to fail over to\n"                                                                                                                       },
        {"TTLs",
         "$TTL 20\nw A 192.0.2.1 ; @simple check=a\nv 61 A 192.0.2.1 ; @simple check=b\n"
                "u 3600 A 192.0.2.1\nt A 192.0.2.1 ; @simple alias=u check=c\n"
                "s A 192.0.2.1 ; @simple alias=v\n",                                                                      "note LONG_TTL t A: what goes by a check has a TTL of 3600 s; at most 60 s is "
                "advised\n"
                "warning SLOW_FAILOVER t A: a failover takes up to 3637 s: 37 s until a check is "
                "found "
                "down, and a TTL of 3600 s\n"
                "note LONG_TTL v A: what goes by a check has a TTL of 61 s; at most 60 s is "
                "advised\n"
                "note NEGATIVE_TTL example.com. SOA: resolvers remember for 30 s that something is "
                "absent, but w.example.com., which is routed, for 20 s only\n"                                                    },
};

/* The findings as text, but for the codes that a row does not ask about. */
static char *find(const struct world *world, bool with_failures)
{
    struct lint_report *report = world_lint(world);
    struct buf text;

    buf_init(&text, WORLD_TEXT_MAX);
    for (size_t i = 0; i < lint_report_count(report); i++) {
        const struct lint_finding *finding = lint_report_at(report, i);
        if (finding->code != LEFT_OUT && (with_failures || finding->failures_count == 0))
            world_show(world, finding, &text);
    }
    char *found = strdup(buf_string(&text));
    buf_done(&text);
    lint_report_free(report);
    return found;
}

static void findings_of_zones(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world;
        world_init(&world);
        world_load(&world, rows[i].zone);
        char *found = find(&world, strcmp(rows[i].what, "TTLs") != 0);
        if (rows[i].expected == NULL || strcmp(found, rows[i].expected) != 0)
            printf("%s: wanted\n%s\nfound\n%s", rows[i].what, rows[i].expected, found);
        free(found);
        world_done(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(findings_of_zones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
