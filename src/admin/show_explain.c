/* show_explain.c -- see show.h: a decision as a tree for people.
 *
 *   www.example.com. A failover
 *   |- primary     up 3m10s   192.0.2.10      0 %    its check is down ...
 *   `- secondary   ...
 *
 * Members may be missing or of another type, as in all replies.
 */
#include "admin/show_reply.h"

#include <stdio.h>
#include <string.h>

#include "admin/columns.h"
#include "base/clock.h"

#define DEPTH_MAX     64U /* far above what aliases can do: a bound for what another daemon sends */
#define PREFIX_MAX    (4U * DEPTH_MAX + 1U)
#define RECORDS_SHOWN 4U

static void show_group(const json_t *group, const char *prefix, uint32_t depth, struct buf *ret);

void show_percent(struct buf *ret, double probability)
{
    double percent = 100 * probability;
    buf_printf(ret, percent == 0 || percent >= 10 ? "%.0f %%" : "%.2g %%", percent);
}

static void add_percent(struct buf *ret, const json_t *object)
{
    show_percent(ret, json_real_value(json_object_get(object, "probability")));
}

static void add_records(struct buf *ret, const json_t *object)
{
    const json_t *records = json_object_get(object, "records");
    size_t count = json_array_size(records);

    for (size_t i = 0; i < count && i < RECORDS_SHOWN; i++) {
        const char *text = json_string_value(json_array_get(records, i));
        buf_add_string(ret, i > 0 ? ", " : "");
        columns_add_safe(ret, text != NULL ? text : "-");
    }
    if (count > RECORDS_SHOWN)
        buf_printf(ret, " and %zu more", count - RECORDS_SHOWN);
}

static void add_check(struct buf *ret, const json_t *set)
{
    const json_t *check = json_object_get(set, "check");
    const char *reason = text_of(check, "reason");
    char time[CLOCK_TEXT_MAX];

    if (!json_is_object(check))
        return;
    buf_add_string(ret, "; check ");
    columns_add_safe(ret, text_of(check, "id"));
    buf_add_string(ret, " ");
    columns_add_safe(ret, text_of(check, "state"));
    if (is_set(check, "assumed"))
        buf_add_string(ret, " (assumed)");
    else if (is_set(check, "forced"))
        buf_add_string(ret, " (forced by an operator)");
    else if (is_set(check, "held"))
        buf_add_string(ret, " (held by a guard, found down)");
    else if (text_of(check, "since") != NULL)
        buf_printf(ret, " for %s", clock_format_duration(duration_of(check, "for_ms"), time));
    if (text_of(check, "would_be") != NULL) {
        buf_add_string(ret, " (a shadow, would be ");
        columns_add_safe(ret, text_of(check, "would_be"));
        buf_add_string(ret, ")");
    }
    /* What a probe found does not explain a state that somebody has set. */
    if (reason == NULL || is_set(check, "assumed") || is_set(check, "forced"))
        return;
    buf_add_string(ret, ": ");
    columns_add_safe(ret, reason);
}

/* One set on a line, and below it what its alias leads to. */
static void show_set(
        const json_t *set, const char *prefix, bool last, uint32_t depth, struct buf *ret)
{
    char below[PREFIX_MAX];
    const json_t *weight = json_object_get(set, "weight");
    const json_t *target = json_object_get(set, "target");

    buf_printf(ret, "%s%s ", prefix, last ? "`-" : "|-");
    columns_add_safe(ret, text_of(set, "set"));
    if (json_is_integer(weight))
        buf_printf(ret, " weight %" JSON_INTEGER_FORMAT, json_integer_value(weight));
    buf_add_string(ret, "  ");
    add_percent(ret, set);
    buf_add_string(ret, "  ");
    add_records(ret, set);
    if (target != NULL)
        buf_add_string(ret, is_set(set, "evaluate") ? "alias" : "alias, not evaluated");
    buf_add_string(ret, "  -- ");
    columns_add_safe(ret, text_of(set, "why"));
    add_check(ret, set);
    buf_add_string(ret, "\n");
    snprintf(below, sizeof(below), "%s%s", prefix, last ? "   " : "|  ");
    if (target != NULL && depth < DEPTH_MAX && strlen(prefix) + 4 < sizeof(below))
        show_group(target, below, depth + 1, ret);
}

