/* master_read_text(), annotation_parse() and zone_verify() on any text, as a loader calls them. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dns/name.h"
#include "zone/annotation.h"
#include "zone/master.h"
#include "zone/verify.h"

#define RECORDS_MAX 2000U

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct master_text text = {"fuzz", (const char *)data, size};
    struct zone *zone = calloc(1, sizeof(*zone));
    zone->arena = arena_new();
    zone->diag = diag_new();
    int read = master_read_text(&text, origin, keep, zone, zone->diag);
    qsort(zone->records, zone->count, sizeof(zone->records[0]), compare);
    int verified = zone_verify(origin, zone->records, zone->count, zone->diag);
    /* Whoever says there is a fault has named it. */
    if ((read < 0 || verified < 0) && diag_errors(zone->diag) == 0)
        abort();
    diag_free(zone->diag);
    arena_free(zone->arena);
    free(zone);
    return 0;
}
