/* response.c -- see response.h.
 *
 * A zone's RRsets lie ready: records with the owner C0 0C, a pointer to the question's name.  Where
 * that is the owner, and no name in the rdata can be shortened, they are copied as they are, in two
 * pieces if the order starts at random.  Everything else is written record by record.
 */
#include "serve/response.h"

#include <assert.h>
#include <string.h>

#include "dns/rr.h"
#include "serve/subnet.h"

#define OWNER_BYTES      2U /* the pointer before each record of an RRset */
#define TTL_AT           (OWNER_BYTES + 4U)
#define RDLENGTH_AT      (OWNER_BYTES + 8U)
#define RDATA_AT         (OWNER_BYTES + RR_FIXED_BYTES)
#define MX_PREFERENCE    2U
#define ERROR_CODE_BYTES 2U

/* Beside the longest question all options have room in any response. */
static_assert(MESSAGE_HEADER_BYTES + NAME_MAX_BYTES + MESSAGE_QUESTION_BYTES + EDNS_OPT_BYTES +
                              RESPONSE_OPTIONS_MAX <=
                      MESSAGE_UDP_PLAIN,
        "options fit");

/* And beside the largest RRset that a zone may hold (zone/rrset.h). */
static_assert(RESPONSE_OPTIONS_MAX == EDNS_REPLY_OPTIONS_MAX, "the room kept for options is exact");

void response_begin(struct response *response, struct query_context *context,
        const struct message_header *header, uint8_t *out, size_t room)
{
    assert(room >= MESSAGE_HEADER_BYTES);
    response->writer = (struct wire_writer){
            .bytes = out, .size = room, .at = MESSAGE_HEADER_BYTES, .failed = false};
    /* RD is copied (RFC 1035 section 4.1.1).  CD and AD say nothing in an authoritative response and
     * are clear (RFC 4035 section 3.1.6), as is RA. */
    uint16_t kept = MESSAGE_OPCODE_MASK | MESSAGE_RD;
    response->header = (struct message_header){
            .id = header->id, .flags = (uint16_t)(MESSAGE_QR | (header->flags & kept))};
    response->rcode = RCODE_NOERROR;
    response->reserved = 0;
    response->options_bytes = 0;
    response->subnet_scope = NULL;
    response->ignore_subnet = false;
    response->opens = false;
    response->scope = 0;
    response->errors_count = 0;
    response->names.count = 0;
    response->context = context;
    response->records = response_mark(response);
}

void response_open(struct response *response, size_t limit)
{
    assert(limit >= MESSAGE_UDP_PLAIN && limit <= response->writer.size);
    response->writer.size = limit;
}

void response_add_question(
        struct response *response, const struct message_question *question, const uint8_t *query)
{
    wire_write(
            &response->writer, query + MESSAGE_HEADER_BYTES, question->end - MESSAGE_HEADER_BYTES);
    response->header.counts[SECTION_QUESTION] = 1;
    compress_init(&response->names, question->name, MESSAGE_HEADER_BYTES);
    response->records = response_mark(response);
    response->links = response->records;
}

void response_add_edns(struct response *response, const struct edns *client, uint16_t our_udp_bytes)
{
    response->reserved = EDNS_OPT_BYTES;
    response->writer.size -= EDNS_OPT_BYTES;
    response->our_udp_bytes = our_udp_bytes;
    response->edns_flags = client->flags & EDNS_DO; /* RFC 3225 section 3; others are clear */
}

void response_add_option(
        struct response *response, enum edns_option code, const void *data, size_t length)
{
    size_t bytes = EDNS_OPTION_BYTES + length;
    uint8_t *to = response->options + response->options_bytes;

    assert(response->reserved > 0 && bytes <= RESPONSE_OPTIONS_MAX - response->options_bytes);
    wire_store16(to, (uint16_t)code);
    wire_store16(to + 2, (uint16_t)length);
    memcpy(to + EDNS_OPTION_BYTES, data, length);
    response->options_bytes = (uint16_t)(response->options_bytes + bytes);
    response->reserved += bytes;
    response->writer.size -= bytes;
}

void response_add_subnet(struct response *response, const struct client *subnet,
        const uint8_t *data, uint16_t length)
{
    uint8_t *to = response->options + response->options_bytes + EDNS_OPTION_BYTES;

    response_add_option(response, EDNS_SUBNET, data, length);
    response->subnet_scope = to + SUBNET_SCOPE_AT;
    response->subnet = *subnet;
}

