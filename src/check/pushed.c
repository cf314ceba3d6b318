/* pushed.c -- see pushed.h.
 *
 * A beat only notes the time.  The heap has a place for each heartbeat that is not silent, by a time that may
 * be behind: when it comes up and there was a beat since, it goes down again.
 */
#include "check/pushed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

struct beater {
    const struct definition *definition;
    uint32_t slot;
    uint64_t heard_ms; /* monotonic: the last beat, or when its time to live began */
    uint64_t due_ms;   /* by which it stands in the heap */
    bool is_silent;    /* and not in the heap */
};

struct pushed {
    struct ledger *ledger;
    const struct health_table *table;
    const struct definitions *definitions;
    const uint32_t *slots;
    struct beater *beaters; /* sorted by id, as the definitions are */
    uint32_t count;
    uint32_t *heap; /* places in beaters */
    uint32_t heap_count;
};

struct pushed *pushed_new(struct ledger *ledger, const struct health_table *table)
{
    struct pushed *pushed = mem_zalloc(1, sizeof(*pushed));
    pushed->ledger = ledger;
    pushed->table = table;
    return pushed;
}

void pushed_free(struct pushed *pushed)
{
    if (pushed == NULL)
        return;
    free(pushed->beaters);
    free(pushed->heap);
    free(pushed);
}

/* ---- the heap ---- */

static uint64_t due_at(const struct pushed *pushed, uint32_t place)
{
    return pushed->beaters[pushed->heap[place]].due_ms;
}

static void swap(struct pushed *pushed, uint32_t a, uint32_t b)
{
    uint32_t kept = pushed->heap[a];
    pushed->heap[a] = pushed->heap[b];
    pushed->heap[b] = kept;
}

static void heap_add(struct pushed *pushed, uint32_t beater)
{
    uint32_t at = pushed->heap_count++;
    pushed->heap[at] = beater;
    for (; at > 0 && due_at(pushed, at) < due_at(pushed, (at - 1) / 2); at = (at - 1) / 2)
        swap(pushed, at, (at - 1) / 2);
}

/* Puts the first where it belongs. */
static void heap_sink(struct pushed *pushed)
{
    for (uint32_t at = 0;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < pushed->heap_count && due_at(pushed, child) < due_at(pushed, least))
                least = child;
        if (least == at)
            return;
        swap(pushed, at, least);
        at = least;
    }
}

static void watch(struct pushed *pushed, struct beater *beater)
{
    beater->is_silent = false;
    beater->due_ms = beater->heard_ms + beater->definition->target.push.ttl_ms;
    heap_add(pushed, (uint32_t)(beater - pushed->beaters));
}

/* ---- heartbeats ---- */

static int by_id(const void *id, const void *beater)
{
    return strcmp(id, ((const struct beater *)beater)->definition->id);
}

static struct beater *find(const struct pushed *pushed, const char *id)
{
    if (pushed->count == 0)
        return NULL;
    return bsearch(id, pushed->beaters, pushed->count, sizeof(*pushed->beaters), by_id);
}

/* Whether its silence is known already; of one that is Disabled nobody asks. */
static bool is_known_silent(const struct pushed *pushed, const struct beater *beater)
{
    struct health_detail detail;
    if (beater->definition->rule.disabled)
        return true;
    (void)!health_table_read(pushed->table, beater->slot, &detail);
    return detail.raw_state == HEALTH_DOWN;
}

void pushed_define(struct pushed *pushed, const struct definitions *definitions,
        const uint32_t *slots, uint64_t mono_ms)
{
    struct pushed old = *pushed;
    pushed->definitions = definitions;
    pushed->slots = slots;
    pushed->beaters = mem_zalloc(definitions->count, sizeof(*pushed->beaters));
    pushed->heap = mem_zalloc(definitions->count, sizeof(*pushed->heap));
    pushed->count = 0;
    pushed->heap_count = 0;
    for (size_t i = 0; i < definitions->count; i++) {
        const struct definition *definition = &definitions->list[i];
        if (definition->target.type != CHECK_HEARTBEAT)
            continue;
        const struct beater *before = find(&old, definition->id);
        struct beater *beater = &pushed->beaters[pushed->count++];
        *beater = (struct beater){
                .definition = definition,
                .slot = slots[i],
                .heard_ms = before != NULL ? before->heard_ms : mono_ms,
        };
        beater->is_silent = is_known_silent(pushed, beater);
        if (!beater->is_silent)
            watch(pushed, beater);
    }
    free(old.beaters);
    free(old.heap);
}

