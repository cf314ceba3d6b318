/* clock.h -- reading the time.
 *
 * Only an event loop reads the clock; everything below it gets `now` as an argument.  Monotonic
 * time is for intervals and deadlines, real time for what a person or a file is told.
 */
#pragma once

#include <stdint.h>

#define CLOCK_TEXT_MAX 32U

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t clock_mono_ms(void);

/* Microseconds of the same. */
uint64_t clock_mono_us(void);

/* Milliseconds since 1970-01-01 UTC. */
uint64_t clock_real_ms(void);

/* Microseconds of the same. */
uint64_t clock_real_us(void);

/* Writes `real_ms` as 2026-11-22T03:12:00.123Z.  Returns ret. */
const char *clock_format(uint64_t real_ms, char ret[CLOCK_TEXT_MAX]);

/* Writes a duration for people: 120ms, 4.2s, 3m10s, 2h05m, 12d03h.  Returns ret. */
const char *clock_format_duration(uint64_t duration_ms, char ret[CLOCK_TEXT_MAX]);
