/* status.c -- see status.h. */
#include "admin/status.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "health/verdict.h"

/* Reads a slot.  One whose writer was stopped in the middle is shown as it is, and marked. */
static bool read_slot(
        const struct health_table *table, uint32_t slot, struct health_detail *ret, bool *torn)
{
    int error = health_table_read(table, slot, ret);
    *torn = error == ERR_TORN;
    return (error == 0 || *torn) && ret->id[0] != '\0';
}

void status_count(const struct health_table *table, struct status_counts *ret)
{
    struct status_counts counts = {0};
    uint32_t used = health_table_used(table);
    for (uint32_t slot = 0; slot < used; slot++) {
        struct health_detail detail;
        bool torn;
        if (!read_slot(table, slot, &detail, &torn))
            continue;
        struct health_verdict verdict = health_table_get(table, slot);
        counts.total++;
        counts.down += verdict.state == HEALTH_DOWN;
        counts.up += verdict.state != HEALTH_DOWN;
        counts.no_data += verdict.no_data;
        counts.leaving += (detail.flags & HEALTH_LEAVING) != 0;
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
    return doc;
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
}

static void set_flags(struct doc *row, uint32_t flags)
{
    doc_set_bool(row, "defined", flags & HEALTH_DEFINED);
    doc_set_bool(row, "leaving", flags & HEALTH_LEAVING);
    doc_set_bool(row, "disabled", flags & HEALTH_DISABLED);
    doc_set_bool(row, "inverted", flags & HEALTH_INVERTED);
}

/* Appends the row of a check. */
static void print_row(const struct health_detail *detail, struct health_verdict verdict, bool torn,
        uint64_t now_ms, struct buf *ret)
{
    uint64_t since_ms = (uint64_t)verdict.since_s * 1000;
    /* The detail has milliseconds, but the word is what answers go by. */
    if (detail->since_ms / 1000 == verdict.since_s)
        since_ms = detail->since_ms;

    struct doc *row = doc_new();
    doc_set_text(row, "id", detail->id);
    doc_set_text(row, "type", detail->type);
    doc_set_text(row, "target", detail->target);
    doc_set_text(row, "state", verdict.state == HEALTH_DOWN ? "down" : "up");
    doc_set_bool(row, "no_data", verdict.no_data);
    set_time(row, "since", since_ms);
    doc_set_number(row, "for_ms", since_ms > 0 ? age_of(since_ms, now_ms) : 0);
    doc_set_text(row, "reason", detail->reason);
    set_counters(row, detail);
    set_time(row, "last_probe", detail->last_probe_ms);
    doc_set_number(row, "last_probe_age_ms",
            detail->last_probe_ms > 0 ? age_of(detail->last_probe_ms, now_ms) : 0);
    doc_set_number(row, "duration_ms", detail->duration_ms);
    set_flags(row, detail->flags);
    doc_set_bool(row, "torn", torn);
    doc_print(row, ret);
    doc_free(row);
}

void status_print_checks(const struct health_table *table, uint64_t now_ms, struct buf *ret)
{
    uint32_t used = health_table_used(table);
    const char *separator = "";
    buf_add_string(ret, "{\"checks\":[");
    for (uint32_t slot = 0; slot < used; slot++) {
        struct health_detail detail;
        bool torn;
        if (!read_slot(table, slot, &detail, &torn))
            continue;
        buf_add_string(ret, separator);
        print_row(&detail, health_table_get(table, slot), torn, now_ms, ret);
        separator = ",";
    }
    buf_add_string(ret, "]}");
}

static void print_not_found(const char *id, const char *nearest, struct buf *ret)
{
    struct buf text;
    struct doc *doc = doc_new();
    buf_init(&text, 4096);
    buf_printf(&text, "no check \"%s\"", id);
    if (nearest != NULL)
        buf_printf(&text, "; did you mean \"%s\"?", nearest);
    doc_set_text(doc, "error", buf_string(&text));
    doc_print(doc, ret);
    doc_free(doc);
    buf_done(&text);
}

int status_print_check(
        const struct health_table *table, const char *id, uint64_t now_ms, struct buf *ret)
{
    struct str_nearest nearest = {.word = id};
    char best[HEALTH_ID_MAX + 1];
    uint32_t used = health_table_used(table);
    for (uint32_t slot = 0; slot < used; slot++) {
        struct health_detail detail;
        bool torn;
        if (!read_slot(table, slot, &detail, &torn))
            continue;
        if (strcmp(detail.id, id) == 0) {
            buf_add_string(ret, "{\"checks\":[");
            print_row(&detail, health_table_get(table, slot), torn, now_ms, ret);
            buf_add_string(ret, "]}");
            return 0;
        }
        str_nearest_offer(&nearest, detail.id);
        if (nearest.best == detail.id) /* it goes with this turn of the loop */
            nearest.best = memcpy(best, detail.id, sizeof(best));
    }
    print_not_found(id, nearest.best, ret);
    return -ENOENT;
}
