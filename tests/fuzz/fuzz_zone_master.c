/* master_read_text(), annotation_parse() and zone_verify() on any text, as a loader calls them; and in chunks, which
 * must give the same. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "dns/name.h"
#include "zone/annotation.h"
#include "zone/master.h"
#include "zone/verify.h"

#define RECORDS_MAX 2000U
#define DUMP_MAX    (64U << 20)
#define CHUNK_BYTES 24U

static const uint8_t origin[] = "\7example\3com";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct zone {
    struct arena *arena;
    struct diag *diag;
    size_t count;
    struct zone_record records[RECORDS_MAX];
};

static void keep(void *context, const struct master_record *from)
{
    struct zone *zone = context;
    const struct annotation_source source = {
            from->annotation, from->annotation_place, from->origin};
    struct annotation annotation;
    const struct annotation *kept = NULL;
    if (from->annotation != NULL &&
            annotation_parse(&source, zone->arena, &annotation, zone->diag) == 0)
        kept = arena_copy(zone->arena, &annotation, sizeof(annotation));
    if (zone->count < RECORDS_MAX)
        zone->records[zone->count++] =
                (struct zone_record){arena_copy(zone->arena, from->owner, name_length(from->owner)),
                        from->type, from->rdata_bytes, from->ttl,
                        arena_copy(zone->arena, from->rdata, from->rdata_bytes), from->place, kept};
}

static int compare(const void *a, const void *b)
{
    return zone_record_compare(a, b);
}

/* ------------------------------------------------------------------ in chunks */

static void dump(void *context, const struct master_record *record)
{
    buf_add(context, record->owner, name_length(record->owner));
    buf_add(context, record->rdata, record->rdata_bytes);
    buf_printf(context, "%u %u %u:%u ", record->type, record->ttl, record->place.line,
            record->place.column);
    if (record->annotation == NULL)
        return;
    buf_printf(context, "%s %u:%u", record->annotation, record->annotation_place.line,
            record->annotation_place.column);
    buf_add(context, record->origin, name_length(record->origin));
}

static void *fork_dump(void *context, struct diag *diag)
{
    struct buf *chunk = mem_alloc(sizeof(*chunk));
    (void)context;
    (void)diag;
    buf_init(chunk, DUMP_MAX);
    return chunk;
}

static void drop_dump(void *context, void *chunk)
{
    (void)context;
    buf_done(chunk);
    free(chunk);
}

static bool join_dump(void *context, void *chunk)
{
    const struct buf *from = chunk;
    buf_add(context, buf_string(chunk), from->length);
    drop_dump(context, chunk);
    return true;
}

/* All that came out of a text, faults last. */
static struct buf read_dump(const struct master_text *text, size_t chunk_bytes)
{
    struct buf seen;
    struct diag *diag = diag_new();
    buf_init(&seen, DUMP_MAX);
    const struct master_handler handler = {
            .record = dump,
            .chunk_bytes = chunk_bytes,
            .fork = fork_dump,
            .join = join_dump,
            .drop = drop_dump,
            .context = &seen,
    };
    int read = master_read_text(text, origin, &handler, diag);
    buf_printf(&seen, "%d %u %u\n", read, diag_errors(diag), diag_warnings(diag));
    for (uint32_t i = 0; i < diag_kept(diag); i++)
        diag_fault_format(diag_fault_at(diag, i), &seen);
    diag_free(diag);
    return seen;
}

static void compare_chunks(const struct master_text *text)
{
    struct buf alone = read_dump(text, 0);
    struct buf seen = read_dump(text, CHUNK_BYTES);

    if (alone.length != seen.length ||
            memcmp(buf_string(&alone), buf_string(&seen), alone.length) != 0)
        abort();
    buf_done(&alone);
    buf_done(&seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct master_text text = {"fuzz", (const char *)data, size};
    struct zone *zone = calloc(1, sizeof(*zone));
    zone->arena = arena_new();
    zone->diag = diag_new();
    const struct master_handler handler = {.record = keep, .context = zone};
    int read = master_read_text(&text, origin, &handler, zone->diag);
    qsort(zone->records, zone->count, sizeof(zone->records[0]), compare);
    int verified = zone_verify(origin, zone->records, zone->count, zone->diag);
    /* Whoever says there is a fault has named it. */
    if ((read < 0 || verified < 0) && diag_errors(zone->diag) == 0)
        abort();
    diag_free(zone->diag);
    arena_free(zone->arena);
    free(zone);
    compare_chunks(&text);
    return 0;
}
