/* A comparison over real processes: this test executes itself again, and argv[0] says what the child answers. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "child_role.h"
#include "compare.h"

#define ONCE "once-"

/* ---- the child ---- */

static const struct mode {
    const char *name;
    int status;
    const char *payload; /* NULL: the request and its number */
} modes[] = {
        {"same",         0,             "\n{\"c\":0}"            },
        {"differs",      ERR_DIFFERENT, "+a -b\n{\"c\":1}"       },
        {"faulty",       ERR_FAULTY,    "\n{\"c\":2}"            },
        {"no-line",      0,             "{}"                     },
        {"refuses",      -EINVAL,       "\n{}"                   },
        {"zone-same",    0,             NULL                     },
        {"zone-differs", ERR_DIFFERENT, NULL                     },
        {"zone-faulty",  ERR_FAULTY,    NULL                     },
        {"zone-unknown", -ENOENT,       "{\"error\":\"no zone\"}"},
        {"zone-busy",    -EBUSY,        "{}"                     },
        {"dies",         0,             NULL                     },
};

struct child {
    struct child_role role;
    const struct mode *mode;
    unsigned asked;
};

/* The request, its newlines as '|'. */
static void child_answer(struct child_role *role, const struct ipc_message *request)
{
    struct child *child = (struct child *)role; /* its first member */
    const struct ipc_message reply = {
            .type = IPC_REPLY, .id = request->id, .status = child->mode->status};
    char payload[256];
    if (strcmp(child->mode->name, "dies") == 0)
        abort();
    child->asked++;
    snprintf(payload, sizeof(payload), "{\"%s\":%u}", request->payload, child->asked);
    for (char *at = payload; *at != '\0'; at++)
        *at = *at == '\n' ? '|' : *at;
    child_role_send(role, &reply, child->mode->payload != NULL ? child->mode->payload : payload);
}

/* One that ends by itself tells its answer when it is ready. */
static int child_main(const char *name)
{
    bool once = strncmp(name, ONCE, strlen(ONCE)) == 0;
    struct child child = {.role = {.answer = child_answer}};
    for (size_t i = 0; i < COUNT(modes); i++)
        if (strcmp(modes[i].name, once ? name + strlen(ONCE) : name) == 0)
            child.mode = &modes[i];
    assert_non_null(child.mode);
    if (once && strcmp(child.mode->name, "dies") == 0)
        abort();
    return child_role_run(&child.role, child.mode->status, once ? child.mode->payload : "{}", once);
}

/* ---- the parent ---- */

struct fixture {
    uv_loop_t loop;
    struct role *checker, *comparer, *responder;
    struct reload *reload;
    struct compare *compare;
    unsigned ready, done;
    int status;
    char json[512];
    char order[64]; /* what was over: r or d */
    char checker_title[64], responder_title[64];
};

static void on_event(
        void *context, struct role *role, enum role_event event, const struct ipc_message *message)
{
    struct fixture *f = context;
    if (role == f->comparer)
        compare_role_event(f->compare, event, message);
    else
        f->ready += event == ROLE_READY;
}

static void note(struct fixture *f, const char *what, int status, const char *json, size_t length)
{
    f->done++;
    f->status = status;
    snprintf(f->json, sizeof(f->json), "%.*s", (int)length, json);
    strncat(f->order, what, sizeof(f->order) - strlen(f->order) - 1);
}

static void on_compared(void *context, int status, const char *json, size_t length)
{
    note(context, "d", status, json, length);
}

static void on_reloaded(void *context, int status, const char *json, size_t length)
{
    note(context, "r", status, json, length);
}

static struct role *make_role(struct fixture *f, const char *title, bool once)
{
    const struct role_plan plan = {"child", title, "/proc/self/exe", once, NULL, 0};
    return role_new(&f->loop, &plan, on_event, f);
}

