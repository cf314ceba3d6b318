/* guards.h -- the guards that the ledger asks: one over all checks, and one over each zone that is to have one
 * (health/guard.h has what a guard does).
 *
 * Whoever finds that a check goes down or comes back says so here before it is published, and learns whether the check
 * is held.  That others are held, or no longer, is learnt by sweeping the slots that are noted here.
 *
 * What does not count: a CALCULATED check, as its children do; a RECOVERY_CONTROL, as it is an operator's doing; a
 * canary, a shadow, a disabled check; and the first result of a new one, which was never known to be well.  A check
 * that is held when guards are defined anew, or by a new process, stays so until all guards are known.  One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "admin/doc.h"
#include "base/attr.h"
#include "check/guard_list.h"
#include "health/guard.h"
#include "health/table.h"

#define GUARDS_ALL "all" /* the name of the guard over all checks */

struct guards;

/* No guard at all; the table is borrowed, open for writing: since when guards are raised is kept there.  Ended with
 * guards_free(); NULL does nothing. */
MUST_CHECK struct guards *guards_new(struct health_table *table);
void guards_free(struct guards *guards);

/* The limit of the guard over all checks, and whether zones have guards that are not known before guards_take_zones().
 * Before anything else. */
void guards_configure(struct guards *guards, const struct guard_limit *all, bool awaits_zones);

/* Takes over the list of zones with guards; guards_define() must follow. */
void guards_take_zones(struct guards *guards, struct guard_list *list);

/* A check, by its slot: whether it counts by itself, or which others count for it. */
struct guards_subject {
    bool counts;
    const uint32_t *children;
    uint32_t children_count;
};

/* Makes all guards anew over these checks, of which the table has the states; what is raised stays raised, since when
 * it was first, by whichever process. */
void guards_define(struct guards *guards, const struct guards_subject *subjects, uint32_t slots,
        uint64_t now_ms);

/* The first result of a new check, which no guard holds against it. */
void guards_begin(struct guards *guards, uint32_t slot, bool is_down);

/* A check goes down or comes back; nothing for one that does neither. */
void guards_step(struct guards *guards, uint32_t slot, bool is_down, uint64_t now_ms);

/* Whether any guard counts a check. */
bool guards_watch(const struct guards *guards, uint32_t slot);

/* Whether answers are to go by up for a check that is found down. */
bool guards_hold(const struct guards *guards, uint32_t slot);

/* What is down behind a guard that is raised counts from now on.  Returns how many checks it held; 0: it is not raised,
 * or there is no such guard. */
uint32_t guards_accept(struct guards *guards, const char *name, uint64_t now_ms);

/* A slot of whose check it is not sure any more whether it is held, or HEALTH_SLOT_NONE. */
uint32_t guards_next_swept(struct guards *guards);

/* How a guard is.  Returns false with *ret untouched if there is none of that name. */
bool guards_describe(const struct guards *guards, const char *name, struct guard_report *ret);

/* What happened to a guard; borrowed during the call. */
enum guards_what {
    GUARDS_RAISED,
    GUARDS_PASSED,
    GUARDS_ACCEPTED,
};
struct guards_event {
    enum guards_what what;
    const char *name; /* of the zone, or GUARDS_ALL */
    struct guard_report report;
    uint64_t now_ms;
};
typedef void guards_observer(void *context, const struct guards_event *event);
void guards_observe(struct guards *guards, guards_observer *observer, void *context);

#define GUARDS_TOLD_MAX 1000U

/* Sets "guards": an array of name, share, window_ms, checks, allowed, down, held, since_ms (0: quiet), of at most
 * GUARDS_TOLD_MAX; and "awaits_zones". */
void guards_set_doc(const struct guards *guards, struct doc *doc);
