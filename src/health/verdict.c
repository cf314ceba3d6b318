/* verdict.c -- see verdict.h, which draws the table of the state machine. */
#include "health/verdict.h"

#include <assert.h>

bool verdict_step(
        struct verdict *verdict, const struct verdict_rule *rule, enum verdict_outcome outcome)
{
    assert(rule->fall >= 1 && rule->fall <= VERDICT_THRESHOLD_MAX);
    assert(rule->rise >= 1 && rule->rise <= VERDICT_THRESHOLD_MAX);

    if (outcome == VERDICT_INCONCLUSIVE)
        return false;
    enum health_state seen = outcome == VERDICT_PASS ? HEALTH_UP : HEALTH_DOWN;
    uint32_t needed = seen == HEALTH_UP ? rule->rise : rule->fall;
    if (verdict->raw == HEALTH_UNKNOWN)
        needed = 1;

    /* Any result that agrees starts the count anew (route53.md 3.3). */
    if (seen == verdict->raw) {
        verdict->streak = 0;
        return false;
    }
    verdict->streak++;
    if (verdict->streak < needed)
        return false;
    *verdict = (struct verdict){.raw = seen, .streak = 0};
    return true;
}

enum health_state verdict_final(const struct verdict *verdict, const struct verdict_rule *rule)
{
    /* route53.md 3.5, in its order: no data is healthy, disabled is healthy, then inversion. */
    bool up = verdict->raw != HEALTH_DOWN || rule->disabled;
    return up != rule->inverted ? HEALTH_UP : HEALTH_DOWN;
}
