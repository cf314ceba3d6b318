/* past.h -- how checks were at a time, out of the events of a journal, told as what `explain` shall assume.
 *
 * A check was as its last change up to that time left it; one that has changed only since, as that change found it; and
 * one of which no event tells is as it is now.  Likewise what operators had forced, which
 * goes before what was found.  One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

struct past;

/* The past of one time, in real milliseconds; ended with past_free(), for which NULL does nothing. */
MUST_CHECK struct past *past_new(uint64_t at_ms);
void past_free(struct past *past);

/* Takes an event's JSON, oldest first; what is no event is left out. */
void past_take(struct past *past, const char *event);

/* Whether the events reach back to the time; if not, *first_ms is when they begin, or 0 if there are none. */
MUST_CHECK bool past_reaches(const struct past *past, uint64_t *first_ms);

/* Whether the checker was silent then, so that zones with on-stale=open were answered as if nothing were down. */
MUST_CHECK bool past_was_silent(const struct past *past);

/* Appends " assume=ID=up" or down for each check that `explanation`, the reply to explain, names and that was
 * otherwise then, unless `ret`, the request, assumes something about it already.  Returns how many. */
uint32_t past_assume(
        const struct past *past, const char *explanation, size_t length, struct buf *ret);
