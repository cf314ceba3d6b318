/* vigil.h -- watching the checker's sign of life: silent for a moment it is told, hung for longer it is ended, so that
 * another begins.  Pure: the supervisor asks once a second and does what is said.
 *
 * A beat counts by being another one, not by its time: where the clock is set there is no false alarm.  Time in which
 * the supervisor itself stood still (the machine slept, say) is nobody's silence.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define VIGIL_TICK_MS 1000U /* how often it is asked */
#define VIGIL_BEGIN_MS                                                                             \
    60000U /* reading definitions at the start takes no beat: at least this long is left for it */

/* Zeroed at first; all times are monotonic milliseconds. */
struct vigil {
    uint64_t beat_ms;  /* the last one seen, of the table's own clock */
    uint64_t seen_ms;  /* when it was first seen */
    uint64_t asked_ms; /* last */
    bool is_silent;    /* has been told */
};

enum vigil_finding {
    VIGIL_NOTHING_NEW,
    VIGIL_SILENT, /* for more than HEALTH_SILENT_MS: once */
    VIGIL_BACK,   /* it was silent: once */
    VIGIL_HUNG,   /* for as long as it may be: end it; its silence counts anew */
};

/* What is asked. */
struct vigil_question {
    uint64_t now_ms;
    uint64_t beat_ms;    /* as the table has it */
    uint32_t timeout_ms; /* 0: it is never hung */
    bool is_starting;    /* it has not read its definitions yet */
};

enum vigil_finding vigil_ask(struct vigil *vigil, const struct vigil_question *question);
