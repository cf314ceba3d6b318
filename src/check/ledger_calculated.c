/* ledger_calculated.c -- see ledger.h: CALCULATED checks, each computed once after all of its children. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "check/ledger_parts.h"
#include "health/combine.h"

/* ---- one of them ---- */

/* What the children of a check say: a forced one with the state that is forced. */
struct children {
    enum health_state states[DEFINITION_CHILDREN_MAX];
    uint32_t up, forced;
    bool has_data; /* any of them */
};

static void read_children(
        const struct ledger *ledger, const struct entry *entry, struct children *ret)
{
    assert(entry->children_count <= DEFINITION_CHILDREN_MAX);
    *ret = (struct children){.has_data = entry->children_count == 0};
    for (uint32_t i = 0; i < entry->children_count; i++) {
        struct health_verdict word = health_table_get(ledger->table, entry->children[i]);
        ret->states[i] = word.state;
        ret->up += word.state != HEALTH_DOWN;
        ret->forced += word.forced;
        ret->has_data |= word.forced || !word.no_data;
    }
}

static void describe_children(
        const struct entry *entry, const struct children *children, struct health_detail *ret)
{
    char forced[32] = "";
    if (children->forced > 0)
        snprintf(forced, sizeof(forced), ", %u forced", children->forced);
    snprintf(ret->reason, sizeof(ret->reason), "%u of %u children up, %u needed%s", children->up,
            entry->children_count, entry->threshold, forced);
}

/* One result of its children is enough, as they have counted; but it may be held.  What was once calculated is so
 * for good, even if the only child with data was a forced one that is so no more.  Returns whether those that count
 * it may have changed. */
static bool calculate(struct ledger *ledger, uint32_t slot, uint64_t now_ms)
{
    struct children children;
    struct step step;
    if (!ledger_step_begin(ledger, slot, now_ms, &step))
        return false;
    const struct entry *entry = step.entry;
    read_children(ledger, entry, &children);

    bool is_down = combine_children(children.states, entry->children_count, entry->threshold) ==
                   HEALTH_DOWN;
    enum verdict_outcome outcome = is_down ? VERDICT_FAIL : VERDICT_PASS;
    step.is_first = step.verdict.raw == HEALTH_UNKNOWN && children.has_data;
    if (children.has_data || step.verdict.raw != HEALTH_UNKNOWN)
        (void)verdict_step(&step.verdict, &entry->rule, outcome, ledger_step_age_ms(&step));
    step.detail.last_probe_ms = now_ms;
    step.detail.last_outcome = 1 + (uint32_t)outcome;
    describe_children(entry, &children, &step.detail);
    return ledger_step_end(ledger, &step) || step.is_first;
}

void ledger_add_due(struct ledger *ledger, uint32_t slot)
{
    struct entry *entry = ledger_entry(ledger, slot);
    if (entry->is_due)
        return;
    entry->is_due = true;
    entry->next_due = ledger->due[entry->level];
    ledger->due[entry->level] = slot;
}

void ledger_add_parents(struct ledger *ledger, uint32_t slot)
{
    const struct entry *entry = ledger_entry(ledger, slot);
    for (uint32_t i = 0; i < entry->parents_count; i++)
        ledger_add_due(ledger, entry->parents[i]);
}

/* From the lowest level up, so that each is computed once, after all of its children; what did not change
 * bothers nobody above. */
void ledger_calculate(struct ledger *ledger, uint64_t now_ms)
{
    for (uint32_t level = 0; level < ledger->levels; level++) {
        while (ledger->due[level] != HEALTH_SLOT_NONE) {
            uint32_t slot = ledger->due[level];
            struct entry *entry = ledger_entry(ledger, slot);
            ledger->due[level] = entry->next_due;
            entry->is_due = false;
            if (calculate(ledger, slot, now_ms))
                ledger_add_parents(ledger, slot);
        }
    }
}

/* ---- what would follow from a shadow ---- */

#define WAITING_MAX 256U /* checks that are yet to be looked at */

/* What would be with the shadow up, and with it down. */
struct turn {
    uint32_t slot;
    enum health_state up, down;
};

struct turns {
    const struct ledger *ledger;
    struct turn list[LEDGER_ALONG_MAX + 1]; /* the shadow comes first */
    uint32_t count;
    uint32_t waiting[WAITING_MAX];
    uint32_t waiting_count;
    bool cut;
};

static struct turn state_of(const struct turns *turns, uint32_t slot)
{
    for (uint32_t i = 0; i < turns->count; i++)
        if (turns->list[i].slot == slot)
            return turns->list[i];
    enum health_state state = health_table_get(turns->ledger->table, slot).state;
    return (struct turn){slot, state, state};
}

static void add_waiting(struct turns *turns, uint32_t slot)
{
    for (uint32_t i = 0; i < turns->waiting_count; i++)
        if (turns->waiting[i] == slot)
            return;
    if (turns->waiting_count < WAITING_MAX)
        turns->waiting[turns->waiting_count++] = slot;
    else
        turns->cut = true;
}

static void add_turn(struct turns *turns, struct turn turn)
{
    const struct entry *entry = &turns->ledger->entries[turn.slot];

    if (turns->count == LEDGER_ALONG_MAX + 1) {
        turns->cut = true;
        return;
    }
    turns->list[turns->count++] = turn;
    for (uint32_t i = 0; i < entry->parents_count && !turns->cut; i++)
        add_waiting(turns, entry->parents[i]);
}

