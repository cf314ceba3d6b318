/* Orders through the real socket; the test owns the clock of what ends by itself, and plays the checker that
 * does not run. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/control.h"
#include "asking.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "idle_role.h"
#include "override.h"
#include "user.h"

#define DAY_MS 86400000U

struct fixture {
    uv_loop_t loop;
    struct control *control;
    struct health_table *table;
    struct role *checker;
    struct override *override;
    struct journal *journal;
    struct rules *rules;
    char dir[64], socket[96], forces[96], audit[96], journal_path[96];
};

static char *const rules[] = {(char[]){"both: 1 of ru-a ru-b wait 1h"}};

static void on_request(void *context, struct control_request *request, const char *line)
{
    const struct fixture *f = context;
    override_answer(f->override, request, FORCE_FORCE, line);
}

static void define(struct fixture *f, uint32_t slot, const char *id, const char *type)
{
    struct health_detail detail = {.flags = HEALTH_DEFINED};
    snprintf(detail.id, sizeof(detail.id), "%s", id);
    snprintf(detail.type, sizeof(detail.type), "%s", type);
    if (id[0] != '\0')
        health_table_put(f->table, slot, (struct health_verdict){.state = HEALTH_UP, .since_s = 1});
    health_table_write(f->table, slot, &detail);
}

/* A daemon's life over the same directory. */
static void begin_life(struct fixture *f, bool with_checks)
{
    assert_int_equal(health_table_create(&f->table), 0);
    if (with_checks) {
        define(f, 0, "www-eu", "HTTP");
        define(f, 1, "www-us", "HTTP");
    }
    f->rules = rules_new(rules, COUNT(rules), f->table);
    f->override = override_new(&(struct override_settings){
            .table = f->table,
            .state_dir = f->dir,
            .checker = f->checker,
            .responder = f->checker,
            .journal = f->journal,
            .rules = f->rules,
    });
}

