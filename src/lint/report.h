/* report.h -- what a lint has found so far: kept, counted and waived.  Internal to lint/. */
#pragma once

#include "base/arena.h"
#include "lint/lint.h"
#include "lint/waiver.h"

/* A waiver and whether it was for anything. */
struct report_waiver {
    struct lint_waiver waiver;
    const char *text;
    bool used;
};

struct lint_report {
    struct arena *arena;
    const struct health_table *health; /* borrowed; ids are read from it when it is printed */
    struct lint_finding *findings;
    struct lint_time *times;
    size_t findings_count, findings_room;
    size_t times_count, times_room;
    struct report_waiver *waivers;
    size_t waivers_count;
    uint32_t zones, names, checks; /* looked at */
    uint32_t warnings, notes, waived;
    uint32_t times_more;      /* counted only */
    struct lint_time slowest; /* of all names; its name is NULL without any */
    const char *only;         /* the zone that was asked for, or NULL for all */
    bool stopped;             /* it is not whole */
};

/* A new, empty report. */
MUST_CHECK struct lint_report *report_new(const struct lint_sources *sources);

/* Adds a finding whose code, severity, type and failures are set; severity and failures as they are, the
 * texts are copied.  The message may be NULL: what the code says.  Failures must lie in the report's arena. */
void report_add(struct lint_report *report, const struct lint_finding *finding);

/* Whether no more findings are kept: then what only makes one readable is not worth working out. */
bool report_is_full(const struct lint_report *report);

/* Adds the time of a name. */
void report_add_time(struct lint_report *report, const struct lint_time *time);

/* Adds a finding for each waiver that was for nothing. */
void report_add_unused_waivers(struct lint_report *report);

/* detection_ms and TTL together. */
uint64_t report_failover_ms(const struct lint_time *time);

/* What to do about a finding, as a sentence. */
const char *report_advice(enum lint_code code);
