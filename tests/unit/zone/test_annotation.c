#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
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

static void show(const struct annotation *annotation, struct buf *ret)
{
    char name[NAME_TEXT_MAX];
    static const char *const policies[] = {"simple", "failover", "weighted", "multivalue"};

    assert_int_equal(annotation->place.column, start.column);
    buf_printf(
            ret, "%s w%u r%u", policies[annotation->policy], annotation->weight, annotation->rank);
    if (annotation->check[0] != '\0')
        buf_printf(ret, " check=%s@%u", annotation->check, annotation->check_place.column);
    if (annotation->set[0] != '\0')
        buf_printf(ret, " set=%s@%u", annotation->set, annotation->set_place.column);
    if (annotation->has_alias)
        buf_printf(ret, " alias=%s@%u", name_to_text(annotation->alias.bytes, name),
                annotation->alias_place.column);
    buf_printf(ret, " %s%s", annotation->evaluate ? "yes" : "no",
            annotation->has_evaluate ? " said" : "");
}

static void test_good(void **state)
{
    static const struct {
        const char *text, *seen;
    } rows[] = {
            {"@simple check=a",                               "simple w0 r0 check=a@24 yes"             },
            {"@simple\talias=www",                            "simple w0 r0 alias=www.z.@24 yes"        },
            {"@simple alias=www.other.",                      "simple w0 r0 alias=www.other.@24 yes"    },
            {"@simple alias=@",                               "simple w0 r0 alias=z.@24 yes"            },
            {"@simple alias=a\\.b\\032c",                     "simple w0 r0 alias=a\\.b\\032c.z.@24 yes"},
            {"@failover primary",                             "failover w0 r1 yes"                      },
            {"@FAILOVER Secondary  ",                         "failover w0 r2 yes"                      },
            {"@failover 3",                                   "failover w0 r3 yes"                      },
            {"@failover 255",                                 "failover w0 r255 yes"                    },
            {"@failover check=a primary",                     "failover w0 r1 check=a@26 yes"           },
            {"@weighted 0",                                   "weighted w0 r0 yes"                      },
            {"@weighted 255 set=b",                           "weighted w255 r0 set=b@28 yes"           },
            {"@multivalue",                                   "multivalue w0 r0 yes"                    },
            {"@multivalue CHECK=Ab",                          "multivalue w0 r0 check=Ab@28 yes"        },
            {"@multivalue check=a=b",                         "multivalue w0 r0 check=a=b@28 yes"       },
            {"@multivalue set=\xc3\xa9",                      "multivalue w0 r0 set=\xc3\xa9@26 yes"    },
            {"@weighted 1 alias=a evaluate=no check=c set=s",
             "weighted w1 r0 check=c@48 set=s@54 alias=a.z.@28 no said"                                 },
            {"@simple alias=a evaluate=YES",                  "simple w0 r0 alias=a.z.@24 yes said"     },
            {"@weighted 007",                                 "weighted w7 r0 yes"                      },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct diag *diag = diag_new();
        struct annotation annotation;
        struct buf seen;
        buf_init(&seen, 10000);
        if (annotation_parse(rows[i].text, start, origin, &annotation, diag) != 0)
            fail_msg("%s: %s", rows[i].text, diag_fault_at(diag, 0)->message);
        show(&annotation, &seen);
        if (strcmp(buf_string(&seen), rows[i].seen) != 0 || diag_warnings(diag) > 0)
            fail_msg("%s: expected %s, seen %s", rows[i].text, rows[i].seen, buf_string(&seen));
        buf_done(&seen);
        diag_free(diag);
    }
}

/* The sentences themselves are in tests/data/zones/bad/annotation-*.zone. */
static void test_bad(void **state)
{
    static const struct {
        const char *text, *columns;
    } rows[] = {
            {"@x",                             " 10"      },
            {"@@simple",                       " 10"      },
            {"@simple=check",                  " 10"      },
            {"@simple",                        " 10"      },
            {"@simple evaluate=no",            " 10"      },
            {"@simple check=",                 " 18"      },
            {"@simple x y check=a",            " 18 20"   },
            {"@failover",                      " 10"      },
            {"@failover 1",                    " 20"      },
            {"@failover 2",                    " 20"      },
            {"@failover third",                " 20"      },
            {"@failover primary primary",      " 28"      },
            {"@failover 18446744073709551616", " 20"      },
            {"@weighted",                      " 10"      },
            {"@weighted 256",                  " 20"      },
            {"@weighted 1.5",                  " 20"      },
            {"@multivalue alias=a",            " 22"      },
            {"@multivalue alias=",             " 22 22"   },
            {"@multivalue check=a Check=b",    " 30"      },
            {"@multivalue check= check=b",     " 22 29"   },
            {"@multivalue a=1 b=2 set=\"",     " 22 26 34"},
            {"@simple alias=a evaluate=true",  " 35"      },
            {"@simple alias=..",               " 24"      },
            {"@geo default",                   " 10"      },
            {"@LATENCY eu",                    " 10"      },
            {"@multivalue check=\x7f",         " 28"      },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct diag *diag = diag_new();
        struct annotation annotation = {.weight = 7};
        char columns[100] = "";
        int err = annotation_parse(rows[i].text, start, origin, &annotation, diag);
        for (uint32_t k = 0; k < diag_kept(diag); k++)
            if (diag_fault_at(diag, k)->severity == DIAG_ERROR)
                snprintf(columns + strlen(columns), sizeof(columns) - strlen(columns), " %u",
                        diag_fault_at(diag, k)->place.column);
        if (err != ERR_FAULTY || annotation.weight != 7 || strcmp(columns, rows[i].columns) != 0)
            fail_msg(
                    "%s: %d, faults at%s, expected%s", rows[i].text, err, columns, rows[i].columns);
        diag_free(diag);
    }
}

static int parse_sized(const char *head, size_t size)
{
    char text[2000];
    struct annotation annotation;
    struct diag *diag = diag_new();
    size_t length = strlen(head);
    memset(text, 'x', sizeof(text));
    memcpy(text, head, length);
    text[length + size] = '\0';
    int err = annotation_parse(text, start, origin, &annotation, diag);
    diag_free(diag);
    return err;
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
    assert_int_equal(parse_sized("@", 1500), ERR_FAULTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_find),
            cmocka_unit_test(test_good),
            cmocka_unit_test(test_bad),
            cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
