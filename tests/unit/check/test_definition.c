/* test_definition.c -- src/check/definition.c and definition_fields.c: shapes, fields, faults. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "check/definition.h"

#define TEXT_MAX 4096U

/* Reads one text.  Returns the faults, one a line; "" if there is none. */
static const char *load(const char *text, struct definitions **ret, char faults[TEXT_MAX])
{
    struct diag *diag = diag_new();
    struct buf lines;
    buf_init(&lines, TEXT_MAX - 1);
    int got = definitions_load_text("c.json", text, strlen(text), ret, diag);
    for (uint32_t i = 0; i < diag_kept(diag); i++) {
        buf_add_string(&lines, i > 0 ? "\n" : "");
        diag_fault_format(diag_fault_at(diag, i), &lines);
    }
    assert_int_equal(got, diag_errors(diag) > 0 ? ERR_FAULTY : 0);
    snprintf(faults, TEXT_MAX, "%s", buf_string(&lines));
    buf_done(&lines);
    diag_free(diag);
    return faults;
}

/* The config of one check "x" wrapped as a file. */
static const char *load_config(const char *config, struct definitions **ret, char faults[TEXT_MAX])
{
    char text[TEXT_MAX];
    snprintf(text, sizeof(text), "{\"Id\":\"x\",\"HealthCheckConfig\":%s}", config);
    return load(text, ret, faults);
}

#define CALCULATED(id, children)                                                                   \
    "{\"Id\":\"" id "\",\"HealthCheckConfig\":{\"Type\":\"CALCULATED\",\"HealthThreshold\":1,"     \
    "\"ChildHealthChecks\":[" children "]}}"
#define GOOD "{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\",\"Port\":25}"

static void every_shape_of_a_file_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *what, *text;
        size_t count;
    } cases[] = {
  /* clang-format off */
            {"one check", "{\"Id\":\"a\",\"HealthCheckConfig\":" GOOD "}", 1},
            {"an array",
                    "[{\"Id\":\"a\",\"HealthCheckConfig\":" GOOD "},"
                    "{\"Id\":\"b\",\"HealthCheckConfig\":" GOOD "}]",
                    2},
            {"an empty array", "[]", 0},
            {"as list-health-checks prints",
                    "{\"HealthChecks\":[{\"Id\":\"a\",\"CallerReference\":\"r\","
                    "\"HealthCheckConfig\":" GOOD ",\"HealthCheckVersion\":1}],"
                    "\"IsTruncated\":false,\"MaxItems\":\"100\"}",
                    1},
            {"as create-health-check prints",
                    "{\"Location\":\"l\",\"HealthCheck\":{\"Id\":\"a\",\"HealthCheckConfig\":" GOOD
                    "}}",
                    1},
            {"comments anywhere",
                    "{\"Comment\":\"c\",\"HealthChecks\":[{\"Comment\":\"c\",\"Id\":\"a\","
                    "\"HealthCheckConfig\":{\"Comment\":\"c\",\"Type\":\"TCP\",\"IPAddress\":"
                    "\"::1\",\"Port\":1}}]}",
                    1},
  /* clang-format on */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct definitions *definitions = NULL;
        char faults[TEXT_MAX];
        if (*load(cases[i].text, &definitions, faults) != '\0')
            fail_msg("%s: %s", cases[i].what, faults);
        if (definitions->count != cases[i].count)
            fail_msg("%s: got %zu checks", cases[i].what, definitions->count);
        definitions_free(definitions);
    }
}

