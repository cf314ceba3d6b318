/* edns.c -- see edns.h. */
#include "dns/edns.h"

#include "base/err.h"
#include "dns/message.h"
#include "dns/rr.h"

#define ADDITIONAL   3U  /* the section OPT belongs in */
#define OPT_BYTES    11U /* of a record without options */
#define OPTION_BYTES 4U  /* before an option's data */

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
    const uint8_t *head = wire_read(options, OPTION_BYTES);
    const uint8_t *read_data = head != NULL ? wire_read(options, wire_load16(head + 2)) : NULL;
    if (read_data == NULL)
        return false;
    *code = wire_load16(head);
    *length = wire_load16(head + 2);
    *data = read_data;
    return true;
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
