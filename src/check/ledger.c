/* ledger.c -- see ledger.h. */
#include "check/ledger.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "check/ledger_parts.h"
#include "health/caution.h"

#define FIRST_SLOTS 1024U

static const char *const state_names[] = {
        [HEALTH_UNKNOWN] = "unknown",
        [HEALTH_UP] = "up",
        [HEALTH_DOWN] = "down",
};

/* ---- the set of checks ---- */

/* The word is written first, so it is what a killed writer meant.  Raw state and word can also differ
 * by Disabled and Shadow, which hide the raw state: then nothing is wrong. */
static void mend(struct health_table *table, uint32_t slot)
{
    struct health_detail detail;
    if (health_table_read(table, slot, &detail) != 0)
        return;
    struct health_verdict word = health_table_found(table, slot);
    bool is_hidden = (detail.flags & (HEALTH_DISABLED | HEALTH_SHADOW)) != 0;
    bool is_known = detail.raw_state != HEALTH_UNKNOWN;
    if (is_hidden || word.state == HEALTH_UNKNOWN ||
            (word.state == verdict_own_of(&detail) && is_known == !word.no_data))
        return;
    bool is_up = (word.state == HEALTH_UP) != ((detail.flags & HEALTH_INVERTED) != 0);
    detail.raw_state = word.no_data ? HEALTH_UNKNOWN : is_up ? HEALTH_UP : HEALTH_DOWN;
    detail.streak = 0;
    detail.since_ms = (uint64_t)word.since_s * 1000;
    health_table_write(table, slot, &detail);
}

void ledger_free(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    for (uint32_t slot = 0; slot < ledger->slots; slot++)
        free(ledger->entries[slot].children);
    guards_free(ledger->guards);
    free(ledger->entries);
    free(ledger->edges);
    free(ledger->due);
    free(ledger->pending);
    free(ledger);
}

struct entry *ledger_entry(struct ledger *ledger, uint32_t slot)
{
    assert(slot < HEALTH_TABLE_SLOTS);
    if (slot >= ledger->slots) {
        uint32_t slots = slot < FIRST_SLOTS ? FIRST_SLOTS : slot * 2;
        ledger->entries = mem_resize(ledger->entries, slots, sizeof(*ledger->entries));
        memset(ledger->entries + ledger->slots, 0,
                (slots - ledger->slots) * sizeof(*ledger->entries));
        ledger->slots = slots;
    }
    return &ledger->entries[slot];
}

/* What earlier checkers left in a slot, whether or not a definition comes for it. */
static void restore(struct ledger *ledger, uint32_t slot)
{
    struct health_detail detail;
    mend(ledger->table, slot);
    if (health_table_read(ledger->table, slot, &detail) != 0)
        return;
    struct entry *entry = ledger_entry(ledger, slot);
    entry->told = health_table_found(ledger->table, slot).state;
    entry->told_since_ms = detail.since_ms;
}

struct ledger *ledger_new(struct health_table *table)
{
    struct ledger *ledger = mem_zalloc(1, sizeof(*ledger));
    ledger->table = table;
    ledger->guards = guards_new(table);
    for (uint32_t slot = 0; slot < health_table_used(table); slot++)
        restore(ledger, slot);
    return ledger;
}

void ledger_observe(struct ledger *ledger, ledger_observer *observer, void *context)
{
    ledger->observer = observer;
    ledger->observer_context = context;
}

void ledger_set_suspect_share(struct ledger *ledger, uint32_t percent)
{
    ledger->isolation.share_percent = percent;
}

/* A name is looked up for its IPv4 addresses only (route53.md section 3.2). */
static struct isolation_subject subject_of(
        const struct definition *definition, const struct entry *before)
{
    const struct check_target *target = &definition->target;
    struct isolation_subject subject = before->subject;

    subject.takes_part = check_type_is_endpoint(target->type) && !definition->rule.disabled;
    subject.is_canary = definition->is_canary;
    subject.family = target->address != NULL && strchr(target->address, ':') != NULL
                             ? ISOLATION_IPV6
                             : ISOLATION_IPV4;
    return subject;
}

