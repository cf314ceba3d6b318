/* show_diff.c -- see show.h: what a reload would change, for people, with the signs of diff(1).
 *
 *   check www-eu
 *   -FailureThreshold 3
 *   +FailureThreshold 5
 *   zone example.com.: serial 7 -> 8, 1 name changed
 *   -api.example.com. 60 IN A 192.0.2.10 ; @weighted 10
 *   +api.example.com. 60 IN A 192.0.2.10 ; @weighted 90
 *    A answers: 192.0.2.10 10 %, 192.0.2.11 90 % -> 192.0.2.10 50 %, 192.0.2.11 50 %
 *
 * Members may be missing or of another type, as in all replies.
 */
#include "admin/show_reply.h"

#include <string.h>

#include "admin/columns.h"

#define ANSWERS_SHOWN 8U /* different ones of one side */
#define RECORDS_SHOWN 8U /* of one answer */

static void add_text(struct buf *ret, const char *text)
{
    columns_add_safe(ret, text != NULL ? text : "-");
}

static void add_number(struct buf *ret, const json_t *object, const char *key)
{
    char number[SHOW_NUMBER_MAX];
    add_text(ret, print_member(object, key, number));
}

/* ------------------------------------------------------------------ checks */

static void show_definitions(const json_t *checks, char sign, struct buf *ret)
{
    size_t i;
    json_t *check;

    json_array_foreach(json_object_get(checks, sign == '+' ? "added" : "removed"), i, check)
    {
        buf_printf(ret, "%ccheck ", sign);
        add_text(ret, text_of(check, "id"));
        buf_add_string(ret, " ");
        add_text(ret, text_of(check, "type"));
        buf_add_string(ret, " ");
        add_text(ret, text_of(check, "target"));
        buf_add_string(ret, "\n");
    }
}

static void show_field(const json_t *field, char sign, struct buf *ret)
{
    const char *value = text_of(field, sign == '-' ? "old" : "new");

    if (value == NULL)
        return;
    buf_printf(ret, "%c", sign);
    add_text(ret, text_of(field, "field"));
    buf_add_string(ret, " ");
    add_text(ret, value);
    buf_add_string(ret, "\n");
}

static void show_changed_checks(const json_t *checks, struct buf *ret)
{
    size_t i, j;
    json_t *check, *field;

    json_array_foreach(json_object_get(checks, "changed"), i, check)
    {
        buf_add_string(ret, "check ");
        add_text(ret, text_of(check, "id"));
        buf_add_string(ret, "\n");
        json_array_foreach(json_object_get(check, "fields"), j, field)
        {
            show_field(field, '-', ret);
            show_field(field, '+', ret);
        }
    }
}

static void show_more(const json_t *object, const char *what, struct buf *ret)
{
    if (number_of(object, "unnamed") > 0)
        buf_printf(ret, "... and %" JSON_INTEGER_FORMAT " more %s\n", number_of(object, "unnamed"),
                what);
}

static void show_checks(const json_t *root, struct buf *ret)
{
    const json_t *checks = json_object_get(root, "checks");
    size_t i;
    json_t *held;

    show_faults(checks, ret);
    if (number_of(checks, "errors") > 0)
        buf_add_string(ret, "checks: faulty, those read before would stay in force\n");
    show_definitions(checks, '-', ret);
    show_definitions(checks, '+', ret);
    show_changed_checks(checks, ret);
    show_more(checks, "checks", ret);
    json_array_foreach(json_object_get(json_object_get(root, "zones"), "held"), i, held)
    {
        buf_add_string(ret, "check ");
        add_text(ret, text_of(held, "id"));
        buf_add_string(ret, ": would still be probed, since the zone ");
        add_text(ret, text_of(held, "zone"));
        buf_add_string(ret, " stays as it is and names it\n");
    }
}

/* ------------------------------------------------------------------ answers */

/* One answer of a side, with those that have the same records taken together. */
struct answer {
    const json_t *records;
    const json_t *ttl;
    double probability;
};

struct side {
    struct answer list[ANSWERS_SHOWN];
    size_t count;
    size_t more;
};