static bool comes_before(const struct entry *entries, uint32_t slot, uint32_t other)
{
    uint32_t level = entries[slot].level, other_level = entries[other].level;
    return level < other_level || (level == other_level && slot < other);
}

/* Of the lowest level, so that its children have been looked at; of these the first. */
static uint32_t take_waiting(struct turns *turns)
{
    const struct entry *entries = turns->ledger->entries;
    uint32_t best = 0;
    for (uint32_t i = 1; i < turns->waiting_count; i++)
        if (comes_before(entries, turns->waiting[i], turns->waiting[best]))
            best = i;
    uint32_t slot = turns->waiting[best];
    turns->waiting[best] = turns->waiting[--turns->waiting_count];
    return slot;
}

static enum health_state own_state(
        const struct entry *entry, const enum health_state states[DEFINITION_CHILDREN_MAX])
{
    const struct verdict verdict = {
            .raw = combine_children(states, entry->children_count, entry->threshold)};
    return verdict_own(&verdict, &entry->rule);
}

static void look_at_parent(struct turns *turns, uint32_t slot)
{
    const struct entry *entry = &turns->ledger->entries[slot];
    enum health_state up[DEFINITION_CHILDREN_MAX], down[DEFINITION_CHILDREN_MAX];

    if (entry->rule.shadow || health_table_get(turns->ledger->table, slot).forced)
        return;
    for (uint32_t i = 0; i < entry->children_count; i++) {
        struct turn child = state_of(turns, entry->children[i]);
        up[i] = child.up;
        down[i] = child.down;
    }
    struct turn turn = {slot, own_state(entry, up), own_state(entry, down)};
    if (turn.up != turn.down)
        add_turn(turns, turn);
}

void ledger_find_along(
        const struct ledger *ledger, uint32_t slot, enum health_state own, struct ledger_along *ret)
{
    struct turns turns = {.ledger = ledger};

    *ret = (struct ledger_along){.count = 0};
    if (health_table_get(ledger->table, slot).forced)
        return;
    add_turn(&turns, (struct turn){slot, HEALTH_UP, HEALTH_DOWN});
    while (turns.waiting_count > 0 && !turns.cut)
        look_at_parent(&turns, take_waiting(&turns));
    ret->cut = turns.cut;
    for (uint32_t i = 1; i < turns.count && !turns.cut; i++) {
        const struct turn *turn = &turns.list[i];
        ret->list[ret->count].slot = turn->slot;
        ret->list[ret->count++].to = own == HEALTH_DOWN ? turn->down : turn->up;
    }
}

/* ---- who counts whom ---- */

/* One above the highest of its children.  Returns whether that is news. */
static bool raise_level(struct ledger *ledger, struct entry *entry)
{
    uint32_t level = entry->level;
    for (uint32_t i = 0; i < entry->children_count; i++) {
        uint32_t above = ledger_entry(ledger, entry->children[i])->level + 1;
        entry->level = entry->level < above ? above : entry->level;
    }
    return entry->level != level;
}

/* At most as many rounds as there are levels: few (check/calculated.h), and a little more while checks leave
 * that count what others now are.  A check that leaves is counted by such alone, so there is no circle. */
static void find_levels(struct ledger *ledger)
{
    bool any = true;

    for (uint32_t slot = 0; slot < ledger->slots; slot++)
        ledger->entries[slot].level = 0;
    ledger->levels = 1;
    while (any) {
        any = false;
        for (uint32_t slot = 0; slot < ledger->slots; slot++) {
            struct entry *entry = &ledger->entries[slot];
            any |= raise_level(ledger, entry);
            if (ledger->levels <= entry->level)
                ledger->levels = entry->level + 1;
        }
    }
    ledger->due = mem_resize(ledger->due, ledger->levels, sizeof(*ledger->due));
    for (uint32_t level = 0; level < ledger->levels; level++)
        ledger->due[level] = HEALTH_SLOT_NONE;
}

/* Turns "has these children" round to "is counted by these". */
static void find_edges(struct ledger *ledger)
{
    size_t total = 0;
    for (uint32_t slot = 0; slot < ledger->slots; slot++) {
        ledger->entries[slot].parents_count = 0;
        total += ledger->entries[slot].children_count;
    }
    for (uint32_t slot = 0; slot < ledger->slots; slot++)
        for (uint32_t i = 0; i < ledger->entries[slot].children_count; i++)
            ledger_entry(ledger, ledger->entries[slot].children[i])->parents_count++;

    free(ledger->edges);
    ledger->edges = mem_zalloc(total, sizeof(*ledger->edges));
    uint32_t *next = ledger->edges;
    for (uint32_t slot = 0; slot < ledger->slots; slot++) {
        ledger->entries[slot].parents = next;
        next += ledger->entries[slot].parents_count;
        ledger->entries[slot].parents_count = 0;
    }
    for (uint32_t slot = 0; slot < ledger->slots; slot++)
        for (uint32_t i = 0; i < ledger->entries[slot].children_count; i++) {
            struct entry *child = ledger_entry(ledger, ledger->entries[slot].children[i]);
            child->parents[child->parents_count++] = slot;
        }
}

void ledger_find_parents(struct ledger *ledger)
{
    find_edges(ledger);
    find_levels(ledger);
}

void ledger_recount(struct ledger *ledger, uint64_t now_ms)
{
    ledger_end_hidden(ledger, now_ms);
    for (uint32_t slot = 0; slot < ledger->slots; slot++)
        if (ledger->entries[slot].is_used && ledger->entries[slot].is_calculated)
            ledger_add_due(ledger, slot);
    ledger_calculate(ledger, now_ms);
}
