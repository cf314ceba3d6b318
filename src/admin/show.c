/* show.c -- see show.h. */
#include "admin/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/columns.h"
#include "admin/show_reply.h"
#include "base/clock.h"
#include "base/err.h"

#define FLAGS_MAX        64U
#define CELL_MAX         1024U
#define CELL_NUMBERS_MAX 64U
#define MS_OF_DAY        86400000ULL
#define SHOWN_MAX        20U /* forces in status; checks has them all */

static void add_line(struct buf *ret, const char *label, const char *text)
{
    buf_printf(ret, "%-16s ", label);
    columns_add_safe(ret, text != NULL && text[0] != '\0' ? text : "-");
    buf_add_string(ret, "\n");
}

/* What the daemon has to say besides, a sentence each. */
void show_notes(const json_t *root, struct buf *ret)
{
    size_t i;
    json_t *note;
    json_array_foreach(json_object_get(root, "notes"), i, note)
    {
        columns_add_safe(ret, json_string_value(note) != NULL ? json_string_value(note) : "?");
        buf_add_string(ret, "\n");
    }
}

/* ---- forces ---- */

static bool is_forced(const json_t *check)
{
    return json_is_object(json_object_get(check, "forced"));
}

/* Who has set a state, how long ago, for how long, why. */
static void add_force(const json_t *force, struct buf *ret)
{
    char age[CLOCK_TEXT_MAX], left[CLOCK_TEXT_MAX];
    uint64_t age_ms = duration_of(force, "age_ms");
    const char *owner = text_of(force, "owner");
    const char *reason = text_of(force, "reason");

    buf_add_string(ret, "by ");
    columns_add_safe(ret, owner != NULL ? owner : "?");
    if (age_ms > 0)
        buf_printf(ret, " %s ago", clock_format_duration(age_ms, age));
    if (json_is_integer(json_object_get(force, "left_ms")))
        buf_printf(ret, ", %s left", clock_format_duration(duration_of(force, "left_ms"), left));
    else
        buf_add_string(ret, ", without an end");
    if (reason == NULL || reason[0] == '\0')
        return;
    buf_add_string(ret, ": ");
    columns_add_safe(ret, reason);
}

static void show_forces(const json_t *forces, struct buf *ret)
{
    size_t i;
    json_t *force;
    json_array_foreach(forces, i, force)
    {
        const char *id = text_of(force, "id");
        const char *state = text_of(force, "state");
        if (i == SHOWN_MAX) {
            buf_printf(ret, "           ... and %zu more\n", json_array_size(forces) - i);
            return;
        }
        buf_add_string(ret, "FORCED:    ");
        columns_add_safe(ret, id != NULL ? id : "?");
        buf_add_string(ret, " ");
        columns_add_safe(ret, state != NULL ? state : "?");
        buf_add_string(ret, " ");
        add_force(force, ret);
        buf_add_string(ret, is_set(force, "missing") ? "; no such check now\n" : "\n");
    }
}

/* ---- status ---- */

static void show_roles(const json_t *roles, struct buf *ret)
{
    struct columns *columns = columns_new(6);
    size_t i;
    json_t *role;
    columns_add(
            columns, (const char *const[]){"ROLE", "STATE", "PID", "UP", "RESTARTS", "LAST END"});
    json_array_foreach(roles, i, role)
    {
        char pid[SHOW_NUMBER_MAX], restarts[SHOW_NUMBER_MAX], up[CLOCK_TEXT_MAX];
        columns_add(columns,
                (const char *const[]){text_of(role, "name"), text_of(role, "state"),
                        print_member(role, "pid", pid),
                        clock_format_duration(duration_of(role, "uptime_ms"), up),
                        print_member(role, "restarts", restarts), text_of(role, "last_end")});
    }
    columns_print(columns, ret);
    columns_free(columns);
}