static void read_side(const json_t *outcomes, struct side *ret)
{
    size_t i, j;
    json_t *outcome;

    *ret = (struct side){.count = 0};
    json_array_foreach(outcomes, i, outcome)
    {
        const json_t *records = json_object_get(outcome, "records");
        const json_t *ttl = json_object_get(outcome, "ttl");
        for (j = 0; j < ret->count; j++)
            if (json_equal(ret->list[j].records, records) && json_equal(ret->list[j].ttl, ttl))
                break;
        if (j == ANSWERS_SHOWN) {
            ret->more++;
            continue;
        }
        if (j == ret->count)
            ret->list[ret->count++] = (struct answer){records, ttl, 0};
        ret->list[j].probability += json_real_value(json_object_get(outcome, "probability"));
    }
}

/* Whether one TTL is that of all, and need not be told. */
static bool has_one_ttl(const struct side *now, const struct side *after)
{
    const json_t *ttl = now->count > 0     ? now->list[0].ttl
                        : after->count > 0 ? after->list[0].ttl
                                           : NULL;

    for (size_t i = 0; i < now->count; i++)
        if (!json_equal(now->list[i].ttl, ttl))
            return false;
    for (size_t i = 0; i < after->count; i++)
        if (!json_equal(after->list[i].ttl, ttl))
            return false;
    return true;
}

static void add_answer(const struct answer *answer, bool with_ttl, struct buf *ret)
{
    size_t count = json_array_size(answer->records);

    for (size_t i = 0; i < count && i < RECORDS_SHOWN; i++) {
        buf_add_string(ret, i > 0 ? "+" : "");
        add_text(ret, json_string_value(json_array_get(answer->records, i)));
    }
    if (count > RECORDS_SHOWN)
        buf_printf(ret, "+%zu more", count - RECORDS_SHOWN);
    if (with_ttl)
        buf_printf(ret, " ttl %" JSON_INTEGER_FORMAT, json_integer_value(answer->ttl));
    buf_add_string(ret, " ");
    show_percent(ret, answer->probability);
}

static void add_side(const struct side *side, bool with_ttl, struct buf *ret)
{
    if (side->count == 0)
        buf_add_string(ret, "nothing");
    for (size_t i = 0; i < side->count; i++) {
        buf_add_string(ret, i > 0 ? ", " : "");
        add_answer(&side->list[i], with_ttl, ret);
    }
    if (side->more > 0)
        buf_printf(ret, " and %zu more", side->more);
}

static void show_change(const char *type, const json_t *change, struct buf *ret)
{
    json_int_t kinds = number_of(change, "kinds");
    struct side now, after;

    read_side(json_object_get(change, "now"), &now);
    read_side(json_object_get(change, "after"), &after);
    buf_add_string(ret, " ");
    add_text(ret, type);
    buf_add_string(ret, " answers");
    if (text_of(change, "client") != NULL) {
        buf_add_string(ret, " for some clients, such as ");
        add_text(ret, text_of(change, "client"));
        if (kinds > 1)
            buf_printf(ret, " and %" JSON_INTEGER_FORMAT " other kinds", kinds - 1);
    }
    buf_add_string(ret, ": ");
    bool with_ttl = !has_one_ttl(&now, &after);
    add_side(&now, with_ttl, ret);
    buf_add_string(ret, " -> ");
    add_side(&after, with_ttl, ret);
    buf_add_string(ret, "\n");
}

static void show_answers(const json_t *name, struct buf *ret)
{
    size_t i, j;
    json_t *type, *change;

    json_array_foreach(json_object_get(name, "answers"), i, type)
    {
        const json_t *changes = json_object_get(type, "changes");
        json_array_foreach(changes, j, change) show_change(text_of(type, "type"), change, ret);
        if (json_array_size(changes) > 0 && !is_set(type, "cut"))
            continue;
        buf_add_string(ret, " ");
        add_text(ret, text_of(type, "type"));
        buf_add_string(ret, is_set(type, "cut")
                                    ? " answers: there is more than is told here\n"
                                    : " answers: as now, with the checks as they are\n");
    }
}

/* ------------------------------------------------------------------ names */

static void show_lines(const char *name, const json_t *rrset, char sign, struct buf *ret)
{
    size_t i;
    json_t *line;

    json_array_foreach(json_object_get(rrset, sign == '-' ? "removed" : "added"), i, line)
    {
        buf_printf(ret, "%c", sign);
        add_text(ret, name);
        if (json_is_integer(json_object_get(line, "ttl"))) {
            buf_add_string(ret, " ");
            add_number(ret, line, "ttl");
        }
        buf_add_string(ret, " IN ");
        add_text(ret, text_of(rrset, "type"));
        if (text_of(line, "data") != NULL) {
            buf_add_string(ret, " ");
            add_text(ret, text_of(line, "data"));
        }
        if (text_of(line, "annotation") != NULL) {
            buf_add_string(ret, " ; ");
            add_text(ret, text_of(line, "annotation"));
        }
        buf_add_string(ret, "\n");
    }
}

