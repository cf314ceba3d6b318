/* supervisor.h -- the parent: it opens what must outlive a role, starts the roles and restarts them.
 *
 * It holds the sockets, the health table and the control socket; it runs no probe and parses nothing
 * that comes from the network.  A role is this same binary executed again with its descriptors at
 * fixed numbers.  The first restart of a role is at once, later ones back off.
 */
#pragma once

#include "base/attr.h"
#include "config.h"

/* Runs the daemon until SIGTERM or SIGINT.  Returns the exit status. */
MUST_CHECK int supervisor_run(const struct config *config);