/* What is not as the files say: an operator who missed the log finds it here. */
static void show_faulty_files(const json_t *roles, struct buf *ret)
{
    size_t i;
    json_t *role;

    json_array_foreach(roles, i, role)
    {
        const char *files = text_of(role, "files");
        const char *name = text_of(role, "name");
        if (files == NULL || strcmp(files, "faulty") != 0 || name == NULL)
            continue;
        buf_add_string(ret, "files:     FAULTY as the ");
        columns_add_safe(ret, name);
        buf_add_string(ret, " last read them; holdfastctl reload tells each fault\n");
    }
}

static void show_heartbeat(const json_t *root, struct buf *ret)
{
    const json_t *heartbeat = json_object_get(root, "heartbeat");
    char age[CLOCK_TEXT_MAX];
    clock_format_duration(duration_of(heartbeat, "age_ms"), age);
    if (!is_set(root, "checker_wanted"))
        buf_add_string(ret, "checker:   off; verdicts stay as last known\n");
    else if (text_of(heartbeat, "beat") == NULL)
        buf_add_string(ret, "checker:   has not run yet\n");
    else if (is_set(heartbeat, "silent"))
        buf_printf(ret, "checker:   SILENT for %s; verdicts stay as last known\n", age);
    else
        buf_printf(ret, "checker:   last sign of life %s ago\n", age);
}

/* Whether it keeps up. */
static void show_probing(const json_t *probing, struct buf *ret)
{
    const json_t *late = json_object_get(probing, "late_ms");
    if (number_of(probing, "probes") > 0)
        buf_printf(ret,
                "probes:    %" JSON_INTEGER_FORMAT
                " begun, 99%% of them at most %.3gms late; longest "
                "turn of the loop %.3gms\n",
                number_of(probing, "probes"), json_number_value(json_object_get(late, "p99")),
                json_number_value(json_object_get(probing, "longest_turn_ms")));
}

/* That failures do not count is for whoever looks first. */
static void show_cut_off(const json_t *heartbeat, struct buf *ret)
{
    char length[CLOCK_TEXT_MAX];
    size_t i;
    json_t *cause;
    if (json_array_size(json_object_get(heartbeat, "cut_off")) == 0)
        return;
    buf_add_string(ret, "CUT OFF:   this host may be, by");
    json_array_foreach(json_object_get(heartbeat, "cut_off"), i, cause)
    {
        buf_add_string(ret, " ");
        columns_add_safe(ret, json_string_value(cause) != NULL ? json_string_value(cause) : "?");
    }
    buf_printf(ret, ", for %s; silence of endpoints does not count\n",
            clock_format_duration(duration_of(heartbeat, "cut_off_ms"), length));
}

/* So is that answers do not follow what is found. */
static void show_held(const json_t *checks, struct buf *ret)
{
    if (number_of(checks, "held") > 0)
        buf_printf(ret,
                "GUARD:     %" JSON_INTEGER_FORMAT
                " checks are found down and answered as up: too many at once; see holdfastctl "
                "guards\n",
                number_of(checks, "held"));
}

/* What is tried out. */
static void show_shadows(const json_t *checks, struct buf *ret)
{
    if (number_of(checks, "shadows") > 0)
        buf_printf(ret,
                "shadows:   %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
                " would be down; %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                " changes would have changed an answer\n",
                number_of(checks, "shadows"), number_of(checks, "shadows_down"),
                number_of(checks, "shadow_answer_changes"), number_of(checks, "shadow_changes"));
}

/* Rules that leave no room, or cannot hold. */
static void show_rules(const json_t *rules, struct buf *ret)
{
    size_t i;
    json_t *rule;
    json_array_foreach(rules, i, rule)
    {
        char left[CLOCK_TEXT_MAX];
        uint64_t left_ms = duration_of(rule, "wait_left_ms");
        buf_add_string(ret, i == 0 ? "rules:     " : "           ");
        columns_add_safe(ret, text_of(rule, "name") != NULL ? text_of(rule, "name") : "?");
        buf_printf(ret, ": %" JSON_INTEGER_FORMAT " of %zu up, %" JSON_INTEGER_FORMAT " needed",
                number_of(rule, "up"), json_array_size(json_object_get(rule, "checks")),
                number_of(rule, "at_least"));
        if (left_ms > 0)
            buf_printf(ret, ", to be turned in %s", clock_format_duration(left_ms, left));
        if (json_array_size(json_object_get(rule, "missing")) > 0)
            buf_printf(ret, "; %zu of its checks do not exist",
                    json_array_size(json_object_get(rule, "missing")));
        buf_add_string(ret, "\n");
    }
}

