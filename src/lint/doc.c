/* doc.c -- a report as a JSON document; see lint.h.
 *
 * Rows are printed one by one until there is no more room, so a report of any size is a whole document.
 */
#include <errno.h>

#include "admin/doc.h"
#include "dns/text.h"
#include "lint/report.h"

#define TAIL_MAX 128U    /* what closes the document */
#define ROW_MAX  262144U /* above what one finding can take */

static const char *type_text(uint16_t type, char ret[TEXT_TYPE_MAX])
{
    return type != 0 ? text_type_format(type, ret) : NULL;
}

static const char *check_id(
        const struct lint_report *report, uint32_t slot, struct health_detail *detail)
{
    if (health_table_read(report->health, slot, detail) == -ENOENT)
        return "";
    return detail->id;
}

/* ------------------------------------------------------------------ findings */

static struct doc *failure_doc(const struct lint_report *report, const struct lint_failure *failure)
{
    struct health_detail detail;
    char client[CLIENT_TEXT_MAX];
    struct doc *doc = doc_new();

    doc_set_array(doc, "checks");
    for (uint32_t i = 0; i < failure->checks_count; i++)
        doc_append_text(doc, "checks", check_id(report, failure->checks[i], &detail));
    doc_set_real(doc, "share", failure->share);
    doc_set_number(doc, "clients", failure->clients);
    doc_set_text(
            doc, "client", failure->clients > 0 ? client_format(&failure->client, client) : NULL);
    doc_set_text(doc, "first", failure->clients > 0 ? failure->first : NULL);
    doc_set_array(doc, "answered");
    for (uint32_t i = 0; i < failure->ends_count; i++) {
        struct doc *row = doc_new();
        doc_set_text(row, "sets", failure->ends[i].sets);
        doc_set_text(row, "records", failure->ends[i].records);
        doc_append(doc, "answered", row);
    }
    doc_set_bool(doc, "answered_more", failure->ends_cut);
    return doc;
}

static struct doc *finding_doc(const struct lint_report *report, const struct lint_finding *finding)
{
    char type[TEXT_TYPE_MAX];
    struct doc *doc = doc_new();

    doc_set_text(doc, "code", lint_code_word(finding->code));
    doc_set_text(doc, "severity", finding->severity == LINT_WARNING ? "warning" : "note");
    doc_set_bool(doc, "waived", finding->waived);
    doc_set_text(doc, "zone", finding->zone);
    doc_set_text(doc, "name", finding->name);
    doc_set_text(doc, "type", type_text(finding->type, type));
    doc_set_text(doc, "message", finding->message);
    doc_set_text(doc, "advice", report_advice(finding->code));
    doc_set_array(doc, "failures");
    for (uint32_t i = 0; i < finding->failures_count; i++)
        doc_append(doc, "failures", failure_doc(report, &finding->failures[i]));
    doc_set_number(doc, "failures_more", finding->failures_more);
    return doc;
}

static struct doc *time_doc(const struct lint_report *report, const struct lint_time *time)
{
    struct health_detail detail;
    char type[TEXT_TYPE_MAX];
    struct doc *doc = doc_new();

    doc_set_text(doc, "zone", time->zone);
    doc_set_text(doc, "name", time->name);
    doc_set_text(doc, "type", type_text(time->type, type));
    doc_set_text(doc, "check", check_id(report, time->check, &detail));
    doc_set_number(doc, "failover_worst_ms", report_failover_ms(time));
    doc_set_number(doc, "detection_worst_ms", time->detection_ms);
    doc_set_number(doc, "ttl_s", time->ttl_s);
    return doc;
}

/* ------------------------------------------------------------------ the document */

/* Appends a row, which it frees, if it fits. */
static bool add_row(struct doc *doc, bool first, size_t room, struct buf *ret)
{
    struct buf row;
    bool fits;

    buf_init(&row, ROW_MAX);
    doc_print(doc, &row);
    doc_free(doc);
    fits = !row.cut && ret->length + row.length + 1 + TAIL_MAX <= room;
    if (fits) {
        buf_add_string(ret, first ? "" : ",");
        buf_add(ret, row.data, row.length);
    }
    buf_done(&row);
    return fits;
}

static void print_findings(const struct lint_report *report, size_t room, struct buf *ret)
{
    uint32_t all = report->warnings + report->notes + report->waived;
    uint32_t printed = 0;

    buf_add_string(ret, ",\"findings\":[");
    while (printed < report->findings_count &&
            add_row(finding_doc(report, &report->findings[printed]), printed == 0, room, ret))
        printed++;
    buf_printf(ret, "],\"findings_more\":%u", all - printed);
}

static void print_times(const struct lint_report *report, size_t room, struct buf *ret)
{
    uint32_t printed = 0;

    buf_add_string(ret, ",\"times\":[");
    while (printed < report->times_count &&
            add_row(time_doc(report, &report->times[printed]), printed == 0, room, ret))
        printed++;
    buf_printf(ret, "],\"times_more\":%u}",
            report->times_more + (uint32_t)(report->times_count - printed));
}

void lint_report_print(const struct lint_report *report, size_t room, struct buf *ret)
{
    struct doc *doc = doc_new();

    doc_set_text(doc, "zone", report->only);
    doc_set_number(doc, "zones", report->zones);
    doc_set_number(doc, "names", report->names);
    doc_set_number(doc, "checks", report->checks);
    doc_set_number(doc, "warnings", report->warnings);
    doc_set_number(doc, "notes", report->notes);
    doc_set_number(doc, "waived", report->waived);
    doc_set_bool(doc, "stopped", report->stopped);
    doc_set_doc(doc, "slowest",
            report->slowest.name != NULL ? time_doc(report, &report->slowest) : NULL);
    doc_print(doc, ret);
    doc_free(doc);
    ret->length--;                                /* the brace: the rows follow */
    print_findings(report, room - room / 4, ret); /* so that some times fit in any case */
    print_times(report, room, ret);
}
