/* vigil.c -- see vigil.h. */
#include "vigil.h"

#include "health/table.h"

#define ASLEEP_MS (3 * VIGIL_TICK_MS) /* between two questions: we were not awake ourselves */

static bool is_hung(const struct vigil_question *question, uint64_t silent_ms)
{
    uint64_t limit_ms = question->timeout_ms;

    if (limit_ms == 0)
        return false;
    if (question->is_starting && limit_ms < VIGIL_BEGIN_MS)
        limit_ms = VIGIL_BEGIN_MS;
    return silent_ms >= limit_ms;
}

enum vigil_finding vigil_ask(struct vigil *vigil, const struct vigil_question *question)
{
    bool slept = question->now_ms - vigil->asked_ms > ASLEEP_MS;
    bool has_beaten = question->beat_ms != vigil->beat_ms;
    bool was_silent = vigil->is_silent;

    vigil->asked_ms = question->now_ms;
    if (has_beaten || slept) {
        vigil->beat_ms = question->beat_ms;
        vigil->seen_ms = question->now_ms;
        vigil->is_silent &= !has_beaten;
        return was_silent && has_beaten ? VIGIL_BACK : VIGIL_NOTHING_NEW;
    }
    uint64_t silent_ms = question->now_ms - vigil->seen_ms;
    if (is_hung(question, silent_ms)) {
        vigil->seen_ms = question->now_ms;
        return VIGIL_HUNG;
    }
    if (was_silent || silent_ms <= HEALTH_SILENT_MS)
        return VIGIL_NOTHING_NEW;
    vigil->is_silent = true;
    return VIGIL_SILENT;
}
