/* simulate.h -- holdfastctl simulate: loads zones and checks, runs a timeline against them (sim/sim.h) and prints
 * what came of it. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"

struct simulate_wishes {
    const char *timeline_file;
    const char *config_file; /* NULL for none; what follows goes before it */
    const char *zones_dir;   /* NULL: as the file has it */
    const char *checks_dir;
    bool json;
};

/* Runs it.  Each change goes to stdout as it comes, and the sums behind; with `json` one document.  Faults go to
 * stderr.  Returns the exit status: 0, or 2 if something could not be read. */
MUST_CHECK int simulate_run(const struct simulate_wishes *wishes);
