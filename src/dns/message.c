/* message.c -- see message.h. */
#include "dns/message.h"

#include "base/err.h"
#include "dns/wire.h"

#define COUNTS 4U

void message_header_read(const uint8_t *bytes, struct message_header *ret)
{
    ret->id = wire_load16(bytes);
    ret->flags = wire_load16(bytes + 2);
    for (size_t i = 0; i < COUNTS; i++)
        ret->counts[i] = wire_load16(bytes + 4 + 2 * i);
}

void message_header_write(uint8_t *bytes, const struct message_header *header)
{
    wire_store16(bytes, header->id);
    wire_store16(bytes + 2, header->flags);
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

    name_copy(name, &ret->name);
    ret->type = wire_load16(message + at);
    ret->class = wire_load16(message + at + 2);
    ret->end = at + MESSAGE_QUESTION_BYTES;
    return 0;
}