static void show_status(const json_t *root, struct buf *ret)
{
    const json_t *checks = json_object_get(root, "checks");
    const json_t *reload = json_object_get(root, "reload");
    char up[CLOCK_TEXT_MAX];
    size_t i;
    json_t *row;
    buf_add_string(ret, "holdfastd ");
    columns_add_safe(ret, text_of(root, "version") != NULL ? text_of(root, "version") : "?");
    buf_printf(ret, ", pid %" JSON_INTEGER_FORMAT ", up %s\nlistening:", number_of(root, "pid"),
            clock_format_duration(duration_of(root, "uptime_ms"), up));
    json_array_foreach(json_object_get(root, "listen"), i, row)
    {
        buf_add_string(ret, " ");
        columns_add_safe(ret, text_of(row, "address") != NULL ? text_of(row, "address") : "?");
    }
    buf_printf(ret, " (%" JSON_INTEGER_FORMAT " workers)\n", number_of(root, "workers"));
    buf_printf(ret,
            "checks:    %" JSON_INTEGER_FORMAT " in all, %" JSON_INTEGER_FORMAT
            " up, %" JSON_INTEGER_FORMAT " down, %" JSON_INTEGER_FORMAT
            " without data, %" JSON_INTEGER_FORMAT " leaving, %" JSON_INTEGER_FORMAT " forced\n",
            number_of(checks, "total"), number_of(checks, "up"), number_of(checks, "down"),
            number_of(checks, "no_data"), number_of(checks, "leaving"),
            number_of(checks, "forced"));
    show_forces(json_object_get(root, "forces"), ret);
    show_held(checks, ret);
    show_shadows(checks, ret);
    show_rules(json_object_get(root, "rules"), ret);
    show_heartbeat(root, ret);
    show_probing(json_object_get(root, "probing"), ret);
    show_cut_off(json_object_get(root, "heartbeat"), ret);
    buf_add_string(ret, "reload:    ");
    columns_add_safe(
            ret, text_of(reload, "result") != NULL ? text_of(reload, "result") : "none yet");
    if (text_of(reload, "time") != NULL) {
        buf_add_string(ret, " at ");
        columns_add_safe(ret, text_of(reload, "time"));
    }
    buf_add_string(ret, "\n");
    show_faulty_files(json_object_get(root, "roles"), ret);
    buf_add_string(ret, "\n");
    show_roles(json_object_get(root, "roles"), ret);
}

/* ---- checks ---- */

static const char *state_of(const json_t *check)
{
    return is_set(check, "no_data") && !is_forced(check) ? "no data" : text_of(check, "state");
}

static const char *flags_of(const json_t *check, char ret[FLAGS_MAX])
{
    static const char *const names[] = {
            "held", "disabled", "inverted", "leaving", "canary", "shadow", "suspect", "stale"};
    size_t length = (size_t)snprintf(ret, FLAGS_MAX, "%s", is_forced(check) ? "forced" : "");
    for (size_t i = 0; i < COUNT(names); i++)
        if (is_set(check, names[i]))
            length += (size_t)snprintf(
                    ret + length, FLAGS_MAX - length, "%s%s", length > 0 ? "," : "", names[i]);
    const json_t *share = json_object_get(check, "share");
    if (json_is_real(share) && json_real_value(share) < 1)
        snprintf(ret + length, FLAGS_MAX - length, "%sshare %.0f%%", length > 0 ? "," : "",
                100 * json_real_value(share));
    return ret;
}

