/* message.h -- what the checker and its helper, which runs commands for it, say to each other.
 *
 * The channel is that of base/ipc.h.  A payload is words, each ended by a NUL, so that an argv lies in an
 * order ready to be executed; what a command wrote is the one part that is not a word, and comes last.
 *
 *   request: "run" NUMBER TIMEOUT_MS CHECK_ID PROGRAM ARGUMENT...
 *   reply:   "exit" STATUS output, "signal" NUMBER output, "timeout" TIMEOUT_MS output;
 *            or nothing, and -errno as its status: the command did not run
 *   request: "stop" NUMBER
 *   reply:   nothing; the run of that number is answered with -ECANCELED before
 *
 * NUMBER is the asker's name for a run.  Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

#define EXEC_ARGUMENTS_MAX 64U   /* the program among them */
#define EXEC_COMMAND_MAX   4096U /* bytes of all arguments, with a NUL each */
#define EXEC_ID_MAX        64U
#define EXEC_TIMEOUT_MAX   3600000U
#define EXEC_OUTPUT_MAX                                                                            \
    512U /* the first bytes of stdout and stderr, which are one; the rest is lost */
#define EXEC_MESSAGE_MAX (EXEC_COMMAND_MAX + 256U)

enum exec_verb {
    EXEC_RUN,
    EXEC_STOP,
};

struct exec_order {
    enum exec_verb verb;
    uint32_t number;
    uint32_t timeout_ms;  /* from here on for EXEC_RUN only; at least 1 */
    const char *check_id; /* 1 to EXEC_ID_MAX bytes */
    const char *arguments[EXEC_ARGUMENTS_MAX +
                          1]; /* NULL-terminated, the program's absolute path first */
};

enum exec_how {
    EXEC_EXIT,    /* value: the exit status */
    EXEC_SIGNAL,  /* value: the signal's number */
    EXEC_TIMEOUT, /* value: after how many milliseconds it was killed */
};

struct exec_report {
    enum exec_how how;
    uint32_t value;
    const char *output; /* any bytes */
    size_t output_length;
};

/* Appends an order, which keeps to the maxima, to `ret`. */
void exec_order_encode(const struct exec_order *order, struct buf *ret);

/* Reads an order; what *ret points to is borrowed from `payload`, behind whose last byte a NUL stands.
 *
 * Returns 0, or ERR_SYNTAX with *ret untouched. */
MUST_CHECK int exec_order_decode(const char *payload, size_t length, struct exec_order *ret);

/* The same for what became of a run. */
void exec_report_encode(const struct exec_report *report, struct buf *ret);
MUST_CHECK int exec_report_decode(const char *payload, size_t length, struct exec_report *ret);
