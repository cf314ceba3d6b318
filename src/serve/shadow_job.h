/* shadow_job.h -- a question about shadows (shadow_request.h) in a thread of libuv's pool, since a check may be in a
 * great many names: neither who answers nor who is asked by operators waits for it.
 *
 * One runs at a time (zone_job.h), and none for longer than SHADOW_JOB_MS: what was found until then is the answer.
 * All calls belong to the loop's thread.
 */
#pragma once

#include <stdint.h>
#include <uv.h>

#include "base/attr.h"
#include "base/buf.h"
#include "health/table.h"
#include "zone/zonedb.h"

#define SHADOW_JOB_MS 1500U /* who asks waits for little more (SHADOWS_ANSWER_MS) */

struct shadow_job;

/* Called from the loop when a question is answered: `status` and `text` as of shadow_request_answer().  Not called for
 * one that was stopped. */
typedef void shadow_job_handler(void *context, uint32_t id, int status, struct buf *text);

/* A job that does not run yet, over a loop and a table that are borrowed; ended with shadow_job_free() when the loop
 * has nothing left of it, for which NULL does nothing. */
MUST_CHECK struct shadow_job *shadow_job_new(uv_loop_t *loop, const struct health_table *health,
        shadow_job_handler *handler, void *context);
void shadow_job_free(struct shadow_job *job);

/* Starts on a question over the zones of a set, which is only read during the call, as are the words.  Returns 0, or
 * -EBUSY while another one runs. */
MUST_CHECK int shadow_job_start(
        struct shadow_job *job, const struct zone_set *zones, const char *words, uint32_t id);

/* Makes one that runs come to its end soon, unheard, and lets go of the loop; none can be started any more. */
void shadow_job_stop(struct shadow_job *job);
