/* text.h -- records between text and wire form: the one door to ldns.
 *
 * ldns parses zone text and prints records; it is never on the query path.  Its types do not leave
 * text.c.  Safe from several threads at once.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "dns/wire.h"

#define TEXT_TYPE_MAX  16U /* "TYPE65535" and every mnemonic fit */
#define TEXT_ERROR_MAX 256U

/* The number of a type mnemonic or of TYPEnnn (RFC 3597), case ignored.
 *
 * Returns 0 and *ret, or ERR_SYNTAX. */
MUST_CHECK int text_type_parse(const char *text, uint16_t *ret);

/* Calls `offer` with each type mnemonic ldns knows, for suggestions. */
void text_type_each(void (*offer)(void *context, const char *mnemonic), void *context);

/* The mnemonic of a type, or TYPEnnn.  Returns ret. */
const char *text_type_format(uint16_t type, char ret[TEXT_TYPE_MAX]);

/* Reads rdata in presentation form, on one line without comments and parentheses, and appends its
 * uncompressed wire form to `ret`.  Names in it are relative to `origin`.  `\# length hex` (RFC 3597) is
 * read for every type.
 *
 * Returns the number of bytes appended; ERR_SYNTAX, or ERR_TOO_LARGE if the rdata does not fit, with a
 * sentence for people in `why` and what was appended taken back. */
MUST_CHECK int text_rdata_parse(uint16_t type, const char *text, const uint8_t *origin,
        struct wire_writer *ret, char why[TEXT_ERROR_MAX]);

/* Writes rdata in presentation form into `ret`, cut at `room` bytes, NUL included.
 *
 * Returns 0, or ERR_SYNTAX if the bytes are not rdata of this type (then `\# length hex` is written). */
int text_rdata_format(uint16_t type, const uint8_t *rdata, size_t size, char *ret, size_t room);
