/* rdata.h -- rdata out of a message, in the one form in which it can be compared.
 *
 * In a message the names within rdata may be compressed, and their case says nothing (RFC 4343).  Here
 * they become whole and lower case; all else stays byte for byte.  Pure; no allocation.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "dns/message.h"
#include "dns/wire.h"

/* Appends the rdata of a record that lies within the message.
 *
 * Returns 0; ERR_SYNTAX if a name or a string in it does not end within the rdata; ERR_TOO_LARGE if it
 * does not fit.  On failure what was appended is taken back. */
MUST_CHECK int rdata_read(const uint8_t *message, size_t size, const struct message_record *record,
        struct wire_writer *ret);
