/* schedule.c -- see schedule.h.  Waiting items lie in a binary heap by the time they are due; what is
 * overdue simply lies at its top, so the heap is the queue too. */
#include "check/schedule.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "health/timing.h"

#define FIRST_ROOM  64U
#define NOT_WAITING UINT32_MAX

struct schedule_item {
    uint64_t due_ms;
    uint64_t order; /* among items due at the same time, the first to come starts first */
    uint32_t interval_ms;
    uint32_t place; /* in the heap, or NOT_WAITING */
    bool is_held;
    void *subject;
    struct schedule_item *next, *previous; /* of all */
};

struct schedule {
    struct schedule_item **heap;
    uint32_t waiting;
    uint32_t room;
    uint32_t running_max;
    uint64_t order;
    struct rand rand;
    struct schedule_item *all;
    struct schedule_stats stats;
};

uint64_t schedule_first_ms(uint32_t interval_ms, uint32_t rank, uint32_t count)
{
    assert(rank < count);
    return (uint64_t)interval_ms * rank / count;
}

uint64_t schedule_next_ms(uint32_t interval_ms, struct rand *rand)
{
    uint32_t jitter = timing_jitter_ms(interval_ms);
    return (uint64_t)interval_ms - jitter + rand_below(rand, 2 * jitter + 1);
}

struct schedule *schedule_new(uint32_t running_max, struct rand rand)
{
    assert(running_max > 0);
    struct schedule *schedule = mem_zalloc(1, sizeof(*schedule));
    schedule->running_max = running_max;
    schedule->rand = rand;
    return schedule;
}

void schedule_free(struct schedule *schedule)
{
    if (schedule == NULL)
        return;
    while (schedule->all != NULL)
        schedule_remove(schedule, schedule->all);
    free(schedule->heap);
    free(schedule);
}

static bool is_before(const struct schedule_item *a, const struct schedule_item *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void put(struct schedule *schedule, uint32_t place, struct schedule_item *item)
{
    schedule->heap[place] = item;
    item->place = place;
}

/* Moves an item from `place` towards the top or the bottom until the heap is in order again. */
static void sift(struct schedule *schedule, uint32_t place, struct schedule_item *item)
{
    struct schedule_item **heap = schedule->heap;
    while (place > 0 && is_before(item, heap[(place - 1) / 2])) {
        put(schedule, place, heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    for (uint32_t child = 2 * place + 1; child < schedule->waiting; child = 2 * place + 1) {
        if (child + 1 < schedule->waiting && is_before(heap[child + 1], heap[child]))
            child++;
        if (!is_before(heap[child], item))
            break;
        put(schedule, place, heap[child]);
        place = child;
    }
    put(schedule, place, item);
}

static void wait(struct schedule *schedule, struct schedule_item *item, uint64_t due_ms)
{
    if (schedule->waiting == schedule->room) {
        schedule->room = schedule->room > 0 ? schedule->room * 2 : FIRST_ROOM;
        schedule->heap = mem_resize(schedule->heap, schedule->room, sizeof(struct schedule_item *));
    }
    item->due_ms = due_ms;
    item->order = schedule->order++;
    sift(schedule, schedule->waiting++, item);
}

static void unwait(struct schedule *schedule, struct schedule_item *item)
{
    uint32_t place = item->place;
    struct schedule_item *last = schedule->heap[--schedule->waiting];
    item->place = NOT_WAITING;
    if (last != item)
        sift(schedule, place, last);
}

struct schedule_item *schedule_add(
        struct schedule *schedule, uint32_t interval_ms, uint64_t due_ms, void *subject)
{
    struct schedule_item *item = mem_zalloc(1, sizeof(*item));
    item->interval_ms = interval_ms;
    item->subject = subject;
    item->next = schedule->all;
    if (item->next != NULL)
        item->next->previous = item;
    schedule->all = item;
    schedule->stats.items++;
    wait(schedule, item, due_ms);
    return item;
}

/* Gives back what an item that does not wait has taken. */
static void give_back(struct schedule *schedule, struct schedule_item *item)
{
    uint32_t *count = item->is_held ? &schedule->stats.held : &schedule->stats.running;
    assert(item->place == NOT_WAITING);
    assert(*count > 0);
    (*count)--;
    item->is_held = false;
}

void schedule_remove(struct schedule *schedule, struct schedule_item *item)
{
    if (item->place != NOT_WAITING)
        unwait(schedule, item);
    else
        give_back(schedule, item);
    if (item->previous != NULL)
        item->previous->next = item->next;
    else
        schedule->all = item->next;
    if (item->next != NULL)
        item->next->previous = item->previous;
    schedule->stats.items--;
    free(item);
}

void *schedule_take(struct schedule *schedule, uint64_t now_ms)
{
    if (schedule_due_ms(schedule) > now_ms)
        return NULL;
    struct schedule_item *item = schedule->heap[0];
    uint64_t late_ms = now_ms - item->due_ms;
    unwait(schedule, item);
    schedule->stats.running++;
    schedule->stats.started++;
    quantiles_add(&schedule->stats.lateness, late_ms * 1000);
    if (late_ms > SCHEDULE_LATE_MS)
        schedule->stats.late++;
    if (late_ms > schedule->stats.late_ms_max)
        schedule->stats.late_ms_max = late_ms;
    return item->subject;
}

void schedule_hold(struct schedule *schedule, struct schedule_item *item)
{
    give_back(schedule, item);
    item->is_held = true;
    schedule->stats.held++;
}

void schedule_ended(struct schedule *schedule, struct schedule_item *item, uint64_t now_ms)
{
    give_back(schedule, item);
    wait(schedule, item, now_ms + schedule_next_ms(item->interval_ms, &schedule->rand));
}

uint64_t schedule_due_ms(const struct schedule *schedule)
{
    if (schedule->waiting == 0 || schedule->stats.running >= schedule->running_max)
        return SCHEDULE_NEVER;
    return schedule->heap[0]->due_ms;
}

struct schedule_stats schedule_stats(const struct schedule *schedule)
{
    return schedule->stats;
}
