/* backoff.h -- how long to wait before a role is started again.  Pure.
 *
 * A life that reached readiness before it ended was good: the next begins at once, but lives begin
 * at least BACKOFF_SPACING_MS apart, which bounds what a crash loop costs.  A life that ended before
 * it was ready failed: the first such is followed at once, then the wait doubles from
 * BACKOFF_FIRST_MS to BACKOFF_LAST_MS, until a life was good or lasted BACKOFF_GOOD_MS.
 * docs/decisions/0003-restart-backoff.md says why.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_SPACING_MS 100U
#define BACKOFF_FIRST_MS   100U
#define BACKOFF_LAST_MS    5000U
#define BACKOFF_GOOD_MS    10000U

struct backoff {
    uint32_t failures; /* lives in a row that failed */
};

/* Takes the end of a life that lasted `lived_ms`.  Returns the wait in milliseconds. */
uint32_t backoff_next(struct backoff *backoff, bool was_ready, uint64_t lived_ms);
