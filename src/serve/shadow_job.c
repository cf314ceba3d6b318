/* shadow_job.c -- see shadow_job.h. */
#include "serve/shadow_job.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "serve/shadow_request.h"
#include "serve/zone_job.h"

#define ANSWER_MAX 4096U /* of SHADOW_REQUEST_MAX numbers */

struct shadow_job {
    const struct health_table *health;
    shadow_job_handler *handler;
    void *context;
    uv_loop_t *loop;
    uv_timer_t timer; /* until it has run for long enough */
    struct zone_job job;
    bool is_unheard;
    atomic_bool stop;
    uint32_t id;
    /* While it runs these belong to the pool's thread. */
    char *words;
    int status;
    struct buf text;
};

static void run(void *context, const struct zone_set *zones)
{
    struct shadow_job *job = context;
    const struct shadow_question question = {
            .zones = zones,
            .health = job->health,
            .words = job->words,
            .looks = SHADOW_REQUEST_LOOKS,
            .stop = &job->stop,
    };
    job->status = shadow_request_answer(&question, &job->text);
}

static void on_late(uv_timer_t *timer)
{
    struct shadow_job *job = timer->data;
    atomic_store(&job->stop, true);
}

static void on_done(void *context)
{
    struct shadow_job *job = context;

    free(job->words);
    if (!job->is_unheard) {
        uv_timer_stop(&job->timer);
        job->handler(job->context, job->id, job->status, &job->text);
    }
    buf_done(&job->text);
}

struct shadow_job *shadow_job_new(uv_loop_t *loop, const struct health_table *health,
        shadow_job_handler *handler, void *context)
{
    struct shadow_job *job = mem_zalloc(1, sizeof(*job));

    job->loop = loop;
    job->health = health;
    job->handler = handler;
    job->context = context;
    zone_job_init(&job->job, run, on_done, job);
    uv_timer_init(loop, &job->timer);
    job->timer.data = job;
    return job;
}

void shadow_job_free(struct shadow_job *job)
{
    if (job == NULL)
        return;
    assert(!job->job.runs);
    free(job);
}

int shadow_job_start(
        struct shadow_job *job, const struct zone_set *zones, const char *words, uint32_t id)
{
    assert(!job->is_unheard);
    if (job->job.runs)
        return -EBUSY;
    job->words = mem_string(words);
    job->id = id;
    buf_init(&job->text, ANSWER_MAX);
    atomic_store(&job->stop, false);
    uv_timer_start(&job->timer, on_late, SHADOW_JOB_MS, 0);
    zone_job_start(&job->job, job->loop, zones, NULL);
    return 0;
}

void shadow_job_stop(struct shadow_job *job)
{
    job->is_unheard = true;
    atomic_store(&job->stop, true);
    uv_close((uv_handle_t *)&job->timer, NULL);
}