void response_client(const struct response *response, struct client *ret)
{
    if (response->subnet_scope != NULL && response->subnet.bits > 0 && !response->ignore_subnet)
        *ret = response->subnet;
    else
        subnet_from_address(response->sender, ret);
}

void response_explain(struct response *response, enum edns_error error, const char *text)
{
    for (uint32_t i = 0; i < response->errors_count; i++)
        if (response->errors[i].code == error && strcmp(response->errors[i].text, text) == 0)
            return;
    if (response->errors_count < RESPONSE_ERRORS_MAX)
        response->errors[response->errors_count++] = (struct response_error){error, text};
}

/* What names the rdata of a type begins or ends with that RFC 1035 lets be compressed; later types
 * may not (RFC 3597 section 4). */
static bool has_names(uint16_t type)
{
    return type == RR_NS || type == RR_CNAME || type == RR_SOA || type == RR_PTR || type == RR_MX;
}

/* The start of the record behind the first `count` ones. */
static const uint8_t *skip_records(const uint8_t *record, uint32_t count)
{
    for (; count > 0; count--)
        record = rrset_next(record);
    return record;
}

static void write_owner(struct response *response, struct response_owner *owner)
{
    size_t start = response->writer.at;

    if (owner->offset != 0) {
        wire_write16(&response->writer, (uint16_t)(NAME_POINTER | owner->offset));
        return;
    }
    compress_write(&response->names, &response->writer, owner->name);
    if (start <= NAME_POINTER_MAX)
        owner->offset = (uint16_t)start;
}

static void write_rdata(
        struct response *response, uint16_t type, const uint8_t *rdata, uint16_t length)
{
    struct wire_writer *writer = &response->writer;

    if (!has_names(type)) {
        wire_write(writer, rdata, length);
        return;
    }
    if (type == RR_MX) {
        wire_write(writer, rdata, MX_PREFERENCE);
        rdata += MX_PREFERENCE;
    }
    compress_write(&response->names, writer, rdata);
    if (type != RR_SOA)
        return;
    rdata += name_length(rdata);
    compress_write(&response->names, writer, rdata);
    wire_write(writer, rdata + name_length(rdata), RR_SOA_NUMBERS_BYTES);
}

static void write_record(struct response *response, struct response_owner *owner,
        const uint8_t *record, uint32_t ttl)
{
    struct wire_writer *writer = &response->writer;
    uint16_t type = wire_load16(record + OWNER_BYTES);

    write_owner(response, owner);
    wire_write(writer, record + OWNER_BYTES, TTL_AT - OWNER_BYTES);
    wire_write32(writer, ttl);
    uint8_t *length = wire_reserve(writer, 2);
    size_t start = writer->at;
    write_rdata(response, type, rrset_rdata(record), rrset_rdata_bytes(record));
    if (!writer->failed)
        wire_store16(length, (uint16_t)(writer->at - start));
}

static void set_ttl(uint8_t *records, uint32_t count, uint32_t ttl)
{
    for (uint8_t *next; count > 0; count--, records = next) {
        next = records + RDATA_AT + rrset_rdata_bytes(records);
        wire_store32(records + TTL_AT, ttl);
    }
}

/* Adds ready records, those from `first` on before those in front of it: in one piece, so that nothing is to be taken
 * back if there is no room. */
static bool add_ready(struct response *response, enum section section, const struct rrset *rrset,
        const uint8_t *first, uint32_t ttl)
{
    struct wire_writer *writer = &response->writer;
    size_t front = (size_t)(first - rrset->wire);

    if (rrset->size_bytes > writer->size - writer->at)
        return false;
    uint8_t *to = writer->bytes + writer->at;
    writer->at += rrset->size_bytes;
    response->header.counts[section] = (uint16_t)(response->header.counts[section] + rrset->count);
    memcpy(to, first, rrset->size_bytes - front);
    if (front > 0)
        memcpy(to + rrset->size_bytes - front, rrset->wire, front);
    if (ttl != rrset->ttl)
        set_ttl(to, rrset->count, ttl);
    return true;
}

struct response_mark response_mark(const struct response *response)
{
    struct response_mark mark = {response->writer.at, response->names.count, {0}};
    memcpy(mark.counts, response->header.counts, sizeof(mark.counts));
    return mark;
}

void response_rewind(
        struct response *response, const struct response_mark *mark, struct response_owner *owner)
{
    response->writer.failed = false;
    response->writer.at = mark->at;
    response->names.count = mark->names;
    memcpy(response->header.counts, mark->counts, sizeof(mark->counts));
    if (owner->offset >= mark->at)
        owner->offset = 0;
}

