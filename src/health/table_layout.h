/* table_layout.h -- where everything lies in a health table's memory (docs/formats/health-table.md).  Internal to
 * table.c.
 *
 * It is a contract between processes, perhaps of different builds: another layout is another HEALTH_TABLE_VERSION.
 */
#pragma once

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "health/table.h"

#define HEADER_BYTES 4096U
#define DETAIL_BYTES 616U
#define DETAIL_WORDS 76U
#define PACE_WORDS   4U

struct header {
    char magic[4];
    uint32_t version;
    uint32_t slots;
    uint32_t detail_bytes;
    uint64_t words_offset;
    uint64_t details_offset;
    uint64_t total_bytes;
    _Atomic uint64_t generation;
    _Atomic uint64_t used;
    _Atomic uint64_t beat_ms;
    _Atomic uint64_t changes;
    _Atomic uint32_t changed[HEALTH_CHANGES_KEPT]; /* slots, each at its number of change */
    _Atomic uint64_t isolation;                    /* cuts below, since when above */
    _Atomic uint64_t pace[PACE_WORDS];
    uint8_t reserved[HEADER_BYTES - 80 - 4 * HEALTH_CHANGES_KEPT - 8 * PACE_WORDS];
};

/* What shared_detail.word holds.  The id comes first: see store_detail(). */
struct content {
    char id[72];
    char type[24];
    char target[192];
    char reason[192];
    uint32_t flags;
    uint32_t raw_state;
    uint32_t streak;
    uint32_t last_outcome;
    uint64_t passes, fails, inconclusives, changes;
    uint64_t since_ms;
    uint64_t last_probe_ms;
    uint64_t duration_ms;
    uint32_t interval_ms;
    uint32_t timeout_ms;
    uint32_t linger_ms;
    uint16_t fall, rise;
    uint32_t hold_ms;
    uint32_t ramp_ms;
    uint32_t suspect_ms;
    uint32_t certificate_s;
    uint64_t unsettled_ms;
    uint32_t latency_us[HEALTH_QUANTILES];
    uint32_t answer_changes;
};

union content_words {
    struct content content;
    uint64_t word[DETAIL_WORDS];
};

struct shared_detail {
    _Atomic uint64_t sequence;
    _Atomic uint64_t word[DETAIL_WORDS];
};

/* A guard that is raised; since_ms is 0 in a place that is free. */
struct shared_raised {
    _Atomic uint64_t guard, since_ms;
};

struct shared {
    struct header header;
    _Atomic uint64_t verdict[HEALTH_TABLE_SLOTS];
    struct shared_detail detail[HEALTH_TABLE_SLOTS];
    struct shared_raised raised[HEALTH_RAISED_MAX];
};

static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a reader may not need a lock to load a word");
static_assert(sizeof(_Atomic uint64_t) == 8, "a verdict is exactly one 64-bit word");
static_assert(offsetof(struct header, version) == 4, "layout");
static_assert(offsetof(struct header, slots) == 8, "layout");
static_assert(offsetof(struct header, detail_bytes) == 12, "layout");
static_assert(offsetof(struct header, words_offset) == 16, "layout");
static_assert(offsetof(struct header, details_offset) == 24, "layout");
static_assert(offsetof(struct header, total_bytes) == 32, "layout");
static_assert(offsetof(struct header, generation) == 40, "layout");
static_assert(offsetof(struct header, used) == 48, "layout");
static_assert(offsetof(struct header, beat_ms) == 56, "layout");
static_assert(offsetof(struct header, changes) == 64, "layout");
static_assert(offsetof(struct header, changed) == 72, "layout");
static_assert(offsetof(struct header, isolation) == 2120, "layout");
static_assert(offsetof(struct header, pace) == 2128, "layout");
static_assert(sizeof(struct header) == HEADER_BYTES, "layout");
static_assert(offsetof(struct content, type) == 72, "layout");
static_assert(offsetof(struct content, target) == 96, "layout");
static_assert(offsetof(struct content, reason) == 288, "layout");
static_assert(offsetof(struct content, flags) == 480, "layout");
static_assert(offsetof(struct content, raw_state) == 484, "layout");
static_assert(offsetof(struct content, streak) == 488, "layout");
static_assert(offsetof(struct content, last_outcome) == 492, "layout");
static_assert(offsetof(struct content, passes) == 496, "layout");
static_assert(offsetof(struct content, fails) == 504, "layout");
static_assert(offsetof(struct content, inconclusives) == 512, "layout");
static_assert(offsetof(struct content, changes) == 520, "layout");
static_assert(offsetof(struct content, since_ms) == 528, "layout");
static_assert(offsetof(struct content, last_probe_ms) == 536, "layout");
static_assert(offsetof(struct content, duration_ms) == 544, "layout");
static_assert(offsetof(struct content, interval_ms) == 552, "layout");
static_assert(offsetof(struct content, timeout_ms) == 556, "layout");
static_assert(offsetof(struct content, linger_ms) == 560, "layout");
static_assert(offsetof(struct content, fall) == 564, "layout");
static_assert(offsetof(struct content, rise) == 566, "layout");
static_assert(offsetof(struct content, hold_ms) == 568, "layout");
static_assert(offsetof(struct content, ramp_ms) == 572, "layout");
static_assert(offsetof(struct content, suspect_ms) == 576, "layout");
static_assert(offsetof(struct content, certificate_s) == 580, "layout");
static_assert(offsetof(struct content, unsettled_ms) == 584, "layout");
static_assert(offsetof(struct content, latency_us) == 592, "layout");
static_assert(offsetof(struct content, answer_changes) == 604, "layout");
static_assert(sizeof(struct content) == DETAIL_WORDS * 8, "layout");
static_assert(offsetof(struct shared_detail, word) == 8, "layout");
static_assert(sizeof(struct shared_detail) == DETAIL_BYTES, "layout");
static_assert(offsetof(struct shared, verdict) == 4096, "layout");
static_assert(offsetof(struct shared, detail) == 1052672, "layout");
static_assert(offsetof(struct shared, raised) == 81793024, "layout");
static_assert(sizeof(struct shared) == 81809408, "layout");
static_assert(sizeof((struct health_detail){0}.id) <= sizeof((struct content){0}.id), "fits");
static_assert(sizeof((struct health_detail){0}.type) <= sizeof((struct content){0}.type), "fits");
static_assert(
        sizeof((struct health_detail){0}.target) <= sizeof((struct content){0}.target), "fits");
static_assert(
        sizeof((struct health_detail){0}.reason) <= sizeof((struct content){0}.reason), "fits");
