/* edns.c -- see edns.h. */
#include "dns/edns.h"

#include "base/err.h"
#include "dns/message.h"
#include "dns/rr.h"

#define OPT_BYTES 11U /* of a record without options */

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

/* Whose record it is matters only for OPT, whose owner is the single byte of the root (RFC 6891
 * section 6.1.2). */
static int take_opt(
        const struct wire_reader *reader, const struct message_record *record, struct edns *edns)
{
    const uint8_t *options = reader->bytes + record->rdata;

    if (edns->present || reader->bytes[record->owner] != 0 ||
            !options_are_whole(options, record->rdata_bytes))
        return ERR_SYNTAX;
    *edns = (struct edns){
            .present = true,
            .rcode_high = (uint8_t)(record->ttl >> 24),
            .version = (uint8_t)(record->ttl >> 16),
            .udp_size_bytes = record->class < EDNS_UDP_MIN ? EDNS_UDP_MIN : record->class,
            .flags = (uint16_t)record->ttl,
            .options = options,
            .options_bytes = record->rdata_bytes,
    };
    return 0;
}

static int take_record(struct wire_reader *reader, bool additional, struct edns *edns)
{
    struct message_record record;

    if (!message_record_read(reader, &record))
        return ERR_SYNTAX;
    if (record.type != RR_OPT)
        return 0;
    return additional ? take_opt(reader, &record, edns) : ERR_SYNTAX;
}

int edns_read(const uint8_t *message, size_t size, size_t offset, const uint16_t counts[4],
        struct edns *ret)
{
    struct wire_reader reader = {
            .bytes = message, .size = size, .at = offset, .failed = offset > size};
    struct edns edns = {0};

    const uint32_t before =
            (uint32_t)counts[1] + counts[2]; /* the additional section, where OPT belongs */
    const uint32_t records = before + counts[3];

    for (uint32_t i = 0; i < records; i++) {
        int error = take_record(&reader, i >= before, &edns);
        if (error != 0)
            return error;
    }
    if (reader.failed || reader.at != size)
        return ERR_SYNTAX;
    *ret = edns;
    return 0;
}

void edns_write(struct wire_writer *writer, uint16_t udp_size_bytes, uint16_t flags, unsigned rcode)
{
    uint8_t *opt = wire_reserve(writer, OPT_BYTES);
    if (opt == NULL)
        return;
    opt[0] = 0; /* the root */
    wire_store16(opt + 1, RR_OPT);
    wire_store16(opt + 3, udp_size_bytes);
    opt[5] = (uint8_t)(rcode >> 4);
    opt[6] = EDNS_VERSION_KNOWN;
    wire_store16(opt + 7, flags);
    wire_store16(opt + 9, 0);
}
