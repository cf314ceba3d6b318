/* ledger_guard.c -- see ledger.h: what the guards hold, as answers follow it. */
#include <stdlib.h>

#include "base/mem.h"
#include "check/ledger_parts.h"

struct guards *ledger_guards(struct ledger *ledger)
{
    return ledger->guards;
}

/* The first result of a new check says nothing about what was well before; and what goes down while an operator has set
 * something else goes down for nobody. */
void ledger_ask_guards(struct ledger *ledger, const struct step *step, struct health_verdict *word)
{
    bool is_hidden =
            word->state == HEALTH_DOWN && health_table_get(ledger->table, step->slot).forced;
    if (step->is_first || is_hidden)
        guards_begin(ledger->guards, step->slot, word->state == HEALTH_DOWN);
    else if (word->state != step->word.state)
        guards_step(ledger->guards, step->slot, word->state == HEALTH_DOWN, step->now_ms);
    word->held = word->state == HEALTH_DOWN && guards_hold(ledger->guards, step->slot);
}

static void show(const struct ledger *ledger, uint32_t slot, bool is_held, uint64_t now_ms)
{
    struct health_detail detail;
    const struct ledger_event event = {
            .detail = &detail,
            .from = HEALTH_DOWN,
            .to = HEALTH_DOWN,
            .now_ms = now_ms,
            .is_held = is_held,
            .is_guard = true,
    };
    if (ledger->observer != NULL && health_table_read(ledger->table, slot, &detail) == 0)
        ledger->observer(ledger->observer_context, &event);
}

void ledger_sweep(struct ledger *ledger, uint64_t now_ms)
{
    uint32_t slot;
    while ((slot = guards_next_swept(ledger->guards)) != HEALTH_SLOT_NONE) {
        struct health_verdict word = health_table_found(ledger->table, slot);
        bool held = word.state == HEALTH_DOWN && guards_hold(ledger->guards, slot);
        if (word.state == HEALTH_UNKNOWN || word.held == held)
            continue;
        word.held = held;
        health_table_put(ledger->table, slot, word);
        ledger_add_parents(ledger, slot);
        show(ledger, slot, held, now_ms);
    }
}

/* An operator's switch is an operator's doing, and a canary or a shadow is in no answer. */
static bool counts(const struct entry *entry)
{
    return entry->is_used && !entry->is_calculated && !entry->is_switch && !entry->rule.disabled &&
           !entry->rule.shadow && !entry->subject.is_canary;
}

void ledger_define_guards(struct ledger *ledger, uint64_t now_ms)
{
    struct guards_subject *subjects = mem_zalloc(ledger->slots, sizeof(*subjects));
    for (uint32_t slot = 0; slot < ledger->slots; slot++) {
        const struct entry *entry = &ledger->entries[slot];
        subjects[slot] =
                (struct guards_subject){counts(entry), entry->children, entry->children_count};
    }
    guards_define(ledger->guards, subjects, ledger->slots, now_ms);
    free(subjects);
    ledger_sweep(ledger, now_ms);
}

void ledger_guard_zones(struct ledger *ledger, struct guard_list *list, uint64_t now_ms)
{
    guards_take_zones(ledger->guards, list);
    ledger_define_guards(ledger, now_ms);
    ledger_calculate(ledger, now_ms);
}

uint32_t ledger_accept(struct ledger *ledger, const char *name, uint64_t now_ms)
{
    uint32_t held = guards_accept(ledger->guards, name, now_ms);
    ledger_sweep(ledger, now_ms);
    ledger_calculate(ledger, now_ms);
    return held;
}
