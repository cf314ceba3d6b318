/* arena.c -- see arena.h. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_BLOCK 4096U
#define LAST_BLOCK  (1U << 20) /* blocks double up to here, so that small zones stay small */

struct block {
    struct block *next;
    size_t size;
    unsigned char bytes[];
};

struct arena {
    struct block *blocks; /* the newest first; only it has room */
    size_t used;          /* bytes used of the newest block */
    size_t next_size;
    size_t total_bytes;
};

struct arena *arena_new(void)
{
    return arena_new_small(FIRST_BLOCK);
}

struct arena *arena_new_small(size_t bytes)
{
    struct arena *arena = mem_zalloc(1, sizeof(*arena));
    arena->next_size = bytes;
    return arena;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    for (struct block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

static struct block *new_block(struct arena *arena, size_t size)
{
    struct block *block = mem_alloc(sizeof(*block) + size);
    block->size = size;
    arena->total_bytes += sizeof(*block) + size;
    return block;
}

/* A piece too big for an ordinary block gets one of its own, put behind the newest, which keeps
 * its room. */
static void *alloc_big(struct arena *arena, size_t bytes)
{
    struct block *block = new_block(arena, bytes);
    if (arena->blocks == NULL) {
        block->next = NULL;
        arena->blocks = block;
        arena->used = bytes;
    } else {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    }
    return block->bytes;
}

static void *alloc(struct arena *arena, size_t bytes, size_t align)
{
    size_t used = (arena->used + align - 1) & ~(align - 1);

    if (arena->blocks != NULL && used <= arena->blocks->size &&
            bytes <= arena->blocks->size - used) {
        arena->used = used + bytes;
        return arena->blocks->bytes + used;
    }
    if (bytes > arena->next_size / 4)
        return alloc_big(arena, bytes);
    struct block *block = new_block(arena, arena->next_size);
    block->next = arena->blocks;
    arena->blocks = block;
    arena->used = bytes;
    if (arena->next_size < LAST_BLOCK)
        arena->next_size *= 2;
    return block->bytes;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    return alloc(arena, bytes, 8);
}

void *arena_zalloc(struct arena *arena, size_t bytes)
{
    return memset(alloc(arena, bytes, 8), 0, bytes);
}

void *arena_alloc_packed(struct arena *arena, size_t bytes)
{
    return alloc(arena, bytes, 1);
}

void *arena_copy(struct arena *arena, const void *from, size_t bytes)
{
    void *copy = alloc(arena, bytes, 8);
    if (bytes > 0)
        memcpy(copy, from, bytes);
    return copy;
}

char *arena_string(struct arena *arena, const char *from)
{
    size_t bytes = strlen(from) + 1;
    return memcpy(alloc(arena, bytes, 1), from, bytes);
}

/* Behind the newest block, which keeps its room. */
void arena_join(struct arena *to, struct arena *from)
{
    struct block **link = &to->blocks;

    if (*link != NULL)
        link = &(*link)->next;
    else
        to->used = from->used;
    struct block *rest = *link;
    *link = from->blocks;
    while (*link != NULL)
        link = &(*link)->next;
    *link = rest;
    to->total_bytes += from->total_bytes;
    free(from);
}

size_t arena_size_bytes(const struct arena *arena)
{
    return sizeof(*arena) + arena->total_bytes;
}