void ledger_define(struct ledger *ledger, uint32_t slot, const struct definition *definition,
        const uint32_t *children)
{
    struct entry *entry = ledger_entry(ledger, slot);
    size_t bytes = definition->children_count * sizeof(*children);
    free(entry->children);
    isolation_remove(&ledger->isolation, &entry->subject);
    *entry = (struct entry){
            .is_used = true,
            .subject = subject_of(definition, entry),
            .latencies = entry->latencies,
            .is_calculated = definition->target.type == CHECK_CALCULATED,
            .is_switch = definition->target.type == CHECK_RECOVERY_CONTROL,
            .told = entry->told,
            .told_since_ms = entry->told_since_ms,
            .is_pending = entry->is_pending,
            .rule = definition->rule,
            .threshold = definition->threshold,
            .children = bytes > 0 ? mem_copy(children, bytes) : NULL,
            .children_count = definition->children_count,
    };
    isolation_add(&ledger->isolation, &entry->subject);
    if (entry->is_calculated)
        entry->rule.fall = entry->rule.rise = 1; /* its children have counted */
}

void ledger_leave(struct ledger *ledger, uint32_t slot)
{
    ledger_entry(ledger, slot)->is_leaving = true;
}

uint32_t ledger_next_leaving(const struct ledger *ledger, uint32_t from)
{
    for (uint32_t slot = from; slot < ledger->slots; slot++)
        if (ledger->entries[slot].is_used && ledger->entries[slot].is_leaving)
            return slot;
    return HEALTH_SLOT_NONE;
}

void ledger_drop(struct ledger *ledger, uint32_t slot)
{
    struct entry *entry = ledger_entry(ledger, slot);
    free(entry->children);
    isolation_remove(&ledger->isolation, &entry->subject);
    *entry = (struct entry){.is_pending = entry->is_pending};
}

/* ---- one step ---- */

bool ledger_step_begin(struct ledger *ledger, uint32_t slot, uint64_t now_ms, struct step *ret)
{
    const struct entry *entry = ledger_entry(ledger, slot);
    if (!entry->is_used || health_table_read(ledger->table, slot, &ret->detail) != 0)
        return false;
    ret->slot = slot;
    ret->entry = entry;
    ret->word = health_table_found(ledger->table, slot);
    ret->verdict.raw = (enum health_state)ret->detail.raw_state;
    ret->verdict.streak = ret->detail.streak;
    ret->now_ms = now_ms;
    ret->is_first = false;
    ret->evidence = NULL;
    return true;
}

uint64_t ledger_step_age_ms(const struct step *step)
{
    return caution_age_ms(step->detail.since_ms, step->now_ms);
}

static void add_pending(struct ledger *ledger, uint32_t slot)
{
    struct entry *entry = ledger_entry(ledger, slot);
    if (entry->is_pending)
        return;
    if (ledger->pending_count == ledger->pending_room) {
        ledger->pending_room = ledger->pending_room > 0 ? 2 * ledger->pending_room : FIRST_SLOTS;
        ledger->pending =
                mem_resize(ledger->pending, ledger->pending_room, sizeof(*ledger->pending));
    }
    entry->is_pending = true;
    ledger->pending[ledger->pending_count++] = slot;
}

/* What is found goes on while an operator has set something else, or a guard holds; whoever reads that it changed must
 * not think that answers did. */
static const char *answered_note(const struct ledger *ledger, uint32_t slot)
{
    struct health_verdict word = health_table_get(ledger->table, slot);
    if (word.held)
        return "; answered as up: held by a guard";
    if (!word.forced)
        return "";
    return word.state == HEALTH_DOWN ? "; answered as down: forced" : "; answered as up: forced";
}

