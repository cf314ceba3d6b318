/* Requests through the real socket, with roles that do not run. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asking.h"
#include "base/err.h"
#include "base/log.h"
#include "idle_role.h"
#include "requests.h"

struct fixture {
    uv_loop_t loop;
    struct control *control;
    struct config config;
    union net_address listen;
    struct requests_sources sources;
    struct health_table *table;
    struct journal *journal;
    struct rules *rules;
    char dir[64], path[96], forces[96], audit[96], journal_path[96];
};

static void on_request(void *context, struct control_request *request, const char *line)
{
    const struct fixture *f = context;
    requests_answer(&f->sources, request, line);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    log_open("test", LOG_LEVEL_ERROR);
    snprintf(f->dir, sizeof(f->dir), "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof(f->path), "%s/control.sock", f->dir);
    snprintf(f->forces, sizeof(f->forces), "%s/forces", f->dir);
    snprintf(f->audit, sizeof(f->audit), "%s/audit.log", f->dir);
    snprintf(f->journal_path, sizeof(f->journal_path), "%s/journal", f->dir);
    f->journal = journal_open(f->journal_path, 1U << 20);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(health_table_create(&f->table), 0);
    const struct health_detail detail = {.id = "www-eu", .type = "TCP", .flags = HEALTH_DEFINED};
    health_table_write(f->table, 0, &detail);
    health_table_put(f->table, 0,
            (struct health_verdict){.state = HEALTH_UP, .no_data = true, .since_s = 1});
    assert_int_equal(net_address_parse("127.0.0.1:5300", 0, &f->listen), 0);
    f->config = (struct config){.listen = &f->listen, .listen_count = 1, .workers = 2};
    f->sources = (struct requests_sources){
            .config = &f->config,
            .table = f->table,
            .state_path = "state/health.state",
            .audit_path = f->audit,
            .checker = idle_role(&f->loop, "checker"),
            .responder = idle_role(&f->loop, "responder"),
    };
    f->rules = rules_new(NULL, 0, f->table);
    f->sources.rules = f->rules;
    f->sources.override = override_new(&(struct override_settings){
            .table = f->table,
            .state_dir = f->dir,
            .checker = f->sources.checker,
            .responder = f->sources.responder,
            .journal = f->journal,
            .rules = f->rules,
    });
    f->sources.reload = reload_new(&f->loop, f->sources.checker, false, f->sources.responder);
    f->sources.guarding = guarding_new(f->table, f->dir, f->sources.checker);
    f->sources.compare = compare_new(
            &f->loop, f->sources.reload, f->sources.checker, NULL, f->sources.responder);
    assert_int_equal(control_open(&f->control, &f->loop, f->path, on_request, f), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    control_close(f->control);
    compare_free(f->sources.compare);
    reload_free(f->sources.reload);
    role_close(f->sources.checker);
    role_close(f->sources.responder);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    guarding_free(f->sources.guarding);
    override_free(f->sources.override);
    rules_free(f->rules);
    health_table_close(f->table);
    unlink(f->forces);
    unlink(f->audit);
    journal_close(f->journal);
    unlink(f->journal_path);
    assert_int_equal(rmdir(f->dir), 0);
    free(f);
    return 0;
}

static const struct {
    const char *line;
    int status;
    const char *part; /* of the reply */
} rows[] = {
        {"version",              0,          "{\"version\":\"" HOLDFAST_VERSION "\"}"                                  },
        {"status",               0,          "\"listen\":[{\"address\":\"127.0.0.1:5300\"}]"                           },
        {"status",               0,          "\"checks\":{\"total\":1,\"up\":1,\"down\":0,\"no_data\":1,\"leaving\":0,"},
        {"status",               0,          "{\"name\":\"responder\",\"state\":\"idle\",\"pid\":null,"                },
        {"status",               0,          "\"reload\":{\"time\":null,\"result\":null}"                              },
        {"  checks  ",           0,          "{\"checks\":[{\"id\":\"www-eu\","                                        },
        {"checks www-eu",        0,          "{\"checks\":[{\"id\":\"www-eu\","                                        },
        {"checks www-uk",        -ENOENT,    "no check \\\"www-uk\\\"; did you mean \\\"www-eu\\\"?"                   },
        {"force www-eu down",    0,          "\"new\":{\"state\":\"down\","                                            },
        {"guards",               -ENOTCONN,  "{\"error\":\"the checker does not run at the moment\"}"                  },
        {"accept",               -EINVAL,    "{\"notes\":[],\"error\":\"wanted: accept ZONE, or accept all\"}"         },
        {"accept all",           -ENOTCONN,
         "\"error\":\"the checker, which has the guards, does not run; asked was "
                "\\\"all\\\"\"}"                                                                                       },
        {"status",               0,          "\"leaving\":0,\"forced\":1,\"held\":0,"                                  },
        {"status",               0,          "\"forces\":[{\"state\":\"down\","                                        },
        {"checks www-eu",        0,          "\"state\":\"down\",\"no_data\":true,"                                    },
        {"force  www-eu  auto ", 0,          "\"new\":null,"                                                           },
        {"status",               0,          "\"forces\":[]"                                                           },
        {"force",                ERR_SYNTAX, "wanted: force ID up|down|auto"                                           },
        {"zones",                -ENOTCONN,  "{\"error\":\"the responder does not run at the moment\"}"                },
        {"stats",                -ENOTCONN,  "does not run"                                                            },
        {"lint",                 -ENOTCONN,  "does not run"                                                            },
        {"lint example.com",     -ENOTCONN,  "does not run"                                                            },
        {"reload",               ERR_FAULTY,
         "\"notes\":[\"the checker does not run; checks were not reloaded\","                                          },
        {"diff",                 ERR_FAULTY,
         "\"notes\":[\"the checker does not run; checks were not compared\",\"the responder "
                "does "
                "not run; zones were not compared\"]"                                                                  },
        {"diff example.com",     ERR_FAULTY, "{\"checks\":null,\"zones\":null,"                                        },
        {"status",               0,          "\"result\":\"faulty\""                                                   },
        {"relaod",               ERR_SYNTAX, "no request \\\"relaod\\\"; did you mean \\\"reload\\\"?"                 },
        {"",                     ERR_SYNTAX, "no request \\\"\\\""                                                     },
        {"xyzzy",                ERR_SYNTAX, "{\"error\":\"no request \\\"xyzzy\\\"\"}"                                },
        {"status now",           ERR_SYNTAX, "takes no argument"                                                       },
};

static void check_row(struct fixture *f, size_t i)
{
    struct asking asking;
    ask_on(&f->loop, f->path, rows[i].line, &asking);
    const char *body = buf_string(&asking.body);
    if (asking.error != 0 || asking.status != rows[i].status || strstr(body, rows[i].part) == NULL)
        fail_msg("%s: %d, status %d, %s", rows[i].line, asking.error, asking.status, body);
    buf_done(&asking.body);
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        check_row(*state, i);
}

/* The longest line fills the word exactly. */
static void test_longest_word(void **state)
{
    struct fixture *f = *state;
    char line[1025];
    struct asking asking;
    memset(line, 'a', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    ask_on(&f->loop, f->path, line, &asking);
    assert_int_equal(asking.error, 0);
    assert_int_equal(asking.status, ERR_SYNTAX);
    buf_done(&asking.body);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
            cmocka_unit_test_setup_teardown(test_longest_word, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
