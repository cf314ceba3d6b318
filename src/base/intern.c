/* intern.c -- see intern.h. */
#include "base/intern.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/siphash.h"

#define FIRST_SLOTS 16U /* a power of two, as every number of slots */
#define FIRST_BYTES 256U
#define ALIGNMENT   8U

struct string {
    size_t offset; /* in the bytes */
    uint32_t size;
    uint32_t hash;
};

struct intern {
    uint8_t *bytes;
    size_t bytes_used;
    size_t bytes_room;
    struct string *strings; /* room for half as many as there are slots */
    uint32_t count;
    uint32_t *
            slots; /* number + 1, 0 for none; a string lies in the first free one from its hash on */
    uint32_t slots_count;
};

struct intern *intern_new(void)
{
    struct intern *intern = mem_zalloc(1, sizeof(*intern));
    intern->slots_count = FIRST_SLOTS;
    intern->slots = mem_zalloc(FIRST_SLOTS, sizeof(*intern->slots));
    intern->strings = mem_zalloc(FIRST_SLOTS / 2, sizeof(*intern->strings));
    return intern;
}

void intern_free(struct intern *intern)
{
    if (intern == NULL)
        return;
    free(intern->bytes);
    free(intern->strings);
    free(intern->slots);
    free(intern);
}

/* Strings come from the operator's own files: nobody makes them collide, and no key is needed. */
static uint32_t hash_of(const void *bytes, uint32_t size)
{
    static const uint8_t key[SIPHASH_KEY_BYTES];
    return (uint32_t)siphash(key, bytes, size);
}

/* The slot of a string, or the free one where it would lie. */
static uint32_t find_slot(
        const struct intern *intern, const void *bytes, uint32_t size, uint32_t hash)
{
    uint32_t slot = hash & (intern->slots_count - 1);

    for (;; slot = (slot + 1) & (intern->slots_count - 1)) {
        if (intern->slots[slot] == 0)
            return slot;
        const struct string *string = &intern->strings[intern->slots[slot] - 1];
        if (string->hash == hash && string->size == size &&
                (size == 0 || memcmp(intern->bytes + string->offset, bytes, size) == 0))
            return slot;
    }
}

static void grow(struct intern *intern)
{
    assert(intern->slots_count <= UINT32_MAX / 2);
    intern->slots_count *= 2;
    free(intern->slots);
    intern->slots = mem_zalloc(intern->slots_count, sizeof(*intern->slots));
    intern->strings =
            mem_resize(intern->strings, intern->slots_count / 2, sizeof(*intern->strings));
    for (uint32_t i = 0; i < intern->count; i++) {
        uint32_t slot = intern->strings[i].hash & (intern->slots_count - 1);
        while (intern->slots[slot] != 0)
            slot = (slot + 1) & (intern->slots_count - 1);
        intern->slots[slot] = i + 1;
    }
}

/* Returns where the bytes are now. */
static size_t keep(struct intern *intern, const void *bytes, uint32_t size)
{
    size_t offset = (intern->bytes_used + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);

    while (offset + size > intern->bytes_room) {
        intern->bytes_room = intern->bytes_room > 0 ? 2 * intern->bytes_room : FIRST_BYTES;
        intern->bytes = mem_resize(intern->bytes, intern->bytes_room, 1);
    }
    if (size > 0)
        memcpy(intern->bytes + offset, bytes, size);
    intern->bytes_used = offset + size;
    return offset;
}

uint32_t intern_add(struct intern *intern, const void *bytes, uint32_t size)
{
    uint32_t hash = hash_of(bytes, size);
    uint32_t slot = find_slot(intern, bytes, size, hash);

    if (intern->slots[slot] != 0)
        return intern->slots[slot] - 1;
    if (intern->count == intern->slots_count / 2) {
        grow(intern);
        slot = find_slot(intern, bytes, size, hash);
    }
    intern->strings[intern->count++] = (struct string){keep(intern, bytes, size), size, hash};
    intern->slots[slot] = intern->count;
    return intern->count - 1;
}

uint32_t intern_find(const struct intern *intern, const void *bytes, uint32_t size)
{
    uint32_t slot = find_slot(intern, bytes, size, hash_of(bytes, size));
    return intern->slots[slot] != 0 ? intern->slots[slot] - 1 : INTERN_NONE;
}

uint32_t intern_count(const struct intern *intern)
{
    return intern->count;
}

const void *intern_at(const struct intern *intern, uint32_t number, uint32_t *size)
{
    assert(number < intern->count);
    *size = intern->strings[number].size;
    return intern->bytes + intern->strings[number].offset;
}

size_t intern_size_bytes(const struct intern *intern)
{
    return sizeof(*intern) + intern->bytes_room +
           (size_t)intern->slots_count * (sizeof(*intern->slots) + sizeof(*intern->strings) / 2);
}
