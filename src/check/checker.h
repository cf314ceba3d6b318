/* checker.h -- the checker process: one loop that probes, decides and writes the health table. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "health/guard.h"

/* What the supervisor hands to the role.  All borrowed. */
struct checker_settings {
    const char *checks_dir; /* NULL for none */
    const char
            *last_good_dir; /* where the copy of the definitions in force is; NULL: none is kept */
    const char *
            pushes_path; /* what was told of alarms and switches (health/pushes.h); NULL for none */
    const char *ca_file; /* NULL for the system's */
    uint32_t probes_max; /* probes in flight at once */
    uint32_t suspect_share;   /* in percent: ledger_set_suspect_share() */
    struct guard_limit guard; /* over all checks; a share of 0: none */
    bool guards_zones;        /* some zones have guards, too: "guard" will tell */
    uint32_t commands_max;    /* of those, EXEC checks' commands; 0: such checks are not allowed */
    bool define_only;         /* --no-checker: define the checks in the table, then end */
    int channel_fd;           /* base/ipc.h, to the supervisor */
    int table_fd;             /* the health table, for writing */
};

/* What a copy is called in last_good_dir. */
#define CHECKER_COPY "checks.json"

/* Runs until the supervisor closes the channel or SIGTERM arrives.  Loads the definitions, gives each a
 * slot, sends IPC_READY with a report as JSON, and probes.  Requests it takes: "reload" (the same
 * report; on a fault the old definitions stay in force), "diff" (what a reload would change, comparer.h),
 * "retire" (no zone uses a check that is leaving: stop and free those), "recount" (an operator has forced
 * a check, or no longer does: compute the CALCULATED checks, and have guards see what fell meanwhile),
 * "pushed" (the list at pushes_path has news),
 * "beat ID" (a HEARTBEAT has beaten), "guard LIST" (the zones with guards, guard_list.h), "guards" (how these are) and
 * "accept NAME" (what a guard holds down counts; -ENOENT if it is not raised).  The process ignores SIGPIPE.
 *
 * What it loads it copies to last_good_dir, which it makes if missing.  If the files are faulty at the
 * start and there is a copy, its definitions come into force; the status of IPC_READY stays ERR_FAULTY
 * and the report lists the files' faults.
 *
 * Returns the process's exit status. */
MUST_CHECK int checker_run(const struct checker_settings *settings);
