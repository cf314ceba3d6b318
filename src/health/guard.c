/* guard.c -- see guard.h.
 *
 * Members that went down within the window are in a list in the order in which they did, so that those whose time is
 * over leave it from the front.  It is looked at only when another one comes.
 */
#include "health/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/str.h"

struct member {
    struct list_link link; /* in the list of those that fell lately, if it is recent */
    uint64_t fell_ms;
    bool is_down, is_recent, is_held;
};

struct guard {
    struct guard_limit limit;
    uint32_t members_count;
    uint32_t allowed;
    uint32_t down, recent, held;
    uint64_t since_ms; /* raised; 0: quiet */
    struct list fallen;
    struct member members[];
};

/* ---- the limit ---- */

int guard_limit_parse(const char *text, struct guard_limit *ret, struct buf *why)
{
    unsigned share = 0, count = 0;
    char unit = 0;
    int end = 0;
    int found = sscanf(text, "%3u%% in %6u%c%n", &share, &count, &unit, &end);
    uint64_t seconds = (uint64_t)count * str_unit_s(unit);

    if (found != 3 || text[end] != '\0' || str_unit_s(unit) == 0) {
        buf_printf(
                why, "wanted is a share and a time, as in \"50%% in 10s\"; read was \"%s\"", text);
        return ERR_SYNTAX;
    }
    if (share < 1 || share > GUARD_SHARE_MAX) {
        buf_printf(why, "a share of %u%%; it is from 1%% to %u%%", share, GUARD_SHARE_MAX);
        return ERR_SYNTAX;
    }
    if (seconds < 1 || seconds > GUARD_WINDOW_MAX_S) {
        buf_printf(why, "a time of %u%c; it is from 1s to %us", count, unit, GUARD_WINDOW_MAX_S);
        return ERR_SYNTAX;
    }
    *ret = (struct guard_limit){share, (uint32_t)seconds * 1000};
    return 0;
}

uint32_t guard_limit_allows(const struct guard_limit *limit, uint32_t checks)
{
    uint32_t allowed = (uint32_t)((uint64_t)checks * limit->share_percent / 100);
    return allowed < GUARD_LEAST - 1 ? GUARD_LEAST - 1 : allowed;
}

/* ---- the life of a guard ---- */

struct guard *guard_new(const struct guard_limit *limit, uint32_t members)
{
    size_t bytes = sizeof(struct guard) + members * sizeof(struct member);
    struct guard *guard = mem_zalloc(1, bytes);
    guard->limit = *limit;
    guard->members_count = members;
    guard->allowed = guard_limit_allows(limit, members);
    return guard;
}

void guard_free(struct guard *guard)
{
    free(guard);
}

/* ---- who is in the window, and who is held ---- */

static void forget(struct guard *guard, struct member *member)
{
    if (!member->is_recent)
        return;
    list_remove(&guard->fallen, &member->link);
    member->is_recent = false;
    guard->recent--;
}

static void note(struct guard *guard, struct member *member)
{
    member->is_recent = true;
    list_append(&guard->fallen, &member->link);
    guard->recent++;
}

/* A clock that was set back makes nobody old. */
static void forget_old(struct guard *guard, uint64_t now_ms)
{
    while (guard->fallen.first != NULL) {
        struct member *oldest = LIST_MEMBER(guard->fallen.first, struct member, link);
        if (now_ms < oldest->fell_ms || now_ms - oldest->fell_ms <= guard->limit.window_ms)
            return;
        forget(guard, oldest);
    }
}

static void hold(struct guard *guard, struct member *member)
{
    guard->held += !member->is_held;
    member->is_held = true;
}

static void release(struct guard *guard, struct member *member)
{
    guard->held -= member->is_held;
    member->is_held = false;
}

static void raise_guard(struct guard *guard, uint64_t now_ms)
{
    guard->since_ms = now_ms;
    while (guard->fallen.first != NULL) {
        struct member *member = LIST_MEMBER(guard->fallen.first, struct member, link);
        hold(guard, member);
        forget(guard, member);
    }
}

