/* role_main.h -- the child's side of role.h: a process that was started as a role knows it here.
 *
 * A role is told apart by argv[0] and finds its descriptors at the numbers of role.h.  Nothing runs
 * before this in its main().
 */
#pragma once

#include "base/attr.h"

/* If this process was started as a role, runs it and returns its exit status; -1 otherwise. */
MUST_CHECK int role_main(int argc, char **argv);
