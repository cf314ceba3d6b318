/* commands.h -- running the commands of EXEC checks: the checker's side of the helper (exec/helper.h).
 *
 * The helper is started when the first command is to run, and started again with back-off when it dies;
 * what ran then has no result.  Commands are bounded here, and each has a deadline that the helper keeps.
 * All calls belong to the loop's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/attr.h"
#include "exec/message.h"

struct commands;    /* the helper, and what runs there */
struct command_run; /* one command that runs */

/* Called once, unless command_run_forget() came first: from within command_run_start() if the command
 * cannot even be ordered, else from the loop.  `report` is NULL if the command did not run or nobody
 * knows, for the -errno `error`: -EBUSY if as many run as may, -EPIPE or -ENOTCONN if the helper died,
 * else what fork() or execve() said. */
typedef void command_run_handler(void *context, int error, const struct exec_report *report);

/* What is to run.  All borrowed during the call. */
struct command_wish {
    const char *check_id;
    const char *const *arguments; /* NULL-terminated, within the maxima of exec/message.h */
    uint32_t timeout_ms;
};

/* `running_max`: commands at once, 1 to EXEC_RUNNING_MAX.  Returns a new object that has not started
 * anything, ended with commands_stop() and commands_free(). */
MUST_CHECK struct commands *commands_new(uv_loop_t *loop, uint32_t running_max);

/* Runs a command.  *ret, borrowed until the handler is called or it is forgotten, is set before. */
void command_run_start(struct commands *commands, const struct command_wish *wish,
        command_run_handler *handler, void *context, struct command_run **ret);

/* Kills it; its handler will not be called. */
void command_run_forget(struct command_run *run);

/* The helper did not answer when it was due: it is killed, and with it what it runs; another follows. */
void commands_give_up_helper(struct commands *commands);

/* As it was made with. */
uint32_t commands_running_max(const struct commands *commands);

/* Ends the helper.  The loop must run until commands_is_idle(), then free it; the memory goes when the
 * loop has run once more.  NULL is idle, and is stopped and freed by doing nothing. */
void commands_stop(struct commands *commands);
bool commands_is_idle(const struct commands *commands);
void commands_free(struct commands *commands);
