/* Flags, flags over the file, and the way of a configuration to a role. */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "config.h"

#define ARGUMENTS_MAX 14

struct outcome {
    int error;
    bool exit_now;
    struct config *config;
    struct diag *diag;
};

/* Parses a NULL-ended list of arguments. */
static struct outcome run(const char *const *arguments)
{
    struct outcome outcome = {.diag = diag_new()};
    char *argv[ARGUMENTS_MAX + 2] = {strdup("holdfastd")};
    int argc = 1;
    for (; arguments[argc - 1] != NULL; argc++)
        argv[argc] = strdup(arguments[argc - 1]);
    char *given[ARGUMENTS_MAX + 2]; /* getopt reorders argv */
    memcpy(given, argv, sizeof(given));
    outcome.error =
            config_from_arguments(argc, argv, &outcome.config, &outcome.exit_now, outcome.diag);
    for (int i = 0; i < argc; i++)
        free(given[i]);
    return outcome;
}

static void done(struct outcome *outcome)
{
    config_free(outcome->config);
    diag_free(outcome->diag);
}

static const struct {
    const char *what;
    const char *arguments[ARGUMENTS_MAX];
    const char *fault;
} fault_rows[] = {
        {"bad address",              {"--listen", "127.0.0.300", "-z", "z"},
         "error: --listen: not an address with optional port: \"127.0.0.300\""                                               },
        {"bad address, short",       {"-l", "x", "-z", "z"},
         "error: --listen: not an address with optional port: \"x\""                                                         },
        {"misspelt flag",            {"--listn", "127.0.0.1", "-z", "z"},
         "error: no flag --listn; did you mean --listen?"                                                                    },
        {"misspelt flag with value", {"--chekcs=c", "-z", "z"},
         "error: no flag --chekcs; did you mean --checks?"                                                                   },
        {"unknown short flag",       {"-x", "-z", "z"},                            "error: no flag -x; see holdfastd --help" },
        {"missing value",            {"-z", "z", "--workers"},                     "error: --workers needs a value"          },
        {"missing value, short",     {"-z", "z", "-w"},                            "error: --workers needs a value"          },
        {"value too many",           {"-z", "z", "--no-checker=x"},                "error: --no-checker takes no value"      },
        {"left over",                {"-z", "z", "zones"},                         "error: \"zones\" belongs to no flag"     },
        {"no command",               {"-z", "z", "--exec-commands=0"},
         "error: --exec-commands: not a number from 1 to 256: \"0\""                                                         },
        {"no name",                  {"-z", "z", "--ignore-ecs", "a..b"},
         "error: --ignore-ecs: not a name: \"a..b\""                                                                         },
        {"no waiver",                {"-z", "z", "--lint-waive", "www:FAIL_OPNE"},
         "error: --lint-waive: \"FAIL_OPNE\" is no code; did you mean FAIL_OPEN?"                                            },
        {"a lint of nothing",        {"-z", "z", "--lint"},
         "error: --lint goes with --test; a running daemon is asked by holdfastctl lint"                                     },
        {"all of what",              {"-z", "z", "-t", "--all"},                   "error: --all goes with --lint"           },
        {"JSON of what",             {"-z", "z", "-t", "--json"},                  "error: --json goes with --lint"          },
        {"stale, but how",           {"-z", "z", "--on-stale", "example.com"},
         "error: --on-stale: neither ORIGIN=hold nor ORIGIN=open: \"example.com\""                                           },
        {"a guard of what",          {"-z", "z", "--max-down", "example.com=50%"},
         "error: --max-down: wanted is a share and a time, as in \"50% in 10s\"; read was "
                "\"50%\""                                                                                                    },
        {"too fast",                 {"-z", "z", "--lint-slow", "0"},
         "error: --lint-slow: not a number from 1 to 86400: \"0\""                                                           },
        {"no zones",                 {"-w", "1"},
         "error: no zones are configured: give --zones DIR or --zone ORIGIN=FILE"                                            },
        {"no such file",             {"-z", "z", "-c", "/nonexistent"},
         "/nonexistent: error: cannot be read: No such file or directory"                                                    },
        {"a directory as file",      {"-z", "z", "-c", "/"},                       "/: error: cannot be read: Is a directory"},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fault_rows); i++) {
        struct outcome outcome = run(fault_rows[i].arguments);
        struct buf text;
        buf_init(&text, 4096);
        if (outcome.error != ERR_FAULTY || outcome.config != NULL)
            fail_msg("%s: returned %d", fault_rows[i].what, outcome.error);
        diag_fault_format(diag_fault_at(outcome.diag, 0), &text);
        if (strcmp(buf_string(&text), fault_rows[i].fault) != 0)
            fail_msg("%s: said: %s", fault_rows[i].what, buf_string(&text));
        buf_done(&text);
        done(&outcome);
    }
}

static void test_all_flags(void **state)
{
    (void)state;
    struct outcome o = run((const char *const[]){"-l127.0.0.1:53", "--zone", ".=root", "-kchecks",
            "-w", "2", "-s", "st", "-t", "--no-checker", "--probes=5", "--exec-checks",
            "--exec-commands=256", NULL});
    char text[NET_TEXT_MAX];
    assert_int_equal(o.error, 0);
    assert_false(o.exit_now);
    assert_int_equal(o.config->listen_count, 1);
    assert_string_equal(net_address_format(&o.config->listen[0], text), "127.0.0.1:53");
    assert_string_equal(o.config->zone.list[0], ".=root");
    assert_null(o.config->zones_dir);
    assert_string_equal(o.config->checks_dir, "checks");
    assert_string_equal(o.config->state_dir, "st");
    assert_int_equal(o.config->workers, 2);
    assert_int_equal(o.config->probes_max, 5);
    assert_true(o.config->no_checker);
    assert_true(o.config->exec_checks);
    assert_int_equal(o.config->commands_max, 256);
    assert_true(o.config->test);
    assert_false(o.config->lint || o.config->lint_all || o.config->lint_json);
    done(&o);
}