static void end_life(struct fixture *f)
{
    override_free(f->override);
    rules_free(f->rules);
    health_table_close(f->table);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    log_open("test", LOG_LEVEL_ERROR);
    snprintf(f->dir, sizeof(f->dir), "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->socket, sizeof(f->socket), "%s/control.sock", f->dir);
    snprintf(f->forces, sizeof(f->forces), "%s/forces", f->dir);
    snprintf(f->audit, sizeof(f->audit), "%s/audit.log", f->dir);
    snprintf(f->journal_path, sizeof(f->journal_path), "%s/journal", f->dir);
    f->journal = journal_open(f->journal_path, 1U << 20);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->checker = idle_role(&f->loop, "checker");
    begin_life(f, true);
    assert_int_equal(control_open(&f->control, &f->loop, f->socket, on_request, f), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    control_close(f->control);
    role_close(f->checker);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    end_life(f);
    override_free(NULL);
    unlink(f->forces);
    unlink(f->audit);
    journal_close(f->journal);
    unlink(f->journal_path);
    assert_int_equal(rmdir(f->dir), 0);
    free(f);
    return 0;
}

static void expect(struct fixture *f, const char *line, int status, const char *part)
{
    struct asking asking;
    ask_on(&f->loop, f->socket, line, &asking);
    const char *body = buf_string(&asking.body);
    if (asking.error != 0 || asking.status != status || strstr(body, part) == NULL)
        fail_msg("%s: %d, status %d, %s", line, asking.error, asking.status, body);
    buf_done(&asking.body);
}

static bool is_forced(const struct fixture *f, uint32_t slot, enum health_state state)
{
    struct health_verdict verdict = health_table_get(f->table, slot);
    return verdict.forced && verdict.state == state;
}

static void test_force_and_end(void **state)
{
    struct fixture *f = *state;
    char user[USER_NAME_MAX + 1], owner[128];
    user_name(USER_PATH, getuid(), user);
    snprintf(owner, sizeof(owner), "\"owner\":\"%s\",\"reason\":\"a b\"}", user);
    expect(f, "www-eu down reason=a b", 0, owner); /* of the socket's other end */
    assert_true(is_forced(f, 0, HEALTH_DOWN));
    assert_false(health_table_get(f->table, 1).forced);
    expect(f, "www-eu up for=1d owner=jane", 0, "\"old\":{\"state\":\"down\",");
    assert_true(is_forced(f, 0, HEALTH_UP));
    const struct force *force = forces_find(override_forces(f->override), "www-eu");
    assert_int_equal(force->until_ms - force->since_ms, DAY_MS);
    assert_string_equal(force->owner, "jane");
    expect(f, "www-eu auto", 0, "\"owner\":\"jane\",\"reason\":\"\"},\"new\":null,\"check\":{");
    assert_false(health_table_get(f->table, 0).forced);
    expect(f, "www-eu auto", 0, "\"old\":null,\"new\":null,");
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    expect(f, "ww-eu down", -ENOENT, "no check \\\"ww-eu\\\"; did you mean \\\"www-eu\\\"?");
    expect(f, "ww-eu auto", -ENOENT, "did you mean");
    expect(f, "www-eu donw", ERR_SYNTAX, "did you mean \\\"down\\\"?");
    expect(f, "www-eu down reason=\x7f", ERR_SYNTAX, "only printable");
    assert_int_equal(forces_count(override_forces(f->override)), 0);
    assert_int_equal(access(f->forces, F_OK), -1);
}

static void test_expiry(void **state)
{
    struct fixture *f = *state;
    expect(f, "www-eu down for=1d", 0, "");
    expect(f, "www-us down", 0, "");
    uint64_t until_ms = forces_find(override_forces(f->override), "www-eu")->until_ms;
    override_tick(f->override, false, until_ms - 1);
    assert_true(is_forced(f, 0, HEALTH_DOWN));
    override_tick(f->override, false, until_ms);
    assert_false(health_table_get(f->table, 0).forced);
    override_tick(f->override, false, until_ms + 1000ULL * DAY_MS);
    assert_true(is_forced(f, 1, HEALTH_DOWN));
    end_life(f);
    begin_life(f, true); /* it is over in the file too */
    assert_false(health_table_get(f->table, 0).forced);
    assert_true(is_forced(f, 1, HEALTH_DOWN));
}

static void write_forces(const struct fixture *f, const char *text)
{
    assert_int_equal(file_replace(f->forces, text, strlen(text)), 0);
}

/* Whatever the new daemon knows of the check when it starts. */
static void test_next_life(void **state)
{
    struct fixture *f = *state;
    expect(f, "www-eu down", 0, "");
    end_life(f);
    begin_life(f, true);
    assert_true(is_forced(f, 0, HEALTH_DOWN));
    end_life(f);
    begin_life(f, false); /* the health state was lost */
    override_tick(f->override, false, clock_real_ms());
    assert_int_equal(forces_count(override_forces(f->override)), 1);
    define(f, 6, "www-eu", "HTTP");
    override_tick(f->override, true, clock_real_ms());
    assert_true(is_forced(f, 6, HEALTH_DOWN));
    end_life(f);
    begin_life(f, false);
    override_tick(f->override, true, clock_real_ms()); /* all is defined, and it is not there */
    assert_int_equal(forces_count(override_forces(f->override)), 0);
    end_life(f);
    write_forces(f, "holdfast-forces 1\nwww-eu\tdown\t5\t6\tjane\t\nend 1\n");
    begin_life(f, true); /* long over */
    assert_false(health_table_get(f->table, 0).forced);
}

/* One that waits for its check can be ended. */
static void test_end_of_a_missing_check(void **state)
{
    struct fixture *f = *state;
    end_life(f);
    write_forces(f, "holdfast-forces 1\nlate\tdown\t5\t0\tjane\t\nend 1\n");
    begin_life(f, true);
    expect(f, "late up", -ENOENT, "no check");
    expect(f, "late auto", 0, "\"new\":null,\"check\":null");
    assert_int_equal(forces_count(override_forces(f->override)), 0);
}

static void test_damaged_file(void **state)
{
    struct fixture *f = *state;
    char bad[112];
    snprintf(bad, sizeof(bad), "%s.bad", f->forces);
    end_life(f);
    write_forces(f, "holdfast-forces 1\nwww-eu\tdown\n");
    begin_life(f, true);
    assert_false(health_table_get(f->table, 0).forced);
    assert_int_equal(unlink(bad), 0);
    assert_int_equal(access(f->forces, F_OK), -1);
}

/* A check that is retired takes its force with it, whoever has the slot then. */
static void test_retired(void **state)
{
    struct fixture *f = *state;
    expect(f, "www-eu down", 0, "");
    define(f, 0, "", "");
    define(f, 0, "api", "HTTP");
    override_tick(f->override, false, clock_real_ms());
    assert_int_equal(forces_count(override_forces(f->override)), 0);
    assert_false(health_table_get(f->table, 0).forced);
    expect(f, "www-eu auto", -ENOENT, "no check");
}

static void test_calculated(void **state)
{
    struct fixture *f = *state;
    expect(f, "www-eu down", 0, "\"notes\":[]}");
    define(f, 2, "sum", "CALCULATED");
    expect(f, "www-eu up", 0, "\"notes\":[\"the checker does not run; CALCULATED checks follow");
}

/* A directory where the list is written stands for a full disk. */
static void test_not_kept(void **state)
{
    struct fixture *f = *state;
    char beside[112];
    snprintf(beside, sizeof(beside), "%s.new", f->forces);
    assert_int_equal(mkdir(beside, 0700), 0);
    expect(f, "www-eu down", -EISDIR, "\"notes\":[\"it holds until the daemon ends, but ");
    assert_true(is_forced(f, 0, HEALTH_DOWN));
    override_tick(f->override, false, clock_real_ms());
    assert_int_equal(access(f->forces, F_OK), -1);
    assert_int_equal(rmdir(beside), 0);
    override_tick(f->override, false, clock_real_ms()); /* written as soon as it can be */
    assert_int_equal(access(f->forces, F_OK), 0);
    end_life(f);
    begin_life(f, true);
    assert_true(is_forced(f, 0, HEALTH_DOWN));
}

static void test_no_audit(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkdir(f->audit, 0700), 0);
    expect(f, "www-eu down", -EISDIR, "\"notes\":[\"it is done, but ");
    assert_true(is_forced(f, 0, HEALTH_DOWN));
    expect(f, "x up", -ENOENT, "no check \\\"x\\\"; and the audit log is not written: ");
    assert_int_equal(rmdir(f->audit), 0);
    expect(f, "www-eu auto", 0, "\"notes\":[]");
}

/* Each line of the log, by what must stand in it. */
static void test_audit(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *line;
        int status;
        const char *parts[3];
    } rows[] = {
            {"www-eu down for=1d reason=r", 0,
             {"\"arguments\":\"www-eu down for=1d "
                     "reason=r\",\"old\":null,\"new\":{\"state\":\"down\",",
                            "\"reason\":\"r\"},\"refused\":false,\"result\":\"ok\"}",
                            "\"verb\":\"force\""}                                  },
            {"x up",                        -ENOENT,
             {"\"old\":null,\"new\":null,\"refused\":true,\"result\":\"no check \\\"x\\\"",
                            "", ""}                                                },
            {"www-eu up for=x",             ERR_SYNTAX,
             {"\"refused\":true,\"result\":\"for=x: wanted", "", ""}               },
            {"www-eu auto",                 0,
             {"\"old\":{\"state\":\"down\",", "\"new\":null,\"refused\":false", ""}},
    };
    char *text = NULL, *rest, *line;
    size_t length;
    for (size_t i = 0; i < COUNT(rows); i++)
        expect(f, rows[i].line, rows[i].status, "");
    assert_int_equal(file_load(f->audit, 1 << 20, &text, &length), 0);
    rest = text;
    for (size_t i = 0; i < COUNT(rows); i++) {
        line = strsep(&rest, "\n");
        for (size_t part = 0; part < COUNT(rows[i].parts); part++)
            if (line == NULL || strstr(line, rows[i].parts[part]) == NULL)
                fail_msg("%s: %s", rows[i].line, line);
    }
    assert_string_equal(rest, "");
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
            TEST(test_force_and_end),
            TEST(test_refused),
            TEST(test_expiry),
            TEST(test_next_life),
            TEST(test_end_of_a_missing_check),
            TEST(test_damaged_file),
            TEST(test_retired),
            TEST(test_calculated),
            TEST(test_not_kept),
            TEST(test_no_audit),
            TEST(test_audit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