static void defaults_are_those_of_the_contract(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        uint16_t port;
        uint32_t connect_ms;
        bool sni;
        const char *described;
    } cases[] = {
  /* clang-format off */
            {"{\"Type\":\"HTTP\",\"IPAddress\":\"192.0.2.1\"}", 80, 4000, false,
                    "http://192.0.2.1:80/"},
            {"{\"Type\":\"HTTPS\",\"FullyQualifiedDomainName\":\"a.example\"}", 443, 4000, true,
                    "https://a.example:443/"},
            {"{\"Type\":\"HTTP_STR_MATCH\",\"IPAddress\":\"::1\",\"SearchString\":\"s\"}", 80, 4000,
                    false, "http://[::1]:80/"},
            {"{\"Type\":\"HTTPS_STR_MATCH\",\"IPAddress\":\"192.0.2.1\",\"SearchString\":\"s\","
             "\"FullyQualifiedDomainName\":\"a.example\",\"ResourcePath\":\"x?y=1\"}",
                    443, 4000, true, "https://192.0.2.1:443/x?y=1 (a.example)"},
            {"{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\",\"Port\":25}", 25, 10000, false,
                    "tcp://192.0.2.1:25"},
  /* clang-format on */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct definitions *definitions = NULL;
        char faults[TEXT_MAX];
        char described[HEALTH_TARGET_MAX + 1];
        if (*load_config(cases[i].config, &definitions, faults) != '\0')
            fail_msg("%s: %s", cases[i].config, faults);
        const struct definition *got = definitions->list;
        definition_describe(got, described);
        if (strcmp(described, cases[i].described) != 0 || got->target.port != cases[i].port ||
                got->target.connect_timeout_ms != cases[i].connect_ms ||
                got->target.sni != cases[i].sni)
            fail_msg("%s: got %s", cases[i].config, described);
        assert_int_equal(got->target.interval_ms, 10000);
        assert_int_equal(got->target.response_timeout_ms, 2000);
        assert_int_equal(got->target.tls_verify, TLS_VERIFY_WARN);
        assert_int_equal(got->target.status_low, 200);
        assert_int_equal(got->target.status_high, 399);
        assert_string_equal(got->target.method, "GET");
        assert_null(got->target.headers[0]);
        assert_int_equal(got->rule.fall, 3);
        assert_int_equal(got->rule.rise, 3);
        assert_false(got->rule.inverted || got->rule.disabled);
        definitions_free(definitions);
    }
}

static void every_field_is_read(void **state)
{
    (void)state;
    struct definitions *definitions = NULL;
    char faults[TEXT_MAX];
    load_config("{\"Type\":\"HTTPS_STR_MATCH\",\"FullyQualifiedDomainName\":\"a.example\","
                "\"IPAddress\":\"192.0.2.1\",\"Port\":8443,\"ResourcePath\":\"/h\","
                "\"SearchString\":\"two words\",\"RequestInterval\":0.25,\"FailureThreshold\":2,"
                "\"SuccessThreshold\":5,\"ConnectTimeout\":1.5,\"ResponseTimeout\":0.05,"
                "\"TLSVerify\":\"on\",\"EnableSNI\":false,\"Method\":\"POST\",\"Headers\":"
                "{\"X-A\":\"1\",\"X-B\":\"\"},\"ExpectedStatus\":\"204-299\",\"Inverted\":true,"
                "\"Disabled\":true,\"MeasureLatency\":true,\"Regions\":[\"us-east-1\"]}",
            &definitions, faults);
    assert_string_equal(faults, "");
    const struct definition *got = definitions->list;
    assert_int_equal(got->target.port, 8443);
    assert_string_equal(got->target.search, "two words");
    assert_int_equal(got->target.interval_ms, 250);
    assert_int_equal(got->rule.fall, 2);
    assert_int_equal(got->rule.rise, 5);
    assert_int_equal(got->target.connect_timeout_ms, 1500);
    assert_int_equal(got->target.response_timeout_ms, 50);
    assert_int_equal(got->target.tls_verify, TLS_VERIFY_ON);
    assert_false(got->target.sni);
    assert_string_equal(got->target.method, "POST");
    assert_string_equal(got->target.headers[0], "X-A: 1");
    assert_string_equal(got->target.headers[1], "X-B: ");
    assert_null(got->target.headers[2]);
    assert_int_equal(got->target.status_low, 204);
    assert_int_equal(got->target.status_high, 299);
    assert_true(got->rule.inverted && got->rule.disabled);
    definitions_free(definitions);
}

#define HTTP "{\"Type\":\"HTTP\",\"IPAddress\":\"192.0.2.1\","

