/* status.c -- see status.h. */
#include "admin/status.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "health/caution.h"
#include "health/timing.h"
#include "health/verdict.h"

#define FRESH_SLACK_MS 1000U /* a busy machine is no starved one */

/* What is known of one check. */
struct row {
    struct health_detail detail;
    struct health_verdict answered, found;
    bool torn; /* the writer was stopped in the middle of it; shown as it is, and marked */
};

static bool read_slot(const struct health_table *table, uint32_t slot, struct row *ret)
{
    int error = health_table_read(table, slot, &ret->detail);
    ret->torn = error == ERR_TORN;
    ret->answered = health_table_get(table, slot);
    ret->found = health_table_found(table, slot);
    return (error == 0 || ret->torn) && ret->detail.id[0] != '\0';
}

static void count_shadow(const struct health_detail *detail, struct status_counts *counts)
{
    if ((detail->flags & HEALTH_SHADOW) == 0)
        return;
    counts->shadows++;
    counts->shadows_down += verdict_own_of(detail) == HEALTH_DOWN;
    counts->shadow_changes += detail->changes;
    counts->shadow_answer_changes += detail->answer_changes;
}

void status_count(const struct health_table *table, struct status_counts *ret)
{
    struct status_counts counts = {0};
    uint32_t used = health_table_used(table);
    for (uint32_t slot = 0; slot < used; slot++) {
        struct row row;
        if (!read_slot(table, slot, &row))
            continue;
        counts.total++;
        counts.down += row.answered.state == HEALTH_DOWN;
        counts.up += row.answered.state != HEALTH_DOWN;
        counts.no_data += row.found.no_data;
        counts.leaving += (row.detail.flags & HEALTH_LEAVING) != 0;
        counts.forced += row.answered.forced;
        counts.held += row.answered.held;
        count_shadow(&row.detail, &counts);
    }
    *ret = counts;
}

struct doc *status_counts_doc(const struct health_table *table)
{
    struct status_counts counts;
    struct doc *doc = doc_new();
    status_count(table, &counts);
    doc_set_number(doc, "total", counts.total);
    doc_set_number(doc, "up", counts.up);
    doc_set_number(doc, "down", counts.down);
    doc_set_number(doc, "no_data", counts.no_data);
    doc_set_number(doc, "leaving", counts.leaving);
    doc_set_number(doc, "forced", counts.forced);
    doc_set_number(doc, "held", counts.held);
    doc_set_number(doc, "shadows", counts.shadows);
    doc_set_number(doc, "shadows_down", counts.shadows_down);
    doc_set_number(doc, "shadow_changes", counts.shadow_changes);
    doc_set_number(doc, "shadow_answer_changes", counts.shadow_answer_changes);
    return doc;
}

/* Real time can step back; an age is never negative. */
static uint64_t age_of(uint64_t then_ms, uint64_t now_ms)
{
    return then_ms < now_ms ? now_ms - then_ms : 0;
}

static void set_time(struct doc *doc, const char *key, uint64_t real_ms)
{
    char text[CLOCK_TEXT_MAX];
    doc_set_text(doc, key, real_ms > 0 ? clock_format(real_ms, text) : NULL);
}

/* Why silence of endpoints does not count, if it does not. */
static void set_isolation(struct doc *doc, const struct health_table *table, uint64_t now_ms)
{
    static const char *const names[] = {"canaries-ipv4", "canaries-ipv6", "share"};
    uint32_t since_s;
    uint32_t cuts = health_table_isolation(table, &since_s);

    doc_set_array(doc, "cut_off");
    for (size_t i = 0; i < COUNT(names); i++)
        if ((cuts >> i & 1) != 0)
            doc_append_text(doc, "cut_off", names[i]);
    doc_set_number(doc, "cut_off_ms", cuts != 0 ? age_of((uint64_t)since_s * 1000, now_ms) : 0);
}

static struct doc *quantiles_doc(const uint32_t us[HEALTH_QUANTILES])
{
    static const char *const names[HEALTH_QUANTILES] = {"p50", "p90", "p99"};
    struct doc *doc = doc_new();
    for (size_t i = 0; i < COUNT(names); i++)
        doc_set_real(doc, names[i], us[i] / 1000.0);
    return doc;
}

