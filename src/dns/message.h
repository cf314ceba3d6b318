/* message.h -- header, question and records of a DNS message (RFC 1035 section 4.1).  Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "dns/name.h"
#include "dns/wire.h"

#define MESSAGE_HEADER_BYTES   12U
#define MESSAGE_QUESTION_BYTES 4U /* behind the name: type and class */
#define MESSAGE_MAX_BYTES      65535U
#define MESSAGE_UDP_PLAIN      512U /* what a client without EDNS takes (RFC 1035 4.2.1) */

/* Bits of the flags word (RFC 1035 4.1.1, RFC 4035 3.1.6). */
#define MESSAGE_QR          0x8000U
#define MESSAGE_OPCODE_MASK 0x7800U
#define MESSAGE_AA          0x0400U
#define MESSAGE_TC          0x0200U
#define MESSAGE_RD          0x0100U
#define MESSAGE_RA          0x0080U
#define MESSAGE_AD          0x0020U
#define MESSAGE_CD          0x0010U
#define MESSAGE_RCODE_MASK  0x000fU

struct message_header {
    uint16_t id;
    uint16_t flags;
    uint16_t counts[4]; /* question, answer, authority, additional */
};

struct message_question {
    const uint8_t *name; /* as asked, case kept; borrowed from the message */
    uint16_t type;
    uint16_t class;
    size_t end; /* offset behind the question */
};

/* A record of any section (RFC 1035 4.1.3): where its parts stand in the message. */
struct message_record {
    size_t owner; /* offset; the name may be compressed */
    uint16_t type;
    uint16_t class;
    uint32_t ttl;
    size_t rdata; /* offset */
    uint16_t rdata_bytes;
};

/* The opcode of a flags word. */
static inline unsigned message_opcode(uint16_t flags)
{
    return (flags & MESSAGE_OPCODE_MASK) >> 11;
}

/* Reads and writes the header; `bytes` has at least MESSAGE_HEADER_BYTES. */
void message_header_read(const uint8_t *bytes, struct message_header *ret);
void message_header_write(uint8_t *bytes, const struct message_header *header);

/* Reads the first question, whose name may not be compressed: nothing stands before it to point to.
 *
 * Returns 0 and the question in *ret, or ERR_SYNTAX. */
MUST_CHECK int message_question_read(
        const uint8_t *message, size_t size, struct message_question *ret);

/* Steps over the next record, whose owner's pointers are not followed.
 *
 * Returns true and the record in *ret, which lies whole within the message; or false, and the reader
 * has failed. */
bool message_record_read(struct wire_reader *reader, struct message_record *ret);