static void log_status(const struct step *step, enum health_state state, const char *note)
{
    const struct health_detail *detail = &step->detail;
    const char *before = state_names[step->entry->told];
    uint64_t since_ms = step->entry->told_since_ms;
    char time[CLOCK_TEXT_MAX];
    void (*log)(const char *format, ...) PRINTF(1, 2) =
            state == HEALTH_DOWN ? log_warning : log_info;

    if (step->is_first) {
        log("check %s (%s): %s: %s (first result)%s", detail->id, detail->target,
                state_names[state], detail->reason, note);
        return;
    }
    clock_format_duration(step->now_ms > since_ms ? step->now_ms - since_ms : 0, time);
    log("check %s (%s): %s -> %s: %s (was %s for %s)%s", detail->id, detail->target, before,
            state_names[state], detail->reason, before, time, note);
}

static void show(const struct ledger *ledger, const struct step *step,
        const struct health_detail *detail, enum health_state to, bool is_inconclusive)
{
    const struct ledger_event event = {
            .detail = detail,
            .evidence = step->evidence,
            .from = is_inconclusive ? to : step->entry->told,
            .to = to,
            .lasted_ms = step->now_ms > step->entry->told_since_ms
                                 ? step->now_ms - step->entry->told_since_ms
                                 : 0,
            .now_ms = step->now_ms,
            .is_first = step->is_first,
            .is_inconclusive = is_inconclusive,
            .is_held = health_table_found(ledger->table, step->slot).held,
    };
    if (ledger->observer != NULL)
        ledger->observer(ledger->observer_context, &event);
}

/* What a shadow says has no other effect than to be told. */
static void tell_shadow(
        const struct ledger *ledger, const struct step *step, const struct health_detail *detail)
{
    enum health_state own = verdict_own(&step->verdict, &step->entry->rule);
    struct ledger_along along;
    const struct ledger_event event = {
            .detail = detail,
            .evidence = step->evidence,
            .from = own == HEALTH_DOWN ? HEALTH_UP : HEALTH_DOWN,
            .to = own,
            .now_ms = step->now_ms,
            .is_shadow = true,
            .along = &along,
    };
    ledger_find_along(ledger, step->slot, own, &along);
    log_info("check %s (%s): a shadow, would be %s now: %s", detail->id, detail->target,
            state_names[own], detail->reason);
    if (ledger->observer != NULL)
        ledger->observer(ledger->observer_context, &event);
}

void ledger_count_answers(struct ledger *ledger, uint32_t slot)
{
    struct health_detail detail;
    if (!ledger_entry(ledger, slot)->rule.shadow ||
            health_table_read(ledger->table, slot, &detail) != 0)
        return;
    detail.answer_changes += detail.answer_changes < UINT32_MAX;
    health_table_write(ledger->table, slot, &detail);
}

/* Says what changed since the log last knew; a new check's status before any result is no news. */
static void tell(struct ledger *ledger, const struct step *step, const struct health_detail *detail)
{
    struct entry *entry = ledger_entry(ledger, step->slot);
    enum health_state state = health_table_found(ledger->table, step->slot).state;
    if (step->is_first || (entry->told != HEALTH_UNKNOWN && entry->told != state)) {
        log_status(step, state, answered_note(ledger, step->slot));
        show(ledger, step, detail, state, false);
    }
    entry->told = state;
    entry->told_since_ms = detail->since_ms;
}

/* A share grows only after a recovery: a check that was never down has nothing to be careful about. */
static void be_careful(
        const struct step *step, const struct health_detail *detail, struct health_verdict *ret)
{
    const struct verdict_rule *rule = &step->entry->rule;
    bool is_back =
            ret->state == HEALTH_UP && detail->changes > 0 && !rule->disabled && !rule->shadow;

    ret->lack =
            is_back ? caution_lack(rule->ramp_ms, caution_age_ms(detail->since_ms, step->now_ms))
                    : 0;
    ret->suspect = !rule->disabled && !rule->shadow &&
                   caution_is_suspect(rule->suspect_ms, detail->unsettled_ms, step->now_ms);
}

static bool is_same_word(const struct health_verdict *a, const struct health_verdict *b)
{
    return a->state == b->state && a->no_data == b->no_data && a->lack == b->lack &&
           a->suspect == b->suspect && a->held == b->held;
}