struct doc *status_probing_doc(const struct health_table *table)
{
    struct health_pace pace = health_table_pace(table);
    struct doc *doc = doc_new();
    doc_set_number(doc, "probes", pace.probes);
    doc_set_number(doc, "running", pace.running);
    doc_set_number(doc, "held", pace.held);
    doc_set_doc(doc, "late_ms", quantiles_doc(pace.late_us));
    doc_set_real(doc, "longest_turn_ms", pace.turn_us / 1000.0);
    return doc;
}

struct doc *status_heartbeat_doc(const struct health_table *table, uint64_t now_ms)
{
    uint64_t beat_ms = health_table_last_beat_ms(table);
    uint64_t age_ms = age_of(beat_ms, now_ms);
    struct doc *doc = doc_new();
    set_time(doc, "beat", beat_ms);
    if (beat_ms > 0)
        doc_set_number(doc, "age_ms", age_ms);
    else
        doc_set_text(doc, "age_ms", NULL);
    doc_set_bool(doc, "silent", health_table_is_silent(table, now_ms));
    set_isolation(doc, table, now_ms);
    return doc;
}

static const char *state_name(enum health_state state)
{
    return state == HEALTH_DOWN ? "down" : "up";
}

struct doc *status_force_doc(const struct force *force, uint64_t now_ms)
{
    struct doc *doc = doc_new();
    doc_set_text(doc, "state", state_name(force->state));
    set_time(doc, "since", force->since_ms);
    doc_set_number(doc, "age_ms", age_of(force->since_ms, now_ms));
    set_time(doc, "until", force->until_ms);
    if (force->until_ms > 0)
        doc_set_number(doc, "left_ms", age_of(now_ms, force->until_ms));
    else
        doc_set_text(doc, "left_ms", NULL);
    doc_set_text(doc, "owner", force->owner);
    doc_set_text(doc, "reason", force->reason);
    return doc;
}

void status_set_forces(
        struct doc *doc, const char *key, const struct forces *forces, uint64_t now_ms)
{
    doc_set_array(doc, key);
    for (uint32_t i = 0; i < forces_count(forces); i++) {
        const struct force *force = forces_at(forces, i);
        struct doc *row = status_force_doc(force, now_ms);
        doc_set_text(row, "id", force->id);
        doc_set_bool(row, "missing", force->is_missing);
        doc_append(doc, key, row);
    }
}

static const char *outcome_name(uint32_t last_outcome)
{
    static const char *const names[] = {
            [VERDICT_PASS] = "pass",
            [VERDICT_FAIL] = "fail",
            [VERDICT_INCONCLUSIVE] = "inconclusive",
    };
    return last_outcome >= 1 && last_outcome <= COUNT(names) ? names[last_outcome - 1] : NULL;
}

static const char *raw_name(uint32_t raw_state)
{
    return raw_state == HEALTH_UP ? "up" : raw_state == HEALTH_DOWN ? "down" : NULL;
}

static void set_counters(struct doc *row, const struct health_detail *detail)
{
    doc_set_text(row, "raw_state", raw_name(detail->raw_state));
    doc_set_number(row, "streak", detail->streak);
    doc_set_text(row, "last_outcome", outcome_name(detail->last_outcome));
    doc_set_number(row, "passes", detail->passes);
    doc_set_number(row, "fails", detail->fails);
    doc_set_number(row, "inconclusives", detail->inconclusives);
    doc_set_number(row, "changes", detail->changes);
    doc_set_number(row, "answer_changes", detail->answer_changes);
}

static void set_flags(struct doc *row, const struct health_detail *detail)
{
    uint32_t flags = detail->flags;
    doc_set_bool(row, "defined", flags & HEALTH_DEFINED);
    doc_set_bool(row, "leaving", flags & HEALTH_LEAVING);
    doc_set_bool(row, "disabled", flags & HEALTH_DISABLED);
    doc_set_bool(row, "inverted", flags & HEALTH_INVERTED);
    doc_set_bool(row, "canary", flags & HEALTH_CANARY);
    doc_set_bool(row, "shadow", flags & HEALTH_SHADOW);
    doc_set_text(row, "would_be",
            (flags & HEALTH_SHADOW) != 0 ? state_name(verdict_own_of(detail)) : NULL);
}

