/* lint_job.c -- see lint_job.h. */
#include "serve/lint_job.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "admin/doc.h"
#include "base/err.h"
#include "base/ipc.h"
#include "base/mem.h"
#include "base/nice.h"
#include "base/str.h"
#include "lint/lint.h"

#define ERROR_TEXT_MAX 4096U

struct lint_job {
    struct lint_job_settings settings;
    uv_work_t work;
    bool runs;
    atomic_bool stop;
    /* While it runs these belong to the pool's thread. */
    struct zone **zones; /* a reference each */
    size_t count;
    bool only; /* the one zone was asked for by name */
    uint32_t id;
    int status;
    struct buf text;
};

struct lint_job *lint_job_new(const struct lint_job_settings *settings)
{
    struct lint_job *job = mem_zalloc(1, sizeof(*job));

    job->settings = *settings;
    buf_init(&job->text, IPC_PAYLOAD_MAX);
    return job;
}

void lint_job_free(struct lint_job *job)
{
    if (job == NULL)
        return;
    assert(!job->runs);
    buf_done(&job->text);
    free(job);
}

/* ------------------------------------------------------------------ in the pool's thread */

static void run(uv_work_t *work)
{
    struct lint_job *job = work->data;

    nice_step_back();
    struct zone_set *zones = zone_set_new(job->zones, job->count);
    const struct lint_sources sources = {
            .zones = zones,
            .only = job->only ? job->zones[0] : NULL,
            .health = job->settings.health,
            .waivers = job->settings.waivers,
            .waivers_count = job->settings.waivers_count,
            .slow_s = job->settings.slow_s,
            .stop = &job->stop,
    };
    struct lint_report *report = NULL;

    job->status = lint_run(&sources, &report);
    if (job->status == 0) {
        lint_report_print(report, IPC_PAYLOAD_MAX, &job->text);
        job->status = lint_report_warnings(report) > 0 ? ERR_FAULTY : 0;
    }
    lint_report_free(report);
    zone_set_free(zones);
}

/* ------------------------------------------------------------------ in the loop's thread */

static void refuse(struct buf *ret, const char *format, ...) PRINTF(2, 3);

static void refuse(struct buf *ret, const char *format, ...)
{
    struct buf text;
    struct doc *doc = doc_new();
    va_list arguments;

    buf_init(&text, ERROR_TEXT_MAX);
    va_start(arguments, format);
    buf_vprintf(&text, format, arguments);
    va_end(arguments);
    doc_set_text(doc, "error", buf_string(&text));
    doc_print(doc, ret);
    doc_free(doc);
    buf_done(&text);
}

static void on_done(uv_work_t *work, int uv_status)
{
    struct lint_job *job = work->data;

    assert(uv_status == 0); /* it is never cancelled */
    job->runs = false;
    free(job->zones);
    if (job->status != 0 && job->text.length == 0)
        refuse(&job->text, "no table to try failures in: %s", err_text(job->status));
    if (!atomic_load(&job->stop))
        job->settings.handler(job->settings.context, job->id, job->status, &job->text);
    buf_done(&job->text);
}

static int refuse_zone(const struct zone_set *zones, const char *word, struct buf *ret)
{
    struct str_nearest nearest = {.word = word};
    char best[NAME_TEXT_MAX] = "";
    char text[NAME_TEXT_MAX];

    for (size_t i = 0; i < zone_set_count(zones); i++) {
        str_nearest_offer(&nearest, name_to_text(zone_set_at(zones, i)->apex, text));
        if (nearest.best == text) /* it goes with this turn of the loop */
            nearest.best = memcpy(best, text, sizeof(best));
    }
    if (nearest.best != NULL)
        refuse(ret, "no zone \"%s\"; did you mean \"%s\"?", word, nearest.best);
    else
        refuse(ret, "no zone \"%s\"", word);
    return -ENOENT;
}

/* Takes references to the zones that are asked for. */
static int take_zones(
        struct lint_job *job, const struct zone_set *zones, const char *word, struct buf *ret)
{
    static const uint8_t root[] = {0};
    struct zone *zone = NULL;
    struct name name;

    job->only = *word != '\0';
    if (job->only) {
        if (name_from_text(word, root, &name) != 0) {
            refuse(ret, "\"%s\" is no name", word);
            return ERR_SYNTAX;
        }
        zone = zone_set_get(zones, name.bytes);
        if (zone == NULL)
            return refuse_zone(zones, word, ret);
    }
    job->count = job->only ? 1 : zone_set_count(zones);
    job->zones = mem_zalloc(job->count, sizeof(struct zone *));
    for (size_t i = 0; i < job->count; i++)
        job->zones[i] = zone_ref(job->only ? zone : zone_set_at(zones, i));
    return 0;
}

int lint_job_start(struct lint_job *job, const struct zone_set *zones, const char *words,
        uint32_t id, struct buf *ret)
{
    words += strspn(words, " ");
    if (job->runs) {
        refuse(ret, "another lint runs; ask again when it is over");
        return -EBUSY;
    }
    int error = take_zones(job, zones, words, ret);
    if (error != 0)
        return error;
    job->id = id;
    job->status = 0;
    job->work.data = job;
    job->runs = true;
    error = uv_queue_work(job->settings.loop, &job->work, run, on_done);
    assert(error == 0); /* fails only without a function */
    return 0;
}

void lint_job_stop(struct lint_job *job)
{
    atomic_store(&job->stop, true);
}
