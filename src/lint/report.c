/* report.c -- see report.h. */
#include "lint/report.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define WHY_MAX 256U

static const struct {
    const char *word;
    const char *message;
    const char *advice;
} codes[LINT_CODES] = {
        [LINT_FAIL_OPEN] = {.word = "FAIL_OPEN",
                            .message = "nothing healthy is left, and what is down is answered",
                            .advice = "add a set at another place, or a last resort without check"      },
        [LINT_UNCHECKED_LAST_RESORT] = {.word = "UNCHECKED_LAST_RESORT",
                            .message = "everything that is checked is down, and what is answered has no check",
                            .advice = "give the last resort a check if it can fail too"                 },
        [LINT_FAMILY_LOST] = {.word = "FAMILY_LOST",
                            .message = "the other address family still has something healthy and checked",
                            .advice = "give both families the same sets, or couple them (couple=NAME)"  },
        [LINT_NEVER_FAILS_OVER] = {.word = "NEVER_FAILS_OVER",
                            .message = "the sets behind it are never answered",
                            .advice = "give what cannot fail a check, or let its alias be evaluated"    },
        [LINT_SLOW_FAILOVER] = {.word = "SLOW_FAILOVER",
                            .message = "a failover takes long",
                            .advice = "lower RequestInterval, FailureThreshold, the timeouts or the TTL"},
        [LINT_LONG_TTL] = {.word = "LONG_TTL",
                            .message = "resolvers keep what has failed for longer than advised",
                            .advice = "lower the TTL of what goes by a check to 60 s or less"           },
        [LINT_NEGATIVE_TTL] = {.word = "NEGATIVE_TTL",
                            .message = "resolvers remember for longer that a name is absent than what it is",
                            .advice = "lower the last number of the SOA record, or its TTL"             },
        [LINT_UNUSED_CHECK] = {.word = "UNUSED_CHECK",
                            .message = "no zone names this check, and no CALCULATED check counts it",
                            .advice = "name it with check=, or remove it"                               },
        [LINT_NOT_TRIED] = {.word = "NOT_TRIED",
                            .message = "not all failures were tried",
                            .advice = "lint the zone alone, or divide what lies behind the name"        },
        [LINT_UNUSED_WAIVER] = {.word = "UNUSED_WAIVER",
                            .message = "this waiver is for nothing that was found",
                            .advice = "remove it"                                                       },
};

const char *lint_code_word(enum lint_code code)
{
    assert(code < LINT_CODES);
    return codes[code].word;
}

const char *report_advice(enum lint_code code)
{
    return codes[code].advice;
}

/* ------------------------------------------------------------------ life */

static void read_waivers(struct lint_report *report, const struct lint_sources *sources)
{
    struct buf why;

    buf_init(&why, WHY_MAX);
    report->waivers = mem_zalloc(sources->waivers_count, sizeof(*report->waivers));
    for (size_t i = 0; i < sources->waivers_count; i++) {
        struct report_waiver *to = &report->waivers[report->waivers_count];
        if (lint_waiver_parse(sources->waivers[i], &to->waiver, &why) != 0)
            continue;
        to->text = arena_string(report->arena, sources->waivers[i]);
        report->waivers_count++;
    }
    buf_done(&why);
}

struct lint_report *report_new(const struct lint_sources *sources)
{
    struct lint_report *report = mem_zalloc(1, sizeof(*report));

    report->arena = arena_new();
    report->health = sources->health;
    read_waivers(report, sources);
    return report;
}

void lint_report_free(struct lint_report *report)
{
    if (report == NULL)
        return;
    arena_free(report->arena);
    free(report->findings);
    free(report->times);
    free(report->waivers);
    free(report);
}

/* ------------------------------------------------------------------ adding */

/* Every waiver that is meant for it counts as used. */
static bool is_waived(struct lint_report *report, const struct lint_finding *finding)
{
    bool waived = false;

    for (size_t i = 0; i < report->waivers_count; i++) {
        if (!lint_waiver_covers(&report->waivers[i].waiver, finding))
            continue;
        report->waivers[i].used = true;
        waived = true;
    }
    return waived;
}

static const char *keep(struct lint_report *report, const char *text)
{
    return text != NULL ? arena_string(report->arena, text) : NULL;
}

void report_add(struct lint_report *report, const struct lint_finding *finding)
{
    bool waived = is_waived(report, finding);

    report->waived += waived;
    report->warnings += !waived && finding->severity == LINT_WARNING;
    report->notes += !waived && finding->severity == LINT_NOTE;
    if (report_is_full(report))
        return;
    if (report->findings_count == report->findings_room) {
        report->findings_room = report->findings_room > 0 ? 2 * report->findings_room : 16;
        report->findings =
                mem_resize(report->findings, report->findings_room, sizeof(*report->findings));
    }
    struct lint_finding *to = &report->findings[report->findings_count++];
    *to = *finding;
    to->waived = waived;
    to->zone = keep(report, finding->zone);
    to->name = keep(report, finding->name);
    to->message = finding->message != NULL ? keep(report, finding->message)
                                           : codes[finding->code].message;
}

bool report_is_full(const struct lint_report *report)
{
    return report->findings_count == LINT_FINDINGS_MAX;
}

uint64_t report_failover_ms(const struct lint_time *time)
{
    return time->detection_ms + (uint64_t)time->ttl_s * 1000;
}

void report_add_time(struct lint_report *report, const struct lint_time *time)
{
    struct lint_time kept = *time;
    bool slower = report->slowest.name == NULL ||
                  report_failover_ms(time) > report_failover_ms(&report->slowest);

    if (report->times_count == LINT_TIMES_MAX)
        report->times_more++;
    if (report->times_count == LINT_TIMES_MAX && !slower)
        return;
    kept.zone = keep(report, time->zone);
    kept.name = keep(report, time->name);
    if (slower)
        report->slowest = kept;
    if (report->times_count == LINT_TIMES_MAX)
        return;
    if (report->times_count == report->times_room) {
        report->times_room = report->times_room > 0 ? 2 * report->times_room : 16;
        report->times = mem_resize(report->times, report->times_room, sizeof(*report->times));
    }
    report->times[report->times_count++] = kept;
}

/* Those that waive findings of this very kind come last: they may be for another waiver. */
void report_add_unused_waivers(struct lint_report *report)
{
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < report->waivers_count; i++) {
            const struct report_waiver *waiver = &report->waivers[i];
            bool is_last = waiver->waiver.code == LINT_UNUSED_WAIVER;
            if (waiver->used || is_last != (round == 1))
                continue;
            const struct lint_finding finding = {
                    .code = LINT_UNUSED_WAIVER, .severity = LINT_NOTE, .name = waiver->text};
            report_add(report, &finding);
        }
}

/* ------------------------------------------------------------------ reading */

size_t lint_report_count(const struct lint_report *report)
{
    return report->findings_count;
}

const struct lint_finding *lint_report_at(const struct lint_report *report, size_t i)
{
    assert(i < report->findings_count);
    return &report->findings[i];
}

uint32_t lint_report_warnings(const struct lint_report *report)
{
    return report->warnings;
}

uint32_t lint_report_notes(const struct lint_report *report)
{
    return report->notes;
}

uint32_t lint_report_waived(const struct lint_report *report)
{
    return report->waived;
}

size_t lint_report_times(const struct lint_report *report)
{
    return report->times_count;
}

const struct lint_time *lint_report_time_at(const struct lint_report *report, size_t i)
{
    assert(i < report->times_count);
    return &report->times[i];
}
