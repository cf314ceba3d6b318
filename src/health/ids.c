/* ids.c -- see ids.h.
 *
 * A hash table with open addressing (linear probing), at most half full; the hash is FNV-1a.
 */
#include "health/ids.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"

#define FNV_OFFSET 0xcbf29ce484222325U
#define FNV_PRIME  0x100000001b3U

struct entry {
    const char *id; /* NULL: empty */
    uint32_t slot;  /* HEALTH_SLOT_NONE: not there any more */
};

struct health_ids {
    struct arena *arena;   /* the strings */
    struct entry *entries; /* a power of two of them */
    uint32_t mask;
};

static uint64_t hash(const char *id)
{
    uint64_t value = FNV_OFFSET;
    for (; *id != '\0'; id++)
        value = (value ^ (unsigned char)*id) * FNV_PRIME;
    return value ^ value >> 32;
}

/* The entry of an id, or the empty one where it belongs. */
static struct entry *find(const struct health_ids *ids, const char *id)
{
    uint32_t at = (uint32_t)hash(id) & ids->mask;
    while (ids->entries[at].id != NULL && strcmp(ids->entries[at].id, id) != 0)
        at = (at + 1) & ids->mask;
    return &ids->entries[at];
}

static void add(
        struct health_ids *ids, const struct health_table *table, uint32_t slot, uint32_t flags)
{
    struct health_detail detail = {.flags = 0};

    /* The name of a slot holds still while its numbers are rewritten, so a detail that was caught in
     * the middle of a write serves as well. */
    if (health_table_read(table, slot, &detail) != 0 && detail.id[0] == '\0')
        return;
    if ((detail.flags & flags) == 0)
        return;
    struct entry *entry = find(ids, detail.id);
    if (entry->id == NULL)
        *entry = (struct entry){arena_string(ids->arena, detail.id), slot};
}

/* An index of the slots that have any of `flags`, with room for `more` ids. */
static struct health_ids *index_slots(
        const struct health_table *table, uint32_t flags, uint32_t more)
{
    uint32_t used = health_table_used(table);
    uint32_t room = 16;
    while (room < (used + more) * 2)
        room *= 2;

    struct health_ids *ids = mem_zalloc(1, sizeof(*ids));
    ids->arena = arena_new();
    ids->entries = mem_zalloc(room, sizeof(*ids->entries));
    ids->mask = room - 1;
    for (uint32_t slot = 0; slot < used; slot++)
        add(ids, table, slot, flags);
    return ids;
}

struct health_ids *health_ids_new(const struct health_table *table)
{
    return index_slots(table, HEALTH_DEFINED, 0);
}

struct health_ids *health_ids_new_with_leaving(const struct health_table *table)
{
    return index_slots(table, HEALTH_DEFINED | HEALTH_LEAVING, 0);
}

/* An id that is removed stays as one without a slot, so that those found behind it still are. */
static void change(struct health_ids *ids, const struct health_ids_change *changed, uint32_t slot)
{
    struct entry *entry = find(ids, changed->id);

    if (!changed->added)
        entry->slot = HEALTH_SLOT_NONE; /* of an empty one too, which means nothing */
    else if (entry->id == NULL)
        *entry = (struct entry){arena_string(ids->arena, changed->id), slot};
    else if (entry->slot == HEALTH_SLOT_NONE)
        entry->slot = slot;
}

struct health_ids *health_ids_new_after_with_leaving(
        const struct health_table *table, const struct health_ids_change *changes, uint32_t count)
{
    struct health_ids *ids = index_slots(table, HEALTH_DEFINED | HEALTH_LEAVING, count);

    assert(count <= HEALTH_SLOT_NONE - HEALTH_TABLE_SLOTS);
    for (uint32_t i = 0; i < count; i++)
        if (changes[i].added)
            change(ids, &changes[i], HEALTH_TABLE_SLOTS + i);
    return ids;
}

struct health_ids *health_ids_new_after(
        const struct health_table *table, const struct health_ids_change *changes, uint32_t count)
{
    struct health_ids *all = health_ids_new_after_with_leaving(table, changes, count);
    struct health_ids *ids = index_slots(table, HEALTH_DEFINED, count);

    for (uint32_t i = 0; i < count; i++)
        change(ids, &changes[i], health_ids_find(all, changes[i].id));
    health_ids_free(all);
    return ids;
}

void health_ids_free(struct health_ids *ids)
{
    if (ids == NULL)
        return;
    arena_free(ids->arena);
    free(ids->entries);
    free(ids);
}

uint32_t health_ids_find(const struct health_ids *ids, const char *id)
{
    const struct entry *entry = find(ids, id);
    return entry->id != NULL ? entry->slot : HEALTH_SLOT_NONE;
}

const char *health_ids_nearest(const struct health_ids *ids, const char *id)
{
    struct str_nearest nearest = {.word = id};
    for (uint32_t i = 0; i <= ids->mask; i++)
        if (ids->entries[i].id != NULL && ids->entries[i].slot != HEALTH_SLOT_NONE)
            str_nearest_offer(&nearest, ids->entries[i].id);
    return nearest.best;
}
