/* intern.h -- equal byte strings share one number.
 *
 * Numbers are given in order from 0, so that what belongs to a string can lie in an array beside.  A hash
 * table that only grows; one thread until it is no longer added to, then any.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

#define INTERN_NONE UINT32_MAX

struct intern;

/* Without strings; ended with intern_free(), for which NULL does nothing. */
MUST_CHECK struct intern *intern_new(void);
void intern_free(struct intern *intern);

/* The number of a string, a new one if it was not there; it is copied.  How many there are is for the
 * caller to bound. */
uint32_t intern_add(struct intern *intern, const void *bytes, uint32_t size);

/* The number of a string, or INTERN_NONE. */
uint32_t intern_find(const struct intern *intern, const void *bytes, uint32_t size);

/* How many strings there are. */
uint32_t intern_count(const struct intern *intern);

/* The string of a number, aligned to 8, borrowed until the next addition, and its size. */
const void *intern_at(const struct intern *intern, uint32_t number, uint32_t *size);

/* Its memory. */
size_t intern_size_bytes(const struct intern *intern);
