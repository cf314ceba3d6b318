/* guards.c -- see guards.h. */
#include "check/guards.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/siphash.h"

/* A member of a guard, from the view of its slot. */
struct place {
    uint32_t group, member;
};

struct group {
    char *name;
    struct guard *guard;
    uint32_t *slots; /* of the members, rising */
    uint32_t count;
};

struct guards {
    struct health_table *table;
    struct guard_limit all;
    bool awaits_zones;
    struct guard_list list;
    struct group *groups; /* of zones, by name; that over all is the last */
    uint32_t groups_count;
    uint32_t *first; /* by slot: its first place; one more than there are slots */
    struct place *places;
    uint32_t slots;
    uint32_t *swept; /* slots to be looked at again */
    uint32_t swept_count, swept_room;
    guards_observer *observer; /* or NULL */
    void *context;
};

/* ---- life ---- */

struct guards *guards_new(struct health_table *table)
{
    struct guards *guards = mem_zalloc(1, sizeof(*guards));
    guards->table = table;
    return guards;
}

static void free_groups(struct group *groups, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        guard_free(groups[i].guard);
        free(groups[i].name);
        free(groups[i].slots);
    }
    free(groups);
}

void guards_free(struct guards *guards)
{
    if (guards == NULL)
        return;
    free_groups(guards->groups, guards->groups_count);
    guard_list_done(&guards->list);
    free(guards->first);
    free(guards->places);
    free(guards->swept);
    free(guards);
}

void guards_configure(struct guards *guards, const struct guard_limit *all, bool awaits_zones)
{
    guards->all = *all;
    guards->awaits_zones = awaits_zones;
}

void guards_observe(struct guards *guards, guards_observer *observer, void *context)
{
    guards->observer = observer;
    guards->context = context;
}

/* ---- what is told ---- */

static void sweep(struct guards *guards, uint32_t slot)
{
    if (guards->swept_count == guards->swept_room) {
        guards->swept_room = guards->swept_room > 0 ? 2 * guards->swept_room : 64;
        guards->swept = mem_resize(guards->swept, guards->swept_room, sizeof(*guards->swept));
    }
    guards->swept[guards->swept_count++] = slot;
}

static void sweep_group(struct guards *guards, const struct group *group)
{
    for (uint32_t i = 0; i < group->count; i++)
        sweep(guards, group->slots[i]);
}

uint32_t guards_next_swept(struct guards *guards)
{
    return guards->swept_count > 0 ? guards->swept[--guards->swept_count] : HEALTH_SLOT_NONE;
}

/* By what the table knows a guard. */
static uint64_t number_of(const struct group *group)
{
    static const uint8_t key[SIPHASH_KEY_BYTES] = {0};
    return siphash(key, (const uint8_t *)group->name, strlen(group->name));
}

static void tell(const struct guards *guards, const struct group *group, enum guards_what what,
        uint64_t now_ms)
{
    struct guards_event event = {.what = what, .name = group->name, .now_ms = now_ms};

    guard_describe(group->guard, &event.report);
    health_table_set_raised(guards->table, number_of(group), event.report.since_ms);
    if (guards->observer != NULL)
        guards->observer(guards->context, &event);
}

/* ---- who belongs where ---- */

/* The members of one group, while they are being collected. */
struct collector {
    const struct guards_subject *subjects;
    uint32_t slots;
    uint32_t *seen; /* by slot: the number of the group that has seen it last */
    uint32_t number;
    uint32_t *members;
    uint32_t count;
};

