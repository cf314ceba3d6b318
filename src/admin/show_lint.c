/* show_lint.c -- see show.h: what a lint has found, name by name.
 *
 *   www.example.com.
 *     warning  A  FAIL_OPEN: nothing healthy is left, and what is down is answered
 *         www-eu and www-us down: primary = 192.0.2.10
 *         to do: add a set at another place, or a last resort without check
 *
 * Members may be missing or of another type, as in all replies.
 */
#include "admin/show_reply.h"

#include <stdio.h>
#include <string.h>

#include "admin/columns.h"
#include "base/clock.h"

static const char *text_or(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = text_of(object, key);
    return text != NULL ? text : otherwise;
}

static void add_count(struct buf *ret, const json_t *object, const char *key, const char *word)
{
    json_int_t number = number_of(object, key);
    buf_printf(ret, "%" JSON_INTEGER_FORMAT " %s%s", number, word, number == 1 ? "" : "s");
}

/* ---- failures ---- */

static void show_checks_down(const json_t *failure, struct buf *ret)
{
    const json_t *checks = json_object_get(failure, "checks");
    size_t count = json_array_size(checks);

    for (size_t i = 0; i < count; i++) {
        const char *id = json_string_value(json_array_get(checks, i));
        buf_add_string(ret, i > 0 ? " and " : "");
        columns_add_safe(ret, id != NULL ? id : "-");
    }
    buf_add_string(ret, count > 0 ? " down" : "even with everything up");
}

static void show_answered(const json_t *failure, struct buf *ret)
{
    size_t i;
    json_t *end;

    json_array_foreach(json_object_get(failure, "answered"), i, end)
    {
        buf_add_string(ret, i > 0 ? "; " : ": ");
        columns_add_safe(ret, text_or(end, "sets", "-"));
        buf_add_string(ret, " = ");
        columns_add_safe(ret, text_or(end, "records", "-"));
    }
    if (is_set(failure, "answered_more"))
        buf_add_string(ret, "; ...");
}

static void show_failure(const json_t *failure, struct buf *ret)
{
    double percent = 100 * json_number_value(json_object_get(failure, "share"));

    buf_add_string(ret, "        ");
    show_checks_down(failure, ret);
    if (percent < 99.95)
        buf_printf(ret, ", %.2g %% of the answers", percent);
    if (text_of(failure, "client") != NULL) {
        buf_add_string(ret, ", for clients like ");
        columns_add_safe(ret, text_of(failure, "client"));
        buf_add_string(ret, " (first: ");
        columns_add_safe(ret, text_or(failure, "first", "-"));
        buf_add_string(ret, ")");
        if (number_of(failure, "clients") > 1)
            buf_printf(ret, " and %" JSON_INTEGER_FORMAT " more kinds",
                    number_of(failure, "clients") - 1);
    }
    show_answered(failure, ret);
    buf_add_string(ret, "\n");
}

/* ---- findings ---- */

static void show_finding(const json_t *finding, struct buf *ret)
{
    size_t i;
    json_t *failure;

    buf_printf(ret, "    %s%s", is_set(finding, "waived") ? "waived " : "",
            strcmp(text_or(finding, "severity", ""), "warning") == 0 ? "warning  " : "note  ");
    if (text_of(finding, "type") != NULL) {
        columns_add_safe(ret, text_of(finding, "type"));
        buf_add_string(ret, "  ");
    }
    columns_add_safe(ret, text_or(finding, "code", "?"));
    buf_add_string(ret, ": ");
    columns_add_safe(ret, text_or(finding, "message", "-"));
    buf_add_string(ret, "\n");
    json_array_foreach(json_object_get(finding, "failures"), i, failure)
    {
        show_failure(failure, ret);
    }
    if (number_of(finding, "failures_more") > 0)
        buf_printf(ret, "        ... and %" JSON_INTEGER_FORMAT " more\n",
                number_of(finding, "failures_more"));
    buf_add_string(ret, "        to do: ");
    columns_add_safe(ret, text_or(finding, "advice", "-"));
    buf_add_string(ret, "\n");
}

static void show_findings(const json_t *root, bool waived_too, struct buf *ret)
{
    const char *name = "";
    size_t i;
    json_t *finding;

    json_array_foreach(json_object_get(root, "findings"), i, finding)
    {
        if (is_set(finding, "waived") && !waived_too)
            continue;
        if (strcmp(text_or(finding, "name", "-"), name) != 0) {
            name = text_or(finding, "name", "-");
            columns_add_safe(ret, name);
            buf_add_string(ret, "\n");
        }
        show_finding(finding, ret);
    }
    if (number_of(root, "findings_more") > 0)
        buf_printf(ret, "... and %" JSON_INTEGER_FORMAT " more findings\n",
                number_of(root, "findings_more"));
}

/* ---- all of it ---- */

static void show_slowest(const json_t *slowest, struct buf *ret)
{
    char failover[CLOCK_TEXT_MAX], detection[CLOCK_TEXT_MAX];

    if (!json_is_object(slowest))
        return;
    buf_printf(ret, "slowest failover: %s at worst, of ",
            clock_format_duration(duration_of(slowest, "failover_worst_ms"), failover));
    columns_add_safe(ret, text_or(slowest, "name", "-"));
    buf_add_string(ret, " ");
    columns_add_safe(ret, text_or(slowest, "type", "-"));
    buf_printf(ret, ": %s until ",
            clock_format_duration(duration_of(slowest, "detection_worst_ms"), detection));
    columns_add_safe(ret, text_or(slowest, "check", "-"));
    buf_printf(
            ret, " is found down, TTL %" JSON_INTEGER_FORMAT " s\n", number_of(slowest, "ttl_s"));
}

static void show(const json_t *root, bool waived_too, struct buf *ret)
{
    show_findings(root, waived_too, ret);
    if (is_set(root, "stopped"))
        buf_add_string(ret, "the lint was stopped before its end\n");
    show_slowest(json_object_get(root, "slowest"), ret);
    add_count(ret, root, "zones", "zone");
    buf_add_string(ret, ", ");
    add_count(ret, root, "names", "routed name");
    buf_add_string(ret, ", ");
    add_count(ret, root, "checks", "check");
    buf_add_string(ret, ": ");
    add_count(ret, root, "warnings", "warning");
    buf_add_string(ret, ", ");
    add_count(ret, root, "notes", "note");
    buf_printf(ret, ", %" JSON_INTEGER_FORMAT " waived\n", number_of(root, "waived"));
}

void show_lint(const json_t *root, struct buf *ret)
{
    show(root, false, ret);
}

void show_lint_all(const json_t *root, struct buf *ret)
{
    show(root, true, ret);
}
