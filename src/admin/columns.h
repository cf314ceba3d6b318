/* columns.h -- rows of cells, printed as aligned columns for people.
 *
 * Text in a cell may come from strangers: bytes that could steer a terminal become '?'.  Widths are
 * counted in characters of UTF-8.  One thread at a time.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"

#define COLUMNS_MAX 16U

struct columns;

/* A new table of `count` columns, ended with columns_free(). */
MUST_CHECK struct columns *columns_new(size_t count);

/* NULL does nothing. */
void columns_free(struct columns *columns);

/* Appends a row of `count` cells; copies them.  NULL and "" show as "-". */
void columns_add(struct columns *columns, const char *const *cells);

/* Appends the table, two blanks between columns, none at a line's end. */
void columns_print(const struct columns *columns, struct buf *ret);

/* Appends text with the bytes replaced that could steer a terminal. */
void columns_add_safe(struct buf *ret, const char *text);
