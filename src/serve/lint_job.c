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
#include "base/str.h"
#include "lint/lint.h"
#include "serve/zone_job.h"

#define ERROR_TEXT_MAX 4096U

struct lint_job {
    struct lint_job_settings settings;
    struct zone_job job;
    atomic_bool stop;
    bool only; /* one zone was asked for by name */
    uint32_t id;
    /* While it runs these belong to the pool's thread. */
    int status;
    struct buf text;
};

/* ------------------------------------------------------------------ in the pool's thread */

static void run(void *context, const struct zone_set *zones)
{
    struct lint_job *job = context;
    const struct lint_sources sources = {
            .zones = zones,
            .only = job->only ? zone_set_at(zones, 0) : NULL,
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

static void on_done(void *context)
{
    struct lint_job *job = context;

    if (job->status != 0 && job->text.length == 0)
        refuse(&job->text, "no table to try failures in: %s", err_text(job->status));
    if (!atomic_load(&job->stop))
        job->settings.handler(job->settings.context, job->id, job->status, &job->text);
    buf_done(&job->text);
}

struct lint_job *lint_job_new(const struct lint_job_settings *settings)
{
    struct lint_job *job = mem_zalloc(1, sizeof(*job));

    job->settings = *settings;
    zone_job_init(&job->job, run, on_done, job);
    buf_init(&job->text, IPC_PAYLOAD_MAX);
    return job;
}

void lint_job_free(struct lint_job *job)
{
    if (job == NULL)
        return;
    assert(!job->job.runs);
    buf_done(&job->text);
    free(job);
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

/* Finds the zone that is asked for by name; NULL: all are. */
static int find_zone(
        const struct zone_set *zones, const char *word, struct zone **ret, struct buf *why)
{
    static const uint8_t root[] = {0};
    struct name name;

    *ret = NULL;
    if (*word == '\0')
        return 0;
    if (name_from_text(word, root, &name) != 0) {
        refuse(why, "\"%s\" is no name", word);
        return ERR_SYNTAX;
    }
    *ret = zone_set_get(zones, name.bytes);
    return *ret != NULL ? 0 : refuse_zone(zones, word, why);
}

int lint_job_start(struct lint_job *job, const struct zone_set *zones, const char *words,
        uint32_t id, struct buf *ret)
{
    struct zone *zone;

    words += strspn(words, " ");
    if (job->job.runs) {
        refuse(ret, "another lint runs; ask again when it is over");
        return -EBUSY;
    }
    int error = find_zone(zones, words, &zone, ret);
    if (error != 0)
        return error;
    job->id = id;
    job->status = 0;
    job->only = zone != NULL;
    zone_job_start(&job->job, job->settings.loop, zones, zone);
    return 0;
}

void lint_job_stop(struct lint_job *job)
{
    atomic_store(&job->stop, true);
}
