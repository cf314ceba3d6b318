/* zone_job.c -- see zone_job.h. */
#include "serve/zone_job.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/nice.h"

void zone_job_init(struct zone_job *job, zone_job_run *run, zone_job_done *done, void *context)
{
    *job = (struct zone_job){.run = run, .done = done, .context = context};
    job->work.data = job;
}

static void run(uv_work_t *work)
{
    struct zone_job *job = work->data;

    nice_step_back();
    struct zone_set *zones = zone_set_new(job->zones, job->count);
    job->run(job->context, zones);
    zone_set_free(zones);
}

static void on_done(uv_work_t *work, int uv_status)
{
    struct zone_job *job = work->data;

    assert(uv_status == 0); /* it is never cancelled */
    job->runs = false;
    free(job->zones);
    job->done(job->context);
}

void zone_job_start(
        struct zone_job *job, uv_loop_t *loop, const struct zone_set *zones, struct zone *only)
{
    assert(!job->runs);
    job->runs = true;
    job->count = only != NULL ? 1 : zone_set_count(zones);
    job->zones = mem_zalloc(job->count, sizeof(struct zone *));
    for (size_t i = 0; i < job->count; i++)
        job->zones[i] = zone_ref(only != NULL ? only : zone_set_at(zones, i));
    int error = uv_queue_work(loop, &job->work, run, on_done);
    assert(error == 0); /* fails only without a function */
}