/* Of a shadow: what it would be, and how often that turned. */
static void add_shadow(const json_t *check, struct buf *ret)
{
    const char *would_be = text_of(check, "would_be");
    buf_add_string(ret, "would be ");
    columns_add_safe(ret, would_be != NULL ? would_be : "?");
    buf_printf(ret,
            ", %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
            " changes would have changed an answer",
            number_of(check, "answer_changes"), number_of(check, "changes"));
}

/* The reason of the state that answers go by: of a forced check first who has forced it. */
static void add_reason(const json_t *check, struct buf *ret)
{
    const char *reason = text_of(check, "reason");
    if (is_forced(check)) {
        buf_add_string(ret, "forced ");
        add_force(json_object_get(check, "forced"), ret);
        buf_add_string(ret, "; found ");
        columns_add_safe(ret, text_of(check, "found") != NULL ? text_of(check, "found") : "?");
        buf_add_string(ret, ": ");
    } else if (is_set(check, "held")) {
        buf_add_string(ret, "held by a guard; found down: ");
    }
    if (is_set(check, "shadow")) {
        buf_add_string(ret, "a shadow, ");
        add_shadow(check, ret);
        buf_add_string(ret, ": ");
    }
    columns_add_safe(ret, reason != NULL ? reason : "");
}

/* Of the passes, half and all but one in a hundred took no longer. */
static const char *latency_of(const json_t *check, char ret[CELL_NUMBERS_MAX])
{
    const json_t *latency = json_object_get(check, "latency_ms");
    if (!json_is_object(latency))
        return NULL;
    snprintf(ret, CELL_NUMBERS_MAX, "%.3g/%.3gms",
            json_number_value(json_object_get(latency, "p50")),
            json_number_value(json_object_get(latency, "p99")));
    return ret;
}

static const char *certificate_of(const json_t *check, char ret[CELL_NUMBERS_MAX])
{
    const json_t *left = json_object_get(check, "certificate_left_ms");
    if (!json_is_integer(left))
        return NULL;
    uint64_t left_ms = duration_of(check, "certificate_left_ms");
    if (left_ms == 0)
        return "EXPIRED";
    snprintf(ret, CELL_NUMBERS_MAX, "%llud", (unsigned long long)(left_ms / MS_OF_DAY));
    return ret;
}

static void show_check_list(const json_t *checks, struct buf *ret)
{
    struct columns *columns = columns_new(9);
    size_t i;
    json_t *check;
    columns_add(columns, (const char *const[]){"ID", "STATE", "FOR", "TYPE", "TARGET", "P50/P99",
                                 "CERT", "FLAGS", "REASON"});
    json_array_foreach(checks, i, check)
    {
        char since[CLOCK_TEXT_MAX], flags[FLAGS_MAX];
        char latency[CELL_NUMBERS_MAX], certificate[CELL_NUMBERS_MAX];
        struct buf reason;
        bool known = text_of(check, "since") != NULL;
        buf_init(&reason, CELL_MAX);
        add_reason(check, &reason);
        columns_add(columns,
                (const char *const[]){text_of(check, "id"), state_of(check),
                        known ? clock_format_duration(duration_of(check, "for_ms"), since) : NULL,
                        text_of(check, "type"), text_of(check, "target"),
                        latency_of(check, latency), certificate_of(check, certificate),
                        flags_of(check, flags), buf_string(&reason)});
        buf_done(&reason);
    }
    columns_print(columns, ret);
    columns_free(columns);
}