static void each_fault_of_a_config_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *config, *want; /* what follows the place */
    } cases[] = {
  /* clang-format off */
            {"7", "HealthCheckConfig: is a number; wanted an object"},
            {"{}", "HealthCheckConfig: has no Type"},
            {"{\"Tpye\":\"TCP\"}",
                    "HealthCheckConfig.Tpye: unknown member \"Tpye\"; did you mean \"Type\"?\n"
                    "c.json:1:11: error: HealthCheckConfig: has no Type"},
            {"{\"Type\":7}", "HealthCheckConfig.Type: is a number; wanted a string"},
            {"{\"Type\":\"HTTPX\"}", "HealthCheckConfig.Type: \"HTTPX\" is no type of check; did you "
                                     "mean \"HTTP\"?"},
            {"{\"Type\":\"HEARTBEAT\"}",
                    "HealthCheckConfig: a check of type HEARTBEAT wants TimeToLive"},
            {"{\"Type\":\"HEARTBEAT\",\"TimeToLive\":5,\"IPAddress\":\"192.0.2.1\"}",
                    "HealthCheckConfig.IPAddress: means nothing for a check of type "
                    "HEARTBEAT"},
            {"{\"Type\":\"CLOUDWATCH_METRIC\"}",
                    "HealthCheckConfig: a check of type CLOUDWATCH_METRIC wants "
                    "AlarmIdentifier"},
            {"{\"Type\":\"CLOUDWATCH_METRIC\",\"Port\":80,\"AlarmIdentifier\":{\"Region\":"
                        "\"eu-west-1\",\"Name\":\"cpu\"}}",
                    "HealthCheckConfig.Port: means nothing for a check of type "
                    "CLOUDWATCH_METRIC"},
            {"{\"Type\":\"CLOUDWATCH_METRIC\",\"AlarmIdentifier\":{\"Name\":\"cpu\"}}",
                    "HealthCheckConfig.AlarmIdentifier.Region: is missing; wanted a "
                    "string"},
            {"{\"Type\":\"CLOUDWATCH_METRIC\",\"InsufficientDataHealthStatus\":\"healthy\"}",
                    "HealthCheckConfig.InsufficientDataHealthStatus: is \"healthy\"; "
                    "wanted \"Healthy\", \"Unhealthy\" or \"LastKnownStatus\""},
            {"{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\",\"Port\":25,\"AlarmIdentifier\":{}}",
                    "HealthCheckConfig.AlarmIdentifier: means nothing for a check of "
                    "type TCP"},
            {"{\"Type\":\"RECOVERY_CONTROL\"}",
                    "HealthCheckConfig: a check of type RECOVERY_CONTROL wants "
                    "RoutingControlArn"},
            {"{\"Type\":\"RECOVERY_CONTROL\",\"RoutingControlArn\":\"a\",\"RequestInterval\":10}",
                    "HealthCheckConfig.RequestInterval: means nothing for a check of "
                    "type RECOVERY_CONTROL"},
            {"{\"Type\":\"RECOVERY_CONTROL\",\"RoutingControlArn\":\"a\",\"FailureThreshold\":1}",
                    "HealthCheckConfig.FailureThreshold: means nothing for a check of "
                    "type RECOVERY_CONTROL"},
            {"{\"Type\":\"HTTP\"}",
                    "HealthCheckConfig: wants IPAddress or FullyQualifiedDomainName"},
            {"{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\"}",
                    "HealthCheckConfig: a check of type TCP wants a Port"},
            {"{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\",\"Port\":1,"
             "\"FullyQualifiedDomainName\":\"a\"}",
                    "HealthCheckConfig: a TCP check with IPAddress takes no "
                    "FullyQualifiedDomainName: nothing would use it"},
            {"{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\",\"Port\":1,\"ResourcePath\":\"/\"}",
                    "HealthCheckConfig.ResourcePath: means nothing for a check of type TCP"},
            {"{\"Type\":\"HTTP_STR_MATCH\",\"IPAddress\":\"192.0.2.1\"}",
                    "HealthCheckConfig: a check of type HTTP_STR_MATCH wants a SearchString"},
            {"{\"Type\":\"HTTP_STR_MATCH\",\"IPAddress\":\"192.0.2.1\",\"SearchString\":\"s\","
             "\"Method\":\"HEAD\"}",
                    "HealthCheckConfig: the answer to HEAD has no body to search"},
            {"{\"Type\":\"CALCULATED\",\"HealthThreshold\":1}",
                    "HealthCheckConfig: a CALCULATED check wants HealthThreshold and "
                    "ChildHealthChecks"},
            {HTTP "\"FailureTreshold\":3}",
                    "HealthCheckConfig.FailureTreshold: unknown member \"FailureTreshold\"; did you "
                    "mean \"FailureThreshold\"?"},
            {HTTP "\"SearchString\":\"s\"}",
                    "HealthCheckConfig.SearchString: means nothing for a check of type HTTP"},
            {HTTP "\"AlarmIdentifier\":{}}",
                    "HealthCheckConfig.AlarmIdentifier: means nothing for a check of type HTTP"},
            {HTTP "\"Port\":0}",
                    "HealthCheckConfig.Port: is 0; wanted a number from 1 to 65535"},
            {HTTP "\"Port\":80.5}", "HealthCheckConfig.Port: is 80.5; wanted a whole number"},
            {HTTP "\"Port\":\"80\"}",
                    "HealthCheckConfig.Port: is a string; wanted a number from 1 to 65535"},
            {HTTP "\"RequestInterval\":0.05}", "HealthCheckConfig.RequestInterval: is 0.05; wanted a "
                                               "number of seconds from 0.1 to 86400"},
            {HTTP "\"FailureThreshold\":11}",
                    "HealthCheckConfig.FailureThreshold: is 11; wanted a number from 1 to 10"},
            {HTTP "\"Inverted\":\"yes\"}",
                    "HealthCheckConfig.Inverted: is a string; wanted true or false"},
            {HTTP "\"Method\":\"get\"}", "HealthCheckConfig.Method: \"get\" is no method to probe "
                                         "with; wanted GET, HEAD, POST ..."},
            {HTTP "\"Headers\":{\"host\":\"x\"}}",
                    "HealthCheckConfig.Headers.host: the Host header is made of "
                    "FullyQualifiedDomainName and Port"},
            {HTTP "\"Headers\":{\"A\":\"x\\r\\nB: y\"}}",
                    "HealthCheckConfig.Headers.A: is a string; wanted a string without control "
                    "bytes"},
            {HTTP "\"Headers\":{\"A B\":\"x\"}}",
                    "HealthCheckConfig.Headers.A B: \"A B\" is no name of a header"},
            {HTTP "\"ExpectedStatus\":\"299-200\"}",
                    "HealthCheckConfig.ExpectedStatus: wanted a status from 100 to 599, or two as "
                    "\"200-299\""},
            {HTTP "\"ExpectedStatus\":99}",
                    "HealthCheckConfig.ExpectedStatus: wanted a status from 100 to 599, or two as "
                    "\"200-299\""},
            {HTTP "\"ExpectedStatus\":\"200-\"}",
                    "HealthCheckConfig.ExpectedStatus: wanted a status from 100 to 599, or two as "
                    "\"200-299\""},
            {"{\"Type\":\"GRPC\",\"IPAddress\":\"192.0.2.1\"}",
                    "HealthCheckConfig: a check of type GRPC wants a Port"},
            {"{\"Type\":\"GRPC\",\"IPAddress\":\"192.0.2.1\",\"Port\":1,\"TLSVerify\":\"on\"}",
                    "HealthCheckConfig.TLSVerify: means nothing for a check of type GRPC"},
            {"{\"Type\":\"GRPC\",\"IPAddress\":\"192.0.2.1\",\"Port\":1,\"Service\":\"a b\"}",
                    "HealthCheckConfig.Service: \"a b\" has blanks or control bytes"},
            {"{\"Type\":\"GRPC\",\"IPAddress\":\"192.0.2.1\",\"Port\":1,\"ResourcePath\":\"/\"}",
                    "HealthCheckConfig.ResourcePath: means nothing for a check of type GRPC"},
            {HTTP "\"Service\":\"s\"}",
                    "HealthCheckConfig.Service: means nothing for a check of type HTTP"},
            {HTTP "\"ResourcePath\":\"/a b\"}",
                    "HealthCheckConfig.ResourcePath: \"/a b\" has blanks or control bytes"},
            {"{\"Type\":\"HTTP\",\"IPAddress\":\"192.0.2.300\"}",
                    "HealthCheckConfig.IPAddress: \"192.0.2.300\" is no IPv4 or IPv6 address"},
            {"{\"Type\":\"HTTPS\",\"IPAddress\":\"::1\",\"TLSVerify\":\"maybe\"}",
                    "HealthCheckConfig.TLSVerify: is \"maybe\"; wanted \"on\", \"warn\" or \"off\""},
  /* clang-format on */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct definitions *definitions = NULL;
        char faults[TEXT_MAX];
        load_config(cases[i].config, &definitions, faults);
        const char *told = strstr(faults, "error: ");
        if (told == NULL || strcmp(told + strlen("error: "), cases[i].want) != 0)
            fail_msg("%s: got %s", cases[i].config, faults);
        assert_null(definitions);
    }
}

