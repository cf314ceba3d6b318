/* ledger_parts.h -- what the files of the ledger share: ledger.c takes results step by step, ledger_calculated.c
 * computes CALCULATED checks, ledger_guard.c asks the guards.  For them alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "check/guards.h"
#include "check/ledger.h"
#include "health/isolation.h"
#include "health/quantiles.h"
#include "health/table.h"
#include "health/verdict.h"

/* What the table does not say about a check. */
struct entry {
    bool is_used;
    bool is_leaving;
    bool is_calculated;
    bool is_switch;  /* RECOVERY_CONTROL */
    bool is_hidden;  /* it fell while it was forced: for the guards it falls when that ends */
    bool is_pending; /* its slot is in the list of those that wait for a time */
    enum health_state told; /* the status last seen, and since when: what the log knows */
    uint64_t told_since_ms;
    struct verdict_rule rule;
    struct isolation_subject subject;
    struct quantiles latencies; /* of passes, since this process began */
    uint32_t threshold;
    uint32_t *children; /* slots; owned */
    uint32_t children_count;
    uint32_t level;    /* 0, or of a CALCULATED check: one above its highest child */
    bool is_due;       /* on the list of its level, of those to be computed */
    uint32_t next_due; /* behind it there, or HEALTH_SLOT_NONE */
    uint32_t *parents; /* slots of the CALCULATED checks that count this one; inside edges */
    uint32_t parents_count;
};

struct ledger {
    struct health_table *table;
    struct isolation isolation;
    struct guards *guards;
    ledger_observer *observer; /* or NULL */
    void *observer_context;
    struct entry *entries; /* by slot */
    uint32_t slots;
    uint32_t *edges; /* every entry's parents, one behind the other */
    uint32_t *due;   /* by level: the first of those to be computed, or HEALTH_SLOT_NONE */
    uint32_t levels;
    uint32_t *
            pending; /* slots: a hold is to end, a share to grow, or a check to count as steady again */
    uint32_t pending_count, pending_room;
};

/* One step of one check, from what the table says to what it shall say. */
struct step {
    uint32_t slot;
    const struct entry *entry;
    struct health_detail detail;
    struct health_verdict word;      /* before */
    struct verdict verdict;          /* after */
    const struct evidence *evidence; /* of the probe, or NULL */
    uint64_t now_ms;
    bool is_first; /* the first result of a new check */
};

/* The entry of a slot, made if it is new; it moves when another one is made. */
struct entry *ledger_entry(struct ledger *ledger, uint32_t slot);

/* Reads what the table says of a check.  Returns whether there is something to step from. */
bool ledger_step_begin(struct ledger *ledger, uint32_t slot, uint64_t now_ms, struct step *ret);

/* Writes what the step came to: the word that answers follow, the detail, the log.  Returns whether
 * the final status changed. */
bool ledger_step_end(struct ledger *ledger, struct step *step);

/* How long its state has lasted. */
uint64_t ledger_step_age_ms(const struct step *step);

/* Which checks are counted by which, and in what order they are computed, for the entries as they are. */
void ledger_find_parents(struct ledger *ledger);

/* Has a CALCULATED check computed at the next ledger_calculate(), or all that count this check. */
void ledger_add_due(struct ledger *ledger, uint32_t slot);
void ledger_add_parents(struct ledger *ledger, uint32_t slot);
void ledger_calculate(struct ledger *ledger, uint64_t now_ms);

/* Which CALCULATED checks would be something else if the shadow in `slot` counted as up, and as down; nested ones and
 * inverted ones, too.  Told is what they would be with the shadow in the state `own`.  One that is forced stays as it
 * is, and so does one that is a shadow itself, with all above it; HoldDown is over in the end. */
void ledger_find_along(const struct ledger *ledger, uint32_t slot, enum health_state own,
        struct ledger_along *ret);

/* Tells the guards what the step comes to, and sets what they say of it in its word to be. */
void ledger_ask_guards(struct ledger *ledger, const struct step *step, struct health_verdict *word);

/* Those that fell while they were forced and are so no more fall now. */
void ledger_end_hidden(struct ledger *ledger, uint64_t now_ms);

/* Puts into the table what the guards have decided of others, and has those computed that count them. */
void ledger_sweep(struct ledger *ledger, uint64_t now_ms);

/* Makes the guards anew, for the entries as they are. */
void ledger_define_guards(struct ledger *ledger, uint64_t now_ms);
