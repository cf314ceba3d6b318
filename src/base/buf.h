/* buf.h -- a growing byte buffer that is born with a maximum.
 *
 * Used for building text and messages.  What would pass the maximum is cut off there and the
 * buffer remembers it (sticky), so that many appends need one check.  One thread at a time.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct buf {
    char *data; /* owned; NULL while empty */
    size_t length;
    size_t room; /* allocated */
    size_t max;
    bool cut; /* something did not fit */
};

/* An empty buffer that holds up to `max` bytes; ended with buf_done(). */
void buf_init(struct buf *buf, size_t max);

/* Frees the bytes and leaves an empty buffer of the same maximum. */
void buf_done(struct buf *buf);

/* Appends; what passes the maximum is cut off and buf->cut set. */
void buf_add(struct buf *buf, const void *bytes, size_t length);
void buf_add_string(struct buf *buf, const char *string);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF(2, 3);
void buf_vprintf(struct buf *buf, const char *format, va_list arguments) PRINTF(2, 0);

/* Drops the first `length` bytes (at most what there is) and moves the rest to the front. */
void buf_consume(struct buf *buf, size_t length);

/* The bytes as a NUL-terminated string, borrowed until the next change.  Never NULL. */
const char *buf_string(struct buf *buf);
