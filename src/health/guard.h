/* guard.h -- too many checks down at once are more often our own mistake than the truth.  Pure.
 *
 * A guard watches the checks of a zone, or all of them.  Beyond a share of them that went down within a window of time
 * it is raised: those that did are held at what they were, and whatever goes down from then on is, too.
 *
 *   state  | a check goes down                       | one comes back            | accept
 *   -------+-----------------------------------------+---------------------------+------------------------------
 *   quiet  | with more than the share in the window: | -                         | -
 *          | raised, and all of these are held       |                           |
 *   raised | it is held                              | no more than the share    | quiet; none is held, and what
 *          |                                         | are held: quiet, and      | is down stays so and is in
 *          |                                         | these go down now         | no window
 *
 * So within any window no more than the share of the checks go down for answers, unless it is accepted.  What came back
 * and goes down again has gone down again.  A single check is no mass of them, whatever the share is.
 * Times are real milliseconds; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

#define GUARD_SHARE_MAX    99U /* percent; more than all cannot go down */
#define GUARD_WINDOW_MAX_S 86400U
#define GUARD_LEAST        2U /* checks, to be a mass of them */

struct guard_limit {
    uint32_t share_percent; /* 1 to GUARD_SHARE_MAX; 0: there is no guard */
    uint32_t window_ms;
};

/* Reads "50% in 10s"; the unit is that of a master file's time.
 *
 * Returns 0, or ERR_SYNTAX with a sentence for people appended to `why` and *ret untouched. */
MUST_CHECK int guard_limit_parse(const char *text, struct guard_limit *ret, struct buf *why);

/* How many of so many checks may go down within the window. */
uint32_t guard_limit_allows(const struct guard_limit *limit, uint32_t checks);

struct guard;

enum guard_news {
    GUARD_NOTHING,
    GUARD_RAISED,
    GUARD_PASSED,
};

/* A quiet guard over `members` checks, all of them up; a member is named by its number, from 0 on.  Ended with
 * guard_free(); NULL does nothing. */
MUST_CHECK struct guard *guard_new(const struct guard_limit *limit, uint32_t members);
void guard_free(struct guard *guard);

/* A member that was up has gone down, or was down and has come back.  Returns what that came to: then who is held may
 * have changed for any member. */
enum guard_news guard_fall(struct guard *guard, uint32_t member, uint64_t now_ms);
enum guard_news guard_rise(struct guard *guard, uint32_t member, uint64_t now_ms);

/* For a new guard, of a member that is down already.  One that is held, by whichever guard, may have been held by this
 * one: guard_resume() decides, when all are known. */
struct guard_past {
    uint64_t fell_ms; /* 0: long ago, or that was accepted */
    bool is_held;
};
void guard_remember(struct guard *guard, uint32_t member, const struct guard_past *past);

/* Raised since `since_ms` if the guard before it was, which 0 denies, or if so many are held that only this guard can
 * have been.  If so many are down and not held that this guard would have been raised, it was accepted: these are in no
 * window. */
void guard_resume(struct guard *guard, uint64_t since_ms, uint64_t now_ms);

/* What a raised guard holds counts from now on.  Returns how many that are; 0: it is quiet, and stays as it is. */
uint32_t guard_accept(struct guard *guard);

/* Whether this guard holds a member up. */
bool guard_holds(const struct guard *guard, uint32_t member);

/* What a guard that takes this one's place has to remember of a member that is down. */
struct guard_past guard_past_of(const struct guard *guard, uint32_t member);

struct guard_report {
    struct guard_limit limit;
    uint32_t members, allowed, down, held; /* down: as found, with those that are held */
    uint64_t since_ms;                     /* raised; 0: quiet */
};

/* How it is now. */
void guard_describe(const struct guard *guard, struct guard_report *ret);
