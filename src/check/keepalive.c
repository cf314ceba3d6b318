/* keepalive.c -- see keepalive.h. */
#include "check/keepalive.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>

#define MS_PER_S 1000U

static uint32_t round_up(uint32_t value, uint32_t unit)
{
    return value / unit + (value % unit != 0);
}

struct keepalive keepalive_of(uint32_t request_interval_ms)
{
    uint32_t idle_s = round_up(request_interval_ms, MS_PER_S);
    if (idle_s == 0)
        idle_s = 1;
    if (idle_s > KEEPALIVE_IDLE_MAX_S)
        idle_s = KEEPALIVE_IDLE_MAX_S;
    return (struct keepalive){.idle_s = idle_s, .interval_s = round_up(idle_s, KEEPALIVE_PROBES)};
}

uint64_t keepalive_gone_ms(const struct keepalive *keepalive)
{
    return MS_PER_S * ((uint64_t)keepalive->idle_s + KEEPALIVE_PROBES * keepalive->interval_s);
}

int keepalive_set(int fd, const struct keepalive *keepalive)
{
    /* While something is not acknowledged the kernel asks nothing; TCP_USER_TIMEOUT is for that. */
    const struct {
        int level, name;
        unsigned value;
    } options[] = {
            {SOL_SOCKET,  SO_KEEPALIVE,     1                                     },
            {IPPROTO_TCP, TCP_KEEPIDLE,     keepalive->idle_s                     },
            {IPPROTO_TCP, TCP_KEEPINTVL,    keepalive->interval_s                 },
            {IPPROTO_TCP, TCP_KEEPCNT,      KEEPALIVE_PROBES                      },
            {IPPROTO_TCP, TCP_USER_TIMEOUT, (unsigned)keepalive_gone_ms(keepalive)},
    };
    for (size_t i = 0; i < COUNT(options); i++)
        if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                    sizeof(options[i].value)) != 0)
            return -errno;
    return 0;
}
