/* verdict.h -- from probe results to a verdict: the state machine of one check.  Pure.
 *
 *   state    | pass                        | fail                        | inconclusive
 *   ---------+-----------------------------+-----------------------------+-------------
 *   no data  | up                          | down                        | no data
 *   up       | streak = 0                  | streak + 1; fall -> down    | -
 *   down     | streak + 1; rise -> up      | streak = 0                  | -
 *
 * A state is held for hold_ms (HoldDown): a streak that is complete before waits, and the state changes when that
 * time is over, if no other result has come between.
 *
 * "Enough data" for a new check is one completed probe (design.md section 5): its first result
 * decides at once.  Until then the raw state is up.  The final status is the raw one, forced to up
 * while Disabled, then turned round if Inverted (route53.md 3.5).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "health/table.h"

enum verdict_outcome {
    VERDICT_PASS,
    VERDICT_FAIL,
    VERDICT_INCONCLUSIVE, /* our own fault, not the target's; moves nothing */
};

#define VERDICT_THRESHOLD_MAX 10U /* route53.md 3.2 */

struct verdict_rule {
    uint32_t fall; /* FailureThreshold, 1..VERDICT_THRESHOLD_MAX: failures in a row to go down */
    uint32_t rise; /* SuccessThreshold, the same range: passes in a row to come up */
    bool inverted;
    bool disabled;
    bool shadow;      /* it is never used: what answers use is up */
    uint32_t hold_ms; /* HoldDown: least time in a state */
    uint32_t ramp_ms; /* RampUp and Suspect: caution.h */
    uint32_t suspect_ms;
};

struct verdict {
    enum health_state raw; /* HEALTH_UNKNOWN while there is no data */
    uint32_t streak;       /* results in a row against raw */
};

/* Takes one result, age_ms after the state was entered.  Returns true if raw changed. */
bool verdict_step(struct verdict *verdict, const struct verdict_rule *rule,
        enum verdict_outcome outcome, uint64_t age_ms);

/* Whether a complete streak waits for the end of the hold. */
bool verdict_is_held(const struct verdict *verdict, const struct verdict_rule *rule);

/* Changes the state if that time is over.  Returns true if raw changed. */
bool verdict_release(struct verdict *verdict, const struct verdict_rule *rule, uint64_t age_ms);

/* What answers would use if it were no shadow: HEALTH_UP or HEALTH_DOWN. */
enum health_state verdict_own(const struct verdict *verdict, const struct verdict_rule *rule);

/* The same of a check as the table has it. */
enum health_state verdict_own_of(const struct health_detail *detail);

/* What answers use: HEALTH_UP or HEALTH_DOWN. */
enum health_state verdict_final(const struct verdict *verdict, const struct verdict_rule *rule);
