#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "dns/name.h"
#include "zone/annotation.h"

static const uint8_t origin[] = "\1z";
static const struct diag_place start = {"f", 4, 10};

static void test_find(void **state)
{
    static const struct {
        const char *comment;
        int at; /* -1: none */
    } rows[] = {
            {"@simple",   0 },
            {" \t@x",     2 },
            {"@",         -1},
            {"@ x",       -1},
            {"@\tx",      -1},
            {"@\n",       -1},
            {"@\r\n",     -1},
            {"",          -1},
            {" ",         -1},
            {"x @simple", -1},
            {"; @simple", -1},
            {"\n@simple", -1},
            {"@\xc3\xa9", 0 },
            {"@@",        0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *found = annotation_find(rows[i].comment);
        if (found != (rows[i].at < 0 ? NULL : rows[i].comment + rows[i].at))
            fail_msg("\"%s\"", rows[i].comment);
    }
}

/* One text, parsed, with what was found. */
struct parsed {
    struct arena *arena;
    struct diag *diag;
    struct annotation annotation;
    int err;
};

static void parse(const char *text, struct parsed *ret)
{
    const struct annotation_source source = {text, start, origin};
    *ret = (struct parsed){.arena = arena_new(), .diag = diag_new(), .annotation.weight = 999};
    ret->err = annotation_parse(&source, ret->arena, &ret->annotation, ret->diag);
}

static void parsed_done(struct parsed *parsed)
{
    diag_free(parsed->diag);
    arena_free(parsed->arena);
}

static void show_word(const struct annotation *annotation, enum annotation_word word,
        const char *key, const char *value, struct buf *ret)
{
    if (annotation->offset[word] > 0)
        buf_printf(ret, " %s=%s@%u", key, value, annotation_word_place(annotation, word).column);
}

static void show(const struct annotation *annotation, struct buf *ret)
{
    char text[ANNOTATION_ID_MAX];
    char name[NAME_TEXT_MAX] = "";

    assert_int_equal(annotation->place.column, start.column);
    buf_printf(ret, "%s w%u r%u", route_policy_name(annotation->policy), annotation->weight,
            annotation->rank);
    if (annotation->alias != NULL)
        name_to_text(annotation->alias, name);
    annotation_where_text(annotation, text);
    show_word(annotation, ANNOTATION_WHERE, "where", text, ret);
    if (annotation->policy == ROUTE_GEOPROXIMITY)
        buf_printf(ret, "%+d", annotation->point.bias);
    if (annotation->policy == ROUTE_CIDR)
        buf_printf(ret, " of %s", annotation->network.collection);
    show_word(annotation, ANNOTATION_CHECK, "check", annotation->check, ret);
    show_word(annotation, ANNOTATION_SET, "set", annotation->set, ret);
    show_word(annotation, ANNOTATION_ALIAS, "alias", name, ret);
    show_word(annotation, ANNOTATION_COUPLE, "couple", annotation->couple, ret);
    show_word(annotation, ANNOTATION_STICKY, "sticky", "", ret);
    if (annotation->sticky_bits[CLIENT_IPV4] != 0)
        buf_printf(ret, "(%u %u)", annotation->sticky_bits[CLIENT_IPV4],
                annotation->sticky_bits[CLIENT_IPV6]);
    buf_printf(ret, "%s %s%s", annotation->couple_any ? " any" : "",
            annotation->evaluate ? "yes" : "no", annotation->has_evaluate ? " said" : "");
}

/* Formats an annotation, parses that, and expects the same. */
static void check_round_trip(const struct annotation *annotation)
{
    struct parsed again;
    struct buf first, second;

    buf_init(&first, 4096);
    buf_init(&second, 4096);
    annotation_format(annotation, &first);
    parse(buf_string(&first), &again);
    if (again.err != 0)
        fail_msg("%s: %s", buf_string(&first), diag_fault_at(again.diag, 0)->message);
    annotation_format(&again.annotation, &second);
    assert_string_equal(buf_string(&first), buf_string(&second));
    assert_int_equal(annotation_compare_where(annotation, &again.annotation), 0);
    assert_string_equal(annotation->check, again.annotation.check);
    assert_string_equal(annotation->set, again.annotation.set);
    assert_string_equal(annotation->couple, again.annotation.couple);
    assert_int_equal(annotation->couple_any, again.annotation.couple_any);
    assert_int_equal(annotation->weight, again.annotation.weight);
    assert_int_equal(annotation->rank, again.annotation.rank);
    assert_int_equal(annotation->evaluate, again.annotation.evaluate);
    assert_int_equal(annotation->has_evaluate, again.annotation.has_evaluate);
    assert_memory_equal(annotation->sticky_bits, again.annotation.sticky_bits, CLIENT_FAMILIES);
    assert_int_equal(annotation->alias == NULL, again.annotation.alias == NULL);
    if (annotation->alias != NULL)
        assert_true(name_equal(annotation->alias, again.annotation.alias));
    buf_done(&first);
    buf_done(&second);
    parsed_done(&again);
}

static void test_good(void **state)
{
    static const struct {
        const char *text, *seen;
    } rows[] = {
            {"@simple check=a",                               "simple w0 r0 check=a@24 yes"                 },
            {"@simple\talias=www",                            "simple w0 r0 alias=www.z.@24 yes"            },
            {"@simple alias=www.other.",                      "simple w0 r0 alias=www.other.@24 yes"        },
            {"@simple alias=@",                               "simple w0 r0 alias=z.@24 yes"                },
            {"@simple alias=a\\.b\\032c",                     "simple w0 r0 alias=a\\.b\\032c.z.@24 yes"    },
            {"@failover primary",                             "failover w0 r1 yes"                          },
            {"@FAILOVER Secondary  ",                         "failover w0 r2 yes"                          },
            {"@failover 3",                                   "failover w0 r3 yes"                          },
            {"@failover 255",                                 "failover w0 r255 yes"                        },
            {"@failover check=a primary",                     "failover w0 r1 check=a@26 yes"               },
            {"@weighted 0",                                   "weighted w0 r0 yes"                          },
            {"@weighted 255 set=b",                           "weighted w255 r0 set=b@28 yes"               },
            {"@multivalue",                                   "multivalue w0 r0 yes"                        },
            {"@multivalue CHECK=Ab",                          "multivalue w0 r0 check=Ab@28 yes"            },
            {"@multivalue check=a=b",                         "multivalue w0 r0 check=a=b@28 yes"           },
            {"@multivalue set=\xc3\xa9",                      "multivalue w0 r0 set=\xc3\xa9@26 yes"        },
            {"@weighted 1 alias=a evaluate=no check=c set=s",
             "weighted w1 r0 check=c@48 set=s@54 alias=a.z.@28 no said"                                     },
            {"@simple alias=a evaluate=YES",                  "simple w0 r0 alias=a.z.@24 yes said"         },
            {"@weighted 007",                                 "weighted w7 r0 yes"                          },
            {"@weighted 1 sticky=24",                         "weighted w1 r0 sticky=@29(24 56) yes"        },
            {"@multivalue STICKY=1/128",                      "multivalue w0 r0 sticky=@29(1 128) yes"      },
            {"@multivalue sticky=032/01",                     "multivalue w0 r0 sticky=@29(32 1) yes"       },
            {"@simple couple=c",                              "simple w0 r0 couple=c@25 yes"                },
            {"@failover primary couple=a/b=c,ANY",            "failover w0 r1 couple=a/b=c@35 any yes"      },
            {"@latency eu-west-1",                            "latency w0 r0 where=eu-west-1@19 yes"        },
            {"@latency set=a at",                             "latency w0 r0 where=at@25 set=a@23 yes"      },
            {"@latency region",                               "latency w0 r0 where=region@19 yes"           },
            {"@geo default",                                  "geo w0 r0 where=default@15 yes"              },
            {"@GEO Continent=eu",                             "geo w0 r0 where=EU@25 yes"                   },
            {"@geo country=de set=d",                         "geo w0 r0 where=DE@23 set=d@30 yes"          },
            {"@geo country=XK",                               "geo w0 r0 where=XK@23 yes"                   },
            {"@geo subdivision=ca country=us",                "geo w0 r0 where=US-CA@38 yes"                },
            {"@geo country=US",                               "geo w0 r0 where=US@23 yes"                   },
            {"@geo country=PR",                               "geo w0 r0 where=PR@23 yes"                   },
            {"@geoproximity at=48.85,2.35",                   "geoproximity w0 r0 where=48.85,2.35@27+0 yes"},
            {"@geoproximity at=-90,+180.000 bias=-99",
             "geoproximity w0 r0 where=-90,180@27-99 yes"                                                   },
            {"@geoproximity at=90.,-180 bias=+99",            "geoproximity w0 r0 where=90,-180@27+99 yes"  },
            {"@geoproximity at=-0.5,0",                       "geoproximity w0 r0 where=-0.5,0@27+0 yes"    },
            {"@geoproximity at=-0,0.05",                      "geoproximity w0 r0 where=0,0.05@27+0 yes"    },
            {"@geoproximity at=1.2345678,-179.00000019",
             "geoproximity w0 r0 where=1.2345678,-179.0000001@27+0 yes"                                     },
            {"@geoproximity bias=07 region=eu-west-1",
             "geoproximity w0 r0 where=eu-west-1@39+7 yes"                                                  },
            {"@cidr isps/isp-a",                              "cidr w0 r0 where=isp-a@16 of isps yes"       },
            {"@cidr isps/*",                                  "cidr w0 r0 where=*@16 of isps yes"           },
            {"@cidr isps/a/b",                                "cidr w0 r0 where=a/b@16 of isps yes"         },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parsed parsed;
        struct buf seen;
        buf_init(&seen, 10000);
        parse(rows[i].text, &parsed);
        if (parsed.err != 0)
            fail_msg("%s: %s", rows[i].text, diag_fault_at(parsed.diag, 0)->message);
        show(&parsed.annotation, &seen);
        if (strcmp(buf_string(&seen), rows[i].seen) != 0 || diag_warnings(parsed.diag) > 0)
            fail_msg("%s: expected %s, seen %s", rows[i].text, rows[i].seen, buf_string(&seen));
        check_round_trip(&parsed.annotation);
        buf_done(&seen);
        parsed_done(&parsed);
    }
}

/* The sentences themselves are in tests/data/zones/bad/annotation-*.zone. */
static void test_bad(void **state)
{
    static const struct {
        const char *text, *columns;
    } rows[] = {
            {"@x",                                      " 10"      },
            {"@@simple",                                " 10"      },
            {"@simple=check",                           " 10"      },
            {"@simple",                                 " 10"      },
            {"@simple evaluate=no",                     " 10"      },
            {"@simple check=",                          " 18"      },
            {"@simple x y check=a",                     " 18 20"   },
            {"@failover",                               " 10"      },
            {"@failover 1",                             " 20"      },
            {"@failover 2",                             " 20"      },
            {"@failover third",                         " 20"      },
            {"@failover primary primary",               " 28"      },
            {"@failover 18446744073709551616",          " 20"      },
            {"@weighted",                               " 10"      },
            {"@weighted 256",                           " 20"      },
            {"@weighted 1.5",                           " 20"      },
            {"@multivalue alias=a",                     " 22"      },
            {"@multivalue alias=",                      " 22 22"   },
            {"@multivalue check=a Check=b",             " 30"      },
            {"@multivalue check= check=b",              " 22 29"   },
            {"@multivalue a=1 b=2 set=\"",              " 22 26 34"},
            {"@simple alias=a evaluate=true",           " 35"      },
            {"@simple alias=..",                        " 24"      },
            {"@latency",                                " 10"      },
            {"@LATENCY eu us",                          " 22"      },
            {"@latency region=eu",                      " 19 10"   },
            {"@weighted 1 couple=",                     " 22"      },
            {"@weighted 1 couple=,any",                 " 29"      },
            {"@weighted 1 couple=a,",                   " 29"      },
            {"@weighted 1 couple=a,all",                " 29"      },
            {"@weighted 1 couple=a,any,any",            " 29"      },
            {"@weighted 1 sticky=0",                    " 29"      },
            {"@weighted 1 sticky=33",                   " 29"      },
            {"@weighted 1 sticky=24/129",               " 29"      },
            {"@weighted 1 sticky=24/0",                 " 29"      },
            {"@weighted 1 sticky=24/",                  " 29"      },
            {"@weighted 1 sticky=/56",                  " 29"      },
            {"@weighted 1 sticky=0024",                 " 29"      },
            {"@weighted 1 sticky=24/56/1",              " 29"      },
            {"@failover primary sticky=24",             " 28"      },
            {"@geo",                                    " 10"      },
            {"@geo set=a",                              " 10"      },
            {"@geo DE",                                 " 15"      },
            {"@geo default default",                    " 23"      },
            {"@geo default country=DE",                 " 10"      },
            {"@geo continent=EU country=DE",            " 15"      },
            {"@geo continent=EU subdivision=CA",        " 15"      },
            {"@geo continent=Europ",                    " 25"      },
            {"@geo country=HM",                         " 23"      },
            {"@geo country=UK",                         " 23"      },
            {"@geo country=*",                          " 23"      },
            {"@geo subdivision=CA",                     " 15"      },
            {"@geo subdivision=CA country=DE",          " 15"      },
            {"@geo subdivision=CA country=ZZ",          " 38"      },
            {"@geo subdivision=PR country=US",          " 27"      },
            {"@geo at=1,2",                             " 15 10"   },
            {"@geoproximity",                           " 10"      },
            {"@geoproximity bias=5",                    " 10"      },
            {"@geoproximity 1,2",                       " 24"      },
            {"@geoproximity at=1,2 region=eu",          " 31"      },
            {"@geoproximity at=1",                      " 27"      },
            {"@geoproximity at=1,",                     " 27"      },
            {"@geoproximity at=,1",                     " 27"      },
            {"@geoproximity at=1,2,3",                  " 27"      },
            {"@geoproximity at=.5,1",                   " 27"      },
            {"@geoproximity at=1e1,1",                  " 27"      },
            {"@geoproximity at=+-1,1",                  " 27"      },
            {"@geoproximity at=90.0000001,180.0000001", " 27 38"   },
            {"@geoproximity at=-91,-181",               " 27 31"   },
            {"@geoproximity at=99999999999999999999,1", " 27"      },
            {"@geoproximity at=1,2 bias=100",           " 36"      },
            {"@geoproximity at=1,2 bias=-",             " 36"      },
            {"@geoproximity at=1,2 bias=1.5",           " 36"      },
            {"@cidr",                                   " 10"      },
            {"@cidr isps",                              " 16"      },
            {"@cidr isps/",                             " 16"      },
            {"@cidr /isp-a",                            " 16"      },
            {"@cidr isps/isp-a isps/isp-b",             " 27"      },
            {"@multivalue check=\x7f",                  " 28"      },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parsed parsed;
        char columns[100] = "";
        parse(rows[i].text, &parsed);
        for (uint32_t k = 0; k < diag_kept(parsed.diag); k++)
            if (diag_fault_at(parsed.diag, k)->severity == DIAG_ERROR)
                snprintf(columns + strlen(columns), sizeof(columns) - strlen(columns), " %u",
                        diag_fault_at(parsed.diag, k)->place.column);
        if (parsed.err != ERR_FAULTY || parsed.annotation.weight != 999 ||
                strcmp(columns, rows[i].columns) != 0)
            fail_msg("%s: %d, faults at%s, expected%s", rows[i].text, parsed.err, columns,
                    rows[i].columns);
        parsed_done(&parsed);
    }
}

static int parse_sized(const char *head, size_t size)
{
    char text[2000];
    struct parsed parsed;
    size_t length = strlen(head);
    memset(text, 'x', sizeof(text));
    memcpy(text, head, length);
    text[length + size] = '\0';
    parse(text, &parsed);
    parsed_done(&parsed);
    return parsed.err;
}

static void test_sizes(void **state)
{
    (void)state;
    assert_int_equal(parse_sized("@multivalue check=", HEALTH_ID_MAX), 0);
    assert_int_equal(parse_sized("@multivalue check=", HEALTH_ID_MAX + 1), ERR_FAULTY);
    assert_int_equal(parse_sized("@multivalue set=", ANNOTATION_SET_MAX), 0);
    assert_int_equal(parse_sized("@multivalue set=", ANNOTATION_SET_MAX + 1), ERR_FAULTY);
    assert_int_equal(parse_sized("@simple alias=", 63), 0);
    assert_int_equal(parse_sized("@simple alias=", 64), ERR_FAULTY);
    assert_int_equal(parse_sized("@simple couple=", ANNOTATION_COUPLE_MAX), 0);
    assert_int_equal(parse_sized("@simple couple=", ANNOTATION_COUPLE_MAX + 1), ERR_FAULTY);
    assert_int_equal(parse_sized("@latency ", ATLAS_NAME_MAX), 0);
    assert_int_equal(parse_sized("@latency ", ATLAS_NAME_MAX + 1), ERR_FAULTY);
    assert_int_equal(parse_sized("@geoproximity region=", ATLAS_NAME_MAX), 0);
    assert_int_equal(parse_sized("@geoproximity region=", ATLAS_NAME_MAX + 1), ERR_FAULTY);
    assert_int_equal(parse_sized("@cidr x/", ATLAS_NAME_MAX), 0);
    assert_int_equal(parse_sized("@cidr x/", ATLAS_NAME_MAX + 1), ERR_FAULTY);
    assert_int_equal(parse_sized("@", 1500), ERR_FAULTY);
}

/* What lines without set= are called, and what they are without. */
static void test_ids(void **state)
{
    static const struct {
        const char *text, *id; /* NULL: none */
    } rows[] = {
            {"@simple check=a",                  "simple"   },
            {"@simple check=a set=b",            "b"        },
            {"@failover primary",                "primary"  },
            {"@failover secondary",              "secondary"},
            {"@failover 7",                      "7"        },
            {"@weighted 1",                      NULL       },
            {"@weighted 1 set=w",                "w"        },
            {"@multivalue",                      NULL       },
            {"@latency eu-west-1",               "eu-west-1"},
            {"@latency eu-west-1 set=x",         "x"        },
            {"@geo continent=eu",                "EU"       },
            {"@geo country=de",                  "DE"       },
            {"@geo country=us subdivision=ca",   "US-CA"    },
            {"@geo default",                     "default"  },
            {"@cidr isps/isp-a",                 "isp-a"    },
            {"@cidr isps/*",                     "*"        },
            {"@geoproximity region=eu-west-1",   "eu-west-1"},
            {"@geoproximity at=48.850,2 bias=5", "48.85,2"  },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parsed parsed;
        char text[ANNOTATION_ID_MAX];
        parse(rows[i].text, &parsed);
        assert_int_equal(parsed.err, 0);
        const char *id = annotation_id(&parsed.annotation, text);
        if ((id == NULL) != (rows[i].id == NULL) || (id != NULL && strcmp(id, rows[i].id) != 0))
            fail_msg("%s: %s", rows[i].text, id != NULL ? id : "none");
        parsed_done(&parsed);
    }
}

static void test_compare_where(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
            {"@weighted 1",                    "@weighted 2",                    true },
            {"@latency a",                     "@latency a check=c",             true },
            {"@latency a",                     "@latency b",                     false},
            {"@geo default",                   "@geo default",                   true },
            {"@geo default",                   "@geo continent=NA",              false},
            {"@geo country=NA",                "@geo continent=NA",              false},
            {"@geo country=US",                "@geo country=us subdivision=CA", false},
            {"@geo country=US subdivision=NY", "@geo country=us subdivision=CA", false},
            {"@geoproximity at=1,2",           "@geoproximity at=1.0,2.00",      true },
            {"@geoproximity at=1,2",           "@geoproximity at=1,2.0000001",   false},
            {"@geoproximity at=1,2",           "@geoproximity at=-1,2",          false},
            {"@geoproximity at=1,2",           "@geoproximity at=1,2 bias=1",    false},
            {"@geoproximity at=0,0",           "@geoproximity region=a",         false},
            {"@geoproximity region=b",         "@geoproximity region=a",         false},
            {"@cidr a/b",                      "@cidr a/b",                      true },
            {"@cidr a/b",                      "@cidr a/c",                      false},
            {"@cidr a/b",                      "@cidr b/b",                      false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parsed a, b;
        parse(rows[i].a, &a);
        parse(rows[i].b, &b);
        int order = annotation_compare_where(&a.annotation, &b.annotation);
        int reverse = annotation_compare_where(&b.annotation, &a.annotation);
        if ((order == 0) != rows[i].same || (order > 0) != (reverse < 0))
            fail_msg("%s, %s: %d, %d", rows[i].a, rows[i].b, order, reverse);
        parsed_done(&a);
        parsed_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_find),
            cmocka_unit_test(test_good),
            cmocka_unit_test(test_bad),
            cmocka_unit_test(test_sizes),
            cmocka_unit_test(test_ids),
            cmocka_unit_test(test_compare_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