/* "absent" never starts; a checker that begins with "once-" is a comparer, and no checker runs. */
static void set_up(struct fixture *f, const char *checker, const char *responder)
{
    bool once = strstr(checker, ONCE) != NULL;
    bool has_checker = !once && strstr(checker, "absent") == NULL;
    bool has_responder = strstr(responder, "absent") == NULL;
    *f = (struct fixture){0};
    assert_int_equal(uv_loop_init(&f->loop), 0);
    snprintf(f->checker_title, sizeof(f->checker_title), CHILD_ROLE "%s", checker);
    snprintf(f->responder_title, sizeof(f->responder_title), CHILD_ROLE "%s", responder);
    f->checker = make_role(f, f->checker_title, false);
    f->comparer = make_role(f, f->checker_title, true);
    f->responder = make_role(f, f->responder_title, false);
    f->reload = reload_new(&f->loop, f->checker, false, f->responder);
    f->compare =
            compare_new(&f->loop, f->reload, f->checker, once ? f->comparer : NULL, f->responder);
    if (has_checker)
        role_start(f->checker);
    if (has_responder)
        role_start(f->responder);
    while (f->ready < (unsigned)has_checker + has_responder)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void run_until_done(struct fixture *f, unsigned count)
{
    while (f->done < count)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void tear_down(struct fixture *f)
{
    struct role *const roles[] = {f->checker, f->comparer, f->responder};
    reload_stop(f->reload);
    child_roles_stop(&f->loop, roles, COUNT(roles));
    compare_free(f->compare);
    reload_free(f->reload);
    role_close(f->checker);
    role_close(f->comparer);
    role_close(f->responder);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
}

static const struct {
    const char *what;
    const char *checker, *responder, *zone;
    int status;
    const char *json;
} rows[] = {
        {"nothing differs",                               "same",         "zone-same",    "",            0,
         "{\"checks\":{\"c\":0},\"zones\":{\"diff |\":1},\"notes\":[]}"           },
        {"checks differ, and the ids are handed on",      "differs",      "zone-same",    "",            ERR_DIFFERENT,
         "{\"checks\":{\"c\":1},\"zones\":{\"diff |+a -b\":1},\"notes\":[]}"      },
        {"zones differ",                                  "same",         "zone-differs", "",            ERR_DIFFERENT,
         "{\"checks\":{\"c\":0},\"zones\":{\"diff |\":1},\"notes\":[]}"           },
        {"a fault outweighs a difference",                "differs",      "zone-faulty",  "",            ERR_FAULTY,
         "{\"checks\":{\"c\":1},\"zones\":{\"diff |+a -b\":1},\"notes\":[]}"      },
        {"whichever comes first",                         "faulty",       "zone-differs", "",            ERR_FAULTY,
         "{\"checks\":{\"c\":2},\"zones\":{\"diff |\":1},\"notes\":[]}"           },
        {"one zone, and checks that are not asked about", "differs",      "zone-same",    "example.com", 0,
         "{\"checks\":null,\"zones\":{\"diff example.com|+a -b\":1},\"notes\":[]}"},
        {"one zone, and checks that are faulty",          "faulty",       "zone-same",    "example.com", ERR_FAULTY,
         "{\"checks\":{\"c\":2},\"zones\":{\"diff example.com|\":1},\"notes\":[]}"},
        {"a zone that is not known",                      "differs",      "zone-unknown", "x",           -ENOENT,
         "{\"error\":\"no zone\"}"                                                },
        {"a responder that refuses",                      "same",         "zone-busy",    "",            ERR_FAULTY,
         "{\"checks\":{\"c\":0},\"zones\":{},\"notes\":[\"the responder refused to compare "
                "the zones\"]}"                                                   },
        {"a checker that refuses",                        "refuses",      "zone-same",    "",            ERR_FAULTY,
         "{\"checks\":null,\"zones\":{\"diff |\":1},\"notes\":[\"the checker refused to "
                "compare the "
                "checks\"]}"                                                      },
        {"a checker that makes no sense",                 "no-line",      "zone-same",    "",            ERR_FAULTY,
         "{\"checks\":null,\"zones\":{\"diff |\":1},\"notes\":[\"the checker refused to "
                "compare the "
                "checks\"]}"                                                      },
        {"the checker dies",                              "dies",         "zone-same",    "",            ERR_FAULTY,
         "{\"checks\":null,\"zones\":{\"diff |\":1},\"notes\":[\"the checker died while it "
                "compared the "
                "checks\"]}"                                                      },
        {"no checker runs",                               "absent",       "zone-same",    "",            ERR_FAULTY,
         "{\"checks\":null,\"zones\":{\"diff |\":1},\"notes\":[\"the checker does not run; "
                "checks were not "
                "compared\"]}"                                                    },
        {"the responder dies",                            "same",         "dies",         "",            ERR_FAULTY,
         "{\"checks\":{\"c\":0},\"zones\":null,\"notes\":[\"the responder died while it "
                "compared the "
                "zones\"]}"                                                       },
        {"no responder runs",                             "differs",      "absent",       "",            ERR_FAULTY,
         "{\"checks\":{\"c\":1},\"zones\":null,\"notes\":[\"the responder does not run; "
                "zones were not "
                "compared\"]}"                                                    },
        {"a process that only compares",                  "once-differs", "zone-same",    "",            ERR_DIFFERENT,
         "{\"checks\":{\"c\":1},\"zones\":{\"diff |+a -b\":1},\"notes\":[]}"      },
        {"one that dies",                                 "once-dies",    "zone-same",    "",            ERR_FAULTY,
         "{\"checks\":null,\"zones\":{\"diff |\":1},\"notes\":[\"the checker died while it "
                "compared the "
                "checks\"]}"                                                      },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up(&f, rows[i].checker, rows[i].responder);
        compare_ask(f.compare, rows[i].zone, on_compared, &f);
        run_until_done(&f, 1);
        if (f.status != rows[i].status || strcmp(f.json, rows[i].json) != 0)
            fail_msg("%s: %d %s", rows[i].what, f.status, f.json);
        tear_down(&f);
    }
}

/* One after the other, and reloads first. */
static void test_turns(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f, "same", "zone-same");
    compare_ask(f.compare, "a", on_compared, &f); /* runs */
    compare_ask(f.compare, "b", on_compared, &f);
    compare_ask(f.compare, "c", on_compared, &f);
    reload_ask(f.reload, on_reloaded, &f);
    assert_string_equal(f.order, "");
    run_until_done(&f, 3);
    reload_ask(f.reload, on_reloaded, &f);
    reload_ask(f.reload, on_reloaded, &f);
    run_until_done(&f, 6);
    assert_string_equal(f.order, "drddrr");
    assert_int_equal(f.status, 0);
    tear_down(&f);
}

