/* saver.h -- keeps the state file near what the health table says.
 *
 * A tick a second: saved when a verdict has changed or a slot came or went, else every SAVER_IDLE_MS
 * while the checker lives.  Saving runs in a thread of the pool, one at a time: the loop never waits
 * for the disk.
 */
#pragma once

#include <stdint.h>
#include <uv.h>

#include "base/attr.h"
#include "health/table.h"

#define SAVER_IDLE_MS 10000U

struct saver;

/* A new saver of `table` to `path`, both borrowed. */
MUST_CHECK struct saver *saver_new(
        uv_loop_t *loop, const struct health_table *table, const char *path);

/* To be called once a second. */
void saver_tick(struct saver *saver, uint64_t now_ms);

/* Saves a last time, in this thread, and frees the saver.  The loop must have nothing left to run: a
 * saving under way is over then.  NULL does nothing. */
void saver_finish(struct saver *saver);
