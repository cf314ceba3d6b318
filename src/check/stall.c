/* stall.c -- see stall.h. */
#include "check/stall.h"

struct stall stall_start(uint64_t now_ms)
{
    return (struct stall){.last_ms = now_ms};
}

uint64_t stall_look(struct stall *stall, uint64_t now_ms)
{
    uint64_t passed_ms = now_ms > stall->last_ms ? now_ms - stall->last_ms : 0;
    if (passed_ms > STALL_BEAT_MS + STALL_LIMIT_MS) {
        stall->length_ms = passed_ms;
        stall->count++;
    }
    stall->last_ms = now_ms;
    return stall->count;
}
