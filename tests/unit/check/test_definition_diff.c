/* test_definition_diff.c -- src/check/definition_diff.c: every field, by a definition that differs in it. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "check/definition_diff.h"

#define HTTPS(extra)                                                                               \
    "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"HTTPS_STR_MATCH\",\"IPAddress\":\"192.0.2."  \
    "1\","                                                                                         \
    "\"SearchString\":\"ok\"" extra "}}]"
#define SUM(children, extra)                                                                       \
    "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"CALCULATED\",\"HealthThreshold\":1,"         \
    "\"ChildHealthChecks\":[" children "]" extra "}},"                                             \
    "{\"Id\":\"x\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\",\"Port\":"  \
    "1}},"                                                                                         \
    "{\"Id\":\"y\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\",\"Port\":"  \
    "2}}]"
#define TCP(id, port)                                                                              \
    "{\"Id\":\"" id "\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\","      \
    "\"Port\":" port "}}"

#define TALK(extra)                                                                                \
    "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\","          \
    "\"Port\":1" extra "}}]"
#define DNS(extra)                                                                                 \
    "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"DNS\",\"IPAddress\":\"192.0.2.1\"" extra "}" \
    "}"                                                                                            \
    "]"
#define ASK(extra) DNS(",\"Question\":{\"Name\":\"a\",\"Type\":\"NS\"}" extra)
#define GRPC(extra)                                                                                \
    "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"GRPC\",\"IPAddress\":\"::1\","               \
    "\"Port\":1" extra "}}]"
#define EXEC(arguments, extra)                                                                     \
    "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"EXEC\",\"Command\":[\"/bin/"                 \
    "true\"," arguments "]" extra "}}]"

static struct definitions *read(const char *json)
{
    struct definitions *definitions = NULL;
    struct diag *diag = diag_new();
    if (definitions_load_text("test.json", json, strlen(json), &definitions, diag) != 0)
        fail_msg("%s: %s", json, diag_fault_at(diag, 0)->message);
    diag_free(diag);
    return definitions;
}

/* The ids, a newline, the document; what people have no use for is left out. */
static bool compare(const struct definitions *old, const struct definitions *fresh, struct buf *ret)
{
    struct doc *doc = doc_new();

    buf_init(ret, 4U << 20);
    bool differ = definitions_diff(old, fresh, doc, ret);
    buf_add_string(ret, "\n");
    doc_print(doc, ret);
    doc_free(doc);
    return differ;
}

