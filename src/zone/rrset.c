/* rrset.c -- see rrset.h. */
#include "zone/rrset.h"

#include <assert.h>
#include <stdlib.h>

#include "dns/rr.h"
#include "dns/wire.h"

#define OWNER_POINTER 0xc00cU /* to the question's name, RFC 1035 4.1.4 */
#define RECORD_BYTES  (sizeof(uint16_t) + RR_FIXED_BYTES) /* of one record without its rdata */

static_assert(RRSET_MAX_BYTES / RECORD_BYTES <= UINT16_MAX, "a count of records must fit");

static int compare(const void *a, const void *b)
{
    return zone_record_compare_data(
            *(const struct zone_record *const *)a, *(const struct zone_record *const *)b);
}

size_t rrset_size_bytes(const struct zone_record *const *records, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += RECORD_BYTES + records[i]->rdata_bytes;
    return bytes;
}

size_t rrset_room_bytes(const uint8_t *owner)
{
    size_t longest = name_is_wildcard(owner) ? NAME_MAX_BYTES : name_length(owner);
    return RRSET_MAX_BYTES + 1 - longest;
}

size_t rrset_distinct(const struct zone_record **records, size_t count)
{
    size_t kept = 1;

    if (count < 2)
        return count;
    qsort(records, count, sizeof(*records), compare);
    for (size_t i = 1; i < count; i++)
        if (compare(&records[i], &records[kept - 1]) != 0)
            records[kept++] = records[i];
    return kept;
}

static void write_record(struct wire_writer *writer, const struct zone_record *record, uint32_t ttl)
{
    wire_write16(writer, OWNER_POINTER);
    wire_write16(writer, record->type);
    wire_write16(writer, RR_CLASS_IN);
    wire_write32(writer, ttl);
    wire_write16(writer, record->rdata_bytes);
    wire_write(writer, record->rdata, record->rdata_bytes);
}

void rrset_compile(
        struct arena *arena, const struct zone_record **records, size_t count, struct rrset *ret)
{
    assert(count > 0);
    count = rrset_distinct(records, count);
    size_t size = rrset_size_bytes(records, count);
    uint8_t *wire = arena_alloc_packed(arena, size);
    struct wire_writer writer = {.bytes = wire, .size = size};
    uint32_t ttl = records[0]->ttl;

    assert(size <= RRSET_MAX_BYTES);
    for (size_t i = 1; i < count; i++)
        ttl = records[i]->ttl < ttl ? records[i]->ttl : ttl;
    for (size_t i = 0; i < count; i++)
        write_record(&writer, records[i], ttl);
    assert(!writer.failed && writer.at == size);
    *ret = (struct rrset){
            .wire = wire,
            .size_bytes = (uint32_t)size,
            .ttl = ttl,
            .type = records[0]->type,
            .count = (uint16_t)count,
    };
}