/* The detail has milliseconds, but the word is what is found. */
static uint64_t found_since_ms(const struct row *row)
{
    if (row->detail.since_ms / 1000 == row->found.since_s)
        return row->detail.since_ms;
    return (uint64_t)row->found.since_s * 1000;
}

static void set_states(
        struct doc *doc, const struct row *row, const struct forces *forces, uint64_t now_ms)
{
    const struct force *force = row->answered.forced ? forces_find(forces, row->detail.id) : NULL;
    uint64_t found_ms = found_since_ms(row);
    uint64_t since_ms = force != NULL ? force->since_ms : found_ms;

    doc_set_text(doc, "state", state_name(row->answered.state));
    doc_set_bool(doc, "no_data", row->found.no_data);
    doc_set_bool(doc, "suspect", row->answered.suspect);
    doc_set_bool(doc, "held", row->answered.held);
    doc_set_real(doc, "share", 1 - row->answered.lack / (double)CAUTION_WHOLE);
    set_time(doc, "since", since_ms);
    doc_set_number(doc, "for_ms", since_ms > 0 ? age_of(since_ms, now_ms) : 0);
    doc_set_text(doc, "found", state_name(row->found.state));
    set_time(doc, "found_since", found_ms);
    doc_set_number(doc, "found_for_ms", found_ms > 0 ? age_of(found_ms, now_ms) : 0);
    doc_set_doc(doc, "forced", force != NULL ? status_force_doc(force, now_ms) : NULL);
}

/* Until when what its last probe found holds, and whether that is over: nobody has looked since.  A CALCULATED check is
 * as fresh as its children. */
static void set_freshness(struct doc *doc, const struct health_detail *detail, uint64_t now_ms)
{
    bool is_probed = strcmp(detail->type, "CALCULATED") != 0 && detail->interval_ms > 0 &&
                     (detail->flags & HEALTH_DISABLED) == 0 && detail->last_probe_ms > 0;
    uint64_t until_ms = is_probed ? detail->last_probe_ms + timing_valid_ms(detail) : 0;

    set_time(doc, "valid_until", until_ms);
    doc_set_bool(doc, "stale", until_ms > 0 && now_ms > until_ms + FRESH_SLACK_MS);
}

/* Null before the first pass that this checker has seen. */
static struct doc *latency_doc(const struct health_detail *detail)
{
    return detail->latency_us[0] > 0 ? quantiles_doc(detail->latency_us) : NULL;
}

/* How long it is good for; 0 if that is over. */
static void set_certificate(struct doc *doc, const struct health_detail *detail, uint64_t now_ms)
{
    uint64_t expires_ms = (uint64_t)detail->certificate_s * 1000;
    set_time(doc, "certificate_expires", expires_ms);
    if (expires_ms > 0)
        doc_set_number(doc, "certificate_left_ms", age_of(now_ms, expires_ms));
    else
        doc_set_text(doc, "certificate_left_ms", NULL);
}

static struct doc *row_doc(const struct row *row, const struct forces *forces, uint64_t now_ms)
{
    const struct health_detail *detail = &row->detail;
    struct doc *doc = doc_new();
    doc_set_text(doc, "id", detail->id);
    doc_set_text(doc, "type", detail->type);
    doc_set_text(doc, "target", detail->target);
    set_states(doc, row, forces, now_ms);
    doc_set_text(doc, "reason", detail->reason);
    set_counters(doc, detail);
    set_time(doc, "last_probe", detail->last_probe_ms);
    doc_set_number(doc, "last_probe_age_ms",
            detail->last_probe_ms > 0 ? age_of(detail->last_probe_ms, now_ms) : 0);
    doc_set_number(doc, "duration_ms", detail->duration_ms);
    set_freshness(doc, detail, now_ms);
    doc_set_doc(doc, "latency_ms", latency_doc(detail));
    set_certificate(doc, detail, now_ms);
    set_flags(doc, detail);
    doc_set_bool(doc, "torn", row->torn);
    return doc;
}