static void show_counters(const json_t *check, struct buf *ret)
{
    static const struct {
        const char *label;
        const char *key;
    } rows[] = {
            {"passes",        "passes"       },
            {"fails",         "fails"        },
            {"inconclusive",  "inconclusives"},
            {"changes",       "changes"      },
            {"against state", "streak"       },
            {"last outcome",  "last_outcome" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char number[SHOW_NUMBER_MAX];
        add_line(ret, rows[i].label, print_member(check, rows[i].key, number));
    }
}

/* `keys` are those of when it began and how long ago that was. */
static void show_state(const json_t *check, const char *label, const char *state,
        const char *const keys[2], struct buf *ret)
{
    char length[CLOCK_TEXT_MAX];
    buf_printf(ret, "%-16s %s", label, state != NULL ? state : "-");
    if (text_of(check, keys[0]) != NULL) {
        buf_printf(
                ret, " for %s, since ", clock_format_duration(duration_of(check, keys[1]), length));
        columns_add_safe(ret, text_of(check, keys[0]));
    }
    buf_add_string(ret, "\n");
}

/* A time that a check may have or not, with the rest of the sentence. */
static void show_duration(
        const json_t *check, const char *label, const char *key, const char *what, struct buf *ret)
{
    char length[CLOCK_TEXT_MAX];
    if (number_of(check, key) > 0)
        buf_printf(ret, "%-16s %s %s\n", label,
                clock_format_duration(duration_of(check, key), length), what);
}

/* How it is probed, and what follows from that. */
static void show_timing(const json_t *check, struct buf *ret)
{
    char interval[CLOCK_TEXT_MAX], timeout[CLOCK_TEXT_MAX], worst[CLOCK_TEXT_MAX];
    if (number_of(check, "interval_ms") <= 0)
        return;
    buf_printf(ret, "%-16s every %s, fails after %s at most\n", "probes",
            clock_format_duration(duration_of(check, "interval_ms"), interval),
            clock_format_duration(duration_of(check, "timeout_ms"), timeout));
    buf_printf(ret,
            "%-16s %" JSON_INTEGER_FORMAT " in a row until down, %" JSON_INTEGER_FORMAT
            " until up\n",
            "results", number_of(check, "fall"), number_of(check, "rise"));
    buf_printf(ret, "%-16s within %s at worst\n", "found down",
            clock_format_duration(duration_of(check, "detection_worst_ms"), worst));
    show_duration(check, "held for", "hold_ms", "at least, in each state", ret);
    show_duration(check, "share grows", "ramp_ms", "long, once it is up again", ret);
    show_duration(check, "suspect for", "suspect_ms", "after anything that speaks against it", ret);
}

static void show_latency(const json_t *check, struct buf *ret)
{
    const json_t *latency = json_object_get(check, "latency_ms");
    if (json_is_object(latency))
        buf_printf(ret, "%-16s %.3gms half of the passes, %.3gms 90%%, %.3gms 99%%\n", "took",
                json_number_value(json_object_get(latency, "p50")),
                json_number_value(json_object_get(latency, "p90")),
                json_number_value(json_object_get(latency, "p99")));
}

static const char *certificate_sentence(const json_t *check, char ret[CELL_MAX])
{
    char days[CELL_NUMBERS_MAX];
    const char *left = certificate_of(check, days);
    bool is_over = left != NULL && left != days;
    snprintf(ret, CELL_MAX, "%s %s%s", is_over ? "EXPIRED" : "expires",
            text_of(check, "certificate_expires"), is_over ? "" : ", in ");
    if (!is_over && left != NULL)
        snprintf(ret + strlen(ret), CELL_MAX - strlen(ret), "%s", left);
    return ret;
}

static void show_one_check(const json_t *check, struct buf *ret)
{
    char sentence[CELL_MAX];
    char age[CLOCK_TEXT_MAX], took[CLOCK_TEXT_MAX], flags[FLAGS_MAX];
    add_line(ret, "id", text_of(check, "id"));
    add_line(ret, "type", text_of(check, "type"));
    add_line(ret, "target", text_of(check, "target"));
    show_state(check, "state", state_of(check), (const char *const[]){"since", "for_ms"}, ret);
    if (is_forced(check)) {
        buf_printf(ret, "%-16s ", "forced");
        add_force(json_object_get(check, "forced"), ret);
        buf_add_string(ret, "\n");
        show_state(check, "found", text_of(check, "found"),
                (const char *const[]){"found_since", "found_for_ms"}, ret);
    }
    add_line(ret, "reason", text_of(check, "reason"));
    buf_printf(ret, "%-16s ", "last probe");
    if (text_of(check, "last_probe") != NULL)
        buf_printf(ret, "%s ago, took %s\n",
                clock_format_duration(duration_of(check, "last_probe_age_ms"), age),
                clock_format_duration(duration_of(check, "duration_ms"), took));
    else
        buf_add_string(ret, "never\n");
    show_latency(check, ret);
    if (text_of(check, "certificate_expires") != NULL)
        add_line(ret, "certificate", certificate_sentence(check, sentence));
    if (text_of(check, "valid_until") != NULL)
        add_line(ret, is_set(check, "stale") ? "valid: STALE" : "valid until",
                text_of(check, "valid_until"));
    if (text_of(check, "probed_by") != NULL)
        add_line(ret, "probed by", text_of(check, "probed_by"));
    show_timing(check, ret);
    show_counters(check, ret);
    if (is_set(check, "shadow")) {
        buf_printf(ret, "%-16s ", "shadow");
        add_shadow(check, ret);
        buf_add_string(ret, "\n");
    }
    add_line(ret, "flags", flags_of(check, flags));
    if (is_set(check, "torn"))
        buf_add_string(ret, "the checker was stopped in the middle of writing this\n");
}

static void show_checks(const json_t *root, struct buf *ret)
{
    show_check_list(json_object_get(root, "checks"), ret);
}

static void show_check(const json_t *root, struct buf *ret)
{
    show_one_check(json_array_get(json_object_get(root, "checks"), 0), ret);
}

static void show_force(const json_t *root, struct buf *ret)
{
    const json_t *check = json_object_get(root, "check");
    const json_t *new = json_object_get(root, "new");
    bool was_forced = json_is_object(json_object_get(root, "old"));

    columns_add_safe(ret, text_of(root, "id") != NULL ? text_of(root, "id") : "?");
    if (json_is_object(new)) {
        buf_add_string(ret, " is forced ");
        columns_add_safe(ret, text_of(new, "state") != NULL ? text_of(new, "state") : "?");
        buf_add_string(ret, " ");
        add_force(new, ret);
    } else {
        buf_add_string(ret, was_forced ? " is no longer forced" : " was not forced");
    }
    if (text_of(check, "found") != NULL) {
        buf_add_string(ret, "; found ");
        columns_add_safe(ret, text_of(check, "found"));
    }
    buf_add_string(ret, "\n");
    show_notes(root, ret);
}

static void show_drain(const json_t *root, struct buf *ret)
{
    const json_t *new = json_object_get(root, "new");
    const char *separator = ": ";
    size_t i;
    json_t *id;

    columns_add_safe(ret, text_of(root, "target") != NULL ? text_of(root, "target") : "?");
    buf_add_string(ret, json_is_object(new) ? " is drained" : " is no longer drained");
    if (json_is_object(new) && json_is_integer(json_object_get(new, "left_ms"))) {
        char left[CLOCK_TEXT_MAX];
        buf_printf(ret, " for %s", clock_format_duration(duration_of(new, "left_ms"), left));
    }
    json_array_foreach(json_object_get(root, "checks"), i, id)
    {
        buf_printf(ret, "%scheck ", separator);
        columns_add_safe(ret, json_string_value(id) != NULL ? json_string_value(id) : "?");
        separator = ", ";
    }
    buf_add_string(ret, "\n");
    show_notes(root, ret);
}

/* ---- what is told ---- */

static void show_beat(const json_t *root, struct buf *ret)
{
    columns_add_safe(ret, text_of(root, "id") != NULL ? text_of(root, "id") : "?");
    buf_add_string(ret, " beats\n");
    show_notes(root, ret);
}

static void show_push(const json_t *root, struct buf *ret)
{
    const char *old = text_of(json_object_get(root, "old"), "state");
    const char *new = text_of(json_object_get(root, "new"), "state");
    columns_add_safe(ret, text_of(root, "target") != NULL ? text_of(root, "target") : "?");
    buf_add_string(ret, " is ");
    columns_add_safe(ret, new != NULL ? new : "?");
    buf_add_string(ret, old != NULL ? ", was " : ", was never told");
    if (old != NULL)
        columns_add_safe(ret, old);
    buf_add_string(ret, "\n");
    show_notes(root, ret);
}

/* ---- guards ---- */

static void show_guards(const json_t *root, struct buf *ret)
{
    if (json_array_size(json_object_get(root, "guards")) == 0 && !is_set(root, "awaits_zones")) {
        buf_add_string(ret, "no guard is configured (max-down)\n");
        return;
    }
    struct columns *columns = columns_new(7);
    size_t i;
    json_t *guard;
    columns_add(columns,
            (const char *const[]){"GUARD", "STATE", "CHECKS", "DOWN", "HELD", "ALLOWED", "SINCE"});
    json_array_foreach(json_object_get(root, "guards"), i, guard)
    {
        char checks[SHOW_NUMBER_MAX], down[SHOW_NUMBER_MAX], held[SHOW_NUMBER_MAX];
        char window[CLOCK_TEXT_MAX], since[CLOCK_TEXT_MAX],
                allowed[SHOW_NUMBER_MAX + CLOCK_TEXT_MAX];
        uint64_t since_ms = duration_of(guard, "since_ms");
        clock_format_duration(duration_of(guard, "window_ms"), window);
        snprintf(allowed, sizeof(allowed), "%" JSON_INTEGER_FORMAT " in %s",
                number_of(guard, "allowed"), window);
        columns_add(columns,
                (const char *const[]){text_of(guard, "name"), since_ms > 0 ? "RAISED" : "quiet",
                        print_member(guard, "checks", checks), print_member(guard, "down", down),
                        print_member(guard, "held", held), allowed,
                        since_ms > 0 ? clock_format(since_ms, since) : NULL});
    }
    columns_print(columns, ret);
    columns_free(columns);
    if (is_set(root, "awaits_zones"))
        buf_add_string(ret, "zones are not known yet; theirs come when these are loaded\n");
}

static void show_accept(const json_t *root, struct buf *ret)
{
    columns_add_safe(ret, text_of(root, "guard") != NULL ? text_of(root, "guard") : "?");
    buf_add_string(ret, ": what is down counts now\n");
    show_notes(root, ret);
}

/* ---- zones and reload ---- */

static void show_zones(const json_t *root, struct buf *ret)
{
    struct columns *columns = columns_new(6);
    size_t i;
    json_t *zone;
    columns_add(
            columns, (const char *const[]){"ZONE", "STATE", "SERIAL", "RECORDS", "NAMES", "FILE"});
    json_array_foreach(json_object_get(root, "zones"), i, zone)
    {
        char serial[SHOW_NUMBER_MAX], records[SHOW_NUMBER_MAX], names[SHOW_NUMBER_MAX];
        columns_add(columns, (const char *const[]){text_of(zone, "origin"), text_of(zone, "state"),
                                     print_member(zone, "serial", serial),
                                     print_member(zone, "records", records),
                                     print_member(zone, "names", names), text_of(zone, "file")});
    }
    columns_print(columns, ret);
    columns_free(columns);
    if (number_of(root, "unnamed") > 0)
        buf_printf(ret, "... and %" JSON_INTEGER_FORMAT " more\n", number_of(root, "unnamed"));
}

void show_faults(const json_t *report, struct buf *ret)
{
    const json_t *faults = json_object_get(report, "faults");
    json_int_t hidden = number_of(report, "errors") + number_of(report, "warnings") -
                        (json_int_t)json_array_size(faults);
    size_t i;
    json_t *fault;
    json_array_foreach(faults, i, fault)
    {
        columns_add_safe(ret, text_of(fault, "text") != NULL ? text_of(fault, "text") : "?");
        buf_add_string(ret, "\n");
    }
    if (hidden > 0)
        buf_printf(ret, "... and %" JSON_INTEGER_FORMAT " more\n", hidden);
}

/* What a fault leaves in force, one line for each zone that is not as its file says. */
static void show_outcomes(const json_t *zones, struct buf *ret)
{
    size_t i;
    json_t *zone;
    json_array_foreach(zones, i, zone)
    {
        const char *name = text_of(zone, "origin");
        const char *state = text_of(zone, "state");
        if (name == NULL || state == NULL || strcmp(state, "loaded") == 0)
            continue;
        buf_add_string(ret, "zone ");
        columns_add_safe(ret, name);
        if (strcmp(state, "kept") == 0)
            buf_printf(ret, ": faulty, serial %" JSON_INTEGER_FORMAT " stays in force\n",
                    number_of(zone, "serial"));
        else if (strcmp(state, "faulty") == 0)
            buf_add_string(ret, ": faulty, answers SERVFAIL\n");
        else if (strcmp(state, "removed") == 0)
            buf_add_string(ret, ": removed\n");
        else
            buf_add_string(ret, ": in another state\n");
    }
}

static void show_reload(const json_t *root, struct buf *ret)
{
    const json_t *checks = json_object_get(root, "checks");
    const json_t *zones = json_object_get(root, "zones");
    show_faults(checks, ret);
    if (number_of(checks, "errors") > 0)
        buf_add_string(ret, "checks: faulty, those read before stay in force\n");
    show_faults(zones, ret);
    show_outcomes(json_object_get(zones, "zones"), ret);
    show_notes(root, ret);
}

/* ---- anything else: one line for each number or text, named by its path ---- */

static void show_flat(const json_t *root, struct buf *ret)
{
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)root, key, member)
    {
        char number[SHOW_NUMBER_MAX];
        const char *text = print_member(root, key, number);
        if (json_is_boolean(member))
            text = json_is_true(member) ? "true" : "false";
        if (text != NULL) {
            add_line(ret, key, text);
            continue;
        }
        char *nested = json_dumps(member, JSON_ENCODE_ANY | JSON_COMPACT);
        add_line(ret, key, nested);
        free(nested);
    }
}