static void faults_around_a_check_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *what, *text, *want;
    } cases[] = {
  /* clang-format off */
            {"not JSON", "{\n  \"Id\": }", "c.json:2:9: error: not JSON: unexpected token near '}'"},
            {"empty", "", "c.json:1: error: not JSON: '[' or '{' expected near end of file"},
            {"twice the same member", "{\"Id\":\"a\",\n\"Id\":\"b\"}",
                    "c.json:2:4: error: not JSON: duplicate object key near '\"Id\"'"},
            {"no id", "[{\"HealthCheckConfig\":" GOOD "}]",
                    "c.json:1:2: error: [0].Id: is missing; wanted a string"},
            {"an id with a blank", "{\"Id\":\"a b\",\"HealthCheckConfig\":" GOOD "}",
                    "c.json:1:2: error: Id: \"a b\" is no id: wanted printable characters without "
                    "blanks"},
            {"misspelt", "{\"Id\":\"a\",\"HealthcheckConfg\":" GOOD "}",
                    "c.json:1:11: error: HealthcheckConfg: unknown member \"HealthcheckConfg\"; did "
                    "you mean \"HealthCheckConfig\"?\n"
                    "c.json:1:1: error: HealthCheckConfig: is missing; wanted an object"},
            {"not an array", "{\"HealthChecks\":{}}",
                    "c.json:1:2: error: HealthChecks: is an object; wanted an array of checks"},
            {"not a check", "{\"HealthChecks\":[\n7]}",
                    "c.json:2:1: error: HealthChecks[0]: is a number; wanted a check"},
            {"twice the same id",
                    "[{\"Id\":\"a\",\"HealthCheckConfig\":" GOOD "},\n"
                    " {\"Id\":\"a\",\"HealthCheckConfig\":" GOOD "}]",
                    "c.json:2:2: error: the check \"a\" is defined already in c.json:1"},
            {"an unknown child",
                    "[{\"Id\":\"www-eu\",\"HealthCheckConfig\":" GOOD "},\n"
                    "{\"Id\":\"all\",\"HealthCheckConfig\":{\"Type\":\"CALCULATED\","
                    "\"HealthThreshold\":1,\"ChildHealthChecks\":[\"www-ue\"]}}]",
                    "c.json:2:1: error: no file defines the child \"www-ue\" of \"all\"; did you "
                    "mean \"www-eu\"?"},
            {"a check that counts itself",
                    "{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"CALCULATED\","
                    "\"HealthThreshold\":1,\"ChildHealthChecks\":[\"a\"]}}",
                    "c.json:1:1: error: HealthCheckConfig.ChildHealthChecks[0]: CALCULATED checks "
                    "count each other in a circle: a -> a"},
            {"a circle",
                    "[{\"Id\":\"x\",\"HealthCheckConfig\":" GOOD "},\n"
                    CALCULATED("a", "\"x\",\"b\"") ",\n" CALCULATED("c", "\"a\"") ",\n"
                    CALCULATED("b", "\"x\",\"c\"") "]",
                    "c.json:3:1: error: [2].HealthCheckConfig.ChildHealthChecks[0]: CALCULATED "
                    "checks count each other in a circle: a -> b -> c -> a"},
  /* clang-format on */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct definitions *definitions = NULL;
        char faults[TEXT_MAX];
        if (strcmp(load(cases[i].text, &definitions, faults), cases[i].want) != 0)
            fail_msg("%s: got %s", cases[i].what, faults);
        assert_null(definitions);
    }
}

