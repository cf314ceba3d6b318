/* stall.h -- noticing that this process itself stood still.
 *
 * A checker that was stopped (SIGSTOP, a blocked disk, a suspended machine) finds, when it goes on,
 * that all its deadlines have passed and its connections have gone; none of that is the targets'
 * fault.  libuv runs due timers before anything else, so no timer of ours can be counted on to come
 * first: whoever starts a probe or takes an outcome looks here first.  A loop that works turns at
 * least every STALL_BEAT_MS, so the time since the last look says whether it stood still meanwhile.
 *
 * Times must go on while the machine is suspended: CLOCK_BOOTTIME.  Pure.
 */
#pragma once

#include <stdint.h>

#define STALL_BEAT_MS  250U  /* somebody looks at least this often */
#define STALL_LIMIT_MS 1000U /* so much more is taken for a stall */

struct stall {
    uint64_t last_ms;   /* the last look */
    uint64_t length_ms; /* of the last stall */
    uint64_t count;     /* stalls so far */
};

/* A watch that begins now. */
struct stall stall_start(uint64_t now_ms);

/* Looks at the time.  Returns how many stalls there were up to now: what started at another count
 * than it ended at was caught in one. */
uint64_t stall_look(struct stall *stall, uint64_t now_ms);
