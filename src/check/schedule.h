/* schedule.h -- when each target is probed next.  Pure: the time and the random numbers are given.
 *
 *   state   | what happens                           | next
 *   --------+----------------------------------------+--------
 *   WAITING | schedule_take(), due and a place free  | RUNNING
 *   RUNNING | schedule_hold()                        | HELD
 *   RUNNING | schedule_ended()                       | WAITING
 *   HELD    | schedule_ended()                       | WAITING
 *
 * First probes are spread over the interval, so that a start is no burst; later ones follow the end of
 * the one before by the interval (route53.md 3.3) with a little jitter, so that targets which met by
 * chance part again.  A target is never probed twice at once.  At most `running_max` are RUNNING;
 * whoever is due meanwhile waits, the longest due first, and how late it started is counted.  What is HELD
 * goes on without end, and so takes none of these places.
 *
 * Times are monotonic milliseconds.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/rand.h"
#include "health/quantiles.h"

#define SCHEDULE_NEVER   UINT64_MAX
#define SCHEDULE_LATE_MS 100U /* a start later than this counts as late */

struct schedule;
struct schedule_item; /* one target's place in the schedule */

struct schedule_stats {
    uint32_t items;
    uint32_t running;
    uint32_t held;
    uint64_t started; /* ever */
    uint64_t late;    /* of those, more than SCHEDULE_LATE_MS after they were due */
    uint64_t late_ms_max;
    struct quantiles lateness; /* of starts, in microseconds, though told in milliseconds */
};

/* How long after the start the item of rank `rank` of `count` is probed first: rank / count of its
 * interval. */
uint64_t schedule_first_ms(uint32_t interval_ms, uint32_t rank, uint32_t count);

/* How long after a probe's end the next one starts: the interval, give or take the jitter
 * (health/timing.h, which tells what comes of it at worst). */
uint64_t schedule_next_ms(uint32_t interval_ms, struct rand *rand);

/* A new, empty schedule; ended with schedule_free(), which frees its items too. */
MUST_CHECK struct schedule *schedule_new(uint32_t running_max, struct rand rand);
void schedule_free(struct schedule *schedule);

/* Adds an item that is due at `due_ms`.  Returns it, borrowed until schedule_remove(). */
struct schedule_item *schedule_add(
        struct schedule *schedule, uint32_t interval_ms, uint64_t due_ms, void *subject);

/* Removes an item in any state; its place is free. */
void schedule_remove(struct schedule *schedule, struct schedule_item *item);

/* The subject of the next item to start now, which becomes RUNNING; NULL if none is due or no place
 * is free. */
void *schedule_take(struct schedule *schedule, uint64_t now_ms);

/* What was started stays, and its place is free.  Nothing changes for an item that is HELD. */
void schedule_hold(struct schedule *schedule, struct schedule_item *item);

/* What was started, or held, has ended. */
void schedule_ended(struct schedule *schedule, struct schedule_item *item, uint64_t now_ms);

/* When schedule_take() will next have something: SCHEDULE_NEVER if something must end first. */
uint64_t schedule_due_ms(const struct schedule *schedule);

/* What was counted so far, as described above. */
struct schedule_stats schedule_stats(const struct schedule *schedule);
