/* lint_job.h -- a lint that somebody has asked the responder for, in a thread of libuv's pool, since it may take
 * seconds.
 *
 * One runs at a time (zone_job.h).  All calls belong to the loop's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/attr.h"
#include "base/buf.h"
#include "health/table.h"
#include "zone/zonedb.h"

struct lint_job;

/* Called from the loop when a lint is over: `text` is its document, `status` 0, ERR_FAULTY if there are
 * warnings in it, or -errno.  Not called for one that was stopped. */
typedef void lint_job_handler(void *context, uint32_t id, int status, struct buf *text);

/* All borrowed. */
struct lint_job_settings {
    uv_loop_t *loop;
    const struct health_table *health;
    char *const *waivers;
    size_t waivers_count;
    uint32_t slow_s;
    lint_job_handler *handler;
    void *context;
};

/* A job that does not run yet; ended with lint_job_free() when the loop has nothing left of it. */
MUST_CHECK struct lint_job *lint_job_new(const struct lint_job_settings *settings);
void lint_job_free(struct lint_job *job);

/* Starts on the request "[ZONE]" over the zones of a set, which is only read during the call.
 *
 * Returns 0; or -EBUSY, ERR_SYNTAX or -ENOENT with {"error":...} in `ret`. */
MUST_CHECK int lint_job_start(struct lint_job *job, const struct zone_set *zones, const char *words,
        uint32_t id, struct buf *ret);

/* Makes one that runs come to its end soon, unheard. */
void lint_job_stop(struct lint_job *job);