/* What records are added to, and for whom. */
struct place {
    enum section section;
    struct response_owner *owner;
};

/* Counts the records in, or takes back what was written of them.  Returns whether they fitted. */
static bool settle(struct response *response, const struct response_mark *mark,
        enum section section, struct response_owner *owner, uint16_t records)
{
    if (response->writer.failed) {
        response_rewind(response, mark, owner);
        return false;
    }
    response->header.counts[section] = (uint16_t)(response->header.counts[section] + records);
    return true;
}

/* Adds records one by one, those from the one with the number `start` on before those in front of it. */
static bool add_written(struct response *response, const struct place *place,
        const struct rrset *rrset, uint32_t start, uint32_t ttl)
{
    struct response_mark mark = response_mark(response);
    const uint8_t *record = skip_records(rrset->wire, start);

    for (uint32_t i = 0; i < rrset->count && !response->writer.failed; i++) {
        write_record(response, place->owner, record, ttl);
        record = start + i + 1 == rrset->count ? rrset->wire : rrset_next(record);
    }
    return settle(response, &mark, place->section, place->owner, rrset->count);
}

bool response_add_rrset(struct response *response, enum section section,
        struct response_owner *owner, const struct rrset *rrset, uint32_t ttl)
{
    uint32_t start = rrset->count > 1 ? rand_below(response->context->rand, rrset->count) : 0;

    if (owner->offset == MESSAGE_HEADER_BYTES && !has_names(rrset->type))
        return add_ready(response, section, rrset, skip_records(rrset->wire, start), ttl);
    return add_written(response, &(struct place){section, owner}, rrset, start, ttl);
}

bool response_add_cname(struct response *response, struct response_owner *owner,
        const uint8_t *target, uint32_t ttl)
{
    struct response_mark mark = response_mark(response);
    struct wire_writer *writer = &response->writer;

    write_owner(response, owner);
    wire_write16(writer, RR_CNAME);
    wire_write16(writer, RR_CLASS_IN);
    wire_write32(writer, ttl);
    uint8_t *length = wire_reserve(writer, 2);
    size_t start = writer->at;
    compress_write(&response->names, writer, target);
    if (!writer->failed)
        wire_store16(length, (uint16_t)(writer->at - start));
    return settle(response, &mark, SECTION_ANSWER, owner, 1);
}

void response_keep_links(struct response *response)
{
    response->links = response_mark(response);
}

bool response_drop_to_links(struct response *response)
{
    struct response_owner none = {NULL, 0};
    response_rewind(response, &response->links, &none);
    return response->links.at > response->records.at;
}

void response_truncate(struct response *response)
{
    struct response_owner none = {NULL, 0};
    response_rewind(response, &response->records, &none);
    response->header.flags |= MESSAGE_TC;
}

/* Never at the price of anything else: without room an error is left out (RFC 8914 section 3). */
static void write_error(struct wire_writer *writer, const struct response_error *error)
{
    size_t length = ERROR_CODE_BYTES + strlen(error->text);

    if (EDNS_OPTION_BYTES + length > writer->size - writer->at)
        return;
    wire_write16(writer, EDNS_ERROR);
    wire_write16(writer, (uint16_t)length);
    wire_write16(writer, (uint16_t)error->code);
    wire_write(writer, error->text, length - ERROR_CODE_BYTES);
}

/* Writes OPT into the room that was kept for it. */
static void write_opt(struct response *response)
{
    struct wire_writer *writer = &response->writer;
    size_t start = writer->at;

    if (response->subnet_scope != NULL && response->subnet.bits > 0)
        *response->subnet_scope = response->scope;

    writer->size += response->reserved;
    edns_write(writer, response->our_udp_bytes, response->edns_flags, response->rcode);
    wire_write(writer, response->options, response->options_bytes);
    for (uint32_t i = 0; i < response->errors_count; i++)
        write_error(writer, &response->errors[i]);
    assert(!writer->failed);
    size_t options = writer->at - start - EDNS_OPT_BYTES;
    wire_store16(writer->bytes + start + EDNS_OPT_BYTES - 2, (uint16_t)options);
    response->header.counts[SECTION_ADDITIONAL]++;
}

size_t response_finish(struct response *response)
{
    struct wire_writer *writer = &response->writer;

    assert(!writer->failed);
    if (response->reserved > 0)
        write_opt(response);
    response->header.flags |= (uint16_t)(response->rcode & MESSAGE_RCODE_MASK);
    message_header_write(writer->bytes, &response->header);
    return writer->at;
}