static void every_field_is_told(void **state)
{
    static const struct {
        const char *field;
        const char *old, *fresh;
        const char *want; /* of the first field told */
    } rows[] = {
            {"Type",                                                                    HTTPS(""), "[" TCP("a",                                                  "443") "]",
             "{\"field\":\"Type\",\"old\":\"HTTPS_STR_MATCH\",\"new\":\"TCP\"},{\"field\":"
                    "\"ResourcePath\","
                    "\"old\":\"/"
                    "\",\"new\":null},{\"field\":\"SearchString\",\"old\":\"ok\",\"new\":null}"},
            {"IPAddress",                                                                         "[" TCP("a",                                                                        "1") "]",
             "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"::1\","
                    "\"Port\":1}}]",                                                                                                                          "{\"field\":\"IPAddress\",\"old\":\"192.0.2.1\",\"new\":\"::1\"}"},
            {"FullyQualifiedDomainName",        HTTPS(""),
             HTTPS(",\"FullyQualifiedDomainName\":\"www.example\""),
             "{\"field\":\"FullyQualifiedDomainName\",\"old\":null,\"new\":\"www."
                    "example\"}"                                                                  },
            {"Port",                                                       HTTPS(""),                                                                HTTPS(",\"Port\":8443"),
             "{\"field\":\"Port\",\"old\":\"443\",\"new\":\"8443\"}"                                                                                                                                             },
            {"ResourcePath",                   HTTPS(",\"ResourcePath\":\"/a\""),                            HTTPS(",\"ResourcePath\":\"/b\""),
             "{\"field\":\"ResourcePath\",\"old\":\"/a\",\"new\":\"/b\"}"                                  },
            {"SearchString",              HTTPS(""),
             "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"HTTPS_STR_MATCH\","
                    "\"IPAddress\":\"192.0.2.1\","
                    "\"SearchString\":\"yes\"}}]",                                                                      "{\"field\":\"SearchString\",\"old\":\"ok\",\"new\":\"yes\"}"                                                                                                                                                                     },
            {"RequestInterval",            HTTPS(""),                     HTTPS(",\"RequestInterval\":0.5"),
             "{\"field\":\"RequestInterval\",\"old\":\"10\",\"new\":\"0.5\"}"},
            {"FailureThreshold",          HTTPS(",\"SuccessThreshold\":3"),
             HTTPS(",\"SuccessThreshold\":3,\"FailureThreshold\":5"),
             "{\"field\":\"FailureThreshold\",\"old\":\"3\",\"new\":\"5\"}"                                                                                                                                                                                                                  },
            {"SuccessThreshold",            HTTPS(""),                     HTTPS(",\"SuccessThreshold\":1"),
             "{\"field\":\"SuccessThreshold\",\"old\":\"3\",\"new\":\"1\"}"},
            {"ConnectTimeout",            HTTPS(""),                     HTTPS(",\"ConnectTimeout\":1.5"),
             "{\"field\":\"ConnectTimeout\",\"old\":\"4\",\"new\":\"1.5\"}"                                                                                                                                                                                                                    },
            {"ResponseTimeout",            HTTPS(""),                     HTTPS(",\"ResponseTimeout\":3"),
             "{\"field\":\"ResponseTimeout\",\"old\":\"2\",\"new\":\"3\"}"},
            {"TLSVerify",             HTTPS(""),                      HTTPS(",\"TLSVerify\":\"on\""),
             "{\"field\":\"TLSVerify\",\"old\":\"warn\",\"new\":\"on\"}"                                                                                                                                                                                                                          },
            {"EnableSNI",               HTTPS(""),                        HTTPS(",\"EnableSNI\":false"),
             "{\"field\":\"EnableSNI\",\"old\":\"true\",\"new\":\"false\"}"},
            {"Method",            HTTPS(""),                     HTTPS(",\"Method\":\"POST\""),
             "{\"field\":\"Method\",\"old\":\"GET\",\"new\":\"POST\"}"                                                                                                                                                                                                                             },
            {"Headers, whose values nobody sees",                 HTTPS(",\"Headers\":{\"X-Token\":\"secret\"}"),
             HTTPS(",\"Headers\":{\"X-Token\":\"sesame\"}"),
             "{\"field\":\"Headers\",\"old\":\"(not shown)\",\"new\":\"(not shown)\"}"},
            {"Headers that come", HTTPS(""),          HTTPS(",\"Headers\":{\"X-Token\":\"sesame\"}"),
             "{\"field\":\"Headers\",\"old\":null,\"new\":\"(not shown)\"}"                                                                                                                                                                                                                                                                                  },
            {"ExpectedStatus",            HTTPS(""),                     HTTPS(",\"ExpectedStatus\":204"),
             "{\"field\":\"ExpectedStatus\",\"old\":\"200-399\",\"new\":\"204-204\"}"},
            {"Send, whose bytes nobody sees",  TALK(",\"Expect\":\"x\""),
             TALK(",\"Expect\":\"x\",\"Send\":\"AUTH secret\""),
             "{\"field\":\"Send\",\"old\":null,\"new\":\"(not shown)\"}"                                                                                                                                                                                                                                                   },
            {"Expect",               TALK(",\"Expect\":\"x\""),                        TALK(",\"Expect\":\"\\u0000\\r\\u00ff\""),
             "{\"field\":\"Expect\",\"old\":\"x\",\"new\":\"\\\\x00\\\\r\\\\xff\"}"},
            {"Question, its name",    ASK(""),             DNS(",\"Question\":{\"Name\":\"b\",\"Type\":\"NS\"}"),
             "{\"field\":\"Question\",\"old\":\"a. NS\",\"new\":\"b. NS\"}"                                                                                                                                                                                                                                                         },
            {"Question, its type",            ASK(""),                     DNS(",\"Question\":{\"Name\":\"a\"}"),
             "{\"field\":\"Question\",\"old\":\"a. NS\",\"new\":\"a. A\"}"},
            {"Protocol",             ASK(""),                      ASK(",\"Protocol\":\"TCP\""),
             "{\"field\":\"Protocol\",\"old\":\"UDP\",\"new\":\"TCP\"}"                                                                                                                                                                                                                                                                   },
            {"RecursionDesired",                ASK(""),                         ASK(",\"RecursionDesired\":true"),
             "{\"field\":\"RecursionDesired\",\"old\":\"false\",\"new\":\"true\"}"},
            {"EDNS",     ASK(""),              ASK(",\"EDNS\":false"),
             "{\"field\":\"EDNS\",\"old\":\"true\",\"new\":\"false\"}"                                                                                                                                                                                                                                                                               },
            {"ExpectedRcode",                 ASK(""),                          ASK(",\"ExpectedRcode\":\"REFUSED\""),
             "{\"field\":\"ExpectedRcode\",\"old\":\"NOERROR\",\"new\":\"REFUSED\"}"},
            {"ExpectedRdata",   ASK(",\"ExpectedRdata\":[\"x\"]"),
             ASK(",\"ExpectedRdata\":[\"x\",\"Y.z\"]"),
             "{\"field\":\"ExpectedRdata\",\"old\":\"x.\",\"new\":\"x., y.z.\"}"                                                                                                                                                                                                                                                     },
            {"Service",       GRPC(""),                GRPC(",\"Service\":\"s\""),
             "{\"field\":\"Service\",\"old\":null,\"new\":\"s\"}"},
            {"Command",                      EXEC("\"-v\"",                               ""),                                                                                   EXEC("\"-q\",\"x\"",                                                                                                                                                                                                                                                 ""),
             "{\"field\":\"Command\",\"old\":\"/bin/true, -v\",\"new\":\"/bin/true, -q, "
                    "x\"}"},
            {"Timeout",                                                      EXEC("\"-v\"",                                                            ""),                                                                                                                                      EXEC("\"-v\"",                                                                                                                                                                                                                                                                                              ",\"Timeout\":0.5"),
             "{\"field\":\"Timeout\",\"old\":\"10\",\"new\":\"0.5\"}"},
            {"ExpectedStatus of a command",       EXEC("\"-v\"",""),
             EXEC("\"-v\"",",\"ExpectedStatus\":\"0-1\""),
             "{\"field\":\"ExpectedStatus\",\"old\":\"0-0\",\"new\":\"0-1\"}"},
            {"RequestInterval of a command",                                                                         EXEC("\"-v\"",                                                      ""),
             EXEC("\"-v\"",                                                                                                                                                                                                                                                                                                   ",\"RequestInterval\":5"),
             "{\"field\":\"RequestInterval\",\"old\":\"10\",\"new\":\"5\"}"},
            {"HealthThreshold",                                           SUM("\"x\"",                     ""),
             "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"CALCULATED\","
                    "\"HealthThreshold\":0,"
                    "\"ChildHealthChecks\":[\"x\"]}}," TCP("x",                                                                                                                                                                                                            "1") "," TCP("y", "2") "]",
             "{\"field\":\"HealthThreshold\",\"old\":\"1\",\"new\":\"0\"}"},
            {"ChildHealthChecks",                                                                      SUM("\"x\"",                                                                        ""),                                                                                                           SUM("\"x\",\"y\"",                                                                                                                                                                                                                                               ""),
             "{\"field\":\"ChildHealthChecks\",\"old\":\"x\",\"new\":\"x, y\"}"},
            {"Inverted",                                                         SUM("\"x\"",             ""),                                                  SUM("\"x\"",                                                                                                                                                                                                                                                            ",\"Inverted\":true"),
             "{\"field\":\"Inverted\",\"old\":\"false\",\"new\":\"true\"}"},
            {"Disabled",                                                                 HTTPS(""),                        HTTPS(",\"Disabled\":true"),
             "{\"field\":\"Disabled\",\"old\":\"false\",\"new\":\"true\"}"                                                                                                                                                                                                                         },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct definitions *old = read(rows[i].old);
        struct definitions *fresh = read(rows[i].fresh);
        struct buf text, want;
        assert_true(definition_is_same(&old->list[0], &old->list[0]));
        assert_false(definition_is_same(&old->list[0], &fresh->list[0]));
        buf_init(&want, 4096);
        buf_printf(&want, "\n{\"added\":[],\"removed\":[],\"changed\":[{\"id\":\"a\",\"fields\":[");
        bool differ = compare(old, fresh, &text);
        if (!differ || strncmp(buf_string(&text), buf_string(&want), want.length) != 0 ||
                strncmp(buf_string(&text) + want.length, rows[i].want, strlen(rows[i].want)) != 0)
            fail_msg("%s: %s", rows[i].field, buf_string(&text));
        buf_done(&want);
        buf_done(&text);
        definitions_free(old);
        definitions_free(fresh);
    }
}

