/* show.h -- replies of the daemon as text for people.
 *
 * A member that is missing or of another type than expected is left out, never a crash: the daemon may be
 * of another version than holdfastctl.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"

/* Appends the text for `json`, the body of the reply to `request` ("status", "checks", …).
 *
 * Returns 0, or ERR_SYNTAX with nothing appended if it is no JSON object. */
MUST_CHECK int show_reply(const char *request, const char *json, size_t length, struct buf *ret);

/* Whether `json` is {"error":...}; if so, appends that sentence. */
bool show_refusal(const char *json, size_t length, struct buf *ret);
