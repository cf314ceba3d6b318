/* reading.c -- see reading.h. */
#include "zone/reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "zone/annotation.h"
#include "zone/builder.h"
#include "zone/provenance.h"

#define FIRST_ROOM  64U        /* records */
#define CHUNK_BYTES (1U << 20) /* of a file that a thread reads at a time */

/* A place's file lives only as long as the reading; most lines come from the file of the last one. */
static void keep_file(struct reading *reading, struct diag_place *place)
{
    if (place->file == NULL)
        return;
    if (reading->file == NULL || strcmp(reading->file, place->file) != 0)
        reading->file = arena_string(reading->arena, place->file);
    place->file = reading->file;
}

/* Lines of one owner mostly come together and share its name. */
static const uint8_t *keep_owner(struct reading *reading, const uint8_t *owner)
{
    size_t length = name_length(owner);

    if (reading->count > 0) {
        const uint8_t *last = reading->records[reading->count - 1].owner;
        if (name_length(last) == length && memcmp(last, owner, length) == 0)
            return last;
    }
    uint8_t *copy = arena_alloc_packed(reading->arena, length);
    return memcpy(copy, owner, length);
}

static void keep_annotation(
        struct reading *reading, const struct master_record *line, struct zone_record *record)
{
    struct annotation_source source = {line->annotation, line->annotation_place, line->origin};
    struct annotation annotation;

    if (line->annotation == NULL)
        return;
    if (annotation_parse(&source, reading->arena, &annotation, reading->diag) < 0)
        return;
    keep_file(reading, &annotation.place);
    record->annotation = arena_copy(reading->arena, &annotation, sizeof(annotation));
}

static void keep_line(void *context, const struct master_record *line)
{
    struct reading *reading = context;

    if (reading->count == ZONE_RECORDS_MAX) {
        diag_error(reading->diag, line->place, "more than %u records", ZONE_RECORDS_MAX);
        return;
    }
    if (reading->count == reading->room) {
        reading->room *= 2;
        reading->records = mem_resize(reading->records, reading->room, sizeof(*reading->records));
    }
    struct zone_record *record = &reading->records[reading->count];
    uint8_t *rdata = arena_alloc_packed(reading->arena, line->rdata_bytes);
    memcpy(rdata, line->rdata, line->rdata_bytes);
    *record = (struct zone_record){
            .owner = keep_owner(reading, line->owner),
            .type = line->type,
            .rdata_bytes = line->rdata_bytes,
            .ttl = line->ttl,
            .rdata = rdata,
            .place = line->place,
    };
    keep_file(reading, &record->place);
    keep_annotation(reading, line, record);
    reading->count++;
}

static void keep_version(void *context, const char *path, const struct file_version *version)
{
    struct reading *reading = context;

    if (reading->files_count == reading->files_room) {
        reading->files_room = reading->files_room > 0 ? 2 * reading->files_room : 1;
        reading->files = mem_resize(reading->files, reading->files_room, sizeof(*reading->files));
    }
    reading->files[reading->files_count++] =
            (struct provenance_file){arena_string(reading->arena, path), *version};
}

/* ------------------------------------------------------------------ chunks */

static void *fork_reading(void *context, struct diag *diag)
{
    struct reading *chunk = mem_alloc(sizeof(*chunk));
    (void)context;
    reading_init(chunk, diag);
    return chunk;
}

static void drop_chunk(void *context, void *chunk)
{
    (void)context;
    reading_done(chunk);
    free(chunk);
}

/* One record too many is a fault, which must be told at its line. */
static bool join_chunk(void *context, void *from)
{
    struct reading *reading = context;
    struct reading *chunk = from;

    if (chunk->count > ZONE_RECORDS_MAX - reading->count)
        return false;
    while (reading->room - reading->count < chunk->count) {
        reading->room *= 2;
        reading->records = mem_resize(reading->records, reading->room, sizeof(*reading->records));
    }
    memcpy(reading->records + reading->count, chunk->records,
            chunk->count * sizeof(*chunk->records));
    reading->count += chunk->count;
    arena_join(reading->arena, chunk->arena);
    chunk->arena = NULL;
    drop_chunk(context, chunk);
    return true;
}

/* ------------------------------------------------------------------ reading */

void reading_init(struct reading *reading, struct diag *diag)
{
    *reading = (struct reading){.arena = arena_new(), .room = FIRST_ROOM, .diag = diag};
    reading->records = mem_zalloc(FIRST_ROOM, sizeof(*reading->records));
}

void reading_done(struct reading *reading)
{
    free(reading->files);
    free(reading->records);
    arena_free(reading->arena);
}

static struct master_handler handler_of(struct reading *reading)
{
    return (struct master_handler){
            .record = keep_line,
            .file = keep_version,
            .chunk_bytes = CHUNK_BYTES,
            .fork = fork_reading,
            .join = join_chunk,
            .drop = drop_chunk,
            .context = reading,
    };
}

int reading_read(struct reading *reading, const char *path, const uint8_t *origin)
{
    const struct master_handler handler = handler_of(reading);
    return master_read(path, origin, &handler, reading->diag);
}

int reading_read_text(
        struct reading *reading, const struct master_text *text, const uint8_t *origin)
{
    const struct master_handler handler = handler_of(reading);
    return master_read_text(text, origin, &handler, reading->diag);
}
