/* buf.c -- see buf.h. */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_ROOM 256U

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_done(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->max);
}

/* Room for `length` more bytes and a NUL that is not counted. */
static void reserve(struct buf *buf, size_t length)
{
    size_t need = buf->length + length + 1;
    if (need <= buf->room)
        return;
    size_t room = buf->room > 0 ? buf->room : FIRST_ROOM;
    while (room < need)
        room *= 2;
    buf->data = mem_resize(buf->data, room, 1);
    buf->room = room;
}

void buf_add(struct buf *buf, const void *bytes, size_t length)
{
    if (length > buf->max - buf->length) {
        length = buf->max - buf->length;
        buf->cut = true;
    }
    if (length == 0)
        return;
    reserve(buf, length);
    memcpy(buf->data + buf->length, bytes, length);
    buf->length += length;
}

void buf_add_string(struct buf *buf, const char *string)
{
    buf_add(buf, string, strlen(string));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    buf_vprintf(buf, format, arguments);
    va_end(arguments);
}

void buf_vprintf(struct buf *buf, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);

    char small[512];
    char *text = (size_t)length < sizeof(small) ? small : mem_alloc((size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    buf_add(buf, text, (size_t)length);
    if (text != small)
        free(text);
}

void buf_consume(struct buf *buf, size_t length)
{
    if (length >= buf->length) {
        buf->length = 0;
        return;
    }
    memmove(buf->data, buf->data + length, buf->length - length);
    buf->length -= length;
}

const char *buf_string(struct buf *buf)
{
    reserve(buf, 0);
    buf->data[buf->length] = '\0';
    return buf->data;
}
