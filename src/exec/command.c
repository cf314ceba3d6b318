/* command.c -- see command.h. */
#include "exec/command.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "exec/spawn.h"

#define READ_BYTES 65536U /* what a pipe holds by default */

enum state {
    RUNNING,
    DYING,
    CLOSING,
};

struct command {
    const struct command_settings *settings;
    enum state state;
    uint32_t number, question, timeout_ms;
    struct spawned child;
    uv_poll_t poll; /* of its output */
    uv_timer_t deadline;
    unsigned handles;
    char output[EXEC_OUTPUT_MAX];
    size_t output_length;
};

/* ---- its output ---- */

/* Takes what lies in the pipe, at most READ_BYTES; what passes the maximum is lost, so that the command
 * does not wait for somebody to read it.  Returns false at the end of stream. */
static bool take_output(struct command *command)
{
    char bytes[READ_BYTES];
    ssize_t got = read(command->child.output_fd, bytes, sizeof(bytes));
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    size_t room = EXEC_OUTPUT_MAX - command->output_length;
    size_t kept = (size_t)got < room ? (size_t)got : room;
    memcpy(command->output + command->output_length, bytes, kept);
    command->output_length += kept;
    return got > 0;
}

static void on_output(uv_poll_t *poll, int status, int events)
{
    (void)events;
    if (status < 0 || !take_output(poll->data))
        uv_poll_stop(poll);
}

/* ---- its end ---- */

static void tell(struct command *command, int error, enum exec_how how, uint32_t value)
{
    const struct exec_report report = {how, value, command->output, command->output_length};
    assert(command->state == RUNNING);
    command->settings->handler(
            command->settings->context, command->question, error, error == 0 ? &report : NULL);
}

/* Before its process has made a group of its own, there is nothing else to kill. */
static void kill_group(const struct command *command)
{
    if (kill(-command->child.pid, SIGKILL) == -1)
        kill(command->child.pid, SIGKILL);
}

static void end_early(struct command *command, int error)
{
    kill_group(command);
    (void)take_output(command);
    tell(command, error, EXEC_TIMEOUT, command->timeout_ms);
    command->state = DYING;
    uv_timer_stop(&command->deadline);
    uv_poll_stop(&command->poll);
}

/* A deadline found passed may have been passed for long, while this process was stopped: whether the
 * command has ended meanwhile is known only after a look at it. */
static void on_deadline(uv_timer_t *timer)
{
    struct command *command = timer->data;
    siginfo_t ended = {.si_pid = 0};
    (void)waitid(P_PID, (id_t)command->child.pid, &ended, WEXITED | WNOHANG | WNOWAIT);
    if (ended.si_pid == 0)
        end_early(command, 0);
}

void command_stop(struct command *command)
{
    if (command->state == RUNNING)
        end_early(command, -ECANCELED);
}

static void on_closed(uv_handle_t *handle)
{
    struct command *command = handle->data;
    if (--command->handles > 0)
        return;
    close(command->child.output_fd);
    close(command->child.error_fd);
    free(command);
}

void command_reap(struct command *command)
{
    int status = 0;
    assert(command->state != CLOSING);
    kill_group(command);
    (void)!waitpid(command->child.pid, &status, 0);
    if (command->state == RUNNING) {
        (void)take_output(command);
        if (WIFEXITED(status))
            tell(command, spawn_failure(command->child.error_fd), EXEC_EXIT,
                    (uint32_t)WEXITSTATUS(status));
        else
            tell(command, 0, EXEC_SIGNAL, (uint32_t)WTERMSIG(status));
    }
    command->state = CLOSING;
    uv_close((uv_handle_t *)&command->poll, on_closed);
    uv_close((uv_handle_t *)&command->deadline, on_closed);
}

/* ---- its beginning ---- */

/* Takes the process in hand; it cannot fail but for the loop's own descriptors. */
static int watch(struct command *command)
{
    uv_loop_t *loop = command->settings->loop;
    int error = uv_poll_init(loop, &command->poll, command->child.output_fd);
    if (error != 0)
        return error;
    uv_timer_init(loop, &command->deadline);
    command->poll.data = command;
    command->deadline.data = command;
    command->handles = 2;
    error = uv_poll_start(&command->poll, UV_READABLE, on_output);
    assert(error == 0); /* the descriptor is added in the loop's turn */
    uv_update_time(loop);
    uv_timer_start(&command->deadline, on_deadline, command->timeout_ms, 0);
    return 0;
}

int command_start(struct command **ret, const struct command_settings *settings,
        const struct exec_order *order, uint32_t question)
{
    struct command *command = mem_zalloc(1, sizeof(*command));
    command->settings = settings;
    command->number = order->number;
    command->question = question;
    command->timeout_ms = order->timeout_ms;
    int error = spawn_command(order, settings->null_fd, &command->child);
    if (error != 0) {
        free(command);
        return error;
    }
    error = watch(command);
    if (error != 0) {
        kill_group(command);
        (void)!waitpid(command->child.pid, NULL, 0);
        close(command->child.output_fd);
        close(command->child.error_fd);
        free(command);
        return error;
    }
    *ret = command;
    return 0;
}

pid_t command_pid(const struct command *command)
{
    return command->child.pid;
}

uint32_t command_number(const struct command *command)
{
    return command->number;
}
