/* zonedb.c -- see zonedb.h.
 *
 * The pointer is a C11 atomic: published with release, read with acquire.  liburcu only answers one
 * question, when every reader has been offline once since the pointer changed.  It is not built for
 * the thread sanitizer, which therefore has to be told of the order a grace period gives: what a
 * reader did before it went offline comes before what the writer does behind the grace period.
 */
#include "zone/zonedb.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <urcu/urcu-qsbr.h>

#include "base/arena.h"
#include "base/mem.h"

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#define GRACE_RELEASE(db) __tsan_release(db)
#define GRACE_ACQUIRE(db) __tsan_acquire(db)
#else
#define GRACE_RELEASE(db) ((void)(db))
#define GRACE_ACQUIRE(db) ((void)(db))
#endif

struct zone_set {
    struct arena *arena;
    struct zone **zones; /* in canonical order of apex */
    size_t count;
    const struct tree *by_apex;
    struct route_watch *watch;
};

struct zonedb {
    _Atomic(struct zone_set *) current; /* never NULL */
};

static struct route_watch *watch_zones(struct zone *const *zones, size_t count)
{
    size_t groups = 0;
    for (size_t i = 0; i < count; i++)
        groups += zones[i]->watched_count;
    const struct route_group **all = mem_zalloc(groups, sizeof(const struct route_group *));
    size_t filled = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < zones[i]->watched_count; j++)
            all[filled++] = zones[i]->watched[j];
    struct route_watch *watch = route_watch_new(all, groups);
    free(all);
    return watch;
}

struct zone_set *zone_set_new(struct zone **zones, size_t count)
{
    struct arena *arena = arena_new();
    struct zone_set *set = arena_zalloc(arena, sizeof(*set));
    struct tree_entry *entries = mem_zalloc(count, sizeof(*entries));

    for (size_t i = 0; i < count; i++)
        entries[i] = (struct tree_entry){zones[i]->apex, zones[i]};
    set->arena = arena;
    set->by_apex = tree_build(arena, entries, count);
    set->zones = arena_alloc(arena, count * sizeof(*set->zones));
    set->count = count;
    for (size_t i = 0; i < count; i++)
        set->zones[i] = entries[i].value; /* sorted by now */
    free(entries);
    set->watch = watch_zones(zones, count);
    return set;
}

void zone_set_free(struct zone_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++)
        zone_unref(set->zones[i]);
    route_watch_free(set->watch);
    arena_free(set->arena); /* the set lies in its own arena */
}

size_t zone_set_count(const struct zone_set *set)
{
    return set->count;
}

struct zone *zone_set_at(const struct zone_set *set, size_t i)
{
    assert(i < set->count);
    return set->zones[i];
}

const struct route_watch *zone_set_watch(const struct zone_set *set)
{
    return set->watch;
}

const struct zone *zone_set_find(const struct zone_set *set, const struct tree_key *key)
{
    bool exact;
    return tree_find(set->by_apex, key, &exact);
}

struct zone *zone_set_get(const struct zone_set *set, const uint8_t *apex)
{
    struct tree_key key;
    tree_key_from_name(apex, &key);
    return tree_get(set->by_apex, &key);
}

struct zonedb *zonedb_new(void)
{
    struct zonedb *db = mem_zalloc(1, sizeof(*db));
    atomic_init(&db->current, zone_set_new(NULL, 0));
    return db;
}

void zonedb_free(struct zonedb *db)
{
    if (db == NULL)
        return;
    zone_set_free(atomic_load_explicit(&db->current, memory_order_acquire));
    free(db);
}

void zonedb_publish(struct zonedb *db, struct zone_set *set)
{
    assert(set != NULL);
    struct zone_set *old = atomic_exchange_explicit(&db->current, set, memory_order_acq_rel);
    urcu_qsbr_synchronize_rcu();
    GRACE_ACQUIRE(db);
    zone_set_free(old);
}

const struct zone_set *zonedb_current(const struct zonedb *db)
{
    return atomic_load_explicit(&db->current, memory_order_acquire);
}

void zonedb_reader_start(void)
{
    urcu_qsbr_register_thread(); /* which makes it online */
    urcu_qsbr_thread_offline();
}

void zonedb_reader_stop(void)
{
    urcu_qsbr_unregister_thread();
}

void zonedb_reader_online(struct zonedb *db)
{
    (void)db;
    urcu_qsbr_thread_online();
}

void zonedb_reader_offline(struct zonedb *db)
{
    GRACE_RELEASE(db);
    urcu_qsbr_thread_offline();
}

const struct zone_set *zonedb_read(const struct zonedb *db)
{
    return atomic_load_explicit(&db->current, memory_order_acquire);
}
