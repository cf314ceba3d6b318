/* prober.c -- see prober.h. */
#include "check/prober.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "check/stall.h"

#define FIRST_BUCKETS 1024U
#define TARGET_BYTES  256U /* of a copied target, ordinarily */

/* One distinct target.  `gone`: nobody wants it, and it waits for its last probe's end. */
struct subject {
    struct prober *prober;
    struct check_target target; /* a copy in `arena` */
    struct arena *arena;
    char id[HEALTH_ID_MAX + 1]; /* of the first slot that wanted it */
    uint64_t hash;
    struct subject *next_in_bucket;
    struct subject *next_fresh;
    struct want *wants;
    struct schedule_item *item; /* NULL while fresh */
    struct probe *probe;        /* NULL while none runs */
    uint64_t stalls;            /* when the probe started, or last said that it goes on */
    bool is_fresh;
    bool is_gone;
};

/* What one slot wants. */
struct want {
    struct subject *subject; /* NULL for nothing */
    struct want *next, *previous;
    uint32_t slot;
};

struct prober {
    uv_loop_t *loop;
    uv_timer_t timer; /* when the schedule has something next */
    struct probe_engine *engine;
    struct schedule *schedule;
    struct stall stall;
    prober_handler *handler;
    void *context;
    struct want **wants; /* by slot */
    uint32_t slots;
    struct subject **buckets;
    uint32_t bucket_count; /* a power of two */
    uint32_t subjects;
    struct subject *fresh; /* in the order they came */
    struct subject **fresh_end;
    uint32_t fresh_count;
    uint32_t running;
    uint32_t held; /* of these, those that hold a connection, or are about to */
    uint32_t held_max;
    bool is_stopping;
};

static uint64_t boot_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t prober_look(struct prober *prober, uint64_t *ret_ms)
{
    uint64_t count = stall_look(&prober->stall, boot_ms());
    *ret_ms = prober->stall.length_ms;
    return count;
}

static uint64_t stalls(struct prober *prober)
{
    uint64_t length_ms;
    return prober_look(prober, &length_ms);
}

/* ---- the set of subjects ---- */

static struct subject **bucket_of(struct prober *prober, uint64_t hash)
{
    return &prober->buckets[(hash ^ hash >> 32) & (prober->bucket_count - 1)];
}

static void grow(struct prober *prober)
{
    struct subject **old = prober->buckets;
    uint32_t old_count = prober->bucket_count;
    prober->bucket_count = old_count * 2;
    prober->buckets = mem_zalloc(prober->bucket_count, sizeof(*prober->buckets));
    for (uint32_t i = 0; i < old_count; i++) {
        for (struct subject *subject = old[i], *next; subject != NULL; subject = next) {
            struct subject **bucket = bucket_of(prober, subject->hash);
            next = subject->next_in_bucket;
            subject->next_in_bucket = *bucket;
            *bucket = subject;
        }
    }
    free(old);
}

static struct subject *find(struct prober *prober, const struct check_target *target, uint64_t hash)
{
    struct subject *subject = *bucket_of(prober, hash);
    while (subject != NULL &&
            (subject->hash != hash || !check_target_equal(&subject->target, target)))
        subject = subject->next_in_bucket;
    return subject;
}

static struct subject *subject_new(
        struct prober *prober, const struct check_target *target, uint64_t hash, const char *id)
{
    struct subject *subject = mem_zalloc(1, sizeof(*subject));
    subject->prober = prober;
    subject->arena = arena_new_small(TARGET_BYTES);
    subject->target = check_target_copy(subject->arena, target);
    snprintf(subject->id, sizeof(subject->id), "%s", id);
    subject->hash = hash;
    if (prober->subjects == prober->bucket_count)
        grow(prober);
    struct subject **bucket = bucket_of(prober, hash);
    subject->next_in_bucket = *bucket;
    *bucket = subject;
    prober->subjects++;
    subject->is_fresh = true;
    *prober->fresh_end = subject;
    prober->fresh_end = &subject->next_fresh;
    prober->fresh_count++;
    return subject;
}

static void subject_free(struct subject *subject)
{
    arena_free(subject->arena);
    free(subject);
}

static void forget_fresh(struct prober *prober, struct subject *subject)
{
    struct subject **link = &prober->fresh;
    while (*link != subject)
        link = &(*link)->next_fresh;
    *link = subject->next_fresh;
    if (*link == NULL)
        prober->fresh_end = link;
    prober->fresh_count--;
}

static void arm(struct prober *prober);

