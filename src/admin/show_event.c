/* show_event.c -- see show_event.h. */
#include "admin/show_event.h"

#include <errno.h>
#include <string.h>

#include "admin/columns.h"
#include "admin/show_reply.h"
#include "base/clock.h"
#include "base/err.h"

static void add(struct buf *ret, const char *before, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    buf_add_string(ret, before);
    columns_add_safe(ret, text);
}

static void show_check(const json_t *event, struct buf *ret)
{
    char lasted[CLOCK_TEXT_MAX], took[CLOCK_TEXT_MAX];

    add(ret, "  check ", text_of(event, "check"));
    add(ret, " (", text_of(event, "target"));
    buf_add_string(ret, "): ");
    if (strcmp(text_of(event, "kind"), "guard") == 0) {
        buf_add_string(ret, is_set(event, "held") ? "down, held up by a guard"
                                                  : "down, no longer held by a guard");
        add(ret, ": ", text_of(event, "reason"));
        return;
    }
    if (strcmp(text_of(event, "kind"), "shadow") == 0)
        add(ret, "a shadow, would be ", text_of(event, "to"));
    else if (strcmp(text_of(event, "kind"), "inconclusive") == 0)
        add(ret, "inconclusive, stays ", text_of(event, "to"));
    else if (text_of(event, "from") == NULL)
        add(ret, "first result, ", text_of(event, "to"));
    else {
        columns_add_safe(ret, text_of(event, "from"));
        add(ret, " -> ", text_of(event, "to"));
    }
    add(ret, ": ", text_of(event, "reason"));
    if (is_set(event, "held"))
        buf_add_string(ret, "; held up by a guard");
    buf_printf(ret, " (took %s", clock_format_duration(duration_of(event, "took_ms"), took));
    if (duration_of(event, "lasted_ms") > 0) {
        add(ret, "; was ", text_of(event, "from"));
        buf_printf(ret, " for %s", clock_format_duration(duration_of(event, "lasted_ms"), lasted));
    }
    buf_add_string(ret, ")");
}

static void show_guard(const json_t *event, struct buf *ret)
{
    char window[CLOCK_TEXT_MAX];

    add(ret, "  guard of ", text_of(event, "guard"));
    add(ret, " ", text_of(event, "to"));
    buf_printf(ret,
            ": %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
            " checks are down; %" JSON_INTEGER_FORMAT " may go down within %s",
            number_of(event, "down"), number_of(event, "checks"), number_of(event, "allowed"),
            clock_format_duration(duration_of(event, "window_ms"), window));
}

static void show(const json_t *event, struct buf *ret)
{
    char time[CLOCK_TEXT_MAX];
    const char *kind = text_of(event, "kind");

    buf_add_string(ret, clock_format(duration_of(event, "ms"), time));
    if (kind != NULL && text_of(event, "check") != NULL) {
        show_check(event, ret);
    } else if (text_of(event, "role") != NULL) {
        add(ret, "  ", text_of(event, "role"));
        add(ret, " ", kind);
        add(ret, kind != NULL && strcmp(kind, "ready") == 0 ? ", its files: " : " ",
                text_of(event, "reason"));
    } else if (text_of(event, "guard") != NULL) {
        show_guard(event, ret);
    } else {
        add(ret, "  ", kind);
        if (number_of(event, "count") > 0)
            buf_printf(ret, ": %" JSON_INTEGER_FORMAT, number_of(event, "count"));
    }
    buf_add_string(ret, "\n");
}

int show_event(const char *json, const struct show_event_filter *filter, struct buf *ret)
{
    json_t *event = json_loads(json, 0, NULL);
    const char *check = text_of(event, "check");
    int result = 0;

    if (!json_is_object(event))
        result = ERR_SYNTAX;
    else if (duration_of(event, "ms") < filter->since_ms ||
             (filter->check != NULL && (check == NULL || strcmp(check, filter->check) != 0)))
        result = -ENOENT;
    else
        show(event, ret);
    json_decref(event);
    return result;
}