static void tell(struct pushed *pushed, uint32_t slot, enum probe_reason reason, const char *text,
        uint64_t now_ms)
{
    struct probe_result result = {.reason = reason};
    snprintf(result.text, sizeof(result.text), "%s", text);
    ledger_take(pushed->ledger, slot, &result, now_ms);
}

int pushed_beat(struct pushed *pushed, const char *id, uint64_t mono_ms, uint64_t now_ms)
{
    struct beater *beater = find(pushed, id);
    if (beater == NULL)
        return -ENOENT;
    beater->heard_ms = mono_ms;
    tell(pushed, beater->slot, PROBE_OK, "it beats", now_ms);
    if (beater->is_silent && !beater->definition->rule.disabled)
        watch(pushed, beater);
    return 0;
}

const char *pushed_nearest(const struct pushed *pushed, const char *id)
{
    struct str_nearest nearest = {.word = id};
    for (uint32_t i = 0; i < pushed->count; i++)
        str_nearest_offer(&nearest, pushed->beaters[i].definition->id);
    return nearest.best;
}

static void find_silent(struct pushed *pushed, struct beater *beater, uint64_t now_ms)
{
    char ttl[CLOCK_TEXT_MAX];
    char text[HEALTH_REASON_MAX + 1];
    snprintf(text, sizeof(text), "no heartbeat within %s",
            clock_format_duration(beater->definition->target.push.ttl_ms, ttl));
    beater->is_silent = true;
    tell(pushed, beater->slot, PROBE_SILENT, text, now_ms);
}

void pushed_look(struct pushed *pushed, uint64_t mono_ms, uint64_t now_ms)
{
    while (pushed->heap_count > 0 && due_at(pushed, 0) <= mono_ms) {
        struct beater *beater = &pushed->beaters[pushed->heap[0]];
        beater->due_ms = beater->heard_ms + beater->definition->target.push.ttl_ms;
        bool silent = beater->due_ms <= mono_ms;
        if (silent)
            swap(pushed, 0, --pushed->heap_count);
        heap_sink(pushed);
        if (silent)
            find_silent(pushed, beater, now_ms);
    }
}

uint64_t pushed_due_ms(const struct pushed *pushed)
{
    return pushed->heap_count > 0 ? due_at(pushed, 0) : PUSHED_NEVER;
}

/* ---- alarms and switches ---- */

static enum health_state state_of(const struct definition *definition, const struct push *push)
{
    static const enum health_state insufficient[] = {
            [INSUFFICIENT_LAST_KNOWN] = HEALTH_UNKNOWN,
            [INSUFFICIENT_HEALTHY] = HEALTH_UP,
            [INSUFFICIENT_UNHEALTHY] = HEALTH_DOWN,
    };
    return push->state != HEALTH_UNKNOWN ? push->state
                                         : insufficient[definition->target.push.insufficient];
}

static const char *text_of(const struct definition *definition, const struct push *push)
{
    static const char *const alarm[] = {
            [HEALTH_UNKNOWN] = "the alarm says INSUFFICIENT_DATA",
            [HEALTH_UP] = "the alarm says OK",
            [HEALTH_DOWN] = "the alarm says ALARM",
    };
    if (definition->target.type == CHECK_CLOUDWATCH_METRIC)
        return alarm[push->state];
    return push->state == HEALTH_DOWN ? "switched off" : "switched on";
}

/* A push is known by its time, as long as it means the same. */
static void apply(struct pushed *pushed, size_t i, const struct push *push)
{
    static const enum probe_reason reasons[] = {
            [HEALTH_UNKNOWN] = PROBE_NO_DATA,
            [HEALTH_UP] = PROBE_OK,
            [HEALTH_DOWN] = PROBE_SWITCHED_OFF,
    };
    const struct definition *definition = &pushed->definitions->list[i];
    enum probe_reason reason = reasons[state_of(definition, push)];
    struct health_detail detail;
    (void)!health_table_read(pushed->table, pushed->slots[i], &detail);
    if (detail.last_probe_ms == push->since_ms &&
            detail.last_outcome == 1 + (uint32_t)probe_reason_outcome(reason))
        return;
    tell(pushed, pushed->slots[i], reason, text_of(definition, push), push->since_ms);
}

void pushed_apply(struct pushed *pushed, const struct pushes *pushes)
{
    char target[HEALTH_TARGET_MAX + 1];
    for (size_t i = 0; pushed->definitions != NULL && i < pushed->definitions->count; i++) {
        const struct definition *definition = &pushed->definitions->list[i];
        if (!check_type_is_switched(definition->target.type))
            continue;
        definition_describe(definition, target);
        const struct push *push = pushes_find(pushes, target);
        if (push != NULL)
            apply(pushed, i, push);
    }
}
