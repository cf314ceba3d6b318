/* trial.c -- see trial.h. */
#include "serve/trial.h"

#include <errno.h>
#include <stdlib.h>

#include "admin/doc.h"
#include "base/str.h"
#include "serve/diff.h"
#include "serve/diff_request.h"
#include "serve/loader.h"

#define WHY_MAX     2048U
#define OFFERED_MAX 10000U /* zones that a misspelt name is held against */

static void print_error(const char *why, struct buf *ret)
{
    struct doc *doc = doc_new();
    doc_set_text(doc, "error", why);
    doc_print(doc, ret);
    doc_free(doc);
}

static void print_unknown(
        const struct trial_sources *sources, const struct name *asked, struct buf *ret)
{
    size_t count = zone_set_count(sources->current);
    char name[NAME_TEXT_MAX], text[NAME_TEXT_MAX];
    struct str_nearest nearest = {.word = name_to_text(asked->bytes, name)};
    const struct zone *best = NULL;
    struct buf why;

    for (size_t i = 0; i < count && i < OFFERED_MAX; i++) {
        const struct zone *zone = zone_set_at(sources->current, i);
        if (str_nearest_offer(&nearest, name_to_text(zone->apex, text)))
            best = zone;
    }
    buf_init(&why, WHY_MAX);
    buf_printf(&why, "no zone \"%s\" is served, and none has a file", name);
    if (best != NULL)
        buf_printf(&why, "; did you mean \"%s\"?", name_to_text(best->apex, text));
    print_error(buf_string(&why), ret);
    buf_done(&why);
}

/* Loads the files and compares; `old` is what is in force of the zones that are wanted. */
static int compare(const struct trial_sources *sources, const struct diff_request *request,
        const struct zone_set *old, struct buf *ret)
{
    struct health_ids *ids =
            health_ids_new_after(sources->table, request->changes, request->changes_count);
    struct health_ids *all_ids = health_ids_new_after_with_leaving(
            sources->table, request->changes, request->changes_count);
    struct atlas *atlas = sources->atlas;
    const struct loader_plan plan = {
            .settings = sources->settings,
            .old = old,
            .atlas = &atlas,
            .ids = ids,
            .all_ids = all_ids,
            .only = request->has_zone ? request->zone.bytes : NULL,
            .is_trial = true,
    };
    struct zone_load_report report = {0};
    struct diag *diag = diag_new();
    struct zone_set *new = loader_load(&plan, &report, diag);
    const struct diff_sources compared = {
            .old = old,
            .new = new,
            .report = &report,
            .diag = diag,
            .health = sources->table,
            .changes = request->changes,
            .changes_count = request->changes_count,
    };
    int status = -ENOENT;

    if (new != NULL && request->has_zone &&report.count == 0)
        print_unknown(sources, &request->zone, ret);
    else
        status = diff_print(&compared, ret);
    zone_load_report_done(&report);
    diag_free(diag);
    zone_set_free(new);
    health_ids_free(ids);
    health_ids_free(all_ids);
    return status;
}

int trial_run(const struct trial_sources *sources, const char *request, struct buf *ret)
{
    struct diff_request wanted;
    struct buf why;
    int status;

    buf_init(&why, WHY_MAX);
    status = diff_request_parse(request, &wanted, &why);
    if (status != 0) {
        print_error(buf_string(&why), ret);
        buf_done(&why);
        return status;
    }
    buf_done(&why);
    if (wanted.has_zone) {
        struct zone *zone = zone_ref(zone_set_get(sources->current, wanted.zone.bytes));
        struct zone_set *one = zone_set_new(&zone, zone != NULL);
        status = compare(sources, &wanted, one, ret);
        zone_set_free(one);
    } else {
        status = compare(sources, &wanted, sources->current, ret);
    }
    diff_request_done(&wanted);
    return status;
}