bool ledger_step_end(struct ledger *ledger, struct step *step)
{
    struct health_verdict word = step->word;
    struct health_detail detail = step->detail;
    word.state = verdict_final(&step->verdict, &step->entry->rule);
    word.no_data = step->verdict.raw == HEALTH_UNKNOWN;
    bool has_changed = word.state != step->word.state;

    detail.raw_state = step->verdict.raw;
    detail.streak = step->verdict.streak;
    if (has_changed) {
        word.since_s = (uint32_t)(step->now_ms / 1000);
        detail.since_ms = step->now_ms;
        detail.changes++;
    }
    const struct verdict before = {(enum health_state)step->detail.raw_state, 0};
    bool would_change =
            step->entry->rule.shadow && verdict_own(&before, &step->entry->rule) !=
                                                verdict_own(&step->verdict, &step->entry->rule);
    detail.changes += would_change;
    if (has_changed || detail.streak > 0)
        detail.unsettled_ms = step->now_ms;
    be_careful(step, &detail, &word);
    ledger_ask_guards(ledger, step, &word);
    if (!is_same_word(&word, &step->word))
        health_table_put(ledger->table, step->slot, word);
    health_table_write(ledger->table, step->slot, &detail);
    if (word.lack > 0 || word.suspect || verdict_is_held(&step->verdict, &step->entry->rule))
        add_pending(ledger, step->slot);
    tell(ledger, step, &detail);
    if (would_change)
        tell_shadow(ledger, step, &detail);
    ledger_sweep(ledger, step->now_ms);
    return has_changed;
}

/* ---- after a round of definitions ---- */

/* Whether there can be anything that waits for a time, by the rule as it is or as it was.  Of a hundred thousand checks
 * without, none is looked at again. */
static bool may_wait(const struct step *step)
{
    const struct verdict_rule *rule = &step->entry->rule;
    return rule->hold_ms > 0 || rule->ramp_ms > 0 || rule->suspect_ms > 0 || step->word.suspect ||
           step->word.lack > 0 || step->verdict.streak > 0;
}

/* Inverted and Disabled show at once: definitions_publish() has seen to the word. */
static void settle(struct ledger *ledger, uint32_t slot, uint64_t now_ms)
{
    struct step step;
    if (!ledger_step_begin(ledger, slot, now_ms, &step))
        return;
    if (may_wait(&step))
        add_pending(ledger, slot); /* until the next tick has looked whether it does */
    snprintf(step.detail.reason, sizeof(step.detail.reason), "its definition changed%s",
            step.entry->rule.disabled ? ": disabled" : "");
    tell(ledger, &step, &step.detail);
}

/* A slot that was freed is somebody else's next. */
static void forget_freed(struct ledger *ledger)
{
    struct health_detail detail;
    uint32_t used = health_table_used(ledger->table); /* what lies behind was nobody's yet */
    for (uint32_t slot = 0; slot < ledger->slots && slot < used; slot++)
        if (!ledger->entries[slot].is_used &&
                health_table_read(ledger->table, slot, &detail) == -ENOENT)
            ledger->entries[slot].told = HEALTH_UNKNOWN;
}

void ledger_settle(struct ledger *ledger, uint64_t now_ms)
{
    forget_freed(ledger);
    ledger_find_parents(ledger);
    for (uint32_t slot = 0; slot < ledger->slots; slot++)
        if (ledger->entries[slot].is_used && !ledger->entries[slot].is_calculated)
            settle(ledger, slot, now_ms);
    ledger_define_guards(ledger, now_ms);
    ledger_recount(ledger, now_ms);
}

/* ---- what waits for a time ---- */