/* Those that are held go down now. */
static void let_go(struct guard *guard, uint64_t now_ms)
{
    guard->since_ms = 0;
    for (uint32_t i = 0; i < guard->members_count; i++) {
        struct member *member = &guard->members[i];
        if (!member->is_held)
            continue;
        release(guard, member);
        member->fell_ms = now_ms;
        note(guard, member);
    }
}

static void lower(struct guard *guard)
{
    guard->since_ms = 0;
    for (uint32_t i = 0; i < guard->members_count; i++) {
        release(guard, &guard->members[i]);
        forget(guard, &guard->members[i]);
    }
}

/* ---- what happens ---- */

enum guard_news guard_fall(struct guard *guard, uint32_t place, uint64_t now_ms)
{
    struct member *member = &guard->members[place];

    if (member->is_down)
        return GUARD_NOTHING;
    member->is_down = true;
    guard->down++;
    member->fell_ms = now_ms;
    if (guard->since_ms != 0) {
        hold(guard, member);
        return GUARD_NOTHING;
    }
    forget_old(guard, now_ms);
    note(guard, member);
    if (guard->recent <= guard->allowed)
        return GUARD_NOTHING;
    raise_guard(guard, now_ms);
    return GUARD_RAISED;
}

enum guard_news guard_rise(struct guard *guard, uint32_t place, uint64_t now_ms)
{
    struct member *member = &guard->members[place];

    if (!member->is_down)
        return GUARD_NOTHING;
    member->is_down = false;
    guard->down--;
    forget(guard, member);
    release(guard, member);
    if (guard->since_ms == 0 || guard->held > guard->allowed)
        return GUARD_NOTHING;
    let_go(guard, now_ms);
    return GUARD_PASSED;
}

void guard_remember(struct guard *guard, uint32_t place, const struct guard_past *past)
{
    struct member *member = &guard->members[place];

    if (member->is_down)
        return;
    member->is_down = true;
    member->fell_ms = past->fell_ms;
    guard->down++;
    if (past->is_held)
        hold(guard, member);
}

static int by_time(const void *a, const void *b)
{
    const struct member *left = *(struct member *const *)a;
    const struct member *right = *(struct member *const *)b;
    return left->fell_ms < right->fell_ms ? -1 : left->fell_ms > right->fell_ms;
}

/* Those that are down, in the order in which they went; those whose time is over leave when the next one comes. */
static void fill_window(struct guard *guard)
{
    struct member **down = mem_zalloc(guard->down, sizeof(struct member *));
    uint32_t count = 0;

    for (uint32_t i = 0; i < guard->members_count; i++)
        if (guard->members[i].is_down && guard->members[i].fell_ms != 0)
            down[count++] = &guard->members[i];
    if (count > 0)
        qsort(down, count, sizeof(struct member *), by_time);
    for (uint32_t i = 0; i < count; i++)
        note(guard, down[i]);
    free(down);
}

void guard_resume(struct guard *guard, uint64_t since_ms, uint64_t now_ms)
{
    bool is_ours = guard->held > guard->allowed;

    if (is_ours) {
        guard->since_ms = since_ms != 0 ? since_ms : now_ms;
        return;
    }
    lower(guard);
    fill_window(guard);
    forget_old(guard, now_ms);
    /* More than the share are down for answers already: somebody has accepted it, and none is held for it again. */
    if (guard->recent > guard->allowed)
        lower(guard);
}

uint32_t guard_accept(struct guard *guard)
{
    uint32_t held = guard->held;
    if (guard->since_ms != 0)
        lower(guard);
    return held;
}

bool guard_holds(const struct guard *guard, uint32_t place)
{
    return guard->members[place].is_held;
}

struct guard_past guard_past_of(const struct guard *guard, uint32_t place)
{
    const struct member *member = &guard->members[place];
    bool is_news = member->is_recent || member->is_held;
    return (struct guard_past){is_news ? member->fell_ms : 0, member->is_held};
}

void guard_describe(const struct guard *guard, struct guard_report *ret)
{
    *ret = (struct guard_report){
            .limit = guard->limit,
            .members = guard->members_count,
            .allowed = guard->allowed,
            .down = guard->down,
            .held = guard->held,
            .since_ms = guard->since_ms,
    };
}
