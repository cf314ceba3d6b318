/* combine.h -- CALCULATED checks: a verdict out of other checks' verdicts (route53.md 3.5).  Pure. */
#pragma once

#include <stdint.h>

#include "health/table.h"

/* HEALTH_UP if at least `threshold` of the `count` children's final states are not HEALTH_DOWN.
 * Threshold 0 is always up, one above count always down. */
enum health_state combine_children(
        const enum health_state *children, uint32_t count, uint32_t threshold);
