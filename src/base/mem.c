/* mem.c -- see mem.h. */
#include "base/mem.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory, size_t bytes)
{
    if (memory == NULL) {
        fprintf(stderr, "out of memory allocating %zu bytes\n", bytes);
        abort();
    }
    return memory;
}

void *mem_alloc(size_t bytes)
{
    return checked(malloc(bytes > 0 ? bytes : 1), bytes);
}

void *mem_zalloc(size_t count, size_t bytes)
{
    return checked(calloc(count > 0 ? count : 1, bytes > 0 ? bytes : 1), bytes);
}

void *mem_zalloc_lines(size_t bytes)
{
    size_t lines = (bytes + MEM_LINE_BYTES - 1) / MEM_LINE_BYTES;
    void *memory = checked(aligned_alloc(MEM_LINE_BYTES, lines * MEM_LINE_BYTES), bytes);
    memset(memory, 0, bytes);
    return memory;
}

void *mem_resize(void *old, size_t count, size_t bytes)
{
    /* reallocarray, because a product that overflows must not become a small allocation. */
    return checked(reallocarray(old, count > 0 ? count : 1, bytes > 0 ? bytes : 1), bytes);
}

void *mem_copy(const void *from, size_t bytes)
{
    void *copy = mem_alloc(bytes);
    if (bytes > 0)
        memcpy(copy, from, bytes);
    return copy;
}

char *mem_string(const char *from)
{
    return mem_copy(from, strlen(from) + 1);
}

/* glibc raises the limit by itself with the first large block that is freed, up to 32 MiB; what threads other than the
 * first free below it stays with them, which malloc_trim() does not change. */
void mem_set_large_apart(void)
{
    mallopt(M_MMAP_THRESHOLD, MEM_LARGE_BYTES);
}

void mem_trim(void)
{
    malloc_trim(0);
}
