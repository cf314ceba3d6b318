/* network.h -- a network as people write it, ADDRESS/BITS.  Pure. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "route/client.h"

#define NETWORK_TEXT_MAX 52U

/* Reads a network, whose address has no bit set behind the prefix.
 *
 * Returns 0 and *ret, or ERR_FAULTY with the reason appended to `why` and *ret untouched. */
MUST_CHECK int network_parse(const char *text, struct client *ret, struct buf *why);

/* Writes it in the form that is read.  Returns ret. */
const char *network_format(const struct client *network, char ret[NETWORK_TEXT_MAX]);