/* Nobody wants it any more. */
static void let_go(struct subject *subject)
{
    struct prober *prober = subject->prober;
    struct subject **link = bucket_of(prober, subject->hash);
    while (*link != subject)
        link = &(*link)->next_in_bucket;
    *link = subject->next_in_bucket;
    prober->subjects--;

    if (subject->is_fresh)
        forget_fresh(prober, subject);
    if (subject->item != NULL)
        schedule_remove(prober->schedule, subject->item);
    subject->item = NULL;
    if (subject->probe == NULL) {
        subject_free(subject);
        return;
    }
    subject->is_gone = true;
    probe_stop(subject->probe);
}

/* ---- wants ---- */

static struct want *want_of(struct prober *prober, uint32_t slot)
{
    assert(slot < HEALTH_TABLE_SLOTS);
    if (slot >= prober->slots) {
        uint32_t slots = prober->slots;
        uint32_t wanted = slot < 512 ? 1024 : slot * 2;
        prober->wants = mem_resize(prober->wants, wanted, sizeof(*prober->wants));
        memset(prober->wants + slots, 0, (wanted - slots) * sizeof(*prober->wants));
        prober->slots = wanted;
    }
    if (prober->wants[slot] == NULL) {
        prober->wants[slot] = mem_zalloc(1, sizeof(struct want));
        prober->wants[slot]->slot = slot;
    }
    return prober->wants[slot];
}

static void join(struct want *want, struct subject *subject)
{
    want->subject = subject;
    want->previous = NULL;
    want->next = subject->wants;
    if (want->next != NULL)
        want->next->previous = want;
    subject->wants = want;
}

static void leave(struct want *want)
{
    struct subject *subject = want->subject;
    if (subject == NULL)
        return;
    if (want->previous != NULL)
        want->previous->next = want->next;
    else
        subject->wants = want->next;
    if (want->next != NULL)
        want->next->previous = want->previous;
    want->subject = NULL;
    if (subject->wants == NULL)
        let_go(subject);
}

void prober_set(
        struct prober *prober, uint32_t slot, const struct check_target *target, const char *id)
{
    struct want *want = want_of(prober, slot);
    if (want->subject != NULL && check_target_equal(&want->subject->target, target))
        return;
    leave(want);
    uint64_t hash = check_target_hash(target);
    struct subject *subject = find(prober, target, hash);
    if (subject == NULL)
        subject = subject_new(prober, target, hash, id);
    join(want, subject);
}

void prober_clear(struct prober *prober, uint32_t slot)
{
    if (slot < prober->slots && prober->wants[slot] != NULL)
        leave(prober->wants[slot]);
}

/* ---- probing ---- */

/* Against a target only counts what was seen by a process that was awake. */
static void judge_stall(struct subject *subject, struct probe_result *result)
{
    char length[CLOCK_TEXT_MAX];
    if (stalls(subject->prober) == subject->stalls ||
            probe_reason_outcome(result->reason) != VERDICT_FAIL)
        return;
    result->reason = PROBE_STALLED;
    snprintf(result->text, sizeof(result->text), "%s, for %s", probe_reason_text(PROBE_STALLED),
            clock_format_duration(subject->prober->stall.length_ms, length));
}

static void hand_on(struct subject *subject, const struct probe_result *result)
{
    struct prober *prober = subject->prober;
    for (struct want *want = subject->wants, *next; want != NULL; want = next) {
        next = want->next;
        prober->handler(prober->context, want->slot, result);
    }
}

static void on_passed(struct subject *subject, const struct probe_result *result)
{
    assert(!subject->is_gone);
    subject->stalls = stalls(subject->prober);
    schedule_hold(subject->prober->schedule, subject->item);
    hand_on(subject, result);
    arm(subject->prober);
}

static void on_ended(struct subject *subject, const struct probe_result *ended)
{
    struct prober *prober = subject->prober;
    struct probe_result result = *ended;

    prober->running--;
    prober->held -= check_type_is_held(subject->target.type);
    subject->probe = NULL;
    if (subject->is_gone) {
        subject_free(subject);
        arm(prober);
        return;
    }
    judge_stall(subject, &result);
    schedule_ended(prober->schedule, subject->item, clock_mono_ms());
    if (!prober->is_stopping)
        hand_on(subject, &result);
    arm(prober);
}

static void on_probe(void *context, const struct probe_result *result)
{
    if (result->goes_on)
        on_passed(context, result);
    else
        on_ended(context, result);
}

