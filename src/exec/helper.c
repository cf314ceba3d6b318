/* helper.c -- see helper.h. */
#include "exec/helper.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "base/ipc.h"
#include "exec/command.h"
#include "exec/strays.h"

struct helper {
    uv_loop_t loop;
    struct ipc *ipc;
    uv_signal_t child_ended, terminate;
    uv_timer_t leave_timer;
    bool is_leaving;
    struct command_settings settings;
    struct command *running[EXEC_RUNNING_MAX];
    size_t count;
};

/* These fail only for a programmer's error. */
static void must(int error)
{
    assert(error == 0);
}

/* ---- processes that end ---- */

static struct command **find_pid(struct helper *helper, pid_t pid)
{
    for (size_t i = 0; i < helper->count; i++)
        if (command_pid(helper->running[i]) == pid)
            return &helper->running[i];
    return NULL;
}

static bool is_running(void *context, pid_t pid)
{
    return find_pid(context, pid) != NULL;
}

/* What is no command was left behind by one. */
static void reap(struct helper *helper, pid_t pid)
{
    struct command **place = find_pid(helper, pid);
    if (place == NULL) {
        (void)!waitpid(pid, NULL, 0);
        return;
    }
    struct command *command = *place;
    *place = helper->running[--helper->count];
    command_reap(command);
}

/* One signal may stand for many that ended. */
static void reap_all(struct helper *helper)
{
    siginfo_t ended = {.si_pid = 0};
    int error;
    while ((error = waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT)) == 0 &&
            ended.si_pid != 0) {
        reap(helper, ended.si_pid);
        ended.si_pid = 0;
    }
    strays_kill(is_running, helper);
    if (helper->is_leaving && error == -1) /* nobody is left: ECHILD */
        uv_stop(&helper->loop);
}

static void on_child_ended(uv_signal_t *signal, int number)
{
    (void)number;
    reap_all(signal->data);
}

/* ---- leaving ---- */

static void on_leave_late(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void leave(struct helper *helper)
{
    if (helper->is_leaving)
        return;
    helper->is_leaving = true;
    for (size_t i = 0; i < helper->count; i++)
        command_stop(helper->running[i]);
    uv_timer_start(&helper->leave_timer, on_leave_late, EXEC_LEAVE_MS, 0);
    reap_all(helper);
}

static void on_terminate(uv_signal_t *signal, int number)
{
    (void)number;
    leave(signal->data);
}

/* ---- orders ---- */

static void reply(struct helper *helper, uint32_t question, int error, const struct buf *payload)
{
    ipc_send(helper->ipc, &(struct ipc_message){
                                  .type = IPC_REPLY,
                                  .id = question,
                                  .status = error,
                                  .payload = payload != NULL ? payload->data : "",
                                  .length = payload != NULL ? payload->length : 0,
                          });
}

static void on_told(void *context, uint32_t question, int error, const struct exec_report *report)
{
    struct buf payload;
    buf_init(&payload, EXEC_MESSAGE_MAX);
    if (report != NULL)
        exec_report_encode(report, &payload);
    reply(context, question, error, report != NULL ? &payload : NULL);
    buf_done(&payload);
}

static int run(struct helper *helper, const struct exec_order *order, uint32_t question)
{
    struct command *command;
    if (helper->is_leaving)
        return -ECANCELED;
    if (helper->count == EXEC_RUNNING_MAX)
        return -EBUSY;
    int error = command_start(&command, &helper->settings, order, question);
    if (error == 0)
        helper->running[helper->count++] = command;
    return error;
}

static void stop(struct helper *helper, uint32_t number)
{
    for (size_t i = 0; i < helper->count; i++)
        if (command_number(helper->running[i]) == number)
            command_stop(helper->running[i]);
}

/* A checker that talks nonsense is not to be trusted with commands. */
static void on_message(void *context, const struct ipc_message *message)
{
    struct helper *helper = context;
    struct exec_order order;
    if (message == NULL || message->type != IPC_REQUEST ||
            exec_order_decode(message->payload, message->length, &order) != 0) {
        leave(helper);
        return;
    }
    if (order.verb == EXEC_STOP) {
        stop(helper, order.number);
        reply(helper, message->id, 0, NULL);
        return;
    }
    int error = run(helper, &order, message->id);
    if (error != 0)
        reply(helper, message->id, error, NULL);
}

/* ---- life ---- */

/* Orphans of commands become ours.  And where a parent's death kills other roles, this one has to clean
 * up first. */
static int prepare_process(int channel_fd)
{
    if (close_range((unsigned)channel_fd + 1, ~0U, 0) == -1 ||
            prctl(PR_SET_CHILD_SUBREAPER, 1) == -1 || prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
        return -errno;
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

static int start(struct helper *helper, int channel_fd)
{
    must(uv_signal_init(&helper->loop, &helper->child_ended));
    must(uv_signal_init(&helper->loop, &helper->terminate));
    must(uv_timer_init(&helper->loop, &helper->leave_timer));
    helper->child_ended.data = helper;
    helper->terminate.data = helper;
    must(uv_signal_start(&helper->child_ended, on_child_ended, SIGCHLD));
    must(uv_signal_start(&helper->terminate, on_terminate, SIGTERM));
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null_fd == -1) {
        close(channel_fd);
        return -errno;
    }
    helper->settings = (struct command_settings){&helper->loop, null_fd, on_told, helper};
    return ipc_open(&helper->ipc, &helper->loop, channel_fd, on_message, helper);
}

/* Who is ending already would die of being asked to, once its handler is gone. */
static void hold_terminate(void)
{
    sigset_t terminate;
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &terminate, NULL);
}

/* A process that the kernel does not let go of keeps nobody waiting. */
static void close_all(struct helper *helper)
{
    if (helper->count > 0)
        return;
    hold_terminate();
    ipc_close(helper->ipc);
    uv_close((uv_handle_t *)&helper->child_ended, NULL);
    uv_close((uv_handle_t *)&helper->terminate, NULL);
    uv_close((uv_handle_t *)&helper->leave_timer, NULL);
    uv_run(&helper->loop, UV_RUN_DEFAULT);
    must(uv_loop_close(&helper->loop));
    close(helper->settings.null_fd);
}

int exec_helper_run(int channel_fd)
{
    static const struct ipc_message ready = {.type = IPC_READY, .payload = ""};
    struct helper helper = {0};

    if (prepare_process(channel_fd) != 0)
        return EXIT_FAILURE;
    must(uv_loop_init(&helper.loop));
    if (start(&helper, channel_fd) != 0)
        return EXIT_FAILURE;
    ipc_send(helper.ipc, &ready);
    uv_run(&helper.loop, UV_RUN_DEFAULT);
    close_all(&helper);
    return EXIT_SUCCESS;
}
