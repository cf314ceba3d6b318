/* test_definition_command.c -- checks of type EXEC: their members, their faults, and that they are off. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "check/definition.h"
#include "exec/message.h"

#define TEXT_MAX 16384U

static void add_fault(const struct diag *diag, struct buf *ret)
{
    for (uint32_t i = 0; i < diag_kept(diag); i++) {
        buf_add_string(ret, i > 0 ? "\n" : "");
        diag_fault_format(diag_fault_at(diag, i), ret);
    }
}

/* Reads one check "x".  What is told about it, one fault a line, goes to `faults`. */
static struct definitions *load(const char *config, char faults[TEXT_MAX])
{
    struct definitions *definitions = NULL;
    struct diag *diag = diag_new();
    struct buf lines;
    char text[TEXT_MAX];
    buf_init(&lines, TEXT_MAX - 1);
    snprintf(text, sizeof(text), "{\"Id\":\"x\",\"HealthCheckConfig\":%s}", config);
    int error = definitions_load_text("c.json", text, strlen(text), &definitions, diag);
    assert_int_equal(error, diag_errors(diag) > 0 ? ERR_FAULTY : 0);
    add_fault(diag, &lines);
    snprintf(faults, TEXT_MAX, "%s", buf_string(&lines));
    buf_done(&lines);
    diag_free(diag);
    return definitions;
}

static void test_defaults(void **state)
{
    char faults[TEXT_MAX], described[HEALTH_TARGET_MAX + 1];
    struct definitions *definitions =
            load("{\"Type\":\"EXEC\",\"Command\":[\"/bin/true\"]}", faults);
    (void)state;
    assert_string_equal(faults, "");
    const struct check_target *target = &definitions->list[0].target;
    assert_int_equal(target->type, CHECK_EXEC);
    assert_string_equal(target->command[0], "/bin/true");
    assert_null(target->command[1]);
    assert_string_equal(target->check_id, "x");
    assert_int_equal(target->timeout_ms, 10000);
    assert_int_equal(target->interval_ms, 10000);
    assert_int_equal(target->status_low, 0);
    assert_int_equal(target->status_high, 0);
    assert_int_equal(definitions->list[0].rule.fall, 3);
    assert_int_equal(definitions->list[0].rule.rise, 3);
    definition_describe(&definitions->list[0], described);
    assert_string_equal(described, "exec:/bin/true");
    definitions_free(definitions);
}

static void test_every_member(void **state)
{
    char faults[TEXT_MAX], described[HEALTH_TARGET_MAX + 1];
    struct definitions *definitions = load(
            "{\"Type\":\"EXEC\",\"Command\":[\"/bin/sh\",\"-c\",\"echo\\n$1\",\"\",\"\\u00e9\"],"
            "\"Timeout\":2.5,\"ExpectedStatus\":\"0-1\",\"RequestInterval\":0.5,"
            "\"FailureThreshold\":2,\"SuccessThreshold\":4,\"Inverted\":true,\"Disabled\":true,"
            "\"Comment\":\"c\"}",
            faults);
    (void)state;
    assert_string_equal(faults, "");
    const struct check_target *target = &definitions->list[0].target;
    assert_string_equal(target->command[2], "echo\n$1");
    assert_string_equal(target->command[3], "");
    assert_string_equal(target->command[4], "\xc3\xa9");
    assert_null(target->command[5]);
    assert_int_equal(target->timeout_ms, 2500);
    assert_int_equal(target->status_low, 0);
    assert_int_equal(target->status_high, 1);
    assert_int_equal(target->interval_ms, 500);
    assert_int_equal(definitions->list[0].rule.rise, 4);
    definition_describe(&definitions->list[0], described);
    assert_string_equal(described, "exec:/bin/sh -c echo?$1  \xc3\xa9");
    definitions_free(definitions);
}

#define EXEC      "{\"Type\":\"EXEC\",\"Command\":[\"/bin/true\"],"
#define COMMAND   "{\"Type\":\"EXEC\",\"Command\":"
#define PLACE     "c.json:1:11: error: HealthCheckConfig"
#define INSIDE(c) "c.json:1:" #c ": error: HealthCheckConfig."

