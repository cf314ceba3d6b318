/* columns.c -- see columns.h. */
#include "admin/columns.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"

#define CELL_MAX 4096U

struct row {
    struct row *next;
    const char *cells[];
};

struct columns {
    struct arena *arena;
    struct row *first, **end;
    size_t count;
    size_t width[COLUMNS_MAX];
};

struct columns *columns_new(size_t count)
{
    assert(count > 0 && count <= COLUMNS_MAX);
    struct columns *columns = mem_zalloc(1, sizeof(*columns));
    columns->arena = arena_new();
    columns->end = &columns->first;
    columns->count = count;
    return columns;
}

void columns_free(struct columns *columns)
{
    if (columns == NULL)
        return;
    arena_free(columns->arena);
    free(columns);
}

/* C0, DEL, and C1 (U+0080..U+009F, two bytes of UTF-8) are what terminals act on. */
void columns_add_safe(struct buf *ret, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        bool c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f;
        if (*at < ' ' || *at == 0x7f || c1)
            buf_add_string(ret, "?");
        else
            buf_add(ret, at, 1);
        at += c1;
    }
}

/* Characters, not bytes: those that continue a character do not count. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void columns_add(struct columns *columns, const char *const *cells)
{
    struct row *row =
            arena_zalloc(columns->arena, sizeof(*row) + columns->count * sizeof(row->cells[0]));
    struct buf safe;
    buf_init(&safe, CELL_MAX);
    for (size_t i = 0; i < columns->count; i++) {
        columns_add_safe(&safe, cells[i] != NULL && cells[i][0] != '\0' ? cells[i] : "-");
        row->cells[i] = arena_string(columns->arena, buf_string(&safe));
        size_t width = width_of(row->cells[i]);
        if (width > columns->width[i])
            columns->width[i] = width;
        buf_consume(&safe, safe.length);
    }
    buf_done(&safe);
    *columns->end = row;
    columns->end = &row->next;
}

void columns_print(const struct columns *columns, struct buf *ret)
{
    for (const struct row *row = columns->first; row != NULL; row = row->next) {
        for (size_t i = 0; i < columns->count; i++) {
            size_t padding = columns->width[i] - width_of(row->cells[i]) + 2;
            bool last = i + 1 == columns->count;
            buf_printf(ret, "%s%*s", row->cells[i], last ? 0 : (int)padding, "");
        }
        buf_add_string(ret, "\n");
    }
}