static void show_name(const json_t *name, struct buf *ret)
{
    const char *text = text_of(name, "name");
    const char *change = text_of(name, "change");
    const char *place = text_of(name, "place");
    size_t i;
    json_t *rrset;

    if (change != NULL && strcmp(change, "rerouted") == 0) {
        buf_add_string(ret, " ");
        add_text(ret, text);
        buf_add_string(ret, place != NULL ? " " : " leads to what changes");
        columns_add_safe(ret, place != NULL ? place : "");
        buf_add_string(ret, "\n");
    }
    json_array_foreach(json_object_get(name, "rrsets"), i, rrset)
    {
        show_lines(text, rrset, '-', ret);
        show_lines(text, rrset, '+', ret);
        if (number_of(rrset, "unlisted") > 0)
            buf_printf(ret, " ... and %" JSON_INTEGER_FORMAT " more lines\n",
                    number_of(rrset, "unlisted"));
    }
    show_answers(name, ret);
}

/* ------------------------------------------------------------------ zones */

static void add_serials(const json_t *zone, struct buf *ret)
{
    if (number_of(zone, "old_serial") == number_of(zone, "serial")) {
        buf_printf(ret, "serial %" JSON_INTEGER_FORMAT, number_of(zone, "serial"));
        return;
    }
    buf_printf(ret, "serial %" JSON_INTEGER_FORMAT " -> %" JSON_INTEGER_FORMAT,
            number_of(zone, "old_serial"), number_of(zone, "serial"));
}

static void show_changed(const json_t *zone, struct buf *ret)
{
    static const struct {
        const char *key;
        const char *words;
    } rows[] = {
            {"added",    "added"            },
            {"removed",  "removed"          },
            {"changed",  "changed"          },
            {"rerouted", "leading elsewhere"},
    };
    const char *separator = "; names: ";

    add_serials(zone, ret);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (number_of(zone, rows[i].key) == 0)
            continue;
        buf_printf(ret, "%s%" JSON_INTEGER_FORMAT " %s", separator, number_of(zone, rows[i].key),
                rows[i].words);
        separator = ", ";
    }
    buf_add_string(ret, "\n");
    if (text_of(zone, "warning") != NULL) {
        buf_add_string(ret, "warning: ");
        add_text(ret, text_of(zone, "warning"));
        buf_add_string(ret, "\n");
    }
}

static void show_zone(const json_t *zone, struct buf *ret)
{
    const char *change = text_of(zone, "change");
    const char *state = text_of(zone, "state");
    size_t i;
    json_t *name;

    change = change != NULL ? change : "";
    buf_add_string(ret, strcmp(change, "added") == 0     ? "+zone "
                        : strcmp(change, "removed") == 0 ? "-zone "
                                                         : "zone ");
    add_text(ret, text_of(zone, "origin"));
    buf_add_string(ret, ": ");
    if (strcmp(change, "changed") == 0) {
        show_changed(zone, ret);
    } else if (strcmp(change, "faulty") == 0 && state != NULL && strcmp(state, "kept") == 0) {
        buf_printf(ret, "faulty, serial %" JSON_INTEGER_FORMAT " would stay in force\n",
                number_of(zone, "serial"));
    } else if (strcmp(change, "faulty") == 0) {
        buf_add_string(ret, "faulty, would answer SERVFAIL\n");
    } else {
        buf_printf(ret, "serial %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT " records\n",
                number_of(zone, strcmp(change, "removed") == 0 ? "old_serial" : "serial"),
                number_of(zone, "records"));
    }
    json_array_foreach(json_object_get(zone, "names"), i, name) show_name(name, ret);
    show_more(zone, "names", ret);
}

void show_diff(const json_t *root, struct buf *ret)
{
    const json_t *zones = json_object_get(root, "zones");
    size_t i;
    json_t *row;

    show_checks(root, ret);
    show_faults(zones, ret);
    json_array_foreach(json_object_get(zones, "zones"), i, row) show_zone(row, ret);
    show_more(zones, "zones", ret);
    show_notes(root, ret);
}
