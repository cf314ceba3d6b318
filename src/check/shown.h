/* shown.h -- bytes of an endpoint as a few printable characters, for reasons and the log.
 *
 * What an endpoint sends may be anything: only printable ASCII passes, quote and backslash are escaped,
 * and the rest is written \r, \n, \t or \xHH.  Pure.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"

#define SHOWN_MAX 48U /* characters, quotes included */

/* Writes the bytes in quotes, and "..." behind them if they were cut.  Returns ret. */
const char *shown(const void *bytes, size_t length, char ret[SHOWN_MAX + 1]);

/* Appends all of the bytes in these letters, without quotes around them. */
void shown_all(const void *bytes, size_t length, struct buf *ret);