static void test_lint_flags(void **state)
{
    (void)state;
    struct outcome o = run((const char *const[]){"-z", "z", "-t", "--lint", "--all", "--json",
            "--lint-waive", "*:LONG_TTL", "--lint-waive=w A:FAIL_OPEN", "--lint-slow=7", NULL});
    assert_int_equal(o.error, 0);
    assert_true(o.config->lint && o.config->lint_all && o.config->lint_json);
    assert_int_equal(o.config->lint_waive.count, 2);
    assert_string_equal(o.config->lint_waive.list[1], "w A:FAIL_OPEN");
    assert_int_equal(o.config->lint_slow_s, 7);
    done(&o);
}

static void test_defaults(void **state)
{
    (void)state;
    struct outcome o = run((const char *const[]){"-z", "zones", NULL});
    char text[NET_TEXT_MAX];
    assert_int_equal(o.error, 0);
    assert_in_range(o.config->listen_count, 1, 2); /* ::1 only where there is IPv6 */
    assert_string_equal(net_address_format(&o.config->listen[0], text), "127.0.0.1:5300");
    if (o.config->listen_count == 2)
        assert_string_equal(net_address_format(&o.config->listen[1], text), "[::1]:5300");
    assert_string_equal(o.config->state_dir, "./state");
    assert_null(o.config->checks_dir);
    assert_int_equal(o.config->udp_size_bytes, 1232);
    assert_int_equal(o.config->tcp_connections_max, 1000);
    assert_int_equal(o.config->tcp_client_max, 100);
    assert_int_equal(o.config->tcp_idle_s, 10);
    assert_int_equal(o.config->probes_max, 1000);
    assert_string_equal(o.config->version_text, CONFIG_DEFAULT_VERSION_TEXT);
    assert_null(o.config->server_id);
    assert_true(o.config->workers >= 1);
    assert_int_equal(o.config->log_level, LOG_LEVEL_INFO);
    assert_int_equal(o.config->lint_slow_s, 300);
    assert_int_equal(o.config->lint_waive.count, 0);
    assert_false(o.config->no_checker);
    assert_false(o.config->exec_checks);
    assert_int_equal(o.config->commands_max, 16);
    assert_false(o.config->test);
    done(&o);
}

static void test_flags_over_file(void **state)
{
    (void)state;
    char path[] = "/tmp/holdfast-test-XXXXXX";
    static const char text[] =
            "zones = fz\nzone = {\"a=1\", \"b=2\"}\nlisten = 127.0.0.9\nworkers = 7\n";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    struct outcome o = run((const char *const[]){
            "--zone", "c=3", "--zone=d=4", "-c", path, "-l", "127.0.0.1:1", NULL});
    unlink(path);
    char address[NET_TEXT_MAX];
    assert_int_equal(o.error, 0);
    assert_string_equal(o.config->zones_dir, "fz");
    assert_int_equal(o.config->zone.count, 2); /* those of the file are gone */
    assert_string_equal(o.config->zone.list[0], "c=3");
    assert_string_equal(o.config->zone.list[1], "d=4");
    assert_int_equal(o.config->listen_count, 1);
    assert_string_equal(net_address_format(&o.config->listen[0], address), "127.0.0.1:1");
    assert_int_equal(o.config->workers, 7);
    done(&o);
}

static void test_version_exits(void **state)
{
    (void)state;
    struct outcome o = run((const char *const[]){"--version", NULL});
    assert_int_equal(o.error, 0);
    assert_true(o.exit_now);
    assert_null(o.config);
    done(&o);
    o = run((const char *const[]){"-h", NULL});
    assert_true(o.exit_now);
    done(&o);
}

static void test_save_and_load(void **state)
{
    (void)state;
    struct outcome o = run((const char *const[]){"-z", "a\"b\\c\nd", "--zone", "x=y z",
            "--ignore-ecs", "example.com", "--ignore-ecs=b\\.c.", "--lint-waive=*:LONG_TTL",
            "--lint-slow=9", NULL});
    int fd = config_save(o.config);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    for (int i = 0; i < 2; i++) { /* a second role reads the same */
        struct config *config = NULL;
        assert_int_equal(config_load(fd, &config, o.diag), 0);
        assert_string_equal(config->zones_dir, "a\"b\\c\nd");
        assert_string_equal(config->zone.list[0], "x=y z");
        assert_int_equal(config->ignore_ecs.count, 2);
        assert_string_equal(config->ignore_ecs.list[0], "example.com");
        assert_string_equal(config->ignore_ecs.list[1], "b\\.c.");
        assert_int_equal(config->lint_waive.count, 1);
        assert_string_equal(config->lint_waive.list[0], "*:LONG_TTL");
        assert_int_equal(config->lint_slow_s, 9);
        assert_int_equal(config->listen_count, o.config->listen_count);
        assert_int_equal(config->workers, o.config->workers);
        config_free(config);
    }
    assert_int_equal(write(fd, "x", 1), -1); /* sealed */
    close(fd);
    done(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_faults),
            cmocka_unit_test(test_all_flags),
            cmocka_unit_test(test_lint_flags),
            cmocka_unit_test(test_defaults),
            cmocka_unit_test(test_flags_over_file),
            cmocka_unit_test(test_version_exits),
            cmocka_unit_test(test_save_and_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
