/* backoff.c -- see backoff.h. */
#include "base/backoff.h"

uint32_t backoff_next(struct backoff *backoff, bool was_ready, uint64_t lived_ms)
{
    uint32_t spacing_ms =
            lived_ms < BACKOFF_SPACING_MS ? BACKOFF_SPACING_MS - (uint32_t)lived_ms : 0;

    if (was_ready || lived_ms >= BACKOFF_GOOD_MS) {
        backoff->failures = 0;
        return spacing_ms;
    }
    if (backoff->failures++ == 0)
        return spacing_ms;
    uint32_t wait_ms = BACKOFF_FIRST_MS;
    for (uint32_t i = 2; i < backoff->failures && wait_ms < BACKOFF_LAST_MS; i++)
        wait_ms *= 2;
    return wait_ms < BACKOFF_LAST_MS ? wait_ms : BACKOFF_LAST_MS;
}
