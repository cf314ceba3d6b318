/* The sequence over two real processes: this test executes itself again, and argv[0] says how the child
 * answers. */
#include "test.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/ipc.h"
#include "base/log.h"
#include "child_role.h"
#include "reload.h"
#include "reports.h"

/* ---- the child: it answers {"asked":N} for the N-th request, retire included ---- */

struct child {
    struct child_role role;
    const char *mode;
    unsigned asked;
};

static void child_answer(struct child_role *role, const struct ipc_message *request)
{
    struct child *child = (struct child *)role; /* its first member */
    char payload[64];
    if (strcmp(child->mode, "dies") == 0)
        abort();
    child->asked++;
    snprintf(payload, sizeof(payload), "{\"%s\":%u}", request->payload, child->asked);
    const struct ipc_message reply = {.type = IPC_REPLY,
            .id = request->id,
            .status = strcmp(child->mode, "faulty") == 0 ? ERR_FAULTY : 0};
    child_role_send(role, &reply, payload);
}

static int child_main(const char *mode)
{
    struct child child = {.role = {.answer = child_answer}, .mode = mode};
    return child_role_run(&child.role, 0, "{\"ready\":1}", strcmp(mode, "once") == 0);
}

/* ---- the parent ---- */

struct fixture {
    uv_loop_t loop;
    struct role *checker, *responder;
    struct reload *reload;
    unsigned ready;
    unsigned done;
    unsigned pauses;
    int status;
    char json[512];
};

static void on_event(
        void *context, struct role *role, enum role_event event, const struct ipc_message *message)
{
    struct fixture *f = context;
    f->ready += event == ROLE_READY;
    if (role == f->checker)
        reload_checker_event(f->reload, event, message);
}

static void on_done(void *context, int status, const char *json, size_t length)
{
    struct fixture *f = context;
    f->done++;
    f->status = status;
    snprintf(f->json, sizeof(f->json), "%.*s", (int)length, json);
}

static struct role *make_role(struct fixture *f, const char *title, bool once)
{
    const struct role_plan plan = {"child", title, "/proc/self/exe", once, NULL, 0};
    return role_new(&f->loop, &plan, on_event, f);
}

static void set_up(struct fixture *f, const char *checker, const char *responder)
{
    bool once = strstr(checker, "once") != NULL;
    *f = (struct fixture){0};
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->checker = make_role(f, checker, once);
    f->responder = make_role(f, responder, false);
    f->reload = reload_new(&f->loop, f->checker, once, f->responder);
    role_start(f->checker);
    if (strstr(responder, "absent") == NULL)
        role_start(f->responder);
    while (f->ready < (strstr(responder, "absent") == NULL ? 2U : 1U))
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void run_until_done(struct fixture *f, unsigned count)
{
    while (f->done < count)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void tear_down(struct fixture *f)
{
    struct role *const roles[] = {f->checker, f->responder};
    reload_stop(f->reload);
    child_roles_stop(&f->loop, roles, COUNT(roles));
    reload_free(f->reload);
    role_close(f->checker);
    role_close(f->responder);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
}

static const struct {
    const char *what;
    const char *checker, *responder;
    int status;
    const char *json;
} rows[] = {
        {"all well",                                      "test: good",   "test: good",   0,
         "{\"checks\":{\"reload\":1},\"zones\":{\"reload\":1},\"notes\":[]}"},
        {"faulty checks",                                 "test: faulty", "test: good",   ERR_FAULTY,
         "{\"checks\":{\"reload\":1},\"zones\":{\"reload\":1},\"notes\":[]}"},
        {"faulty zones",                                  "test: good",   "test: faulty", ERR_FAULTY,
         "{\"checks\":{\"reload\":1},\"zones\":{\"reload\":1},\"notes\":[]}"},
        {"the checker dies, zones are read all the same", "test: dies",   "test: good",   ERR_FAULTY,
         "{\"checks\":null,\"zones\":{\"reload\":1},\"notes\":[\"the checker died while it "
                "read the "
                "checks\"]}"                                                },
        {"the responder dies",                            "test: good",   "test: dies",   ERR_FAULTY,
         "{\"checks\":{\"reload\":1},\"zones\":null,\"notes\":[\"the responder died while "
                "it read the "
                "zones\"]}"                                                 },
        {"the responder does not run",                    "test: good",   "test: absent", ERR_FAULTY,
         "{\"checks\":{\"reload\":1},\"zones\":null,\"notes\":[\"the responder does not "
                "run; it reads "
                "the zones when it starts\"]}"                              },
        {"the checker only defines",                      "test: once",   "test: good",   0,
         "{\"checks\":{\"ready\":1},\"zones\":{\"reload\":1},\"notes\":[]}" },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up(&f, rows[i].checker, rows[i].responder);
        assert_int_equal(reload_last_ms(f.reload), 0);
        reload_ask(f.reload, on_done, &f);
        run_until_done(&f, 1);
        if (f.status != rows[i].status || strcmp(f.json, rows[i].json) != 0)
            fail_msg("%s: %d %s", rows[i].what, f.status, f.json);
        assert_true(reload_last_ms(f.reload) > 0);
        assert_int_equal(reload_last_status(f.reload), rows[i].status);
        tear_down(&f);
    }
}

/* Who asks during a reload is served by the next one, all of them together.  The checker's count tells:
 * each good reload asks it twice, "retire" being the second. */
static void test_waiting(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f, "test: good", "test: good");
    reload_ask(f.reload, on_done, &f);
    reload_ask(f.reload, on_done, &f);
    reload_ask(f.reload, on_done, &f);
    reload_ask(f.reload, NULL, NULL);
    run_until_done(&f, 1);
    assert_string_equal(
            f.json, "{\"checks\":{\"reload\":1},\"zones\":{\"reload\":1},\"notes\":[]}");
    run_until_done(&f, 3);
    assert_string_equal(
            f.json, "{\"checks\":{\"reload\":3},\"zones\":{\"reload\":2},\"notes\":[]}");
    reload_ask(f.reload, on_done, &f);
    run_until_done(&f, 4);
    assert_string_equal(
            f.json, "{\"checks\":{\"reload\":5},\"zones\":{\"reload\":3},\"notes\":[]}");
    tear_down(&f);
}

