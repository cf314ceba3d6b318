/* keepalive.h -- noticing that the other end of a silent TCP connection is gone (RFC 9293 3.8.4).
 *
 * The kernel asks a peer that has been silent for `idle` whether it is there, again each `interval`, and
 * gives the connection up with ETIMEDOUT after KEEPALIVE_PROBES questions without an answer.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"

#define KEEPALIVE_PROBES     3U
#define KEEPALIVE_IDLE_MAX_S 32767U /* Linux takes no more */

struct keepalive {
    uint32_t idle_s;     /* at least 1 */
    uint32_t interval_s; /* the same */
};

/* What a check with this RequestInterval wants: it asks after one interval, and three times as often
 * from then on.  Rounded up to whole seconds, which is all the kernel takes. */
struct keepalive keepalive_of(uint32_t request_interval_ms);

/* After how long a peer that is gone shows. */
uint64_t keepalive_gone_ms(const struct keepalive *keepalive);

/* Turns it on for a connection; what was sent and not acknowledged gets as long.
 *
 * Returns 0 or -errno. */
MUST_CHECK int keepalive_set(int fd, const struct keepalive *keepalive);
