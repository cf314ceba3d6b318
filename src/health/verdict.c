/* verdict.c -- see verdict.h, which draws the table of the state machine. */
#include "health/verdict.h"

#include <assert.h>

/* Results in a row that end the state. */
static uint32_t needed(const struct verdict *verdict, const struct verdict_rule *rule)
{
    if (verdict->raw == HEALTH_UNKNOWN)
        return 1;
    return verdict->raw == HEALTH_DOWN ? rule->rise : rule->fall;
}

bool verdict_is_held(const struct verdict *verdict, const struct verdict_rule *rule)
{
    return verdict->raw != HEALTH_UNKNOWN && verdict->streak >= needed(verdict, rule);
}

bool verdict_release(struct verdict *verdict, const struct verdict_rule *rule, uint64_t age_ms)
{
    if (!verdict_is_held(verdict, rule) || age_ms < rule->hold_ms)
        return false;
    bool was_down = verdict->raw == HEALTH_DOWN;
    *verdict = (struct verdict){.raw = was_down ? HEALTH_UP : HEALTH_DOWN};
    return true;
}

bool verdict_step(struct verdict *verdict, const struct verdict_rule *rule,
        enum verdict_outcome outcome, uint64_t age_ms)
{
    assert(rule->fall >= 1 && rule->fall <= VERDICT_THRESHOLD_MAX);
    assert(rule->rise >= 1 && rule->rise <= VERDICT_THRESHOLD_MAX);

    if (outcome == VERDICT_INCONCLUSIVE)
        return false;
    enum health_state seen = outcome == VERDICT_PASS ? HEALTH_UP : HEALTH_DOWN;

    if (verdict->raw == HEALTH_UNKNOWN) {
        *verdict = (struct verdict){.raw = seen};
        return true;
    }
    /* Any result that agrees starts the count anew (route53.md 3.3). */
    if (seen == verdict->raw) {
        verdict->streak = 0;
        return false;
    }
    if (verdict->streak < needed(verdict, rule))
        verdict->streak++;
    return verdict_release(verdict, rule, age_ms);
}

enum health_state verdict_own(const struct verdict *verdict, const struct verdict_rule *rule)
{
    /* route53.md 3.5, in its order: no data is healthy, disabled is healthy, then inversion. */
    bool up = verdict->raw != HEALTH_DOWN || rule->disabled;
    return up != rule->inverted ? HEALTH_UP : HEALTH_DOWN;
}

enum health_state verdict_own_of(const struct health_detail *detail)
{
    const struct verdict_rule rule = {
            .inverted = (detail->flags & HEALTH_INVERTED) != 0,
            .disabled = (detail->flags & HEALTH_DISABLED) != 0,
    };
    return verdict_own(&(struct verdict){.raw = (enum health_state)detail->raw_state}, &rule);
}

enum health_state verdict_final(const struct verdict *verdict, const struct verdict_rule *rule)
{
    return rule->shadow ? HEALTH_UP : verdict_own(verdict, rule);
}
