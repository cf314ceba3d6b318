/* shadows.h -- what the checker says has happened, on its way to the journal; of shadows it is held back until the
 * responder has said how many names would be answered otherwise.
 *
 * One question is under way at a time, about all that has turned while the one before was.  If the responder does not
 * run, or not answer in time, the events go to the journal without the number.  The checker is told of each turn that
 * would have changed an answer, and counts it in the health table.  The supervisor's thread.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "base/role.h"
#include "journal.h"

#define SHADOWS_ANSWER_MS 2000U /* the responder has this long */

struct shadows;

/* All is borrowed, and ended before both roles are closed; ended with shadows_free() when both have ended, for which
 * NULL does nothing. */
MUST_CHECK struct shadows *shadows_new(
        struct journal *journal, struct role *checker, struct role *responder);
void shadows_free(struct shadows *shadows);

/* Takes events of the checker: JSON objects, a line each, as journal_add_lines() does. */
void shadows_take_lines(struct shadows *shadows, const char *lines, size_t length);
