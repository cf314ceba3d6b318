/* spent.h -- what a benchmark measures with. */
#pragma once

#include <time.h>

/* Processor time of this process in seconds: a busy machine does not spoil it. */
static inline double spent_s(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}