static void checks_come_and_go(void **state)
{
    static const struct {
        const char *what;
        const char *old, *fresh; /* NULL: nothing was in force */
        const char *want;
    } rows[] = {
            {"the same",        "[" TCP("a",     "1") "]",                    "[" TCP("a",      "1") "]",
             "\n{\"added\":[],\"removed\":[],\"changed\":[],\"unnamed\":0}"},
            {"one comes, one goes, one stays",                 "[" TCP("b", "1") "," TCP("c", "1") "]",
             "[" TCP("d", "1") "," TCP("c", "1") "]",
             "-b "
                    "+d\n{\"added\":[{\"id\":\"d\",\"type\":\"TCP\",\"target\":\"tcp://"
                    "192.0.2.1:1\"}],"
                    "\"removed\":[{\"id\":\"b\",\"type\":\"TCP\",\"target\":\"tcp://"
                    "192.0.2.1:1\"}],"
                    "\"changed\":[],\"unnamed\":0}"},
            {"nothing was in force", NULL,        "[" TCP("a",                          "1") "]",
             "+a\n{\"added\":[{\"id\":\"a\",\"type\":\"TCP\",\"target\":\"tcp://"
                    "192.0.2.1:1\"}],"
                    "\"removed\":[],\"changed\":[],\"unnamed\":0}"                            },
            {"all go",      "[" TCP("a",      "1") "]",           "[]",
             "-a\n{\"added\":[],\"removed\":[{\"id\":\"a\",\"type\":\"TCP\",\"target\":"
                    "\"tcp://192.0.2.1:1\"}],"
                    "\"changed\":[],\"unnamed\":0}"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct definitions *old = rows[i].old != NULL ? read(rows[i].old) : NULL;
        struct definitions *fresh = read(rows[i].fresh);
        struct buf text;
        bool differ = compare(old, fresh, &text);
        if (strcmp(buf_string(&text), rows[i].want) != 0 || differ != (i > 0))
            fail_msg("%s: %s", rows[i].what, buf_string(&text));
        buf_done(&text);
        definitions_free(old);
        definitions_free(fresh);
    }
}

static void what_is_told_is_bounded(void **state)
{
    struct buf json, text;
    (void)state;

    buf_init(&json, 4U << 20);
    for (unsigned i = 0; i < DEFINITION_DIFF_MAX + 7; i++)
        buf_printf(&json,
                "%s{\"Id\":\"check-%u\",\"HealthCheckConfig\":{\"Type\":\"TCP\","
                "\"IPAddress\":\"192.0.2.1\",\"Port\":1}}",
                i > 0 ? "," : "[", i);
    buf_add_string(&json, "]");
    struct definitions *fresh = read(buf_string(&json));
    assert_true(compare(NULL, fresh, &text));
    size_t rows = 0, ids = 0;
    for (const char *at = buf_string(&text); (at = strstr(at, "\"id\"")) != NULL; at++)
        rows++;
    for (const char *at = buf_string(&text); *at != '\n'; at++)
        ids += *at == '+';
    assert_int_equal(rows, DEFINITION_DIFF_MAX);
    assert_int_equal(ids, DEFINITION_DIFF_MAX + 7);
    assert_non_null(strstr(buf_string(&text), "\"unnamed\":7}"));
    buf_done(&text);
    buf_done(&json);
    definitions_free(fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_field_is_told),
            cmocka_unit_test(checks_come_and_go),
            cmocka_unit_test(what_is_told_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