static void show_group(const json_t *group, const char *prefix, uint32_t depth, struct buf *ret)
{
    const json_t *sets = json_object_get(group, "sets");
    size_t count = json_array_size(sets);

    buf_add_string(ret, prefix);
    columns_add_safe(ret, text_of(group, "group"));
    buf_add_string(ret, "  ");
    columns_add_safe(ret, text_of(group, "policy"));
    if (is_set(group, "sticky"))
        buf_add_string(ret, ", sticky");
    if (is_set(group, "fail_open"))
        buf_add_string(ret, ", FAIL-OPEN: nothing is healthy");
    buf_add_string(ret, "\n");
    for (size_t i = 0; i < count; i++)
        show_set(json_array_get(sets, i), prefix, i + 1 == count, depth, ret);
}

static void show_outcomes(const json_t *root, struct buf *ret)
{
    const json_t *outcomes = json_object_get(root, "outcomes");
    struct columns *columns = columns_new(4);
    size_t i;
    json_t *row;

    columns_add(columns, (const char *const[]){"CHANCE", "TTL", "SETS", "RECORDS"});
    json_array_foreach(outcomes, i, row)
    {
        const json_t *sets = json_object_get(row, "sets");
        struct buf chance, path, records;
        char ttl[SHOW_NUMBER_MAX];
        buf_init(&chance, 64);
        buf_init(&path, 4096);
        buf_init(&records, 8192);
        add_percent(&chance, row);
        for (size_t j = 0; j < json_array_size(sets); j++) {
            const char *set = json_string_value(json_array_get(sets, j));
            buf_printf(&path, "%s%s", j > 0 ? " > " : "", set != NULL ? set : "-");
        }
        add_records(&records, row);
        columns_add(
                columns, (const char *const[]){buf_string(&chance), print_member(row, "ttl", ttl),
                                 buf_string(&path), buf_string(&records)});
        buf_done(&chance);
        buf_done(&path);
        buf_done(&records);
    }
    columns_print(columns, ret);
    columns_free(columns);
}

static void show_assumed(const json_t *root, struct buf *ret)
{
    size_t i;
    json_t *row;

    json_array_foreach(json_object_get(root, "assumed"), i, row)
    {
        buf_add_string(ret, i == 0 ? "assuming   " : ", ");
        columns_add_safe(ret, text_of(row, "id"));
        buf_add_string(ret, " ");
        columns_add_safe(ret, text_of(row, "state"));
    }
    if (json_array_size(json_object_get(root, "assumed")) > 0)
        buf_add_string(ret, "\n");
}

void show_explain(const json_t *root, struct buf *ret)
{
    char scope[SHOW_NUMBER_MAX];
    const char *client = text_of(root, "client");
    const char *zone = text_of(root, "zone");

    columns_add_safe(ret, text_of(root, "name"));
    buf_add_string(ret, " ");
    columns_add_safe(ret, text_of(root, "type"));
    buf_add_string(ret, ": ");
    columns_add_safe(ret, text_of(root, "rcode"));
    buf_add_string(ret, ", ");
    columns_add_safe(ret, text_of(root, "place"));
    buf_add_string(ret, zone != NULL ? ", zone " : "");
    columns_add_safe(ret, zone != NULL ? zone : "");
    buf_add_string(ret, "\n");
    if (client != NULL) {
        const char *text = print_member(root, "scope", scope);
        buf_add_string(ret, "client     ");
        columns_add_safe(ret, client);
        buf_printf(ret, ", scope /%s\n", text != NULL ? text : "-");
    }
    show_assumed(root, ret);
    if (is_set(root, "opens"))
        buf_add_string(ret,
                "open       the checker is silent, and in this zone nothing that is not "
                "forced counts as down then (on-stale)\n");
    if (json_is_object(json_object_get(root, "decision"))) {
        buf_add_string(ret, "\n");
        show_group(json_object_get(root, "decision"), "", 0, ret);
        buf_add_string(ret, "\n");
    }
    if (is_set(root, "cut"))
        buf_add_string(ret, "(the tree has more sets than are shown)\n");
    if (json_array_size(json_object_get(root, "outcomes")) > 0)
        show_outcomes(root, ret);
}
