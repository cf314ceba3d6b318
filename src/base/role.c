/* role.c -- see role.h.
 *
 *   state      | event                  | next
 *   -----------+------------------------+---------------------------------------------------------
 *   IDLE       | role_start()           | STARTING, or RESTARTING if there is no process to be had
 *   STARTING   | IPC_READY              | RUNNING
 *   STARTING   | life over              | RESTARTING
 *   RUNNING    | life over              | RESTARTING; ENDED if its plan says once
 *   RESTARTING | back-off over          | STARTING
 *   RESTARTING | role_stop()            | ENDED
 *   STARTING,  | role_stop()            | STOPPING
 *   RUNNING    |                        |
 *   STOPPING   | life over              | ENDED
 *   ENDED      | role_start()           | STARTING
 *
 * A channel that ends while the process lives on has nobody to talk to: the process is killed.
 */
#include "base/role.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"

#define ORPHAN_MS 1000U /* a process may outlive its channel this long */
#define END_MAX   160U
#define WHY_MAX   64U

struct asking {
    struct asking *next;
    struct role *role;
    uint32_t id;
    uv_timer_t timer; /* the deadline */
    role_answer_handler *handler;
    void *context;
};

struct role {
    struct role_plan plan;
    uv_loop_t *loop;
    role_handler *handler;
    void *context;
    enum role_state state;

    uv_process_t process; /* of this life */
    struct ipc *channel;  /* of this life, NULL when it has ended */
    bool process_open;    /* the handle is not closed yet */
    bool exited, was_ready;
    uint64_t started_ms;
    char last_end[END_MAX];   /* empty: none yet */
    char killed_why[WHY_MAX]; /* by us, in this life; else empty */
    const char *files;        /* "good" or "faulty", as last read; NULL: not read yet */

    struct asking *askings;
    uint32_t next_id;
    struct backoff backoff;
    uint64_t lives;
    uv_timer_t restart_timer;
    uv_timer_t kill_timer;
    unsigned closing; /* timers not closed yet, after role_close() */
};

static void start_life(struct role *role);

/* ---- questions to the role ---- */

static void on_asking_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* Takes a question off the list and answers it. */
static void finish_asking(struct asking *asking, const struct role_answer *answer)
{
    struct asking **link = &asking->role->askings;
    while (*link != asking)
        link = &(*link)->next;
    *link = asking->next;
    uv_close((uv_handle_t *)&asking->timer, on_asking_closed);
    asking->handler(asking->context, answer);
}

static void fail_asking(struct asking *asking, int failure)
{
    finish_asking(asking, &(struct role_answer){.failure = failure, .payload = ""});
}

static void on_deadline(uv_timer_t *timer)
{
    fail_asking(timer->data, -ETIMEDOUT);
}

static void fail_all_askings(struct role *role)
{
    while (role->askings != NULL)
        fail_asking(role->askings, -EPIPE);
}

static void take_reply(struct role *role, const struct ipc_message *message)
{
    struct asking *asking = role->askings;
    while (asking != NULL && asking->id != message->id)
        asking = asking->next;
    if (asking == NULL) /* its deadline has passed */
        return;
    finish_asking(asking, &(struct role_answer){
                                  .status = message->status,
                                  .payload = message->payload,
                                  .length = message->length,
                          });
}

void role_ask_bytes(struct role *role, const struct role_question *question,
        role_answer_handler *handler, void *context)
{
    if (role->channel == NULL || role->state == ROLE_STOPPING) {
        handler(context, &(struct role_answer){.failure = -ENOTCONN, .payload = ""});
        return;
    }
    struct asking *asking = mem_zalloc(1, sizeof(*asking));
    *asking = (struct asking){
            .next = role->askings,
            .role = role,
            .id = ++role->next_id,
            .handler = handler,
            .context = context,
    };
    role->askings = asking;
    uv_timer_init(role->loop, &asking->timer);
    asking->timer.data = asking;
    if (question->deadline_ms > 0)
        uv_timer_start(&asking->timer, on_deadline, question->deadline_ms, 0);
    ipc_send(role->channel,
            &(struct ipc_message){IPC_REQUEST, asking->id, 0, question->payload, question->length});
}

void role_ask(struct role *role, const char *line, uint64_t deadline_ms,
        role_answer_handler *handler, void *context)
{
    const struct role_question question = {line, strlen(line), deadline_ms};
    role_ask_bytes(role, &question, handler, context);
}

/* ---- the end of a life ---- */

static void on_restart(uv_timer_t *timer)
{
    struct role *role = timer->data;
    assert(role->state == ROLE_RESTARTING);
    start_life(role);
}