/* Our own limit, not the target's fault. */
static void refuse(struct subject *subject)
{
    struct prober *prober = subject->prober;
    struct probe_result result = {.reason = PROBE_NO_PLACE};
    snprintf(result.text, sizeof(result.text), "%s: %u are held", probe_reason_text(result.reason),
            prober->held);
    schedule_ended(prober->schedule, subject->item, clock_mono_ms());
    hand_on(subject, &result);
}

static void start(struct subject *subject)
{
    struct prober *prober = subject->prober;
    bool is_held = check_type_is_held(subject->target.type);

    if (is_held && prober->held == prober->held_max) {
        refuse(subject);
        return;
    }
    subject->stalls = stalls(prober);
    prober->running++;
    prober->held += is_held;
    subject->probe = probe_start(prober->engine, &subject->target, subject->id, on_probe, subject);
}

static void on_due(uv_timer_t *timer)
{
    struct prober *prober = timer->data;
    uint64_t now_ms = clock_mono_ms();
    struct subject *subject;

    while ((subject = schedule_take(prober->schedule, now_ms)) != NULL)
        start(subject);
    arm(prober);
}

static void arm(struct prober *prober)
{
    uint64_t due_ms = schedule_due_ms(prober->schedule);
    uint64_t turn_ms = uv_now(prober->loop); /* libuv counts from there, on the same clock */
    if (prober->is_stopping || due_ms == SCHEDULE_NEVER)
        uv_timer_stop(&prober->timer);
    else
        uv_timer_start(&prober->timer, on_due, due_ms > turn_ms ? due_ms - turn_ms : 0, 0);
}

void prober_spread(struct prober *prober)
{
    uint64_t now_ms = clock_mono_ms();
    uint32_t rank = 0;
    for (struct subject *subject = prober->fresh; subject != NULL; subject = subject->next_fresh) {
        uint32_t interval_ms = subject->target.interval_ms;
        uint64_t first_ms = schedule_first_ms(interval_ms, rank++, prober->fresh_count);
        subject->item = schedule_add(prober->schedule, interval_ms, now_ms + first_ms, subject);
        subject->is_fresh = false;
    }
    prober->fresh = NULL;
    prober->fresh_end = &prober->fresh;
    prober->fresh_count = 0;
    arm(prober);
}

struct schedule_stats prober_stats(const struct prober *prober)
{
    return schedule_stats(prober->schedule);
}

/* ---- life ---- */

int prober_new(struct prober **ret, uv_loop_t *loop, const struct prober_settings *settings)
{
    struct probe_engine *engine;
    int error = probe_engine_new(&engine, loop, settings->ca_file);
    if (error != 0)
        return error;
    if (settings->commands_max > 0)
        probe_engine_allow_commands(engine, settings->commands_max);
    struct prober *prober = mem_zalloc(1, sizeof(*prober));
    prober->loop = loop;
    prober->engine = engine;
    prober->schedule = schedule_new(settings->probes_max, settings->rand);
    prober->held_max = settings->probes_max;
    prober->stall = stall_start(boot_ms());
    prober->handler = settings->handler;
    prober->context = settings->context;
    prober->fresh_end = &prober->fresh;
    prober->bucket_count = FIRST_BUCKETS;
    prober->buckets = mem_zalloc(FIRST_BUCKETS, sizeof(*prober->buckets));
    error = uv_timer_init(loop, &prober->timer);
    assert(error == 0); /* it cannot fail */
    prober->timer.data = prober;
    *ret = prober;
    return 0;
}

void prober_stop(struct prober *prober)
{
    prober->is_stopping = true;
    for (uint32_t i = 0; i < prober->bucket_count; i++)
        for (struct subject *s = prober->buckets[i]; s != NULL; s = s->next_in_bucket)
            if (s->probe != NULL)
                probe_stop(s->probe);
    probe_engine_stop(prober->engine);
    arm(prober);
}

bool prober_is_idle(const struct prober *prober)
{
    return prober->running == 0 && probe_engine_is_idle(prober->engine);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void prober_free(struct prober *prober)
{
    if (prober == NULL)
        return;
    assert(prober_is_idle(prober));
    for (uint32_t slot = 0; slot < prober->slots; slot++) {
        prober_clear(prober, slot);
        free(prober->wants[slot]);
    }
    free(prober->wants);
    free(prober->buckets);
    schedule_free(prober->schedule);
    probe_engine_free(prober->engine);
    uv_close((uv_handle_t *)&prober->timer, on_timer_closed);
}
