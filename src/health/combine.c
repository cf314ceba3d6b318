/* combine.c -- see combine.h. */
#include "health/combine.h"

enum health_state combine_children(
        const enum health_state *children, uint32_t count, uint32_t threshold)
{
    uint32_t healthy = 0;
    for (uint32_t i = 0; i < count; i++)
        healthy += children[i] != HEALTH_DOWN;
    return healthy >= threshold ? HEALTH_UP : HEALTH_DOWN;
}
