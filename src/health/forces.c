/* forces.c -- see forces.h; the file is laid out in docs/formats/forces.md. */
#include "health/forces.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "health/ids.h"
#include "health/list_file.h"

#define MAGIC    "holdfast-forces "
#define VERSION  "1"
#define FIELDS   6U
#define LINE_MAX (sizeof(struct force) + 64U) /* its numbers are longer as text */
#define FILE_MAX (FORCES_MAX * LINE_MAX + 2 * LINE_MAX)

struct entry {
    struct force force;
    uint32_t slot; /* of its check; HEALTH_SLOT_NONE as long as it was never there */
};

struct forces {
    struct entry *entries;
    uint32_t count, room;
};

struct forces *forces_new(void)
{
    return mem_zalloc(1, sizeof(struct forces));
}

void forces_free(struct forces *forces)
{
    if (forces == NULL)
        return;
    free(forces->entries);
    free(forces);
}

uint32_t forces_count(const struct forces *forces)
{
    return forces->count;
}

const struct force *forces_at(const struct forces *forces, uint32_t i)
{
    assert(i < forces->count);
    return &forces->entries[i].force;
}

static struct entry *find(const struct forces *forces, const char *id)
{
    for (uint32_t i = 0; i < forces->count; i++)
        if (strcmp(forces->entries[i].force.id, id) == 0)
            return &forces->entries[i];
    return NULL;
}

const struct force *forces_find(const struct forces *forces, const char *id)
{
    const struct entry *entry = find(forces, id);
    return entry != NULL ? &entry->force : NULL;
}

int forces_set(struct forces *forces, const struct force *force)
{
    assert(force->state == HEALTH_UP || force->state == HEALTH_DOWN);
    struct entry *entry = find(forces, force->id);
    if (entry != NULL) {
        entry->force = *force;
        return 0;
    }
    if (forces->count == FORCES_MAX)
        return ERR_TOO_LARGE;
    if (forces->count == forces->room) {
        forces->room = forces->room > 0 ? 2 * forces->room : 16;
        forces->entries = mem_resize(forces->entries, forces->room, sizeof(*forces->entries));
    }
    forces->entries[forces->count++] = (struct entry){.force = *force, .slot = HEALTH_SLOT_NONE};
    return 0;
}

void forces_end(struct forces *forces, struct health_table *table, const char *id)
{
    struct entry *entry = find(forces, id);
    if (entry == NULL)
        return;
    /* Where the check is gone there is nothing to end. */
    (void)!health_table_force(table, entry->slot, entry->force.id, HEALTH_UNKNOWN);
    size_t behind = (size_t)(forces->entries + --forces->count - entry);
    memmove(entry, entry + 1, behind * sizeof(*entry));
}

const struct force *forces_expired(const struct forces *forces, uint64_t now_ms)
{
    for (uint32_t i = 0; i < forces->count; i++) {
        const struct force *force = &forces->entries[i].force;
        if (force->until_ms != 0 && force->until_ms <= now_ms)
            return force;
    }
    return NULL;
}

static bool apply(struct entry *entry, struct health_table *table, uint32_t slot)
{
    if (health_table_force(table, slot, entry->force.id, entry->force.state) != 0)
        return false;
    entry->slot = slot;
    entry->force.is_missing = false;
    return true;
}

/* A check keeps its slot as long as it is there, so hardly ever one has to be looked for. */
void forces_apply(struct forces *forces, struct health_table *table)
{
    struct health_ids *ids = NULL;

    for (uint32_t i = 0; i < forces->count; i++) {
        struct entry *entry = &forces->entries[i];
        if (apply(entry, table, entry->slot))
            continue;
        if (ids == NULL)
            ids = health_ids_new_with_leaving(table);
        if (!apply(entry, table, health_ids_find(ids, entry->force.id)))
            entry->force.is_missing = true;
    }
    health_ids_free(ids);
}

const struct force *forces_gone(const struct forces *forces, bool defined)
{
    for (uint32_t i = 0; i < forces->count; i++) {
        const struct entry *entry = &forces->entries[i];
        if (entry->force.is_missing && (defined || entry->slot != HEALTH_SLOT_NONE))
            return &entry->force;
    }
    return NULL;
}

/* ---- the file ---- */

int forces_save(const struct forces *forces, const char *path)
{
    struct buf text;
    buf_init(&text, FILE_MAX);
    buf_add_string(&text, MAGIC VERSION "\n");
    for (uint32_t i = 0; i < forces->count; i++) {
        const struct force *force = &forces->entries[i].force;
        buf_printf(&text, "%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\n", force->id,
                force->state == HEALTH_DOWN ? "down" : "up", force->since_ms, force->until_ms,
                force->owner, force->reason);
    }
    buf_printf(&text, "end %u\n", forces->count);
    assert(!text.cut);
    int error = file_replace(path, text.data, text.length);
    buf_done(&text);
    return error;
}

/* Copies a text of at least `least` bytes into `room` bytes.  Returns whether it is one. */
static bool take_text(const char *from, size_t least, char *to, size_t room)
{
    size_t length = strlen(from);
    if (length < least || length >= room || !str_is_printable(from))
        return false;
    memcpy(to, from, length + 1);
    return true;
}

static bool is_word(const char *text)
{
    return strchr(text, ' ') == NULL;
}

static bool take_state(const char *word, enum health_state *ret)
{
    *ret = strcmp(word, "down") == 0 ? HEALTH_DOWN
           : strcmp(word, "up") == 0 ? HEALTH_UP
                                     : HEALTH_UNKNOWN;
    return *ret != HEALTH_UNKNOWN;
}

/* Takes one line, which it cuts up. */
static int take_line(void *context, char *line)
{
    struct forces *forces = context;
    struct force force = {.id = ""};
    char *field[FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        field[i] = strsep(&line, "\t");
        if (field[i] == NULL)
            return ERR_SYNTAX;
    }
    if (line != NULL || !take_text(field[0], 1, force.id, sizeof(force.id)) || !is_word(force.id) ||
            !take_state(field[1], &force.state) ||
            str_parse_number(field[2], INT64_MAX, &force.since_ms) != 0 ||
            str_parse_number(field[3], INT64_MAX, &force.until_ms) != 0 ||
            !take_text(field[4], 1, force.owner, sizeof(force.owner)) || !is_word(force.owner) ||
            !take_text(field[5], 0, force.reason, sizeof(force.reason)))
        return ERR_SYNTAX;
    return find(forces, force.id) == NULL ? forces_set(forces, &force) : ERR_SYNTAX;
}

int forces_load(struct forces *forces, const char *path)
{
    static const struct list_file kind = {MAGIC, VERSION, FILE_MAX, FORCES_MAX};
    assert(forces->count == 0);
    int error = list_file_load(&kind, path, take_line, forces);
    if (error != 0)
        forces->count = 0;
    return error;
}
