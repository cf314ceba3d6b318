/* lint.h -- what will go wrong with the zones as they are: which checks must fail, alone or in pairs, until
 * a name is answered with what is down; how long a failover takes at worst; and what is written but does
 * nothing.
 *
 * Failures are tried out, from everything up on, in a health table of its own, by the function that tells
 * how answers are made (route_explain()).  It is pure given zones and table: what is up now makes no
 * difference.  docs/lint.md has every code.  A lint runs in one thread, any; zones and table are only
 * read.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "health/table.h"
#include "route/client.h"
#include "zone/zonedb.h"

#define LINT_FINDINGS_MAX   20000U      /* kept; more are counted */
#define LINT_TIMES_MAX      20000U      /* names of which times are kept */
#define LINT_FAILURES_SHOWN 8U          /* of one finding; more are counted */
#define LINT_ENDS_SHOWN     4U          /* of what is answered then */
#define LINT_PAIR_CHECKS    64U         /* with more checks behind a name no pairs are tried */
#define LINT_SINGLES_WORK   1000000000U /* sets looked at in one zone, while checks fail alone */
#define LINT_PAIRS_WORK     1000000000U /* the same while they fail in pairs */
#define LINT_TTL_ADVISED_S  60U         /* route53.md 1.1 */
#define LINT_SLOW_S         300U        /* the default of lint-slow */

enum lint_code {
    LINT_FAIL_OPEN,
    LINT_UNCHECKED_LAST_RESORT,
    LINT_FAMILY_LOST,
    LINT_NEVER_FAILS_OVER,
    LINT_SLOW_FAILOVER,
    LINT_LONG_TTL,
    LINT_NEGATIVE_TTL,
    LINT_UNUSED_CHECK,
    LINT_NOT_TRIED,
    LINT_UNUSED_WAIVER,
    LINT_CODES, /* how many there are */
};

enum lint_severity {
    LINT_NOTE,
    LINT_WARNING,
};

/* Something that may be answered: the sets on the way to it, and its records, as texts. */
struct lint_end {
    const char *sets; /* "primary > blue" */
    const char *records;
};

/* Checks that are down together, all others being up, and what comes of it. */
struct lint_failure {
    uint32_t checks_count; /* 0: it is so with everything up */
    uint32_t checks[2];    /* slots */
    double share;          /* of the answers it concerns, 0..1 */
    uint32_t clients;      /* kinds of clients it concerns; 0 if the client makes no difference */
    struct client client;  /* one of them */
    const char *first;     /* the set that is first for these clients */
    uint32_t ends_count;
    bool ends_cut; /* there are more */
    struct lint_end ends[LINT_ENDS_SHOWN];
};

/* All texts live as long as the report. */
struct lint_finding {
    enum lint_code code;
    enum lint_severity severity;
    bool waived;
    const char *zone; /* its apex, or NULL */
    const char *name; /* an owner, or a check's id, or a waiver */
    uint16_t type;    /* 0 for none */
    const char *message;
    const struct lint_failure *failures;
    uint32_t failures_count;
    uint32_t failures_more; /* counted only */
};

/* How long it takes at worst until nobody is sent any more to what has failed. */
struct lint_time {
    const char *zone, *name;
    uint16_t type;
    uint32_t check; /* the slowest */
    uint64_t detection_ms;
    uint32_t ttl_s; /* the longest of what goes by a check */
};

struct lint_sources {
    const struct zone_set *zones;
    const struct zone *only; /* lint this one of them; NULL: all */
    const struct health_table *health;
    char *const *waivers; /* as lint_waiver_parse() takes them; others waive nothing */
    size_t waivers_count;
    uint32_t slow_s;         /* a failover that takes longer is told */
    const atomic_bool *stop; /* ends it early once true; may be NULL */
};

struct lint_report;

/* Looks at everything.
 *
 * Returns 0 and a new report in *ret, ended with lint_report_free(); or -errno. */
MUST_CHECK int lint_run(const struct lint_sources *sources, struct lint_report **ret);

/* NULL does nothing. */
void lint_report_free(struct lint_report *report);

/* What was found, in the order of zones and names; the counts include what was not kept. */
size_t lint_report_count(const struct lint_report *report);
const struct lint_finding *lint_report_at(const struct lint_report *report, size_t i);
uint32_t lint_report_warnings(const struct lint_report *report); /* without those waived */
uint32_t lint_report_notes(const struct lint_report *report);
uint32_t lint_report_waived(const struct lint_report *report);

/* The times of names, in the same order. */
size_t lint_report_times(const struct lint_report *report);
const struct lint_time *lint_report_time_at(const struct lint_report *report, size_t i);

/* Appends the report as a JSON document (docs/formats/control-protocol.md), at most `room` bytes long: rows
 * that do not fit are counted in it. */
void lint_report_print(const struct lint_report *report, size_t room, struct buf *ret);

/* The word of a code ("FAIL_OPEN"). */
const char *lint_code_word(enum lint_code code);
