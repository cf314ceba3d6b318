/* comparer.c -- see comparer.h. */
#include "check/comparer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "admin/doc.h"
#include "base/err.h"
#include "base/ipc.h"
#include "base/log.h"
#include "check/definition_diff.h"
#include "check/last_good.h"

int comparer_compare(const struct checker_settings *settings, const struct definitions *in_force,
        const struct health_table *table, struct buf *ret)
{
    const char *dir = settings->checks_dir;
    struct definitions *fresh = NULL;
    struct diag *diag = diag_new();
    struct doc *doc = doc_new();
    bool differ = false;

    int error = definitions_load(dir, &fresh, diag);
    if (error == 0 && settings->commands_max == 0)
        error = definitions_refuse_commands(fresh, diag);
    if (error == 0)
        error = definitions_fit(fresh, table, dir, diag);
    if (error == 0)
        differ = definitions_diff(in_force, fresh, doc, ret);
    doc_set_faults(doc, diag);
    buf_add_string(ret, "\n");
    doc_print(doc, ret);
    doc_free(doc);
    diag_free(diag);
    definitions_free(fresh);
    return error != 0 ? ERR_FAULTY : differ ? ERR_DIFFERENT : 0;
}

/* The definitions in force, or NULL if none are known. */
static struct definitions *read_copy(const struct checker_settings *settings)
{
    struct definitions *in_force = NULL;
    struct diag *diag = diag_new();

    int error = settings->last_good_dir == NULL
                        ? -ENOENT
                        : last_good_load(settings->last_good_dir, CHECKER_COPY, &in_force, diag);
    if (error != 0 && error != -ENOENT)
        log_warning("%s/" CHECKER_COPY " is not read: %s; all checks are told as new",
                settings->last_good_dir, err_text(error));
    diag_free(diag);
    return error == 0 ? in_force : NULL;
}

static void ignore_message(void *context, const struct ipc_message *message)
{
    (void)context;
    (void)message;
}

/* Compares, and says it through the channel, which it takes over. */
static int compare_and_tell(
        const struct checker_settings *settings, const struct health_table *table, uv_loop_t *loop)
{
    struct definitions *in_force = read_copy(settings);
    struct ipc *ipc;
    struct buf payload;

    buf_init(&payload, IPC_PAYLOAD_MAX);
    struct ipc_message message = {.type = IPC_READY};
    message.status = comparer_compare(settings, in_force, table, &payload);
    message.payload = buf_string(&payload);
    message.length = payload.length;
    int error = ipc_open(&ipc, loop, settings->channel_fd, ignore_message, NULL);
    if (error == 0) {
        ipc_send(ipc, &message);
        ipc_close(ipc);
    }
    uv_run(loop, UV_RUN_DEFAULT); /* until it has gone out */
    buf_done(&payload);
    definitions_free(in_force);
    return error;
}

int comparer_run(const struct checker_settings *settings)
{
    struct health_table *table = NULL;
    uv_loop_t loop;

    int error = health_table_open(&table, settings->table_fd, HEALTH_READ);
    if (error != 0) {
        log_error("the health table cannot be opened: %s", err_text(error));
        return EXIT_FAILURE;
    }
    error = uv_loop_init(&loop);
    if (error == 0) {
        error = compare_and_tell(settings, table, &loop);
        int left = uv_loop_close(&loop);
        assert(left == 0);
    }
    if (error != 0)
        log_error("no channel to the supervisor: %s", err_text(error));
    health_table_close(table);
    return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
