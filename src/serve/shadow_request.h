/* shadow_request.h -- how many names would be answered otherwise if a shadow were down rather than up.
 *
 * A name counts once for each type, if some client would get something else, or the same with other chances
 * (diff_answers.h): by its own sets, behind aliases, or by its couple.  All other verdicts stay as they are, those of
 * CALCULATED checks too, whose children the responder does not know.  One that an operator has forced would change
 * nothing.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "health/table.h"
#include "zone/zonedb.h"

#define SHADOW_REQUEST_MAX 64U /* checks in one request */

/* Appends for each of the checks whose ids stand in `words`, with blanks between them, the number of names, or ? if
 * there was too much to look at: again with blanks between them.  A check that does not exist has none.
 *
 * Returns 0; or ERR_TOO_LARGE for too many checks, or -errno, with nothing appended. */
MUST_CHECK int shadow_request_answer(const struct zone_set *zones,
        const struct health_table *health, const char *words, struct buf *ret);