/* Who probes: the checker of this host, as yet the only vantage point. */
static void set_prober(struct doc *doc)
{
    struct utsname host;
    doc_set_text(doc, "probed_by", uname(&host) == 0 ? host.nodename : NULL);
}

/* How a check is probed, for who asks about one. */
static void set_timing(struct doc *doc, const struct health_detail *detail)
{
    doc_set_number(doc, "interval_ms", detail->interval_ms);
    doc_set_number(doc, "timeout_ms", detail->timeout_ms);
    doc_set_number(doc, "linger_ms", detail->linger_ms);
    doc_set_number(doc, "fall", detail->fall);
    doc_set_number(doc, "rise", detail->rise);
    doc_set_number(doc, "hold_ms", detail->hold_ms);
    doc_set_number(doc, "ramp_ms", detail->ramp_ms);
    doc_set_number(doc, "suspect_ms", detail->suspect_ms);
    set_time(doc, "unsettled", detail->unsettled_ms);
    doc_set_number(doc, "detection_worst_ms", timing_down_ms(detail));
    set_prober(doc);
}

static void print_row(
        const struct row *row, const struct forces *forces, uint64_t now_ms, struct buf *ret)
{
    struct doc *doc = row_doc(row, forces, now_ms);
    doc_print(doc, ret);
    doc_free(doc);
}

void status_print_checks(const struct health_table *table, const struct forces *forces,
        uint64_t now_ms, struct buf *ret)
{
    uint32_t used = health_table_used(table);
    const char *separator = "";
    buf_add_string(ret, "{\"checks\":[");
    for (uint32_t slot = 0; slot < used; slot++) {
        struct row row;
        if (!read_slot(table, slot, &row))
            continue;
        buf_add_string(ret, separator);
        print_row(&row, forces, now_ms, ret);
        separator = ",";
    }
    buf_add_string(ret, "]}");
}

/* Finds the row of a check.  Returns 0, or -ENOENT with a sentence that names the nearest. */
static int find_row(
        const struct health_table *table, const char *id, struct row *ret, struct buf *why)
{
    struct str_nearest nearest = {.word = id};
    char best[HEALTH_ID_MAX + 1];
    uint32_t used = health_table_used(table);
    for (uint32_t slot = 0; slot < used; slot++) {
        if (!read_slot(table, slot, ret))
            continue;
        if (strcmp(ret->detail.id, id) == 0)
            return 0;
        str_nearest_offer(&nearest, ret->detail.id);
        if (nearest.best == ret->detail.id) /* it goes with this turn of the loop */
            nearest.best = memcpy(best, ret->detail.id, sizeof(best));
    }
    buf_printf(why, "no check \"%s\"", id);
    if (nearest.best != NULL)
        buf_printf(why, "; did you mean \"%s\"?", nearest.best);
    return -ENOENT;
}

int status_find_check(const struct health_table *table, const char *id, struct buf *why)
{
    struct row row;
    return find_row(table, id, &row, why);
}

struct doc *status_check_doc(const struct health_table *table, const struct forces *forces,
        const char *id, uint64_t now_ms)
{
    struct buf why;
    struct row row;
    buf_init(&why, STATUS_WHY_MAX);
    int error = find_row(table, id, &row, &why);
    buf_done(&why);
    return error == 0 ? row_doc(&row, forces, now_ms) : NULL;
}

static void print_error(const char *text, struct buf *ret)
{
    struct doc *doc = doc_new();
    doc_set_text(doc, "error", text);
    doc_print(doc, ret);
    doc_free(doc);
}

int status_print_check(const struct health_table *table, const struct forces *forces,
        const char *id, uint64_t now_ms, struct buf *ret)
{
    struct buf why;
    struct row row;
    buf_init(&why, STATUS_WHY_MAX);
    int error = find_row(table, id, &row, &why);
    if (error == 0) {
        struct doc *doc = row_doc(&row, forces, now_ms);
        set_timing(doc, &row.detail);
        buf_add_string(ret, "{\"checks\":[");
        doc_print(doc, ret);
        buf_add_string(ret, "]}");
        doc_free(doc);
    } else {
        print_error(buf_string(&why), ret);
    }
    buf_done(&why);
    return error;
}
