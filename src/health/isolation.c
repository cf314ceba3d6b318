/* isolation.c -- see isolation.h. */
#include "health/isolation.h"

static void count(struct isolation *isolation, const struct isolation_subject *subject, int32_t by)
{
    bool is_silent = subject->seen == ISOLATION_SILENCE;

    if (!subject->takes_part)
        return;
    if (subject->is_canary) {
        isolation->family[subject->family].canaries += (uint32_t)by;
        isolation->family[subject->family].silent += is_silent ? (uint32_t)by : 0;
    } else if (subject->is_up) {
        isolation->up += (uint32_t)by;
        isolation->silent += is_silent ? (uint32_t)by : 0;
    }
}

void isolation_add(struct isolation *isolation, const struct isolation_subject *subject)
{
    count(isolation, subject, 1);
}

void isolation_remove(struct isolation *isolation, const struct isolation_subject *subject)
{
    count(isolation, subject, -1);
}

bool isolation_by_canaries(const struct isolation *isolation, enum isolation_family family)
{
    uint32_t canaries = isolation->family[family].canaries;
    return canaries > 0 && isolation->family[family].silent == canaries;
}

bool isolation_by_share(const struct isolation *isolation)
{
    for (unsigned family = 0; family < ISOLATION_FAMILIES; family++)
        if (isolation->family[family].canaries > 0)
            return false;
    return isolation->share_percent > 0 && isolation->up >= ISOLATION_SHARE_LEAST &&
           (uint64_t)isolation->silent * 100 >= (uint64_t)isolation->up * isolation->share_percent;
}

void isolation_note(struct isolation *isolation, struct isolation_subject *subject,
        enum isolation_seen seen, bool is_up, uint64_t now_ms)
{
    bool was_cut = isolation_by_canaries(isolation, subject->family);
    bool was_suspect = isolation_by_share(isolation);

    count(isolation, subject, -1);
    if (seen != ISOLATION_NOTHING)
        subject->seen = seen;
    subject->is_up = is_up;
    count(isolation, subject, 1);
    if (subject->takes_part && subject->is_canary && seen == ISOLATION_ANSWER)
        isolation->family[subject->family].answered_ms = now_ms;
    if (was_cut && !isolation_by_canaries(isolation, subject->family))
        isolation->family[subject->family].recovered_ms = now_ms;
    if (was_suspect && !isolation_by_share(isolation))
        isolation->recovered_ms = now_ms;
}

bool isolation_was_cut(
        const struct isolation *isolation, enum isolation_family family, uint64_t began_ms)
{
    return began_ms < isolation->family[family].recovered_ms || began_ms < isolation->recovered_ms;
}

bool isolation_is_confirmed(
        const struct isolation *isolation, enum isolation_family family, uint64_t began_ms)
{
    if (isolation->family[family].canaries > 0)
        return isolation->family[family].answered_ms >= began_ms;
    return !isolation_by_share(isolation);
}
