/* replay.h -- holdfastctl explain --at: what the journal says was otherwise at a time. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

/* Appends to `request` what explain shall assume, so that the checks that `explanation`, its reply, names are as they
 * were at the time `at`; and says on stderr what that is worth.
 *
 * Returns 0, or ERR_FAULTY with the fault told: no such time, no journal, or it does not reach back that far. */
MUST_CHECK int replay_assume(
        const char *state_dir, const char *at, const struct buf *explanation, struct buf *request);
