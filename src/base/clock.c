/* clock.c -- see clock.h. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static uint64_t read_us(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_mono_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

uint64_t clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

uint64_t clock_real_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

uint64_t clock_real_us(void)
{
    return read_us(CLOCK_REALTIME);
}

const char *clock_format(uint64_t real_ms, char ret[CLOCK_TEXT_MAX])
{
    time_t seconds = (time_t)(real_ms / 1000);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL) {
        snprintf(ret, CLOCK_TEXT_MAX, "-");
        return ret;
    }
    size_t length = strftime(ret, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(ret + length, CLOCK_TEXT_MAX - length, ".%03uZ", (unsigned)(real_ms % 1000));
    return ret;
}

const char *clock_format_duration(uint64_t duration_ms, char ret[CLOCK_TEXT_MAX])
{
    unsigned long long seconds = duration_ms / 1000;

    if (duration_ms < 1000)
        snprintf(ret, CLOCK_TEXT_MAX, "%ums", (unsigned)duration_ms);
    else if (seconds < 60)
        snprintf(ret, CLOCK_TEXT_MAX, "%llu.%us", seconds, (unsigned)(duration_ms % 1000 / 100));
    else if (seconds < 3600)
        snprintf(ret, CLOCK_TEXT_MAX, "%llum%02llus", seconds / 60, seconds % 60);
    else if (seconds < 86400)
        snprintf(ret, CLOCK_TEXT_MAX, "%lluh%02llum", seconds / 3600, seconds % 3600 / 60);
    else
        snprintf(ret, CLOCK_TEXT_MAX, "%llud%02lluh", seconds / 86400, seconds % 86400 / 3600);
    return ret;
}
