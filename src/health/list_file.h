/* list_file.h -- small lists that the supervisor keeps in the state directory, one row a line.
 *
 *   file = MAGIC SP VERSION LF *(row LF) "end" SP COUNT LF      ; nothing behind it
 *
 * A file is what was saved, or refused.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* What a file is recognized by, and its bounds. */
struct list_file {
    const char *magic; /* with its blank */
    const char *version;
    size_t file_max;    /* bytes */
    uint32_t count_max; /* rows */
};

/* Takes one row, which it may cut up; returns 0 or an error. */
typedef int list_file_take(void *context, char *line);

/* Reads a file, row by row.
 *
 * Returns 0; -ENOENT if there is no file; ERR_SYNTAX, ERR_VERSION, ERR_TRUNCATED or ERR_TOO_LARGE if it is
 * not what was saved; what `take` returned; or -errno.  On error some rows may have been taken. */
MUST_CHECK int list_file_load(
        const struct list_file *kind, const char *path, list_file_take *take, void *context);
