/* timing.h -- how long it can take until a check is found down.  Pure.
 *
 * The worst case, out of what the table says of the check (health/table.h).  The endpoint fails just after
 * a probe has seen it well.  That probe goes on for up to linger_ms and passes.  The next one starts an
 * interval after its end, jitter included (check/schedule.h), and takes up to timeout_ms to fail; and so on
 * until FailureThreshold of them have failed in a row:
 *
 *   linger + threshold * (interval + jitter + timeout)
 *
 * Of a HEARTBEAT linger_ms is its time to live and the interval 0: silence is found when linger is over.
 * If it fails just after it came up, HoldDown keeps it up: until that is over, and a tick, if that is longer.
 *
 * A new check's first probe comes within an interval and decides alone; a check that is taken up by
 * another checker goes on counting where the last one stopped, its first probe within an interval too.
 * Neither takes longer.  Not in it are times in which no probe can be made: of a checker that is dead or
 * stands still, of probes that end inconclusive, and of those that wait because --probes is too small.
 */
#pragma once

#include <stdint.h>

#include "health/table.h"

#define TIMING_JITTER_PERCENT 5U
#define TIMING_TICK_MS        1000U /* so often the checker looks what waits for a time */

/* How much sooner or later than the interval a probe may start. */
uint32_t timing_jitter_ms(uint32_t interval_ms);

/* How long a result of its last probe holds: until the next one has ended at the latest, had nothing gone wrong.  0 if
 * the table does not say how the check is probed. */
uint64_t timing_valid_ms(const struct health_detail *detail);

/* The longest until what answers use goes down: of an inverted check, until the endpoint is found well.  0
 * if the table does not say how the check is probed. */
uint64_t timing_down_ms(const struct health_detail *detail);
