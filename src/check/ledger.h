/* ledger.h -- what results come to: each check's verdict, written where everybody reads it.
 *
 * All that must outlive this process lies in the health table: the state machine of a check is resumed
 * from its detail before each step, so kill -9 at any moment loses nothing.  When a final status
 * changes, the verdict word comes first, then the detail, then one line in the log: of many changes at
 * once each is served before the next is told.
 *
 * A verdict may have to wait for a time (HoldDown), and so may what makes answers careful with a check (RampUp,
 * Suspect: health/caution.h); ledger_tick() sees to these.
 *
 * CALCULATED checks are computed anew whenever a child's status changes, each once and after its children,
 * which may be CALCULATED too; a forced child counts with the
 * state that is forced.  What is forced hides what is found and changes nothing of it.  The ledger is the table's
 * writer together with definitions_publish(); one thread, and `now_ms` is real time.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "check/definition.h"
#include "check/guards.h"
#include "check/probe.h"
#include "health/table.h"

struct ledger;

/* A ledger over a table that is open for writing and outlives it.  Details whose writer was killed
 * between word and detail are mended: the word stands.  Ended with ledger_free(). */
MUST_CHECK struct ledger *ledger_new(struct health_table *table);
void ledger_free(struct ledger *ledger);

/* The share of all endpoints, in percent, whose silence makes this host suspect where there are no canaries; 0, as
 * at first: none. */
void ledger_set_suspect_share(struct ledger *ledger, uint32_t percent);

/* The guards, borrowed: to be configured before anything else, observed and described. */
struct guards *ledger_guards(struct ledger *ledger);

/* Takes over the list of zones with guards. */
void ledger_guard_zones(struct ledger *ledger, struct guard_list *list, uint64_t now_ms);

/* What is down behind the guard `name` counts from now on.  Returns how many checks it held; 0: it is not raised, or
 * there is no such guard. */
uint32_t ledger_accept(struct ledger *ledger, const char *name, uint64_t now_ms);

#define LEDGER_ALONG_MAX 16U

/* CALCULATED checks whose status would turn along with a shadow's if it were none, and what each would be then. */
struct ledger_along {
    uint32_t count;
    bool cut; /* there are more than can be told, or looked at */
    struct {
        uint32_t slot;
        enum health_state to;
    } list[LEDGER_ALONG_MAX];
};

/* What happened to a check; borrowed during the call. */
struct ledger_event {
    const struct health_detail *detail; /* with the reason */
    const struct evidence *evidence; /* what the probe saw; NULL: no probe has brought this about */
    enum health_state from, to;      /* of the final status; equal: it became inconclusive */
    uint64_t lasted_ms;              /* the state it was in */
    uint64_t now_ms;
    bool is_first; /* the first result of a new check */
    bool is_inconclusive;
    bool is_shadow;                   /* the states are those it would have; nothing has changed */
    const struct ledger_along *along; /* of a shadow, else NULL */
    bool is_held;                     /* a guard has answers go by up, though `to` is down */
    bool is_guard;                    /* nothing is found anew: a guard begins or ends to hold it */
};

/* Called after the table has it, for each change of a final status, each first result, and when results begin to be
 * inconclusive. */
typedef void ledger_observer(void *context, const struct ledger_event *event);
void ledger_observe(struct ledger *ledger, ledger_observer *observer, void *context);

/* Takes over the rule of a check that definitions_publish() gave `slot`; `children` are the slots of
 * the children of a CALCULATED check, copied.  ledger_settle() must follow. */
void ledger_define(struct ledger *ledger, uint32_t slot, const struct definition *definition,
        const uint32_t *children);

/* The check's definition is gone; it is carried on until ledger_drop(). */
void ledger_leave(struct ledger *ledger, uint32_t slot);

/* The first slot from `from` on whose check is leaving, or HEALTH_SLOT_NONE. */
uint32_t ledger_next_leaving(const struct ledger *ledger, uint32_t from);

/* Forgets a check; its slot in the table is freed by definitions_retire(). */
void ledger_drop(struct ledger *ledger, uint32_t slot);

/* After a round of the above: tells the statuses that definitions_publish() changed, and computes the
 * CALCULATED checks. */
void ledger_settle(struct ledger *ledger, uint64_t now_ms);

/* An operator has forced a check, or no longer does: computes the CALCULATED checks that count it; and what fell while
 * it was forced and is so no more falls now, as guards see it. */
void ledger_recount(struct ledger *ledger, uint64_t now_ms);

/* Counts for the shadow in `slot` that a turn of its own status would have changed an answer: the supervisor knows, who
 * has asked the responder.  For another check it does nothing. */
void ledger_count_answers(struct ledger *ledger, uint32_t slot);

/* Once a second (TIMING_TICK_MS): ends holds, lets shares grow, and makes checks steady again whose time has come.
 * Looks only at those that wait for one. */
void ledger_tick(struct ledger *ledger, uint64_t now_ms);

/* Takes the result of a probe of the check in `slot`. */
void ledger_take(
        struct ledger *ledger, uint32_t slot, const struct probe_result *result, uint64_t now_ms);
