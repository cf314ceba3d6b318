/* mem.h -- allocation that does not fail.
 *
 * Running out of memory for a small allocation ends the process with a message; the supervisor
 * restarts it.  A size that comes from outside is first held against its named maximum by the
 * caller and refused there.  Everything returned here is new: the caller frees it with free().
 * All functions are safe from any thread.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"

#define MEM_LINE_BYTES 64U /* what processors hand to each other */

/* `bytes` of uninitialised memory; 0 bytes give a valid pointer too. */
MUST_CHECK void *mem_alloc(size_t bytes);

/* `count` objects of `bytes` each, all zero.  A product that overflows ends the process. */
MUST_CHECK void *mem_zalloc(size_t count, size_t bytes);

/* One object of `bytes`, all zero, that shares no cache line with any other: for what one thread writes
 * over and over, which would slow down whoever writes beside it. */
MUST_CHECK void *mem_zalloc_lines(size_t bytes);

/* Takes over `old` (or NULL) and returns it resized to `count` objects of `bytes` each. */
MUST_CHECK void *mem_resize(void *old, size_t count, size_t bytes);

/* A new copy of `bytes` bytes. */
MUST_CHECK void *mem_copy(const void *from, size_t bytes);

/* A new copy of a string. */
MUST_CHECK char *mem_string(const char *from);

/* Lets every large block, from MEM_LARGE_BYTES on, lie by itself, so that it is the system's again when it is freed,
 * whichever thread had it.  For the start of a process. */
#define MEM_LARGE_BYTES (1U << 18)
void mem_set_large_apart(void);

/* Gives back to the system what was freed and is not needed: for who has just freed a great deal. */
void mem_trim(void);
