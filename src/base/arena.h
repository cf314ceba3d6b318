/* arena.h -- memory of one lifetime: allocated piece by piece, freed as a whole.
 *
 * A zone version, a set of definitions, a configuration each own one arena.  Pieces are never
 * freed alone.  An arena is used by one thread until what it holds is published; after that
 * nobody allocates from it.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"

struct arena;

/* A new, empty arena; ended with arena_free(). */
MUST_CHECK struct arena *arena_new(void);

/* The same for one that is to hold about so many bytes: of thousands of small arenas none takes a page. */
MUST_CHECK struct arena *arena_new_small(size_t bytes);

/* Frees the arena and all that was allocated from it.  NULL does nothing. */
void arena_free(struct arena *arena);

/* `bytes` of uninitialised memory, aligned to 8 bytes, borrowed until arena_free().  Never NULL. */
MUST_CHECK void *arena_alloc(struct arena *arena, size_t bytes);

/* The same, all zero. */
MUST_CHECK void *arena_zalloc(struct arena *arena, size_t bytes);

/* `bytes` of uninitialised memory with no alignment: for packed wire data. */
MUST_CHECK void *arena_alloc_packed(struct arena *arena, size_t bytes);

/* A copy of `bytes` bytes, aligned to 8. */
MUST_CHECK void *arena_copy(struct arena *arena, const void *from, size_t bytes);

/* A copy of a string. */
MUST_CHECK char *arena_string(struct arena *arena, const char *from);

/* Gives all that `from` holds to `to`, where it stays as it lies, and ends `from`. */
void arena_join(struct arena *to, struct arena *from);

/* Bytes the arena holds from the system, for reports. */
size_t arena_size_bytes(const struct arena *arena);
