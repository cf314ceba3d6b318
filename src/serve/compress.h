/* compress.h -- names in a response, shortened by pointers to names before them (RFC 1035 4.1.4).
 *
 * A table keeps which names stand where.  Its entries borrow the whole names (from the question or the
 * zone), so that suffixes are compared without following pointers.  Work is bounded: the table is
 * short, and after COMPRESS_SEARCHES names only the question is still looked at.  Only what is equal to
 * the letter is shared, so that a question in odd case (as resolvers ask against forgers) does not
 * change the case of the zone's names in resolvers' caches (RFC 4343 section 4).  Pure.
 */
#pragma once

#include <stdint.h>

#include "dns/wire.h"

#define COMPRESS_NAMES    16U
#define COMPRESS_SEARCHES 64U

struct compress_name {
    const uint8_t *name;
    uint16_t offset; /* where it begins in the message */
    uint8_t labels;
};

struct compress {
    struct compress_name names[COMPRESS_NAMES];
    uint32_t count;
    uint32_t searches;
};

/* Starts with the question's name at `offset`. */
void compress_init(struct compress *compress, const uint8_t *question, uint16_t offset);

/* Appends a name, which must live as long as the table, as short as it can be. */
void compress_write(struct compress *compress, struct wire_writer *writer, const uint8_t *name);
