/* command.h -- one command while it runs: its process, its output, its deadline.
 *
 *   state   | event                                  | told as      | next
 *   --------+----------------------------------------+--------------+--------
 *   RUNNING | the process ends                       | EXIT, SIGNAL | CLOSING
 *   RUNNING | the process ends and was none (spawn.h)| an error     | CLOSING
 *   RUNNING | the deadline                           | TIMEOUT      | DYING
 *   RUNNING | command_stop()                         | -ECANCELED   | DYING
 *   DYING   | the process ends                       |              | CLOSING
 *   CLOSING | both handles are closed                |              | freed
 *
 * Whatever ends a command, its whole process group is killed before its process is reaped, so that the
 * number cannot be somebody else's by then.  One that is DYING still takes up its place: the kernel may
 * be slow to let go of it, but who asked is not kept waiting.
 *
 * Everything runs on the loop's thread.
 */
#pragma once

#include <sys/types.h>
#include <uv.h>

#include "base/attr.h"
#include "exec/message.h"

struct command;

/* Called once, with what was given to command_start().  `report` is NULL if the command did not run, for
 * the -errno `error`. */
typedef void command_handler(
        void *context, uint32_t question, int error, const struct exec_report *report);

struct command_settings {
    uv_loop_t *loop;
    int null_fd; /* /dev/null */
    command_handler *handler;
    void *context;
};

/* Starts what is ordered.
 *
 * Returns 0 and a new command in *ret, ended with command_reap(), which follows the end of its process;
 * or -errno, with *ret untouched and the handler not called. */
MUST_CHECK int command_start(struct command **ret, const struct command_settings *settings,
        const struct exec_order *order, uint32_t question);

/* Kills it.  If nothing was told yet the handler is called, from within, with -ECANCELED. */
void command_stop(struct command *command);

/* The process has ended and nobody has reaped it: does so, tells what became of it, if nothing was told
 * yet, and lets it go.  The memory goes when the loop has run the closing callbacks. */
void command_reap(struct command *command);

/* Whose process it is, and what the asker calls it. */
pid_t command_pid(const struct command *command);
uint32_t command_number(const struct command *command);
