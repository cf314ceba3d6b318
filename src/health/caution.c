/* caution.c -- see caution.h. */
#include "health/caution.h"

uint8_t caution_lack(uint32_t ramp_ms, uint64_t age_ms)
{
    if (age_ms >= ramp_ms)
        return 0;
    uint64_t step = 1 + age_ms * CAUTION_STEPS / ramp_ms; /* 1..CAUTION_STEPS */
    return (uint8_t)(CAUTION_WHOLE - CAUTION_WHOLE * step / CAUTION_STEPS);
}

bool caution_is_suspect(uint32_t suspect_ms, uint64_t unsettled_ms, uint64_t now_ms)
{
    return unsettled_ms > 0 && caution_age_ms(unsettled_ms, now_ms) < suspect_ms;
}

uint64_t caution_age_ms(uint64_t since_ms, uint64_t now_ms)
{
    return now_ms >= since_ms ? now_ms - since_ms : UINT64_MAX;
}