/* Decides what follows a life, or an attempt at one. */
static void plan_next(struct role *role)
{
    char wait[CLOCK_TEXT_MAX];
    if (role->state == ROLE_STOPPING) {
        role->state = ROLE_ENDED;
        log_info("%s %s", role->plan.name, role->last_end);
        return;
    }
    if (role->plan.once && role->was_ready) {
        role->state = ROLE_ENDED;
        log_info("%s has done its work and %s", role->plan.name, role->last_end);
        return;
    }
    uint64_t lived_ms = clock_mono_ms() - role->started_ms;
    uint32_t wait_ms = backoff_next(&role->backoff, role->was_ready, lived_ms);
    role->state = ROLE_RESTARTING;
    log_error("%s %s; the next starts %s%s", role->plan.name, role->last_end,
            wait_ms > 0 ? "in " : "at once",
            wait_ms > 0 ? clock_format_duration(wait_ms, wait) : "");
    uv_timer_start(&role->restart_timer, on_restart, wait_ms, 0);
}

/* Called when a part of the life has ended; all that follows waits for the last part. */
static void end_life_if_over(struct role *role)
{
    if (role->process_open || role->channel != NULL)
        return;
    uv_timer_stop(&role->kill_timer);
    plan_next(role);
    role->handler(role->context, role, ROLE_GONE, NULL);
}

static void on_process_closed(uv_handle_t *handle)
{
    struct role *role = handle->data;
    role->process_open = false;
    end_life_if_over(role);
}

static void describe_end(struct role *role, int64_t status, int signal_number)
{
    char lived[CLOCK_TEXT_MAX];
    clock_format_duration(clock_mono_ms() - role->started_ms, lived);
    if (signal_number != 0)
        snprintf(role->last_end, END_MAX, "(pid %d) was killed by SIG%s after %s%s%s",
                role->process.pid, sigabbrev_np(signal_number), lived,
                role->killed_why[0] != '\0' ? ", " : "", role->killed_why);
    else
        snprintf(role->last_end, END_MAX, "(pid %d) ended with status %d after %s",
                role->process.pid, (int)status, lived);
}

static void on_exit_of(uv_process_t *process, int64_t status, int signal_number)
{
    struct role *role = process->data;
    describe_end(role, status, signal_number);
    role->exited = true;
    role->killed_why[0] = '\0';
    uv_close((uv_handle_t *)process, on_process_closed);
}

void role_kill(struct role *role, const char *why, const char *what)
{
    bool runs = role->state == ROLE_STARTING || role->state == ROLE_RUNNING;
    if (!runs || role->exited)
        return;
    snprintf(role->killed_why, sizeof(role->killed_why), "%s%s", why, what);
    uv_process_kill(&role->process, SIGKILL);
}

static void on_kill(uv_timer_t *timer)
{
    struct role *role = timer->data;
    if (role->exited)
        return;
    log_warning("%s (pid %d) does not end; killing it", role->plan.name, role->process.pid);
    uv_process_kill(&role->process, SIGKILL);
}

/* ---- the channel ---- */

static void on_channel_ended(struct role *role)
{
    ipc_close(role->channel);
    role->channel = NULL;
    if (!role->exited && role->state != ROLE_STOPPING)
        uv_timer_start(&role->kill_timer, on_kill, ORPHAN_MS, 0);
    fail_all_askings(role);
    end_life_if_over(role);
}

static void on_message(void *context, const struct ipc_message *message)
{
    struct role *role = context;
    if (message == NULL) {
        on_channel_ended(role);
        return;
    }
    if (message->type == IPC_REPLY) {
        take_reply(role, message);
        return;
    }
    if (message->type == IPC_EVENT) {
        role->handler(role->context, role, ROLE_SAID, message);
        return;
    }
    if (message->type != IPC_READY || role->was_ready)
        return; /* nothing a role has to say */
    role->was_ready = true;
    role_note_files(role, message->status);
    if (role->state == ROLE_STARTING)
        role->state = ROLE_RUNNING;
    role->handler(role->context, role, ROLE_READY, message);
}

/* ---- the beginning of a life ---- */

/* The child's descriptors: nothing to read, our log, the channel, then the plan's. */
static uv_stdio_container_t *plan_stdio(const struct role *role, int channel_fd, int *ret_count)
{
    size_t count = ROLE_FD_CONFIG + role->plan.fds_count;
    uv_stdio_container_t *stdio = mem_zalloc(count, sizeof(*stdio));
    stdio[0].flags = UV_IGNORE;
    for (size_t i = 1; i < count; i++) {
        stdio[i].flags = UV_INHERIT_FD;
        stdio[i].data.fd = i == ROLE_FD_CHANNEL  ? channel_fd
                           : i < ROLE_FD_CHANNEL ? (int)i
                                                 : role->plan.fds[i - ROLE_FD_CONFIG];
    }
    *ret_count = (int)count;
    return stdio;
}

