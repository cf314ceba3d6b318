/* report.c -- see report.h. */
#include "serve/report.h"

#include "admin/doc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "dns/rcode.h"
#include "dns/rr.h"

static const char *const outcome_words[] = {
        [ZONE_LOADED] = "loaded",
        [ZONE_KEPT] = "kept",
        [ZONE_FAULTY] = "faulty",
        [ZONE_REMOVED] = "removed",
};

/* What this server answers: what is counted and shown. */
static const enum rcode used_rcodes[] = {RCODE_NOERROR, RCODE_FORMERR, RCODE_SERVFAIL,
        RCODE_NXDOMAIN, RCODE_NOTIMP, RCODE_REFUSED, RCODE_YXDOMAIN, RCODE_BADVERS,
        RCODE_BADCOOKIE};

const char *report_outcome_word(enum zone_outcome outcome)
{
    return outcome_words[outcome];
}

const char *report_rcode_word(unsigned rcode)
{
    for (size_t i = 0; i < COUNT(used_rcodes); i++)
        if (used_rcodes[i] == rcode)
            return rcode_word(rcode);
    return NULL;
}

int report_status(const struct zone_load_report *report, const struct diag *diag)
{
    if (report->served == 0)
        return ERR_NO_ZONE;
    return report->failed > 0 || diag_errors(diag) > 0 ? ERR_FAULTY : 0;
}

static bool has_failed(const struct zone_load_row *row)
{
    return row->outcome == ZONE_KEPT || row->outcome == ZONE_FAULTY;
}

static struct doc *zone_doc(const struct zone_load_row *row)
{
    struct doc *doc = doc_new();
    char origin[NAME_TEXT_MAX];

    doc_set_text(doc, "origin", name_to_text(row->origin.bytes, origin));
    doc_set_text(doc, "file", row->path);
    doc_set_text(doc, "state", report_outcome_word(row->outcome));
    doc_set_number(doc, "serial", row->serial);
    doc_set_number(doc, "records", row->records);
    doc_set_number(doc, "names", row->names);
    doc_set_number(doc, "errors", row->errors);
    doc_set_number(doc, "warnings", row->warnings);
    return doc;
}

void report_print_load(
        const struct zone_load_report *report, const struct diag *diag, struct buf *ret)
{
    struct doc *doc = doc_new();
    size_t named = 0;
    bool all = report->count <= REPORT_ZONES_MAX;

    doc_set_array(doc, "zones");
    for (size_t i = 0; i < report->count && named < REPORT_ZONES_MAX; i++) {
        if (all || has_failed(&report->rows[i])) {
            doc_append(doc, "zones", zone_doc(&report->rows[i]));
            named++;
        }
    }
    doc_set_number(doc, "unnamed", report->count - named);
    doc_set_number(doc, "served", report->served);
    doc_set_number(doc, "failed", report->failed);
    doc_set_number(doc, "unchanged", report->unchanged);
    doc_set_faults(doc, diag);
    doc_print(doc, ret);
    doc_free(doc);
}

static uint64_t load(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void add(const _Atomic uint64_t *from, _Atomic uint64_t *to)
{
    atomic_store_explicit(to, load(from) + load(to), memory_order_relaxed);
}

void report_add_counters(const struct query_counters *from, struct query_counters *sum)
{
    add(&from->udp_queries, &sum->udp_queries);
    add(&from->tcp_queries, &sum->tcp_queries);
    add(&from->tcp_evicted, &sum->tcp_evicted);
    add(&from->stale, &sum->stale);
    add(&from->dropped, &sum->dropped);
    add(&from->truncated, &sum->truncated);
    add(&from->fail_open, &sum->fail_open);
    for (size_t i = 0; i < QUERY_RCODES; i++)
        add(&from->rcode[i], &sum->rcode[i]);
}

void report_print_stats(const struct query_counters *sum, uint64_t overflow, struct buf *ret)
{
    struct doc *doc = doc_new();
    struct doc *rcodes = doc_new();

    doc_set_number(doc, "udp_queries", load(&sum->udp_queries));
    doc_set_number(doc, "tcp_queries", load(&sum->tcp_queries));
    doc_set_number(doc, "tcp_evicted", load(&sum->tcp_evicted));
    doc_set_number(doc, "overflow", overflow);
    doc_set_number(doc, "stale", load(&sum->stale));
    doc_set_number(doc, "dropped", load(&sum->dropped));
    doc_set_number(doc, "truncated", load(&sum->truncated));
    doc_set_number(doc, "fail_open", load(&sum->fail_open));
    for (size_t i = 0; i < COUNT(used_rcodes); i++)
        doc_set_number(rcodes, rcode_word(used_rcodes[i]), load(&sum->rcode[used_rcodes[i]]));
    doc_set_doc(doc, "rcodes", rcodes);
    doc_print(doc, ret);
    doc_free(doc);
}

static void log_zone(const struct zone_load_row *row)
{
    char origin[NAME_TEXT_MAX];
    name_to_text(row->origin.bytes, origin);

    switch (row->outcome) {
    case ZONE_LOADED:
        log_info("zone %s loaded from %s: serial %u, %u records, %u warnings", origin, row->path,
                row->serial, row->records, row->warnings);
        break;
    case ZONE_KEPT:
        log_error("zone %s: %s has %u errors; serial %u is kept in service", origin, row->path,
                row->errors, row->serial);
        break;
    case ZONE_FAULTY:
        log_error("zone %s: %s has %u errors and no earlier version is known; it is answered with "
                  "SERVFAIL",
                origin, row->path, row->errors);
        break;
    case ZONE_REMOVED:
        log_info("zone %s is no longer served", origin);
        break;
    }
}

void report_log(
        const struct zone_load_report *report, const struct diag *diag, uint64_t duration_ms)
{
    char duration[CLOCK_TEXT_MAX];

    log_faults(diag);
    uint32_t named = 0;
    for (size_t i = 0; i < report->count; i++)
        if (!report->rows[i].is_unchanged &&
                (named++ < REPORT_LOG_ZONES_MAX || has_failed(&report->rows[i])))
            log_zone(&report->rows[i]);
    clock_format_duration(duration_ms, duration);
    if (report_status(report, diag) == 0)
        log_info("zones loaded in %s: %u served, %u of them unchanged", duration, report->served,
                report->unchanged);
    else
        log_error("zones loaded in %s: %u served, %u of them unchanged, %u failed, %u errors",
                duration, report->served, report->unchanged, report->failed, diag_errors(diag));
}
