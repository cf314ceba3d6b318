/* timing.c -- see timing.h. */
#include "health/timing.h"

#include <stdbool.h>

uint32_t timing_jitter_ms(uint32_t interval_ms)
{
    return (uint32_t)((uint64_t)interval_ms * TIMING_JITTER_PERCENT / 100);
}

uint64_t timing_valid_ms(const struct health_detail *detail)
{
    uint64_t interval_ms = (uint64_t)detail->interval_ms + timing_jitter_ms(detail->interval_ms);
    return interval_ms + detail->timeout_ms + detail->linger_ms;
}

uint64_t timing_down_ms(const struct health_detail *detail)
{
    bool inverted = (detail->flags & HEALTH_INVERTED) != 0;
    uint64_t results = inverted ? detail->rise : detail->fall;
    uint64_t each = (uint64_t)detail->interval_ms + timing_jitter_ms(detail->interval_ms) +
                    detail->timeout_ms;

    /* What is not probed every so often is only waited for: a heartbeat. */
    uint64_t found_ms = detail->linger_ms + results * each;
    if (detail->interval_ms == 0)
        found_ms = inverted ? 0 : detail->linger_ms;
    uint64_t held_ms = detail->hold_ms > 0 ? detail->hold_ms + (uint64_t)TIMING_TICK_MS : 0;
    return found_ms == 0 || found_ms > held_ms ? found_ms : held_ms;
}