static int spawn(struct role *role, int channel_fd)
{
    char *arguments[] = {(char *)(uintptr_t)role->plan.title, NULL};
    uv_process_options_t options = {
            .file = role->plan.program,
            .args = arguments,
            .exit_cb = on_exit_of,
    };
    options.stdio = plan_stdio(role, channel_fd, &options.stdio_count);
    int error = uv_spawn(role->loop, &role->process, &options);
    free(options.stdio);
    return error;
}

/* A process and its channel; afterwards the life ends through its parts, whatever happens. */
static int begin(struct role *role)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
        return -errno;
    int error = ipc_open(&role->channel, role->loop, fds[0], on_message, role);
    if (error != 0) {
        close(fds[1]);
        return error;
    }
    role->process.data = role;
    error = spawn(role, fds[1]);
    close(fds[1]);
    if (error != 0) {
        ipc_close(role->channel);
        role->channel = NULL;
        uv_close((uv_handle_t *)&role->process, on_process_closed);
    }
    role->process_open = true;
    return error;
}

static void start_life(struct role *role)
{
    role->started_ms = clock_mono_ms();
    role->state = ROLE_STARTING;
    role->was_ready = false;
    role->exited = false;
    int error = begin(role);
    if (error == 0) {
        role->lives++;
        log_info("%s started (pid %d)", role->plan.name, role->process.pid);
        return;
    }
    snprintf(role->last_end, END_MAX, "could not be started: %s", err_text(error));
    role->exited = true;
    if (!role->process_open) /* else its closing callback goes on */
        plan_next(role);
}

void role_start(struct role *role)
{
    assert(role->state == ROLE_IDLE || role->state == ROLE_ENDED);
    start_life(role);
}

/* ---- the rest ---- */

struct role *role_new(
        uv_loop_t *loop, const struct role_plan *plan, role_handler *handler, void *context)
{
    struct role *role = mem_zalloc(1, sizeof(*role));
    role->plan = *plan;
    role->loop = loop;
    role->handler = handler;
    role->context = context;
    uv_timer_init(loop, &role->restart_timer);
    uv_timer_init(loop, &role->kill_timer);
    role->restart_timer.data = role;
    role->kill_timer.data = role;
    return role;
}

void role_stop(struct role *role)
{
    switch (role->state) {
    case ROLE_RESTARTING:
        uv_timer_stop(&role->restart_timer);
        role->state = ROLE_ENDED;
        return;
    case ROLE_STARTING:
    case ROLE_RUNNING:
        role->state = ROLE_STOPPING;
        if (!role->exited) {
            uv_process_kill(&role->process, SIGTERM);
            uv_timer_start(&role->kill_timer, on_kill, ROLE_STOP_MS, 0);
        }
        return;
    case ROLE_IDLE:
    case ROLE_STOPPING:
    case ROLE_ENDED:
        return;
    }
}

enum role_state role_state(const struct role *role)
{
    return role->state;
}

void role_note_files(struct role *role, int status)
{
    role->files = status == 0 ? "good" : "faulty";
}

void role_describe(const struct role *role, struct role_report *ret)
{
    static const char *const names[] = {
            [ROLE_IDLE] = "idle",
            [ROLE_STARTING] = "starting",
            [ROLE_RUNNING] = "running",
            [ROLE_RESTARTING] = "restarting",
            [ROLE_STOPPING] = "stopping",
            [ROLE_ENDED] = "ended",
    };
    bool alive = role->process_open && !role->exited;
    *ret = (struct role_report){
            .name = role->plan.name,
            .state = names[role->state],
            .pid = alive ? role->process.pid : 0,
            .uptime_ms = alive ? clock_mono_ms() - role->started_ms : 0,
            .restarts = role->lives > 0 ? role->lives - 1 : 0,
            .last_end = role->last_end[0] != '\0' ? role->last_end : NULL,
            .files = role->files,
    };
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct role *role = handle->data;
    if (--role->closing == 0)
        free(role);
}

void role_close(struct role *role)
{
    if (role == NULL)
        return;
    assert(role->state == ROLE_IDLE || role->state == ROLE_ENDED);
    role->closing = 2;
    uv_close((uv_handle_t *)&role->restart_timer, on_timer_closed);
    uv_close((uv_handle_t *)&role->kill_timer, on_timer_closed);
}