/* A check counts itself or, if it is CALCULATED, by its children. */
static void collect(struct collector *collector, uint32_t slot)
{
    if (slot >= collector->slots || collector->seen[slot] == collector->number)
        return;
    const struct guards_subject *subject = &collector->subjects[slot];
    collector->seen[slot] = collector->number;
    if (subject->counts)
        collector->members[collector->count++] = slot;
    for (uint32_t i = 0; i < subject->children_count; i++)
        collect(collector, subject->children[i]);
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static struct group new_group(
        struct collector *collector, const char *name, const struct guard_limit *limit)
{
    uint32_t count = collector->count;
    struct group group = {.name = mem_string(name), .count = count};
    if (count > 0) {
        qsort(collector->members, count, sizeof(uint32_t), by_number);
        group.slots = mem_copy(collector->members, count * sizeof(uint32_t));
    }
    group.guard = guard_new(limit, count);
    collector->count = 0;
    collector->number++;
    return group;
}

static void make_groups(
        struct guards *guards, const struct guards_subject *subjects, uint32_t slots)
{
    struct collector collector = {
            .subjects = subjects,
            .slots = slots,
            .seen = mem_zalloc(slots, sizeof(uint32_t)),
            .number = 1,
            .members = mem_zalloc(slots, sizeof(uint32_t)),
    };
    guards->groups = mem_zalloc((size_t)guards->list.count + 1, sizeof(*guards->groups));
    guards->groups_count = 0;
    for (uint32_t i = 0; i < guards->list.count; i++) {
        const struct guard_zone *zone = &guards->list.zones[i];
        for (uint32_t j = 0; j < zone->count; j++)
            collect(&collector, zone->slots[j]);
        guards->groups[guards->groups_count++] = new_group(&collector, zone->name, &zone->limit);
    }
    if (guards->all.share_percent > 0) {
        for (uint32_t slot = 0; slot < slots; slot++)
            collect(&collector, slot);
        guards->groups[guards->groups_count++] = new_group(&collector, GUARDS_ALL, &guards->all);
    }
    free(collector.seen);
    free(collector.members);
}

/* Turns "has these members" round to "is a member of these". */
static void find_places(struct guards *guards, uint32_t slots)
{
    uint32_t total = 0;

    free(guards->first);
    free(guards->places);
    guards->slots = slots;
    guards->first = mem_zalloc((size_t)slots + 1, sizeof(*guards->first));
    for (uint32_t i = 0; i < guards->groups_count; i++)
        for (uint32_t j = 0; j < guards->groups[i].count; j++)
            guards->first[guards->groups[i].slots[j]]++;
    for (uint32_t slot = 0; slot <= slots; slot++) {
        uint32_t count = guards->first[slot];
        guards->first[slot] = total;
        total += count;
    }
    guards->places = mem_zalloc(total, sizeof(*guards->places));
    for (uint32_t i = guards->groups_count; i-- > 0;)
        for (uint32_t j = guards->groups[i].count; j-- > 0;) {
            uint32_t slot = guards->groups[i].slots[j];
            uint32_t at = guards->first[slot]++;
            guards->places[at] = (struct place){i, j};
        }
    for (uint32_t slot = slots; slot > 0; slot--)
        guards->first[slot] = guards->first[slot - 1];
    guards->first[0] = 0;
}

/* ---- a guard in the place of the one before ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct group *)a)->name, ((const struct group *)b)->name);
}

/* Groups are sorted, but for that over all, which is the last. */
static const struct group *find_group(const struct group *groups, uint32_t count, const char *name)
{
    const struct group wanted = {.name = (char *)(uintptr_t)name};
    if (count > 0 && strcmp(groups[count - 1].name, name) == 0)
        return &groups[count - 1];
    return count > 0 ? bsearch(&wanted, groups, count - 1, sizeof(*groups), by_name) : NULL;
}

/* What is known of a member that is down: by the guard before or, for a process that is new, by the table. */
static struct guard_past past_of(
        const struct guards *guards, const struct group *before, uint32_t slot)
{
    struct health_verdict word = health_table_found(guards->table, slot);
    struct health_detail detail = {.since_ms = 0};

    if (before != NULL) {
        const uint32_t *found =
                bsearch(&slot, before->slots, before->count, sizeof(slot), by_number);
        return found != NULL ? guard_past_of(before->guard, (uint32_t)(found - before->slots))
                             : (struct guard_past){0, false};
    }
    if (health_table_read(guards->table, slot, &detail) != 0)
        detail.since_ms = (uint64_t)word.since_s * 1000;
    return (struct guard_past){detail.since_ms, word.held};
}

static void resume(
        struct guards *guards, struct group *group, const struct group *before, uint64_t now_ms)
{
    struct guard_report was = {.since_ms = 0}, is;

    if (before != NULL)
        guard_describe(before->guard, &was);
    else
        was.since_ms = health_table_raised_since(guards->table, number_of(group));
    for (uint32_t i = 0; i < group->count; i++) {
        struct health_verdict word = health_table_found(guards->table, group->slots[i]);
        if (word.state != HEALTH_DOWN)
            continue;
        const struct guard_past past = past_of(guards, before, group->slots[i]);
        /* Held and forced, but not by the guard before: it fell hidden by the force, and for guards it has not yet. */
        bool is_hidden = word.held && health_table_get(guards->table, group->slots[i]).forced &&
                         (before == NULL || !past.is_held);
        if (!is_hidden)
            guard_remember(group->guard, i, &past);
    }
    guard_resume(group->guard, was.since_ms, now_ms);
    guard_describe(group->guard, &is);
    if (is.since_ms != 0 && (was.since_ms == 0 || before == NULL)) /* a new log is told, too */
        tell(guards, group, GUARDS_RAISED, now_ms);
    else if (is.since_ms == 0 && was.since_ms != 0)
        tell(guards, group, GUARDS_PASSED, now_ms);
}

static int by_zone(const void *a, const void *b)
{
    return strcmp(((const struct guard_zone *)a)->name, ((const struct guard_zone *)b)->name);
}

void guards_take_zones(struct guards *guards, struct guard_list *list)
{
    guard_list_done(&guards->list);
    guards->list = *list;
    *list = (struct guard_list){NULL, 0};
    if (guards->list.count > 0)
        qsort(guards->list.zones, guards->list.count, sizeof(*guards->list.zones), by_zone);
    guards->awaits_zones = false;
}

/* Whoever was held, or may have to be. */
static void sweep_held(struct guards *guards)
{
    for (uint32_t slot = 0; slot < health_table_used(guards->table); slot++)
        if (health_table_found(guards->table, slot).held || guards_hold(guards, slot))
            sweep(guards, slot);
}

/* Of guards that are no more nothing is kept; as long as zones are awaited, theirs may be among these. */
static void keep_raised(const struct guards *guards)
{
    uint64_t kept[HEALTH_RAISED_MAX];
    uint32_t count = 0;
    struct guard_report report;

    if (guards->awaits_zones)
        return;
    for (uint32_t i = 0; i < guards->groups_count && count < HEALTH_RAISED_MAX; i++) {
        guard_describe(guards->groups[i].guard, &report);
        if (report.since_ms != 0)
            kept[count++] = number_of(&guards->groups[i]);
    }
    health_table_keep_raised(guards->table, kept, count);
    for (uint32_t i = 0; i < guards->groups_count; i++) {
        guard_describe(guards->groups[i].guard, &report);
        if (report.since_ms != 0)
            health_table_set_raised(guards->table, number_of(&guards->groups[i]), report.since_ms);
    }
}

void guards_define(struct guards *guards, const struct guards_subject *subjects, uint32_t slots,
        uint64_t now_ms)
{
    struct group *before = guards->groups;
    uint32_t before_count = guards->groups_count;

    make_groups(guards, subjects, slots);
    find_places(guards, slots);
    for (uint32_t i = 0; i < guards->groups_count; i++)
        resume(guards, &guards->groups[i], find_group(before, before_count, guards->groups[i].name),
                now_ms);
    free_groups(before, before_count);
    keep_raised(guards);
    sweep_held(guards);
}

/* ---- what happens ---- */

void guards_begin(struct guards *guards, uint32_t slot, bool is_down)
{
    static const struct guard_past long_ago = {0, false};
    if (slot >= guards->slots || !is_down)
        return;
    for (uint32_t i = guards->first[slot]; i < guards->first[slot + 1]; i++)
        guard_remember(
                guards->groups[guards->places[i].group].guard, guards->places[i].member, &long_ago);
}

void guards_step(struct guards *guards, uint32_t slot, bool is_down, uint64_t now_ms)
{
    if (slot >= guards->slots)
        return;
    for (uint32_t i = guards->first[slot]; i < guards->first[slot + 1]; i++) {
        struct group *group = &guards->groups[guards->places[i].group];
        uint32_t member = guards->places[i].member;
        enum guard_news news = is_down ? guard_fall(group->guard, member, now_ms)
                                       : guard_rise(group->guard, member, now_ms);
        if (news == GUARD_NOTHING)
            continue;
        sweep_group(guards, group);
        tell(guards, group, news == GUARD_RAISED ? GUARDS_RAISED : GUARDS_PASSED, now_ms);
    }
}

bool guards_watch(const struct guards *guards, uint32_t slot)
{
    return slot < guards->slots && guards->first[slot] != guards->first[slot + 1];
}

/* One that is held while not all guards are known was held by one of them. */
bool guards_hold(const struct guards *guards, uint32_t slot)
{
    if (slot >= guards->slots)
        return false;
    for (uint32_t i = guards->first[slot]; i < guards->first[slot + 1]; i++)
        if (guard_holds(guards->groups[guards->places[i].group].guard, guards->places[i].member))
            return true;
    return guards->awaits_zones && health_table_found(guards->table, slot).held;
}

uint32_t guards_accept(struct guards *guards, const char *name, uint64_t now_ms)
{
    const struct group *group = find_group(guards->groups, guards->groups_count, name);
    uint32_t held = group != NULL ? guard_accept(group->guard) : 0;
    if (held == 0)
        return 0;
    sweep_group(guards, group);
    tell(guards, group, GUARDS_ACCEPTED, now_ms);
    return held;
}

/* ---- what is known ---- */

bool guards_describe(const struct guards *guards, const char *name, struct guard_report *ret)
{
    const struct group *group = find_group(guards->groups, guards->groups_count, name);
    if (group != NULL)
        guard_describe(group->guard, ret);
    return group != NULL;
}

static struct doc *group_doc(const struct group *group)
{
    struct guard_report report;
    struct doc *doc = doc_new();
    guard_describe(group->guard, &report);
    doc_set_text(doc, "name", group->name);
    doc_set_number(doc, "share", report.limit.share_percent);
    doc_set_number(doc, "window_ms", report.limit.window_ms);
    doc_set_number(doc, "checks", report.members);
    doc_set_number(doc, "allowed", report.allowed);
    doc_set_number(doc, "down", report.down);
    doc_set_number(doc, "held", report.held);
    doc_set_number(doc, "since_ms", report.since_ms);
    return doc;
}

void guards_set_doc(const struct guards *guards, struct doc *doc)
{
    doc_set_bool(doc, "awaits_zones", guards->awaits_zones);
    doc_set_array(doc, "guards");
    for (uint32_t i = 0; i < guards->groups_count && i < GUARDS_TOLD_MAX; i++)
        doc_append(doc, "guards", group_doc(&guards->groups[i]));
}
