/* ttl.h -- a TTL as it is written: seconds, or numbers with the units BIND knows (1h30m).  Pure. */
#pragma once

#include <stdint.h>

#include "base/attr.h"

/* Reads "3600", "1h", "1w2d3h4m5s"; units in any case and order, each number with its unit.
 *
 * Returns 0 and the seconds in *ret; ERR_SYNTAX; or -ERANGE above MASTER_TTL_MAX.  *ret is untouched on error. */
MUST_CHECK int ttl_parse(const char *text, uint32_t *ret);
