/* message.c -- see message.h. */
#include "dns/message.h"

#include "base/err.h"

#define COUNTS        4U
#define LABEL_MAX     63U
#define POINTER_LABEL (NAME_POINTER >> 8)

#define RECORD_FIXED_BYTES 10U /* behind the owner: type, class, TTL and the length of the data */

void message_header_read(const uint8_t *bytes, struct message_header *ret)
{
    ret->id = wire_load16(bytes);
    ret->flags = wire_load16(bytes + 2);
#pragma GCC unroll 4
    for (size_t i = 0; i < COUNTS; i++)
        ret->counts[i] = wire_load16(bytes + 4 + 2 * i);
}

void message_header_write(uint8_t *bytes, const struct message_header *header)
{
    wire_store16(bytes, header->id);
    wire_store16(bytes + 2, header->flags);
#pragma GCC unroll 4
    for (size_t i = 0; i < COUNTS; i++)
        wire_store16(bytes + 4 + 2 * i, header->counts[i]);
}

int message_question_read(const uint8_t *message, size_t size, struct message_question *ret)
{
    if (size < MESSAGE_HEADER_BYTES)
        return ERR_SYNTAX;
    const uint8_t *name = message + MESSAGE_HEADER_BYTES;
    int length = name_from_wire(name, size - MESSAGE_HEADER_BYTES);
    if (length < 0)
        return length;
    size_t at = MESSAGE_HEADER_BYTES + (size_t)length;
    if (size - at < MESSAGE_QUESTION_BYTES)
        return ERR_SYNTAX;

    ret->name = name;
    ret->type = wire_load16(message + at);
    ret->class = wire_load16(message + at + 2);
    ret->end = at + MESSAGE_QUESTION_BYTES;
    return 0;
}

static void skip_owner(struct wire_reader *reader)
{
    size_t start = reader->at;

    for (;;) {
        uint8_t label = wire_read8(reader);
        if (label >= POINTER_LABEL) {
            wire_read8(reader);
            return;
        }
        if (label > LABEL_MAX || reader->at - start > NAME_MAX_BYTES)
            reader->failed = true;
        if (label == 0 || reader->failed)
            return;
        wire_read(reader, label);
    }
}

bool message_record_read(struct wire_reader *reader, struct message_record *ret)
{
    struct message_record record = {.owner = reader->at};

    skip_owner(reader);
    const uint8_t *fixed = wire_read(reader, RECORD_FIXED_BYTES);
    if (fixed == NULL)
        return false;
    record.type = wire_load16(fixed);
    record.class = wire_load16(fixed + 2);
    record.ttl = wire_load32(fixed + 4);
    record.rdata_bytes = wire_load16(fixed + 8);
    record.rdata = reader->at;
    if (wire_read(reader, record.rdata_bytes) == NULL)
        return false;
    *ret = record;
    return true;
}
