/* zone_job.h -- work over the zones in a thread of libuv's pool, for what may take seconds.
 *
 * A job holds references to the zones as they were served when it began, so that loads meanwhile neither wait for it
 * nor disturb it, and steps back behind threads that answer.  One runs at a time.  All calls belong to the loop's
 * thread; only `run` is called in the pool's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "zone/zonedb.h"

/* What is to be done, and what follows in the loop's thread; both get the job's context. */
typedef void zone_job_run(void *context, const struct zone_set *zones);
typedef void zone_job_done(void *context);

struct zone_job {
    uv_work_t work;
    zone_job_run *run;
    zone_job_done *done;
    void *context;
    bool runs;
    struct zone **zones; /* the pool's thread's while it runs; a reference each */
    size_t count;
};

/* A job that does not run yet; it must live until the loop has nothing left of it.  The context is borrowed. */
void zone_job_init(struct zone_job *job, zone_job_run *run, zone_job_done *done, void *context);

/* Starts over the zones of a set, which is only read during the call, or over `only`, one of them (NULL: all).  Not
 * while it runs. */
void zone_job_start(
        struct zone_job *job, uv_loop_t *loop, const struct zone_set *zones, struct zone *only);