static void test_faults(void **state)
{
    static const struct {
        const char *config, *want;
    } rows[] = {
  /* clang-format off */
            {"{\"Type\":\"EXEC\"}", PLACE ": a check of type EXEC wants a Command"},
            {COMMAND "\"/bin/true\"}",
             INSIDE(46) "Command: wanted an array of a program and its arguments, 1 to 64 strings"},
            {COMMAND "[]}",
             INSIDE(46) "Command: wanted an array of a program and its arguments, 1 to 64 strings"},
            {COMMAND "[7]}", INSIDE(57) "Command[0]: is a number; wanted a string"},
            {COMMAND "[\"/bin/true\",null]}", INSIDE(69) "Command[1]: is null; wanted a string"},
            {COMMAND "[\"/bin/true\",\"a\\u0000b\"]}",
             INSIDE(69) "Command[1]: is a string with a NUL; wanted a string"},
            {COMMAND "[\"true\"]}",
             INSIDE(57) "Command[0]: \"true\" is no absolute path; no shell and no PATH looks for the "
                        "program"},
            {COMMAND "[\"\"]}",
             INSIDE(57) "Command[0]: \"\" is no absolute path; no shell and no PATH looks for the "
                        "program"},
            {EXEC "\"Timeout\":0}", INSIDE(70) "Timeout: is 0; wanted a number of seconds from 0.05 to 60"},
            {EXEC "\"Timeout\":61}",
             INSIDE(70) "Timeout: is 61; wanted a number of seconds from 0.05 to 60"},
            {EXEC "\"ExpectedStatus\":256}",
             INSIDE(70) "ExpectedStatus: wanted a status from 0 to 255, or two as \"0-1\""},
            {EXEC "\"ExpectedStatus\":-1}",
             INSIDE(70) "ExpectedStatus: wanted a status from 0 to 255, or two as \"0-1\""},
            {EXEC "\"ExpectedStatus\":\"1-0\"}",
             INSIDE(70) "ExpectedStatus: wanted a status from 0 to 255, or two as \"0-1\""},
            {EXEC "\"Port\":80}", INSIDE(70) "Port: means nothing for a check of type EXEC"},
            {EXEC "\"ConnectTimeout\":1}",
             INSIDE(70) "ConnectTimeout: means nothing for a check of type EXEC"},
            {EXEC "\"IPAddress\":\"::1\"}",
             INSIDE(70) "IPAddress: means nothing for a check of type EXEC"},
            {"{\"Type\":\"HTTP\",\"IPAddress\":\"::1\",\"Timeout\":1}",
             INSIDE(64) "Timeout: means nothing for a check of type HTTP"},
            {"{\"Type\":\"HTTP\",\"IPAddress\":\"::1\",\"ExpectedStatus\":0}",
             INSIDE(64) "ExpectedStatus: wanted a status from 100 to 599, or two as \"200-299\""},
            {"{\"Type\":\"TCP\",\"IPAddress\":\"::1\",\"Port\":1,\"ExpectedStatus\":0}",
             INSIDE(72) "ExpectedStatus: means nothing for a check of type TCP"},
  /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char faults[TEXT_MAX];
        assert_null(load(rows[i].config, faults));
        if (strcmp(faults, rows[i].want) != 0)
            fail_msg("%s: got %s", rows[i].config, faults);
    }
}

/* It may come yet, or be of another machine: told, and taken. */
static void test_a_program_that_is_missing(void **state)
{
    char faults[TEXT_MAX];
    struct definitions *definitions = load(COMMAND "[\"/no/such/program\"]}", faults);
    (void)state;
    assert_string_equal(faults,
            "c.json:1:57: warning: HealthCheckConfig.Command[0]: \"/no/such/program\" cannot be "
            "executed: No such file or directory");
    assert_non_null(definitions);
    definitions_free(definitions);
}

