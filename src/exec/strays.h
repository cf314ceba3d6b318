/* strays.h -- what a command leaves behind outside of its own process group.
 *
 * A process that a command started, and whose parent has ended, becomes a child of the helper (which is
 * a subreaper).  While the command runs, those of its session are its own affair; whatever else there is
 * has made a session of its own to live on, which a health check may not.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Whether a session, or the process itself of that number, belongs to a command that runs. */
typedef bool strays_spare(void *context, pid_t pid);

/* Kills every child of this process that `spare` does not want, by its own number or its session's.
 * Without /proc/thread-self/children it does nothing. */
void strays_kill(strays_spare *spare, void *context);