/* Nothing is retired after a fault: a zone that stays may use what is leaving. */
static void test_no_retire_after_fault(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f, "test: good", "test: faulty");
    for (unsigned i = 1; i <= 2; i++) {
        reload_ask(f.reload, on_done, &f);
        run_until_done(&f, i);
    }
    assert_string_equal(
            f.json, "{\"checks\":{\"reload\":2},\"zones\":{\"reload\":2},\"notes\":[]}");
    tear_down(&f);
}

/* At the start: the checker alone is asked, nobody is told, and it is no reload.  One that is asked for
 * meanwhile comes after it; beside one that runs there is no need.  The checker's count tells. */
static void test_retire(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f, "test: good", "test: good");
    reload_retire(f.reload);
    reload_retire(f.reload);
    reload_ask(f.reload, on_done, &f);
    assert_int_equal(reload_last_ms(f.reload), 0);
    run_until_done(&f, 1);
    assert_string_equal(
            f.json, "{\"checks\":{\"reload\":2},\"zones\":{\"reload\":1},\"notes\":[]}");
    reload_ask(f.reload, on_done, &f);
    reload_retire(f.reload);
    run_until_done(&f, 2);
    assert_string_equal(
            f.json, "{\"checks\":{\"reload\":4},\"zones\":{\"reload\":2},\"notes\":[]}");
    tear_down(&f);

    set_up(&f, "test: once", "test: good");
    reload_retire(f.reload);
    reload_ask(f.reload, on_done, &f);
    run_until_done(&f, 1);
    assert_int_equal(f.status, 0);
    tear_down(&f);
}

static void on_pause(void *context)
{
    struct fixture *f = context;
    f->pauses++;
}

/* A pause comes at once or after what waits, and what is asked meanwhile comes after it. */
static void test_pause(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f, "test: good", "test: good");
    reload_pause(f.reload, on_pause, &f);
    assert_int_equal(f.pauses, 1);
    reload_ask(f.reload, on_done, &f);
    reload_retire(f.reload);
    for (int i = 0; i < 10; i++)
        uv_run(&f.loop, UV_RUN_NOWAIT);
    assert_int_equal(f.done, 0);
    reload_go_on(f.reload);
    reload_pause(f.reload, on_pause, &f);
    reload_ask(f.reload, on_done, &f); /* during the reload: goes before the pause */
    assert_int_equal(f.pauses, 1);
    run_until_done(&f, 1);
    assert_string_equal(
            f.json, "{\"checks\":{\"reload\":1},\"zones\":{\"reload\":1},\"notes\":[]}");
    assert_int_equal(f.pauses, 1);
    run_until_done(&f, 2);
    assert_int_equal(f.pauses, 2);
    reload_go_on(f.reload);

    reload_pause(f.reload, on_pause, &f);
    reload_retire(f.reload);
    reload_go_on(f.reload);
    reload_ask(f.reload, on_done, &f);
    run_until_done(&f,
            3); /* it has asked the checker for the 6th time, of which one was to retire alone */
    assert_string_equal(
            f.json, "{\"checks\":{\"reload\":6},\"zones\":{\"reload\":3},\"notes\":[]}");

    reload_ask(f.reload, on_done, &f);
    reload_pause(f.reload, on_pause, &f);
    reload_stop(f.reload);
    assert_true(reload_is_stopped(f.reload));
    run_until_done(&f, 4);
    assert_int_equal(f.pauses, 3); /* the last was forgotten */
    tear_down(&f);
}

/* Nobody who has asked is left without an answer. */
static void test_stopped_while_it_runs(void **state)
{
    static const char *const checkers[] = {"test: good", "test: once good"};
    (void)state;
    for (size_t i = 0; i < COUNT(checkers); i++) {
        struct fixture f;
        set_up(&f, checkers[i], "test: good");
        reload_ask(f.reload, on_done, &f);
        reload_ask(f.reload, on_done, &f);
        reload_stop(f.reload);
        assert_int_equal(f.done, 1);
        assert_int_equal(f.status, ERR_FAULTY);
        assert_string_equal(f.json, REPORTS_LEAVING);
        tear_down(&f);
        assert_int_equal(f.done, 2);
    }
}

static void test_stopped(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f, "test: good", "test: good");
    reload_stop(f.reload);
    reload_ask(f.reload, on_done, &f);
    assert_int_equal(f.done, 1);
    assert_int_equal(f.status, ERR_FAULTY);
    tear_down(&f);
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
            cmocka_unit_test(test_waiting),
            cmocka_unit_test(test_no_retire_after_fault),
            cmocka_unit_test(test_retire),
            cmocka_unit_test(test_pause),
            cmocka_unit_test(test_stopped),
            cmocka_unit_test(test_stopped_while_it_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