/* A command of a program and `count` arguments of `size` bytes, without the NUL. */
static bool is_taken(size_t count, size_t size)
{
    char config[TEXT_MAX], faults[TEXT_MAX], argument[EXEC_COMMAND_MAX + 1];
    size_t length = (size_t)snprintf(config, sizeof(config), COMMAND "[\"/bin/true\"");
    memset(argument, 'a', size);
    argument[size] = '\0';
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(config + length, sizeof(config) - length, ",\"%s\"", argument);
    snprintf(config + length, sizeof(config) - length, "]}");
    struct definitions *definitions = load(config, faults);
    bool taken = definitions != NULL;
    definitions_free(definitions);
    return taken;
}

static void test_maxima(void **state)
{
    const size_t program = sizeof("/bin/true");
    (void)state;
    assert_true(is_taken(EXEC_ARGUMENTS_MAX - 1, 1));
    assert_false(is_taken(EXEC_ARGUMENTS_MAX, 1));
    assert_true(is_taken(1, EXEC_COMMAND_MAX - program - 1));
    assert_false(is_taken(1, EXEC_COMMAND_MAX - program));
    assert_false(is_taken(2, (EXEC_COMMAND_MAX - program) / 2));
}

/* Each command has a process of its own, even where two are the same but for the checks' ids. */
static void test_equality(void **state)
{
    static const struct {
        const char *config;
        bool equal;
    } rows[] = {
            {COMMAND "[\"/bin/true\",\"a\"]}",                      true },
            {COMMAND "[\"/bin/true\",\"b\"]}",                      false},
            {COMMAND "[\"/bin/true\"]}",                            false},
            {COMMAND "[\"/bin/true\",\"a\",\"\"]}",                 false},
            {COMMAND "[\"/bin/true\",\"a\"],\"Timeout\":1}",        false},
            {COMMAND "[\"/bin/true\",\"a\"],\"ExpectedStatus\":1}", false},
            {"{\"Type\":\"TCP\",\"IPAddress\":\"::1\",\"Port\":1}", false},
    };
    char faults[TEXT_MAX];
    struct definitions *first = load(COMMAND "[\"/bin/true\",\"a\"]}", faults);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct definitions *second = load(rows[i].config, faults);
        if (check_target_equal(&first->list[0].target, &second->list[0].target) != rows[i].equal)
            fail_msg("%s", rows[i].config);
        definitions_free(second);
    }
    struct check_target other = first->list[0].target;
    other.check_id = "y";
    assert_false(check_target_equal(&first->list[0].target, &other));
    definitions_free(first);
}

static void test_commands_are_refused(void **state)
{
    static const char text[] = "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"TCP\","
                               "\"IPAddress\":\"::1\",\"Port\":1}},\n"
                               " {\"Id\":\"b\",\"HealthCheckConfig\":{\"Type\":\"EXEC\","
                               "\"Command\":[\"/bin/true\"]}}]";
    struct definitions *definitions = NULL;
    struct diag *diag = diag_new();
    struct buf faults;
    char none[TEXT_MAX];
    (void)state;
    buf_init(&faults, TEXT_MAX);
    assert_int_equal(
            definitions_load_text("c.json", text, sizeof(text) - 1, &definitions, diag), 0);
    assert_int_equal(definitions_refuse_commands(definitions, diag), ERR_FAULTY);
    add_fault(diag, &faults);
    assert_string_equal(buf_string(&faults),
            "c.json:2:2: error: the check \"b\" is of type EXEC, and commands are off; exec-checks "
            "= "
            "true in the configuration (--exec-checks) allows them");
    buf_done(&faults);
    definitions_free(definitions);

    definitions = load("{\"Type\":\"TCP\",\"IPAddress\":\"::1\",\"Port\":1}", none);
    assert_int_equal(definitions_refuse_commands(definitions, diag), 0);
    definitions_free(definitions);
    diag_free(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_defaults),
            cmocka_unit_test(test_every_member),
            cmocka_unit_test(test_faults),
            cmocka_unit_test(test_a_program_that_is_missing),
            cmocka_unit_test(test_maxima),
            cmocka_unit_test(test_equality),
            cmocka_unit_test(test_commands_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
