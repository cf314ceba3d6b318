/* helper.h -- the process that runs the commands of EXEC checks, so that the checker need not.
 *
 * The checker starts it as a role (base/role.h) with nothing but a channel to itself: no health table, no
 * sockets, no channel to the supervisor.  It starts what it is ordered to (message.h), within bounds, and
 * reports.  It never outlives the checker: when the channel ends, on SIGTERM and when its parent dies it
 * kills all commands with their process groups, and ends.
 */
#pragma once

#include "base/attr.h"

#define EXEC_TITLE "holdfastd: exec" /* argv[0] of the helper */

#define EXEC_RUNNING_MAX 256U  /* commands at once; one more is answered with -EBUSY */
#define EXEC_LEAVE_MS    1000U /* what was killed has this long to end */

/* Runs until the channel ends or SIGTERM arrives.  Returns the process's exit status. */
MUST_CHECK int exec_helper_run(int channel_fd);
