/* shadow_request.h -- how many names would be answered otherwise if a shadow were down rather than up.
 *
 * A name counts once for each type, if some client would get something else, or the same with other chances
 * (diff_answers.h): by its own sets, behind aliases, or by its couple.  With the shadow turn the CALCULATED checks that
 * would if it counted; the responder does not know whose children it is, so these are told.  All other verdicts stay
 * as they are.  One that an operator has forced would change nothing, and what he has forced does not turn along.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "health/table.h"
#include "zone/zonedb.h"

#define SHADOW_REQUEST_MAX 64U /* checks in one request */
#define SHADOW_ALONG_MAX   16U /* that turn along with one of them */
/* Sets looked at to find who leads to the checks: enough for large zones. */
#define SHADOW_REQUEST_LOOKS 20000000U

/* What is asked, all borrowed. */
struct shadow_question {
    const struct zone_set *zones;
    const struct health_table *health;
    const char *words;
    uint32_t looks;          /* so many sets are looked at */
    const atomic_bool *stop; /* once it is true no further name is looked at */
};

/* `words` has a line for each shadow: its id and, behind blanks, -ID for each check that is down with it and up
 * otherwise, +ID for each that is up with it down.  A line may begin with blanks, and the last need not be ended.
 * Appends for each line the number of names, with blanks between them.  If there was too much to look at the number is
 * that of what was, with a + behind it, or only ? for none.  A shadow that does not exist has none; another check that
 * does not is passed over.
 *
 * Returns 0; or ERR_TOO_LARGE for too many checks, ERR_SYNTAX for one of a line without its sign, or -errno, with
 * nothing appended. */
MUST_CHECK int shadow_request_answer(const struct shadow_question *question, struct buf *ret);
