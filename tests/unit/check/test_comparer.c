/* test_comparer.c -- src/check/comparer.c: the files beside the copy, in a process that ends with its answer. */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/ipc.h"
#include "base/log.h"
#include "check/comparer.h"
#include "check/last_good.h"

#define CHECK(id, port)                                                                            \
    "{\"Id\":\"" id "\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"127.0.0.1\","      \
    "\"Port\":" port "}}"

struct stage {
    char dir[64], copies[80], file[96], copy[128];
    struct health_table *table;
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Puts definitions in force, as far as a copy says so. */
static void keep(const struct stage *stage, const char *json)
{
    struct definitions *definitions = NULL;
    struct diag *diag = diag_new();
    assert_int_equal(definitions_load_text("x.json", json, strlen(json), &definitions, diag), 0);
    assert_int_equal(last_good_save(definitions, stage->copies, CHECKER_COPY), 0);
    definitions_free(definitions);
    diag_free(diag);
}

static void run_child(const struct stage *stage, int channel)
{
    const struct checker_settings settings = {.checks_dir = stage->dir,
            .last_good_dir = stage->copies,
            .channel_fd = channel,
            .table_fd = health_table_export(stage->table, HEALTH_READ)};
    signal(SIGPIPE, SIG_IGN);
    log_open("comparer", LOG_LEVEL_ERROR);
    _exit(comparer_run(&settings));
}

/* Runs the process; its one message, and that it ends by itself. */
static void run(const struct stage *stage, int32_t *ret_status, char ret[4096])
{
    char bytes[8192];
    struct ipc_message message;
    size_t length = 0, frame;
    ssize_t got;
    int pair[2];
    int exit_status;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        run_child(stage, pair[1]);
    }
    close(pair[1]);
    while ((got = read(pair[0], bytes + length, sizeof(bytes) - length)) > 0)
        length += (size_t)got;
    close(pair[0]);
    assert_int_equal(waitpid(pid, &exit_status, 0), pid);
    assert_true(WIFEXITED(exit_status) && WEXITSTATUS(exit_status) == 0);
    assert_int_equal(ipc_decode(bytes, length, &message, &frame), 0);
    assert_int_equal(frame, length);
    assert_int_equal(message.type, IPC_READY);
    *ret_status = message.status;
    snprintf(ret, 4096, "%s", message.payload);
}

static int set_up(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    strcpy(stage->dir, "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(stage->dir));
    snprintf(stage->copies, sizeof(stage->copies), "%s/last-good", stage->dir);
    snprintf(stage->file, sizeof(stage->file), "%s/checks.json", stage->dir);
    snprintf(stage->copy, sizeof(stage->copy), "%s/" CHECKER_COPY, stage->copies);
    assert_int_equal(health_table_create(&stage->table), 0);
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    unlink(stage->copy);
    unlink(stage->file);
    rmdir(stage->copies);
    rmdir(stage->dir);
    health_table_close(stage->table);
    free(stage);
    return 0;
}

static void the_copy_is_what_is_in_force(void **state)
{
    static const struct {
        const char *what;
        const char *copy; /* NULL: there is none */
        const char *file;
        int status;
        const char *begins;
    } rows[] = {
            {"no copy",      NULL,            "[" CHECK("a", "1") "]",              ERR_DIFFERENT,
             "+a\n{\"added\":[{\"id\":\"a\","                                                                             },
            {"the same",     "[" CHECK("a",   "1") "]",      "[" CHECK("a",         "1") "]",             0,
             "\n{\"added\":[],\"removed\":[],\"changed\":[],"},
            {"another",              "[" CHECK("b",                     "1") "]",        "[" CHECK("a", "1") "]", ERR_DIFFERENT,
             "+a -b\n{"},
            {"a field",     "[" CHECK("a",                    "1") "]",                         "[" CHECK("a",                             "2") "]",                      ERR_DIFFERENT,
             "\n{\"added\":[],\"removed\":[],\"changed\":[{\"id\":\"a\",\"fields\":[{"
                    "\"field\":\"Port\","},
            {"a command that may not run", "[" CHECK("a",    "1") "]",
             "[{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"EXEC\",\"Command\":[\"/bin/"
                    "true\"]}}]",           ERR_FAULTY,                  "\n{\"errors\":1,"                      },
            {"a faulty file",    "[" CHECK("a", "1") "]",              "[",           ERR_FAULTY,"\n{\"errors\":1,"},
    };
    struct stage *stage = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char payload[4096];
        int32_t status;
        if (rows[i].copy != NULL)
            keep(stage, rows[i].copy);
        write_file(stage->file, rows[i].file);
        run(stage, &status, payload);
        if (status != rows[i].status ||
                strncmp(payload, rows[i].begins, strlen(rows[i].begins)) != 0)
            fail_msg("%s: %d %s", rows[i].what, status, payload);
        assert_int_equal(health_table_used(stage->table), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(the_copy_is_what_is_in_force, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
