/* ledger_guard.c -- see ledger.h: what the guards hold, as answers follow it. */
#include <stdlib.h>

#include "base/mem.h"
#include "check/ledger_parts.h"

struct guards *ledger_guards(struct ledger *ledger)
{
    return ledger->guards;
}

/* The first result of a new check says nothing about what was well before.  What goes down while an operator has set
 * something else goes down for nobody: it is held meanwhile, so that it does not go down with the force either, but
 * when the guards have seen it fall then. */
void ledger_ask_guards(struct ledger *ledger, const struct step *step, struct health_verdict *word)
{
    struct entry *entry = ledger_entry(ledger, step->slot);
    bool is_down = word->state == HEALTH_DOWN;
    bool is_news = entry->is_hidden || word->state != step->word.state;

    if (step->is_first)
        guards_begin(ledger->guards, step->slot, is_down);
    else if (is_news && is_down && health_table_get(ledger->table, step->slot).forced)
        entry->is_hidden = guards_watch(ledger->guards, step->slot);
    else if (is_news) {
        entry->is_hidden = false;
        guards_step(ledger->guards, step->slot, is_down, step->now_ms);
    }
    word->held = is_down && (entry->is_hidden || guards_hold(ledger->guards, step->slot));
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

static void settle_held(struct ledger *ledger, uint32_t slot, uint64_t now_ms)
{
    struct health_verdict word = health_table_found(ledger->table, slot);
    bool held = word.state == HEALTH_DOWN &&
                (ledger_entry(ledger, slot)->is_hidden || guards_hold(ledger->guards, slot));
    if (word.state == HEALTH_UNKNOWN || word.held == held)
        return;
    word.held = held;
    health_table_put(ledger->table, slot, word);
    ledger_add_parents(ledger, slot);
    show(ledger, slot, held, now_ms);
}

void ledger_sweep(struct ledger *ledger, uint64_t now_ms)
{
    uint32_t slot;
    while ((slot = guards_next_swept(ledger->guards)) != HEALTH_SLOT_NONE)
        settle_held(ledger, slot, now_ms);
}

static bool is_forced(const struct ledger *ledger, uint32_t slot)
{
    return health_table_get(ledger->table, slot).forced;
}

/* All are looked at by the guards before any is let down. */
void ledger_end_hidden(struct ledger *ledger, uint64_t now_ms)
{
    uint32_t *ended = mem_zalloc(ledger->slots, sizeof(*ended)), count = 0;
    for (uint32_t slot = 0; slot < ledger->slots; slot++)
        if (ledger->entries[slot].is_hidden && !is_forced(ledger, slot))
            ended[count++] = slot;
    for (uint32_t i = 0; i < count; i++) {
        ledger->entries[ended[i]].is_hidden = false;
        guards_step(ledger->guards, ended[i], true, now_ms);
    }
    for (uint32_t i = 0; i < count; i++)
        settle_held(ledger, ended[i], now_ms);
    ledger_sweep(ledger, now_ms);
    free(ended);
}

/* A process that is new finds them by what is held and forced, and by no guard. */
static void find_hidden(struct ledger *ledger)
{
    for (uint32_t slot = 0; slot < ledger->slots; slot++)
        ledger->entries[slot].is_hidden =
                is_forced(ledger, slot) && health_table_found(ledger->table, slot).held &&
                guards_watch(ledger->guards, slot) && !guards_hold(ledger->guards, slot);
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
    find_hidden(ledger);
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
