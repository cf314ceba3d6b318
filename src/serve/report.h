/* report.h -- what a load of zones did, for people: as JSON, and as lines of the log. */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "serve/query.h"
#include "zone/load.h"

/* Zones named one by one; of more only those that failed are named, and the others counted. */
#define REPORT_ZONES_MAX     20000U
#define REPORT_LOG_ZONES_MAX 1000U

/* The error that stands for a load: ERR_NO_ZONE if nothing is served, ERR_FAULTY if a zone failed or
 * anything is wrong, else 0. */
MUST_CHECK int report_status(const struct zone_load_report *report, const struct diag *diag);

/* Appends the JSON of a load, and that of counters summed up, with what the kernel dropped before they could
 * count it. */
void report_print_load(
        const struct zone_load_report *report, const struct diag *diag, struct buf *ret);
void report_print_stats(const struct query_counters *sum, uint64_t overflow, struct buf *ret);

/* The word for what a load did with a zone. */
const char *report_outcome_word(enum zone_outcome outcome);

/* The word for an RCODE, or NULL for one this server does not use. */
const char *report_rcode_word(unsigned rcode);

/* Adds one worker's counters. */
void report_add_counters(const struct query_counters *from, struct query_counters *sum);

/* Logs each fault, a line for each zone and one for the load as a whole. */
void report_log(
        const struct zone_load_report *report, const struct diag *diag, uint64_t duration_ms);
