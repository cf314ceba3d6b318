/* probe_exec.c -- EXEC: a program is run, and the endpoint is well if its exit status is expected.
 *
 * The helper runs it and keeps its deadline (commands.h).  What it wrote is shown, and decides nothing.
 * That a program cannot be executed says nothing about an endpoint, so it never counts against one; that
 * it ended otherwise than expected, by a signal or not in time, does.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "check/commands.h"
#include "check/probe_kind.h"

#define HELPER_LATE_MS 5000U /* after the deadline; then nobody is at work there */

struct exec {
    struct probe probe;                /* first: a struct probe is cast to its kind */
    struct command_run *run;           /* NULL once it has ended */
    uint8_t output[EVIDENCE_BODY_MAX]; /* its first bytes */
};

/* What kept a command from running: all of it is ours, or the definition's. */
static const struct {
    int error;
    enum probe_reason reason;
} errnos[] = {
        {-ENOENT,       PROBE_NO_COMMAND   },
        {-ENOTDIR,      PROBE_NO_COMMAND   },
        {-EACCES,       PROBE_NO_COMMAND   },
        {-EPERM,        PROBE_NO_COMMAND   },
        {-ENOEXEC,      PROBE_NO_COMMAND   },
        {-ELIBBAD,      PROBE_NO_COMMAND   },
        {-EISDIR,       PROBE_NO_COMMAND   },
        {-EINVAL,       PROBE_NO_COMMAND   },
        {-ELOOP,        PROBE_NO_COMMAND   },
        {-ENAMETOOLONG, PROBE_NO_COMMAND   },
        {-E2BIG,        PROBE_NO_COMMAND   },
        {-ETXTBSY,      PROBE_NO_COMMAND   }, /* being written: an upgrade */
        {-EIO,          PROBE_NO_COMMAND   },
        {-ESTALE,       PROBE_NO_COMMAND   },
        {-EAGAIN,       PROBE_NO_PROCESS   },
        {-EBUSY,        PROBE_NO_PROCESS   },
        {-ENOMEM,       PROBE_NO_MEMORY    },
        {-EMFILE,       PROBE_NO_DESCRIPTOR},
        {-ENFILE,       PROBE_NO_DESCRIPTOR},
        {-EPIPE,        PROBE_HELPER       },
        {-ENOTCONN,     PROBE_HELPER       },
        {-ECANCELED,    PROBE_HELPER       }, /* it leaves */
};

static struct exec *exec_of(struct probe *probe)
{
    return (struct exec *)probe;
}

/* Puts what a command wrote into one line of what prints; blanks and control bytes become one blank. */
static void format_output(const struct exec_report *report, char ret[EXEC_OUTPUT_MAX + 1])
{
    size_t length = 0;
    for (size_t i = 0; i < report->output_length; i++) {
        unsigned char byte = (unsigned char)report->output[i];
        if (byte > ' ' && byte != 0x7f)
            ret[length++] = byte < 0x7f ? (char)byte : '?';
        else if (length > 0 && ret[length - 1] != ' ')
            ret[length++] = ' ';
    }
    while (length > 0 && ret[length - 1] == ' ')
        length--;
    ret[length] = '\0';
}

static bool is_expected(const struct check_target *target, uint32_t status)
{
    return status >= target->status_low && status <= target->status_high;
}

static void end_killed(struct probe *probe, int number, const char *colon, const char *output)
{
    const char *name = sigabbrev_np(number);
    if (name != NULL)
        probe_end(probe, PROBE_EXIT, "killed by SIG%s%s%s", name, colon, output);
    else
        probe_end(probe, PROBE_EXIT, "killed by signal %d%s%s", number, colon, output);
}

static void end_reported(struct probe *probe, const struct exec_report *report)
{
    char output[EXEC_OUTPUT_MAX + 1];
    char time[CLOCK_TEXT_MAX];
    format_output(report, output);
    const char *colon = output[0] != '\0' ? ": " : "";

    switch (report->how) {
    case EXEC_EXIT:
        probe_end(probe, is_expected(probe->target, report->value) ? PROBE_OK : PROBE_EXIT,
                "exit status %u%s%s", report->value, colon, output);
        return;
    case EXEC_SIGNAL:
        end_killed(probe, (int)report->value, colon, output);
        return;
    case EXEC_TIMEOUT:
        probe_end(probe, PROBE_COMMAND_TIMEOUT, "not ended within %s, killed%s%s",
                clock_format_duration(report->value, time), colon, output);
        return;
    }
}

static enum probe_reason reason_of(int error)
{
    for (size_t i = 0; i < COUNT(errnos); i++)
        if (errnos[i].error == error)
            return errnos[i].reason;
    return PROBE_INTERNAL;
}

static void end_not_run(struct probe *probe, int error)
{
    enum probe_reason reason = reason_of(error);
    if (error == -EBUSY)
        probe_end(probe, reason, "%u commands run already, no more may",
                commands_running_max(probe->engine->commands));
    else if (reason == PROBE_HELPER)
        probe_end(probe, reason, "%s", probe_reason_text(reason));
    else if (reason == PROBE_NO_COMMAND)
        probe_end(probe, reason, "%s cannot be executed: %s", probe->target->command[0],
                err_text(error));
    else
        probe_end(probe, reason, "%s: %s", probe_reason_text(reason), err_text(error));
}

static void note_output(struct exec *exec, const struct exec_report *report)
{
    struct evidence *evidence = &exec->probe.evidence;
    evidence->body = exec->output;
    evidence->body_length =
            report->output_length < EVIDENCE_BODY_MAX ? report->output_length : EVIDENCE_BODY_MAX;
    memcpy(exec->output, report->output, evidence->body_length);
}

static void on_ended(void *context, int error, const struct exec_report *report)
{
    struct probe *probe = context;
    exec_of(probe)->run = NULL;
    if (report != NULL)
        note_output(exec_of(probe), report);
    if (report != NULL)
        end_reported(probe, report);
    else
        end_not_run(probe, error);
}

static void start(struct probe *probe)
{
    const struct check_target *target = probe->target;
    const struct command_wish wish = {target->check_id, target->command, target->timeout_ms};
    if (probe->engine->commands == NULL) {
        probe_end(probe, PROBE_INTERNAL, "commands are off");
        return;
    }
    probe_set_deadline(probe, target->timeout_ms + HELPER_LATE_MS);
    command_run_start(probe->engine->commands, &wish, on_ended, probe, &exec_of(probe)->run);
}

static void expire(struct probe *probe)
{
    commands_give_up_helper(probe->engine->commands);
    probe_end(probe, PROBE_HELPER, "the helper that runs commands does not answer");
}

static void cancel(struct probe *probe)
{
    struct exec *exec = exec_of(probe);
    if (exec->run != NULL)
        command_run_forget(exec->run);
    exec->run = NULL;
}

static uint32_t timeout_ms(const struct check_target *target)
{
    return target->timeout_ms;
}

static uint32_t linger_ms(const struct check_target *target)
{
    (void)target;
    return 0; /* what a command does after its work, it does for us */
}

const struct probe_kind probe_kind_exec = {
        .name = "exec",
        .size_bytes = sizeof(struct exec),
        .timeout_ms = timeout_ms,
        .linger_ms = linger_ms,
        .start = start,
        .expire = expire,
        .cancel = cancel,
};
