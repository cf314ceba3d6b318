/* reports.c -- see reports.h. */
#include "reports.h"

#include <assert.h>

#include "base/ipc.h"

#define REPORT_MAX (2 * IPC_PAYLOAD_MAX + 65536U)
#define NOTES_MAX  8192U

void reports_init(struct reports *reports)
{
    buf_init(&reports->checks, IPC_PAYLOAD_MAX);
    buf_init(&reports->zones, IPC_PAYLOAD_MAX);
    buf_init(&reports->notes, NOTES_MAX);
}

void reports_done(struct reports *reports)
{
    buf_done(&reports->checks);
    buf_done(&reports->zones);
    buf_done(&reports->notes);
}

void reports_clear(struct reports *reports)
{
    buf_consume(&reports->checks, reports->checks.length);
    buf_consume(&reports->zones, reports->zones.length);
    buf_consume(&reports->notes, reports->notes.length);
}

void reports_note(struct reports *reports, const char *sentence)
{
    buf_printf(&reports->notes, "%s\"%s\"", reports->notes.length > 0 ? "," : "", sentence);
}

static void add(struct buf *json, const char *key, const struct buf *document)
{
    buf_printf(json, "\"%s\":", key);
    if (document->length > 0)
        buf_add(json, document->data, document->length);
    else
        buf_add_string(json, "null");
}

void reports_print(const struct reports *reports, struct buf *ret)
{
    buf_init(ret, REPORT_MAX);
    buf_add_string(ret, "{");
    add(ret, "checks", &reports->checks);
    buf_add_string(ret, ",");
    add(ret, "zones", &reports->zones);
    buf_add_string(ret, ",\"notes\":[");
    buf_add(ret, reports->notes.data, reports->notes.length);
    buf_add_string(ret, "]}");
    assert(!ret->cut);
}
