/* Two zone texts, with a NUL between them, in comparison (src/serve/diff.c): a version differs in nothing from
 * itself, and in something from the other both ways or not at all. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "serve/diff.h"

#define DOCUMENT_MAX (32U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t apex[] = "\7example";

static struct health_table *open_table(void)
{
    static struct health_table *table;
    int error = table == NULL ? health_table_create(&table) : 0;
    assert(error == 0);
    const struct health_detail detail = {.id = "a", .flags = HEALTH_DEFINED};
    health_table_write(table, 0, &detail);
    return table;
}

/* A set of the zone, or NULL if the text is faulty. */
static struct zone_set *load(const uint8_t *data, size_t size)
{
    const struct master_text text = {"test.zone", (const char *)data, size};
    struct health_ids *ids = health_ids_new(open_table());
    const struct zone_basis basis = {.ids = ids};
    struct diag *diag = diag_new();
    struct zone *zone = NULL;

    int error = zone_load_text(&text, apex, &basis, &zone, diag);
    diag_free(diag);
    health_ids_free(ids);
    return error == 0 ? zone_set_new(&zone, 1) : NULL;
}

static int compare(const struct zone_set *old, const struct zone_set *new)
{
    static char path[] = "example.zone";
    struct zone_load_row row = {.path = path, .outcome = ZONE_LOADED};
    const struct zone_load_report report = {.rows = &row, .count = 1, .served = 1};
    struct diag *diag = diag_new();
    const struct diff_sources sources = {
            .old = old, .new = new, .report = &report, .diag = diag, .health = open_table()};
    struct buf document;

    name_copy(apex, &row.origin);
    buf_init(&document, DOCUMENT_MAX);
    int status = diff_print(&sources, &document);
    assert(document.length > 0 && !document.cut);
    buf_done(&document);
    diag_free(diag);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
    size_t length = end != NULL ? (size_t)(end - data) : size;
    struct zone_set *old = load(data, length);
    struct zone_set *new = end != NULL ? load(end + 1, size - length - 1) : NULL;

    if (old != NULL)
        assert(compare(old, old) == 0);
    if (new != NULL)
        assert(compare(new, new) == 0);
    if (old != NULL && new != NULL) {
        int there = compare(old, new);
        assert(there == 0 || there == ERR_DIFFERENT);
        assert(compare(new, old) == there);
    }
    zone_set_free(old);
    zone_set_free(new);
    return 0;
}