/* A chain of CALCULATED checks, each counting the next. */
static void calculated_checks_nest_so_deep(void **state)
{
    (void)state;
    static const struct {
        unsigned count;
        const char *want;
    } cases[] = {
            {16, ""                                                                     },
            {17, "c.json:1:2: error: [0].HealthCheckConfig.ChildHealthChecks: \"c00\" is the top "
                 "of "
                 "more than 16 CALCULATED checks that count one another"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct definitions *definitions = NULL;
        char faults[TEXT_MAX];
        struct buf text;
        buf_init(&text, 8192);
        buf_add_string(&text, "[");
        for (unsigned n = 0; n + 1 < cases[i].count; n++)
            buf_printf(&text, CALCULATED("c%02u", "\"c%02u\"") ",", n, n + 1);
        buf_printf(&text, CALCULATED("c%02u", "") "]", cases[i].count - 1);
        assert_string_equal(load(buf_string(&text), &definitions, faults), cases[i].want);
        definitions_free(definitions);
        buf_done(&text);
    }
}

static void expected_status_is_one_or_a_range(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        uint16_t low, high;
    } cases[] = {
            {"404",         404, 404},
            {"\"404\"",     404, 404},
            {"\"100-599\"", 100, 599},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct definitions *definitions = NULL;
        char config[256], faults[TEXT_MAX];
        snprintf(config, sizeof(config),
                "{\"Type\":\"HTTP\",\"IPAddress\":\"::1\",\"ExpectedStatus\":%s}", cases[i].value);
        if (*load_config(config, &definitions, faults) != '\0')
            fail_msg("%s: %s", cases[i].value, faults);
        assert_int_equal(definitions->list->target.status_low, cases[i].low);
        assert_int_equal(definitions->list->target.status_high, cases[i].high);
        definitions_free(definitions);
    }
}

