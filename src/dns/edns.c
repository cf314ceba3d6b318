/* edns.c -- see edns.h. */
#include "dns/edns.h"

#include "base/err.h"
#include "dns/name.h"
#include "dns/rr.h"

#define ADDITIONAL 3U /* the section OPT belongs in */

/* One record of any section, as far as it is needed to step over it. */
struct record {
    uint16_t type;
    uint16_t class;
    uint32_t ttl;
    bool root_owner;
};

static bool options_are_whole(const uint8_t *bytes, size_t size)
{
    struct wire_reader options = {.bytes = bytes, .size = size};
    uint16_t code;
    uint16_t length;
    const uint8_t *data;

    while (edns_next_option(&options, &code, &data, &length))
        continue;
    return !options.failed;
}

/* Steps over an owner.  Pointers are not followed: whose record it is matters only for OPT, whose
 * owner is the single byte of the root (RFC 6891 section 6.1.2). */
static void skip_owner(struct wire_reader *reader)
{
    size_t start = reader->at;

    for (;;) {
        uint8_t label = wire_read8(reader);
        if (label >= 0xc0) {
            wire_read8(reader);
            return;
        }
        if (label > 63 || reader->at - start > NAME_MAX_BYTES)
            reader->failed = true;
        if (label == 0 || reader->failed)
            return;
        wire_read(reader, label);
    }
}

static int take_opt(struct wire_reader *reader, const struct record *record, struct edns *edns)
{
    uint16_t size = wire_read16(reader);
    const uint8_t *options = wire_read(reader, size);

    if (options == NULL || edns->present || !record->root_owner ||
            !options_are_whole(options, size))
        return ERR_SYNTAX;
    *edns = (struct edns){
            .present = true,
            .version = (uint8_t)(record->ttl >> 16),
            .udp_size_bytes = record->class < EDNS_UDP_MIN ? EDNS_UDP_MIN : record->class,
            .flags = (uint16_t)record->ttl,
            .options = options,
            .options_bytes = size,
    };
    return 0;
}

static int take_record(struct wire_reader *reader, bool additional, struct edns *edns)
{
    struct record record;
    size_t start = reader->at;

    skip_owner(reader);
    record.root_owner = reader->at == start + 1;
    record.type = wire_read16(reader);
    record.class = wire_read16(reader);
    record.ttl = wire_read32(reader);
    if (!reader->failed && record.type == RR_OPT)
        return additional ? take_opt(reader, &record, edns) : ERR_SYNTAX;
    wire_read(reader, wire_read16(reader));
    return reader->failed ? ERR_SYNTAX : 0;
}

int edns_read(const uint8_t *message, size_t size, size_t offset, const uint16_t counts[4],
        struct edns *ret)
{
    struct wire_reader reader = {
            .bytes = message, .size = size, .at = offset, .failed = offset > size};
    struct edns edns = {0};

    for (uint32_t section = 1; section <= ADDITIONAL; section++) {
        for (uint32_t i = 0; i < counts[section]; i++) {
            int error = take_record(&reader, section == ADDITIONAL, &edns);
            if (error != 0)
                return error;
        }
    }
    if (reader.failed || reader.at != size)
        return ERR_SYNTAX;
    *ret = edns;
    return 0;
}

bool edns_next_option(
        struct wire_reader *options, uint16_t *code, const uint8_t **data, uint16_t *length)
{
    if (options->failed || options->at == options->size)
        return false;
    uint16_t read_code = wire_read16(options);
    uint16_t read_length = wire_read16(options);
    const uint8_t *read_data = wire_read(options, read_length);
    if (options->failed)
        return false;
    *code = read_code;
    *length = read_length;
    *data = read_data;
    return true;
}

void edns_write(struct wire_writer *writer, uint16_t udp_size_bytes, uint16_t flags, unsigned rcode)
{
    wire_write8(writer, 0);
    wire_write16(writer, RR_OPT);
    wire_write16(writer, udp_size_bytes);
    wire_write8(writer, (uint8_t)(rcode >> 4));
    wire_write8(writer, EDNS_VERSION_KNOWN);
    wire_write16(writer, flags);
    wire_write16(writer, 0);
}
