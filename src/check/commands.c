/* commands.c -- see commands.h. */
#include "check/commands.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/role.h"
#include "exec/helper.h"

struct commands {
    struct role *role;
    uint32_t running_max;
    uint32_t running;
    uint32_t next_number;
};

/* Lives until the helper has answered, or has died. */
struct command_run {
    struct commands *commands;
    uint32_t number;
    command_run_handler *handler; /* NULL once it is forgotten */
    void *context;
};

static void on_role(
        void *context, struct role *role, enum role_event event, const struct ipc_message *message)
{
    /* It is restarted by itself, and who has asked it is told. */
    (void)context, (void)role, (void)event, (void)message;
}

struct commands *commands_new(uv_loop_t *loop, uint32_t running_max)
{
    static const struct role_plan plan = {
            .name = "command helper", .title = EXEC_TITLE, .program = "/proc/self/exe"};
    assert(running_max >= 1 && running_max <= EXEC_RUNNING_MAX);
    struct commands *commands = mem_zalloc(1, sizeof(*commands));
    commands->running_max = running_max;
    commands->role = role_new(loop, &plan, on_role, NULL);
    return commands;
}

/* What an answer comes to, for who asked. */
static int read_answer(const struct role_answer *answer, struct exec_report *ret)
{
    if (answer->failure != 0)
        return answer->failure;
    if (answer->status != 0)
        return answer->status;
    return exec_report_decode(answer->payload, answer->length, ret) == 0 ? 0 : -EPROTO;
}

static void on_answer(void *context, const struct role_answer *answer)
{
    struct command_run *run = context;
    struct exec_report report;
    int error = read_answer(answer, &report);
    if (run->handler != NULL) {
        run->commands->running--;
        run->handler(run->context, error, error == 0 ? &report : NULL);
    }
    free(run);
}

static void ask(struct commands *commands, const struct exec_order *order,
        role_answer_handler *handler, void *context)
{
    struct buf payload;
    buf_init(&payload, EXEC_MESSAGE_MAX);
    exec_order_encode(order, &payload);
    assert(!payload.cut);
    const struct role_question question = {payload.data, payload.length, 0};
    role_ask_bytes(commands->role, &question, handler, context);
    buf_done(&payload);
}

void command_run_start(struct commands *commands, const struct command_wish *wish,
        command_run_handler *handler, void *context, struct command_run **ret)
{
    struct exec_order order = {
            EXEC_RUN, ++commands->next_number, wish->timeout_ms, wish->check_id, {NULL}};
    if (commands->running == commands->running_max) {
        handler(context, -EBUSY, NULL);
        return;
    }
    for (size_t i = 0; wish->arguments[i] != NULL; i++) {
        assert(i < EXEC_ARGUMENTS_MAX);
        order.arguments[i] = wish->arguments[i];
    }
    struct command_run *run = mem_zalloc(1, sizeof(*run));
    *run = (struct command_run){commands, order.number, handler, context};
    *ret = run;
    commands->running++;
    if (role_state(commands->role) == ROLE_IDLE)
        role_start(commands->role);
    ask(commands, &order, on_answer, run);
}

static void on_stopped(void *context, const struct role_answer *answer)
{
    (void)context, (void)answer;
}

void command_run_forget(struct command_run *run)
{
    const struct exec_order order = {.verb = EXEC_STOP, .number = run->number};
    assert(run->handler != NULL);
    run->handler = NULL;
    run->commands->running--;
    ask(run->commands, &order, on_stopped, NULL);
}

void commands_give_up_helper(struct commands *commands)
{
    struct role_report report;
    role_describe(commands->role, &report);
    if (report.pid != 0)
        kill(report.pid, SIGKILL);
}

uint32_t commands_running_max(const struct commands *commands)
{
    return commands->running_max;
}

void commands_stop(struct commands *commands)
{
    if (commands != NULL)
        role_stop(commands->role);
}

bool commands_is_idle(const struct commands *commands)
{
    return commands == NULL || role_state(commands->role) == ROLE_IDLE ||
           role_state(commands->role) == ROLE_ENDED;
}

void commands_free(struct commands *commands)
{
    if (commands == NULL)
        return;
    role_close(commands->role);
    free(commands);
}