static void assert_texts_equal(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a != NULL)
        assert_string_equal(a, b);
}

static void grpc_checks_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *config, *service;
        bool sni;
        enum tls_verify verify;
        const char *described;
    } cases[] = {
  /* clang-format off */
            {"{\"Type\":\"GRPC\",\"IPAddress\":\"::1\",\"Port\":50051}", NULL, false, TLS_VERIFY_WARN,
                    "grpc://[::1]:50051"},
            {"{\"Type\":\"GRPC\",\"IPAddress\":\"::1\",\"Port\":50051,\"Service\":\"shop.Cart\"}",
                    "shop.Cart", false, TLS_VERIFY_WARN, "grpc://[::1]:50051/shop.Cart"},
            {"{\"Type\":\"GRPCS\",\"FullyQualifiedDomainName\":\"a.example\",\"Port\":443,"
             "\"TLSVerify\":\"on\"}",
                    NULL, true, TLS_VERIFY_ON, "grpcs://a.example:443"},
            {"{\"Type\":\"GRPCS\",\"FullyQualifiedDomainName\":\"a.example\",\"Port\":443,"
             "\"IPAddress\":\"192.0.2.1\",\"EnableSNI\":false,\"Service\":\"s\"}",
                    "s", false, TLS_VERIFY_WARN, "grpcs://192.0.2.1:443/s (a.example)"},
  /* clang-format on */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct definitions *definitions = NULL;
        char faults[TEXT_MAX], described[HEALTH_TARGET_MAX + 1];
        if (*load_config(cases[i].config, &definitions, faults) != '\0')
            fail_msg("%s: %s", cases[i].config, faults);
        const struct check_target *target = &definitions->list->target;
        definition_describe(definitions->list, described);
        assert_string_equal(described, cases[i].described);
        assert_texts_equal(target->service, cases[i].service);
        assert_int_equal(target->sni, cases[i].sni);
        assert_int_equal(target->tls_verify, cases[i].verify);
        assert_int_equal(target->connect_timeout_ms, 4000);
        assert_int_equal(target->response_timeout_ms, 2000);
        assert_int_equal(target->status_low, 200);
        assert_int_equal(target->status_high, 200);
        struct check_target other = *target;
        other.service = "other";
        assert_false(check_target_equal(target, &other));
        definitions_free(definitions);
    }
}

