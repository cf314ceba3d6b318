/* shadow_job.c -- see shadow_job.h. */
#include "serve/shadow_job.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/nice.h"
#include "serve/shadow_request.h"

#define ANSWER_MAX 4096U /* of SHADOW_REQUEST_MAX numbers */

struct shadow_job {
    const struct health_table *health;
    shadow_job_handler *handler;
    void *context;
    uv_loop_t *loop;
    uv_timer_t timer; /* until it has run for long enough */
    uv_work_t work;
    bool runs, is_unheard;
    atomic_bool stop;
    /* While it runs these belong to the pool's thread. */
    struct zone **zones; /* a reference each */
    size_t count;
    char *words;
    uint32_t id;
    int status;
    struct buf text;
};

struct shadow_job *shadow_job_new(uv_loop_t *loop, const struct health_table *health,
        shadow_job_handler *handler, void *context)
{
    struct shadow_job *job = mem_zalloc(1, sizeof(*job));

    job->loop = loop;
    job->health = health;
    job->handler = handler;
    job->context = context;
    uv_timer_init(loop, &job->timer);
    job->timer.data = job->work.data = job;
    return job;
}

void shadow_job_free(struct shadow_job *job)
{
    if (job == NULL)
        return;
    assert(!job->runs);
    free(job);
}

static void run(uv_work_t *work)
{
    struct shadow_job *job = work->data;

    nice_step_back();
    struct zone_set *zones = zone_set_new(job->zones, job->count);
    const struct shadow_question question = {
            .zones = zones,
            .health = job->health,
            .words = job->words,
            .looks = SHADOW_REQUEST_LOOKS,
            .stop = &job->stop,
    };
    job->status = shadow_request_answer(&question, &job->text);
    zone_set_free(zones);
}

static void on_late(uv_timer_t *timer)
{
    struct shadow_job *job = timer->data;
    atomic_store(&job->stop, true);
}

static void on_done(uv_work_t *work, int uv_status)
{
    struct shadow_job *job = work->data;

    assert(uv_status == 0); /* it is never cancelled */
    job->runs = false;
    free(job->zones);
    free(job->words);
    if (!job->is_unheard) {
        uv_timer_stop(&job->timer);
        job->handler(job->context, job->id, job->status, &job->text);
    }
    buf_done(&job->text);
}

int shadow_job_start(
        struct shadow_job *job, const struct zone_set *zones, const char *words, uint32_t id)
{
    assert(!job->is_unheard);
    if (job->runs)
        return -EBUSY;
    job->count = zone_set_count(zones);
    job->zones = mem_zalloc(job->count, sizeof(struct zone *));
    for (size_t i = 0; i < job->count; i++)
        job->zones[i] = zone_ref(zone_set_at(zones, i));
    job->words = mem_string(words);
    job->id = id;
    buf_init(&job->text, ANSWER_MAX);
    atomic_store(&job->stop, false);
    job->runs = true;
    uv_timer_start(&job->timer, on_late, SHADOW_JOB_MS, 0);
    int error = uv_queue_work(job->loop, &job->work, run, on_done);
    assert(error == 0); /* fails only without a function */
    return 0;
}

void shadow_job_stop(struct shadow_job *job)
{
    job->is_unheard = true;
    atomic_store(&job->stop, true);
    uv_close((uv_handle_t *)&job->timer, NULL);
}