/* The process that only compares may still be about to end when it is wanted again. */
static void test_a_comparer_is_started_each_time(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f, "once-differs", "zone-same");
    for (unsigned i = 0; i < 3; i++)
        compare_ask(f.compare, "", on_compared, &f);
    run_until_done(&f, 3);
    assert_string_equal(
            f.json, "{\"checks\":{\"c\":1},\"zones\":{\"diff |+a -b\":3},\"notes\":[]}");
    tear_down(&f);
}

static void test_stopped(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f, "same", "zone-same");
    compare_ask(f.compare, "", on_compared, &f);
    compare_ask(f.compare, "", on_compared, &f); /* is forgotten */
    reload_stop(f.reload);
    compare_ask(f.compare, "", on_compared, &f);
    assert_int_equal(f.status, ERR_FAULTY);
    assert_non_null(strstr(f.json, "leaving"));
    tear_down(&f);
    assert_int_equal(f.done, 2); /* the one that ran was told that the roles are gone */
}

int main(int argc, char **argv)
{
    const char *mode = child_role_mode(argc, argv);
    if (mode != NULL)
        return child_main(mode);
    signal(SIGPIPE, SIG_IGN);
    log_open("test", LOG_LEVEL_ERROR);

    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_turns),
            cmocka_unit_test(test_a_comparer_is_started_each_time),
            cmocka_unit_test(test_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