static void show_version(const json_t *root, struct buf *ret)
{
    const char *version = text_of(root, "version");
    buf_add_string(ret, "holdfastd ");
    columns_add_safe(ret, version != NULL ? version : "?");
    buf_add_string(ret, "\n");
}

int show_reply(const char *request, const char *json, size_t length, struct buf *ret)
{
    static const struct {
        const char *request;
        void (*show)(const json_t *root, struct buf *ret);
    } rows[] = {
            {"status",    show_status  },
            {"checks",    show_checks  },
            {"check",     show_check   },
            {"force",     show_force   },
            {"drain",     show_drain   },
            {"undrain",   show_drain   },
            {"heartbeat", show_beat    },
            {"alarm",     show_push    },
            {"control",   show_push    },
            {"guards",    show_guards  },
            {"accept",    show_accept  },
            {"zones",     show_zones   },
            {"reload",    show_reload  },
            {"explain",   show_explain },
            {"diff",      show_diff    },
            {"lint",      show_lint    },
            {"lint-all",  show_lint_all},
            {"version",   show_version },
    };
    json_t *root = json_loadb(json, length, 0, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return ERR_SYNTAX;
    }
    size_t i = 0;
    while (i < COUNT(rows) && strcmp(rows[i].request, request) != 0)
        i++;
    if (i < COUNT(rows))
        rows[i].show(root, ret);
    else
        show_flat(root, ret);
    json_decref(root);
    return 0;
}

bool show_refusal(const char *json, size_t length, struct buf *ret)
{
    json_t *root = json_loadb(json, length, 0, NULL);
    const char *text = text_of(root, "error");
    if (text != NULL)
        columns_add_safe(ret, text);
    json_decref(root);
    return text != NULL;
}