static void an_id_may_have_64_bytes_and_no_more(void **state)
{
    (void)state;
    for (int length = 63; length <= 65; length++) {
        struct definitions *definitions = NULL;
        char text[TEXT_MAX], faults[TEXT_MAX];
        snprintf(text, sizeof(text), "{\"Id\":\"%0*d\",\"HealthCheckConfig\":" GOOD "}", length, 0);
        load(text, &definitions, faults);
        assert_int_equal(definitions != NULL, length <= 64);
        definitions_free(definitions);
    }
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_folder_is_read_whole(void **state)
{
    (void)state;
    char dir[] = "/tmp/holdfast-test-XXXXXX";
    struct definitions *definitions = NULL;
    struct diag *diag = diag_new();
    assert_non_null(mkdtemp(dir));
    write_file(dir, "b.json", "{\"Id\":\"b\",\"HealthCheckConfig\":" GOOD "}");
    write_file(dir, "a.json", "{\"Id\":\"z\",\"HealthCheckConfig\":" GOOD "}");
    write_file(dir, ".hidden.json", "no JSON");
    write_file(dir, "notes.txt", "no JSON");

    assert_int_equal(definitions_load(dir, &definitions, diag), 0);
    assert_int_equal(definitions->count, 2);
    assert_string_equal(definitions->list[0].id, "b");
    assert_string_equal(definitions->list[1].id, "z");
    definitions_free(definitions);

    write_file(dir, "c.json", "{\"Id\":\"b\",\"HealthCheckConfig\":" GOOD "}");
    assert_int_equal(definitions_load(dir, &definitions, diag), ERR_FAULTY);
    assert_non_null(strstr(diag_fault_at(diag, 0)->message, "/b.json:1"));
    diag_free(diag);

    diag = diag_new();
    assert_int_equal(definitions_load(NULL, &definitions, diag), 0);
    assert_int_equal(definitions->count, 0);
    definitions_free(definitions);
    assert_int_equal(definitions_load("/nonexistent", &definitions, diag), ERR_FAULTY);
    diag_free(diag);

    char pipe_path[256];
    snprintf(pipe_path, sizeof(pipe_path), "%s/pipe.json", dir);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    diag = diag_new();
    assert_int_equal(definitions_load(dir, &definitions, diag), ERR_FAULTY);
    assert_string_equal(diag_fault_at(diag, 0)->message, "cannot be read: it is no regular file");
    diag_free(diag);
    unlink(pipe_path);

    static const char *const names[] = {"a.json", "b.json", "c.json", ".hidden.json", "notes.txt"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[256];
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

static void assert_lines_equal(const char *const *a, const char *const *b)
{
    assert_int_equal(a == NULL, b == NULL);
    for (size_t i = 0; a != NULL && (a[i] != NULL || b[i] != NULL); i++)
        assert_texts_equal(a[i], b[i]);
}

static void assert_targets_equal(const struct check_target *a, const struct check_target *b)
{
    assert_int_equal(a->type, b->type);
    assert_texts_equal(a->address, b->address);
    assert_texts_equal(a->host, b->host);
    assert_texts_equal(a->path, b->path);
    assert_texts_equal(a->search, b->search);
    assert_texts_equal(a->method, b->method);
    assert_texts_equal(a->service, b->service);
    assert_texts_equal(a->check_id, b->check_id);
    assert_int_equal(a->timeout_ms, b->timeout_ms);
    assert_lines_equal(a->headers, b->headers);
    assert_lines_equal(a->command, b->command);
    assert_int_equal(a->port, b->port);
    assert_int_equal(a->status_low, b->status_low);
    assert_int_equal(a->status_high, b->status_high);
    assert_int_equal(a->tls_verify, b->tls_verify);
    assert_int_equal(a->sni, b->sni);
    assert_int_equal(a->interval_ms, b->interval_ms);
    assert_int_equal(a->connect_timeout_ms, b->connect_timeout_ms);
    assert_int_equal(a->response_timeout_ms, b->response_timeout_ms);
}

static void assert_definitions_equal(const struct definitions *a, const struct definitions *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct definition *one = &a->list[i], *other = &b->list[i];
        assert_string_equal(one->id, other->id);
        assert_targets_equal(&one->target, &other->target);
        assert_int_equal(one->rule.fall, other->rule.fall);
        assert_int_equal(one->rule.rise, other->rule.rise);
        assert_int_equal(one->rule.inverted, other->rule.inverted);
        assert_int_equal(one->rule.disabled, other->rule.disabled);
        assert_int_equal(one->threshold, other->threshold);
        assert_int_equal(one->children_count, other->children_count);
        for (uint32_t j = 0; j < one->children_count; j++)
            assert_string_equal(one->children[j], other->children[j]);
    }
}

static void the_text_of_definitions_gives_the_same_definitions(void **state)
{
    static const char *const rows[] = {
            "[]",
            "{\"Id\":\"x\",\"HealthCheckConfig\":" GOOD "}",
            "{\"HealthCheck\":{\"Id\":\"x\",\"CallerReference\":\"r\",\"HealthCheckConfig\":" GOOD
            "}}",
            "[{\"Id\":\"z\",\"HealthCheckConfig\":{\"Type\":\"HTTPS_STR_MATCH\","
            "\"FullyQualifiedDomainName\":\"a.example\",\"IPAddress\":\"2001:db8::1\","
            "\"Port\":8443,\"ResourcePath\":\"/h?a=\\u00e9\\\"b\",\"SearchString\":\"two\\nlines\","
            "\"RequestInterval\":0.1,\"FailureThreshold\":2,\"SuccessThreshold\":5,"
            "\"ConnectTimeout\":1.5,\"ResponseTimeout\":0.05,\"TLSVerify\":\"off\","
            "\"EnableSNI\":false,\"Method\":\"POST\",\"Headers\":{\"X-B\":\"1\",\"X-A\":\"\"},"
            "\"ExpectedStatus\":\"204-299\",\"Inverted\":true,\"Disabled\":true,"
            "\"MeasureLatency\":true,\"Regions\":[\"us-east-1\"]}},"
            "{\"Id\":\"g\",\"HealthCheckConfig\":{\"Type\":\"GRPC\",\"IPAddress\":\"::1\","
            "\"Port\":1,\"Service\":\"s\"}},"
            "{\"Id\":\"e\",\"HealthCheckConfig\":{\"Type\":\"EXEC\",\"Command\":["
            "\"/bin/true\",\"\\n\"],\"Timeout\":1}},"
            "{\"Id\":\"a\",\"HealthCheckConfig\":" GOOD "},"
            "{\"Id\":\"sum\",\"HealthCheckConfig\":{\"Type\":\"CALCULATED\",\"HealthThreshold\":2,"
            "\"ChildHealthChecks\":[\"z\",\"a\"],\"Inverted\":true}}]",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct definitions *first = NULL, *second = NULL;
        struct buf text, again;
        char faults[TEXT_MAX];
        buf_init(&text, TEXT_MAX);
        buf_init(&again, TEXT_MAX);
        if (*load(rows[i], &first, faults) != '\0')
            fail_msg("%s: %s", rows[i], faults);
        assert_int_equal(definitions_text(first, &text), 0);
        if (*load(buf_string(&text), &second, faults) != '\0')
            fail_msg("%s: %s", buf_string(&text), faults);
        assert_definitions_equal(first, second);
        assert_int_equal(definitions_text(second, &again), 0);
        assert_string_equal(buf_string(&text), buf_string(&again));
        buf_done(&text);
        buf_done(&again);
        definitions_free(first);
        definitions_free(second);
    }
}

static void a_text_that_does_not_fit_is_not_begun(void **state)
{
    (void)state;
    struct definitions *definitions = NULL;
    struct buf text;
    char faults[TEXT_MAX];
    load("{\"Id\":\"x\",\"HealthCheckConfig\":" GOOD "}", &definitions, faults);
    buf_init(&text, TEXT_MAX);
    assert_int_equal(definitions_text(definitions, &text), 0);
    size_t length = text.length;
    buf_done(&text);

    buf_init(&text, length - 1);
    assert_int_equal(definitions_text(definitions, &text), ERR_TOO_LARGE);
    assert_int_equal(text.length, 0);
    buf_init(&text, length);
    assert_int_equal(definitions_text(definitions, &text), 0);
    assert_int_equal(text.length, length);
    buf_done(&text);

    definitions->source.cut = true;
    buf_init(&text, TEXT_MAX);
    assert_int_equal(definitions_text(definitions, &text), ERR_TOO_LARGE);
    definitions_free(definitions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_shape_of_a_file_is_read),
            cmocka_unit_test(defaults_are_those_of_the_contract),
            cmocka_unit_test(every_field_is_read),
            cmocka_unit_test(each_fault_of_a_config_is_told_with_its_place),
            cmocka_unit_test(faults_around_a_check_are_told),
            cmocka_unit_test(calculated_checks_nest_so_deep),
            cmocka_unit_test(expected_status_is_one_or_a_range),
            cmocka_unit_test(grpc_checks_are_read),
            cmocka_unit_test(an_id_may_have_64_bytes_and_no_more),
            cmocka_unit_test(a_folder_is_read_whole),
            cmocka_unit_test(the_text_of_definitions_gives_the_same_definitions),
            cmocka_unit_test(a_text_that_does_not_fit_is_not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
