/* saver.c -- see saver.h. */
#include "saver.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "health/state.h"

struct saver {
    uv_loop_t *loop;
    const struct health_table *table;
    const char *path;
    uv_work_t work;
    bool busy;
    int result;          /* written by the thread, read by the loop after it */
    int last_result;     /* a fault is logged when it comes and when it goes */
    uint64_t generation; /* of what the file has */
    uint64_t beat_ms;
    uint64_t saved_ms;
};

struct saver *saver_new(uv_loop_t *loop, const struct health_table *table, const char *path)
{
    struct saver *saver = mem_zalloc(1, sizeof(*saver));
    saver->loop = loop;
    saver->table = table;
    saver->path = path;
    saver->work.data = saver;
    saver->generation = health_table_generation(table);
    saver->beat_ms = health_table_last_beat_ms(table);
    return saver;
}

static void save(uv_work_t *work)
{
    struct saver *saver = work->data;
    saver->result = health_state_save(saver->table, saver->path);
}

static void report(struct saver *saver)
{
    if (saver->result != 0 && saver->result != saver->last_result)
        log_error("health state cannot be saved to %s: %s", saver->path, err_text(saver->result));
    else if (saver->result == 0 && saver->last_result != 0)
        log_info("health state is saved to %s again", saver->path);
    saver->last_result = saver->result;
}

static void on_saved(uv_work_t *work, int status)
{
    struct saver *saver = work->data;
    (void)status;
    saver->busy = false;
    report(saver);
}

void saver_tick(struct saver *saver, uint64_t now_ms)
{
    uint64_t generation = health_table_generation(saver->table);
    uint64_t beat_ms = health_table_last_beat_ms(saver->table);
    bool changed = generation != saver->generation;
    bool due = beat_ms != saver->beat_ms && now_ms - saver->saved_ms >= SAVER_IDLE_MS;
    if (saver->busy || (!changed && !due && saver->last_result == 0))
        return;

    /* Noted before the table is read: what changes meanwhile is saved the next time. */
    saver->generation = generation;
    saver->beat_ms = beat_ms;
    saver->saved_ms = now_ms;
    int error = uv_queue_work(saver->loop, &saver->work, save, on_saved);
    assert(error == 0);
    saver->busy = true;
}

void saver_finish(struct saver *saver)
{
    if (saver == NULL)
        return;
    assert(!saver->busy);
    save(&saver->work);
    report(saver);
    free(saver);
}
