/* caution.h -- how careful answers are with a check that is not steady: its share after a recovery (RampUp), and
 * whether it is suspect (Suspect).  Pure; times are real milliseconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CAUTION_WHOLE 255U /* a full share; what lacks is counted in parts of it */
#define CAUTION_STEPS 32U  /* in which a share grows: so often does its word change, at most */

/* What a set lacks of its full share so long after its check has come back: from all but one step down to 0 when
 * ramp_ms are over.  A ramp_ms of 0 is none. */
uint8_t caution_lack(uint32_t ramp_ms, uint64_t age_ms);

/* Whether something spoke against the check's state, or changed it, within the last suspect_ms; `unsettled_ms` is when
 * that was, 0 for never. */
bool caution_is_suspect(uint32_t suspect_ms, uint64_t unsettled_ms, uint64_t now_ms);

/* How long ago that is.  What lies in the future, since the clock was set back, is over for good. */
uint64_t caution_age_ms(uint64_t since_ms, uint64_t now_ms);