/* Looks at one check: what it waited for may have come.  Where nothing has, nothing is written. */
static void look(struct ledger *ledger, uint32_t slot, uint64_t now_ms)
{
    struct step step;
    struct health_verdict word;

    if (ledger_entry(ledger, slot)->is_calculated) {
        ledger_add_due(ledger, slot);
        return;
    }
    if (!ledger_step_begin(ledger, slot, now_ms, &step))
        return;
    word = step.word;
    bool released = verdict_release(&step.verdict, &step.entry->rule, ledger_step_age_ms(&step));
    be_careful(&step, &step.detail, &word);
    if (!released && is_same_word(&word, &step.word)) {
        if (word.lack > 0 || word.suspect || verdict_is_held(&step.verdict, &step.entry->rule))
            add_pending(ledger, slot);
        return;
    }
    if (ledger_step_end(ledger, &step))
        ledger_add_parents(ledger, slot);
}

/* Each that still waits puts itself on the list again. */
void ledger_tick(struct ledger *ledger, uint64_t now_ms)
{
    uint32_t count = ledger->pending_count;
    uint32_t *slots = ledger->pending;

    ledger->pending = NULL;
    ledger->pending_count = ledger->pending_room = 0;
    for (uint32_t i = 0; i < count; i++)
        ledger_entry(ledger, slots[i])->is_pending = false;
    for (uint32_t i = 0; i < count; i++)
        if (ledger_entry(ledger, slots[i])->is_used)
            look(ledger, slots[i], now_ms);
    ledger_calculate(ledger, now_ms);
    free(slots);
}

/* ---- results ---- */

static void count(struct health_detail *detail, enum verdict_outcome outcome)
{
    detail->passes += outcome == VERDICT_PASS;
    detail->fails += outcome == VERDICT_FAIL;
    detail->inconclusives += outcome == VERDICT_INCONCLUSIVE;
}

/* Told once, when it begins, however long it lasts. */
static void tell_inconclusive(const struct ledger *ledger, const struct step *step)
{
    if (step->detail.last_outcome == 1 + (uint32_t)VERDICT_INCONCLUSIVE)
        return;
    log_warning("check %s (%s): inconclusive: %s; stays %s", step->detail.id, step->detail.target,
            step->detail.reason, state_names[step->word.state]);
    show(ledger, step, &step->detail, step->word.state, true);
}

/* How long passes take, and until when the certificate is good. */
static void note_evidence(struct ledger *ledger, struct step *step, enum verdict_outcome outcome)
{
    static const uint32_t percents[HEALTH_QUANTILES] = {50, 90, 99};
    struct quantiles *latencies = &ledger_entry(ledger, step->slot)->latencies;
    const struct evidence *evidence = step->evidence;

    if (evidence == NULL)
        return;
    const struct evidence_certificate *certificate = evidence->certificate;
    if (certificate != NULL && certificate->subject[0] != '\0')
        step->detail.certificate_s = (uint32_t)certificate->expires_s;
    if (outcome != VERDICT_PASS || evidence->reached_us[EVIDENCE_DONE] == 0)
        return;
    quantiles_add(latencies, evidence->reached_us[EVIDENCE_DONE]);
    for (size_t i = 0; i < COUNT(percents); i++)
        step->detail.latency_us[i] = quantiles_get(latencies, percents[i]);
}

/* ---- whether this host is cut off ---- */

static enum isolation_seen seen_by(enum probe_reason reason)
{
    if (probe_reason_is_silence(reason))
        return ISOLATION_SILENCE;
    return probe_reason_outcome(reason) == VERDICT_INCONCLUSIVE ? ISOLATION_NOTHING
                                                                : ISOLATION_ANSWER;
}

static void note_seen(struct ledger *ledger, const struct step *step, enum isolation_seen seen)
{
    isolation_note(&ledger->isolation, &ledger_entry(ledger, step->slot)->subject, seen,
            step->verdict.raw == HEALTH_UP, step->now_ms);
}

static uint32_t find_cuts(const struct isolation *isolation)
{
    return (isolation_by_canaries(isolation, ISOLATION_IPV4) ? (uint32_t)HEALTH_CUT_IPV4 : 0) |
           (isolation_by_canaries(isolation, ISOLATION_IPV6) ? (uint32_t)HEALTH_CUT_IPV6 : 0) |
           (isolation_by_share(isolation) ? (uint32_t)HEALTH_CUT_SHARE : 0);
}

