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

static void show_force(const json_t *event, struct buf *ret)
{
    char time[CLOCK_TEXT_MAX];
    const char *to = text_of(event, "to");
    bool is_over = to != NULL && strcmp(to, "auto") == 0;
    buf_add_string(ret, is_over ? "no longer forced" : "forced");
    add(ret, " ", is_over ? text_of(event, "from") : to);
    add(ret, ", by ", text_of(event, "owner"));
    if (duration_of(event, "until_ms") > 0)
        add(ret, ", until ", clock_format(duration_of(event, "until_ms"), time));
    add(ret, ": ", text_of(event, "reason"));
}

/* CALCULATED checks that would turn with it. */
static void show_along(const json_t *event, struct buf *ret)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(event, "along"), i, row)
    {
        add(ret, ", with it ", text_of(row, "check"));
        add(ret, " ", text_of(row, "to"));
    }
}

/* How many names is not known if the responder did not say. */
static void show_shadow(const json_t *event, struct buf *ret)
{
    const json_t *answers = json_object_get(event, "answers");

    add(ret, "a shadow, would be ", text_of(event, "to"));
    show_along(event, ret);
    if (json_is_integer(answers))
        buf_printf(ret, ", %s%" JSON_INTEGER_FORMAT " %s would be answered otherwise",
                is_set(event, "at_least") ? "at least " : "", json_integer_value(answers),
                json_integer_value(answers) == 1 ? "name" : "names");
}

static void show_check(const json_t *event, struct buf *ret)
{
    char lasted[CLOCK_TEXT_MAX], took[CLOCK_TEXT_MAX];

    add(ret, "  check ", text_of(event, "check"));
    add(ret, " (", text_of(event, "target"));
    buf_add_string(ret, text_of(event, "target") != NULL ? "): " : ": ");
    if (strcmp(text_of(event, "kind"), "force") == 0) {
        show_force(event, ret);
        return;
    }
    if (strcmp(text_of(event, "kind"), "guard") == 0) {
        buf_add_string(ret, is_set(event, "held") ? "down, held up by a guard"
                                                  : "down, no longer held by a guard");
        add(ret, ": ", text_of(event, "reason"));
        return;
    }
    if (strcmp(text_of(event, "kind"), "shadow") == 0)
        show_shadow(event, ret);
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

/* When each step was reached, since the probe began. */
static void show_steps(const json_t *evidence, struct buf *ret)
{
    static const struct {
        const char *key, *word;
    } steps[] = {
            {"resolved_us",  "resolved"  },
            {"connected_us", "connected" },
            {"secured_us",   "TLS"       },
            {"answered_us",  "first byte"},
            {"done_us",      "done"      },
    };
    const char *separator = "    ";
    for (size_t i = 0; i < COUNT(steps); i++) {
        if (number_of(evidence, steps[i].key) <= 0)
            continue;
        buf_printf(ret, "%s%s %.3fms", separator, steps[i].word,
                (double)number_of(evidence, steps[i].key) / 1000);
        separator = ", ";
    }
    if (separator[0] == ',')
        buf_add_string(ret, "\n");
}

static void show_line(const json_t *object, const char *key, const char *label, struct buf *ret)
{
    if (text_of(object, key) == NULL)
        return;
    buf_printf(ret, "    %s ", label);
    columns_add_safe(ret, text_of(object, key));
    buf_add_string(ret, "\n");
}

static void show_evidence(const json_t *event, struct buf *ret)
{
    const json_t *evidence = json_object_get(event, "evidence");
    const json_t *certificate = json_object_get(evidence, "certificate");
    if (!json_is_object(evidence))
        return;
    show_steps(evidence, ret);
    show_line(evidence, "address", "address", ret);
    if (number_of(evidence, "addresses") > 1)
        buf_printf(ret, "    one of %" JSON_INTEGER_FORMAT " addresses\n",
                number_of(evidence, "addresses"));
    show_line(evidence, "source", "source", ret);
    show_line(evidence, "errno", "errno", ret);
    show_line(evidence, "status", "status", ret);
    show_line(evidence, "body", "body", ret);
    show_line(certificate, "subject", "certificate of", ret);
    show_line(certificate, "issuer", "issued by", ret);
    show_line(certificate, "expires", "expires", ret);
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

/* Of a role: what it has to do with the reason. */
static const char *word_before_reason(const char *kind)
{
    if (kind == NULL || strcmp(kind, "ended") == 0)
        return " ";
    return strcmp(kind, "ready") == 0 ? ", its files: " : ": ";
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
        add(ret, word_before_reason(kind), text_of(event, "reason"));
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
    if (result == 0 && filter->evidence)
        show_evidence(event, ret);
    json_decref(event);
    return result;
}
