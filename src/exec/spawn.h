/* spawn.h -- making a process of a command: what it has, and what it has not.
 *
 * It has /dev/null for its input, one pipe for both outputs, a session and process group of its own,
 * signals as a process has them by default, "/" as its directory and an environment of three variables.
 * It has no other descriptor of ours, and limits that it cannot raise.  It dies with the process that
 * made it, whatever happens to that (what a set-user-ID program would escape).
 *
 * One thread: what fork() copies is all there is.
 */
#pragma once

#include <sys/types.h>

#include "base/attr.h"
#include "exec/message.h"

#define SPAWN_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#define SPAWN_FILES_MAX 1024U          /* descriptors of a command */
#define SPAWN_FILE_MAX  (64UL << 20)   /* bytes of a file it writes; pipes are no files */
#define SPAWN_DATA_MAX  (1024UL << 20) /* bytes of its private memory */

struct spawned {
    pid_t pid;     /* of the process, its group and its session */
    int output_fd; /* what it writes; non-blocking */
    int error_fd;  /* for spawn_failure() */
};

/* Starts a command; `null_fd` is /dev/null.
 *
 * Returns 0 and *ret, whose descriptors are the caller's to close and whose process is the caller's to
 * reap; or -errno, with *ret untouched.  That it could not be executed shows only after its end. */
MUST_CHECK int spawn_command(const struct exec_order *order, int null_fd, struct spawned *ret);

/* Whether a process that has ended was the command at all.  Returns 0 if so, or the -errno for which it
 * could not be executed. */
MUST_CHECK int spawn_failure(int error_fd);