/* Says what has begun and what is over. */
static void tell_isolation(struct ledger *ledger, uint64_t now_ms)
{
    static const char *const causes[] = {"every IPv4 canary is silent",
            "every IPv6 canary is silent", "nearly every endpoint is silent at once"};
    uint32_t since_s;
    uint32_t before = health_table_isolation(ledger->table, &since_s);
    uint32_t now = find_cuts(&ledger->isolation);

    if (now == before)
        return;
    health_table_set_isolation(ledger->table, now, (uint32_t)(now_ms / 1000));
    for (size_t i = 0; i < COUNT(causes); i++) {
        uint32_t bit = 1U << i;
        if ((now & bit) != 0 && (before & bit) == 0)
            log_error("%s: this host may be cut off; silence of endpoints does not count until it "
                      "is over",
                    causes[i]);
        else if ((now & bit) == 0 && (before & bit) != 0)
            log_info("no longer: %s; silence of endpoints counts again", causes[i]);
    }
}

/* Whether a failure counts: not if nothing came back and it may be our own fault.  Where it would change the verdict, a
 * canary must have answered since the probe began. */
static bool counts(
        const struct ledger *ledger, struct step *step, const struct probe_result *result)
{
    const struct isolation_subject *subject = &step->entry->subject;
    const struct isolation *isolation = &ledger->isolation;
    uint64_t began_ms = step->now_ms - result->duration_ms;
    bool decides = step->verdict.raw != HEALTH_DOWN &&
                   (step->verdict.raw == HEALTH_UNKNOWN ||
                           step->verdict.streak + 1 >= step->entry->rule.fall);
    const char *why;

    if (!subject->takes_part || subject->is_canary || !probe_reason_is_silence(result->reason))
        return true;
    if (isolation_by_canaries(isolation, subject->family))
        why = "not counted, as every canary is silent, too";
    else if (isolation_by_share(isolation))
        why = "not counted, as nearly every endpoint is silent at once";
    else if (isolation_was_cut(isolation, subject->family, began_ms))
        why = "not counted, as this host was cut off when the probe began";
    else if (decides && !isolation_is_confirmed(isolation, subject->family, began_ms))
        why = "not counted, as no canary has answered since";
    else
        return true;
    size_t length = strlen(step->detail.reason);
    snprintf(step->detail.reason + length, sizeof(step->detail.reason) - length, "; %s", why);
    return false;
}

void ledger_take(
        struct ledger *ledger, uint32_t slot, const struct probe_result *result, uint64_t now_ms)
{
    enum verdict_outcome outcome = probe_reason_outcome(result->reason);
    struct step step;
    if (!ledger_step_begin(ledger, slot, now_ms, &step))
        return;

    step.evidence = result->evidence;
    log_debug("check %s (%s): probed: %s, took %llums", step.detail.id, step.detail.target,
            result->text, (unsigned long long)result->duration_ms);
    snprintf(step.detail.reason, sizeof(step.detail.reason), "%s", result->text);
    note_seen(ledger, &step, seen_by(result->reason));
    tell_isolation(ledger, now_ms);
    if (!counts(ledger, &step, result))
        outcome = VERDICT_INCONCLUSIVE;
    step.is_first = step.verdict.raw == HEALTH_UNKNOWN && outcome != VERDICT_INCONCLUSIVE;
    if (outcome == VERDICT_INCONCLUSIVE)
        tell_inconclusive(ledger, &step);
    (void)verdict_step(&step.verdict, &step.entry->rule, outcome, ledger_step_age_ms(&step));
    note_seen(ledger, &step, ISOLATION_NOTHING);
    count(&step.detail, outcome);
    note_evidence(ledger, &step, outcome);
    step.detail.last_outcome = 1 + (uint32_t)outcome;
    step.detail.last_probe_ms = now_ms;
    step.detail.duration_ms = result->duration_ms;
    bool had_no_data = step.word.no_data;
    if (!ledger_step_end(ledger, &step) && !had_no_data)
        return;
    ledger_add_parents(ledger, slot);
    ledger_calculate(ledger, now_ms);
}
