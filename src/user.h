/* user.h -- the name of a user, for people: out of /etc/passwd and nothing else.
 *
 * The C library's own way asks whatever services the host has for names, which can take long and runs
 * their code in this process; the supervisor must neither wait nor run it.  A user that only such a
 * service knows is shown by number.  Whoever may ask the daemon is its own user or root, and those are
 * hardly ever such.
 */
#pragma once

#include <sys/types.h>

#define USER_PATH     "/etc/passwd"
#define USER_NAME_MAX 64U /* bytes, without the NUL */

/* Writes the name that the file at `path`, USER_PATH but for tests, has for a user, or "uid-1000" if it has
 * none that is printable, without blanks and no longer.  Returns ret. */
const char *user_name(const char *path, uid_t uid, char ret[USER_NAME_MAX + 1]);
