/* role.h -- one role as its parent sees it: started, asked, restarted, stopped.
 *
 * A role is this same binary executed again, told apart by argv[0], with its descriptors at fixed
 * numbers: 3 the channel, 4 the configuration, 5 the health table, from 6 on its sockets.  What runs
 * commands for the checker is a role of the checker's, and gets the channel alone.  One life is a
 * process and its channel; the life is over when both have ended, so what a role said last is heard.
 * role.c has the table of states.  Everything runs on the loop's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "base/attr.h"
#include "base/ipc.h"

#define ROLE_FD_CHANNEL 3
#define ROLE_FD_CONFIG  4
#define ROLE_FD_TABLE   5
#define ROLE_FD_SOCKETS 6

#define ROLE_STOP_MS 5000U /* between SIGTERM and SIGKILL */

enum role_state {
    ROLE_IDLE,       /* never started */
    ROLE_STARTING,   /* runs, not ready yet */
    ROLE_RUNNING,    /* runs and is ready */
    ROLE_RESTARTING, /* ended; the next life begins soon */
    ROLE_STOPPING,   /* was told to end */
    ROLE_ENDED,      /* ended, and is not started again by itself */
};

struct role_plan {
    const char *name;    /* "responder" */
    const char *title;   /* argv[0]: "holdfastd: responder" */
    const char *program; /* what to execute */
    bool once;      /* does its work and ends; is started again only if it ended without READY */
    const int *fds; /* for the numbers from ROLE_FD_CONFIG on; borrowed for the role's life */
    size_t fds_count;
};

struct role_question {
    const char *payload;
    size_t length; /* at most IPC_PAYLOAD_MAX */
    uint64_t deadline_ms;
};

/* How a role answered. */
struct role_answer {
    int failure; /* 0: it replied; -ENOTCONN: it does not run; -EPIPE: it died; -ETIMEDOUT */
    int status;  /* of the reply */
    const char *payload; /* borrowed during the callback; never NULL */
    size_t length;
};

enum role_event {
    ROLE_READY, /* message is the IPC_READY */
    ROLE_SAID,  /* message is an IPC_EVENT */
    ROLE_GONE,  /* a life is over; the state says whether another follows */
};

struct role;

typedef void role_handler(
        void *context, struct role *role, enum role_event event, const struct ipc_message *message);
typedef void role_answer_handler(void *context, const struct role_answer *answer);

/* What status shows.  All borrowed until the loop turns. */
struct role_report {
    const char *name;
    const char *state;
    pid_t pid;            /* 0 while there is no process */
    uint64_t uptime_ms;   /* of this life */
    uint64_t restarts;    /* lives after the first */
    const char *last_end; /* how the last life ended, or NULL */
    const char *files; /* "good" or "faulty", as they were last read; NULL if that is not known */
};

/* A new role, not started; ended with role_close().  `plan` is copied, what it points to borrowed. */
MUST_CHECK struct role *role_new(
        uv_loop_t *loop, const struct role_plan *plan, role_handler *handler, void *context);

/* Begins a life.  In ROLE_IDLE or ROLE_ENDED only.  A life that cannot begin is logged and tried again
 * with the back-off of restarts. */
void role_start(struct role *role);

/* Ends the role: SIGTERM, after ROLE_STOP_MS SIGKILL.  ROLE_GONE follows if it runs; no further life. */
void role_stop(struct role *role);

/* Kills a process that runs, as one that hangs; it is started again as if it had died.  What status tells of its end
 * goes on with the sentence `why` and `what`. */
void role_kill(struct role *role, const char *why, const char *what);

/* Asks the role; `handler` is called once: from within this call if the role does not run, else later.
 * `deadline_ms` 0 means as long as it lives.  A question is a line, or any bytes, which are copied. */
void role_ask(struct role *role, const char *line, uint64_t deadline_ms,
        role_answer_handler *handler, void *context);
void role_ask_bytes(struct role *role, const struct role_question *question,
        role_answer_handler *handler, void *context);

/* Where it stands, for decisions and for people. */
enum role_state role_state(const struct role *role);
void role_describe(const struct role *role, struct role_report *ret);

/* Notes with what status the role read its files, 0 for no fault: IPC_READY's by itself, that of a reload
 * through this call. */
void role_note_files(struct role *role, int status);

/* Frees a role in ROLE_IDLE or ROLE_ENDED once the loop has run the closing callbacks.  NULL does
 * nothing. */
void role_close(struct role *role);
