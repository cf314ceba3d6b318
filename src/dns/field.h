/* field.h -- single values of rdata, from text to wire form: all that can be read without ldns.
 *
 * For text.c alone.  The commonest types consist of nothing else, so that a zone of a million records
 * is read without an allocation per record; and a fault here gets a sentence for people.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "dns/wire.h"

#define FIELD_STRING_MAX 255U /* a character-string (RFC 1035 section 3.3) */

/* One word or quoted string, still with its escapes; borrowed from the text. */
struct field_token {
    const char *at; /* of a quoted string: behind the quote */
    size_t length;
    bool quoted;
};

struct field_reader {
    const char *at; /* what has not been read yet */
    const uint8_t *origin;
    struct wire_writer *out; /* its sticky error means: does not fit */
    char *why;               /* TEXT_ERROR_MAX bytes for the sentence */
};

/* A kind of value: reads `token`, and what follows it where the kind takes the rest of the line, and
 * appends its wire form.  Returns 0, or ERR_SYNTAX with a sentence in reader->why. */
typedef int field_kind(struct field_reader *reader, const struct field_token *token);

/* Takes the next token.  Returns 1, 0 at the end of the text, or ERR_SYNTAX for an open quote. */
MUST_CHECK int field_next(struct field_reader *reader, struct field_token *ret);

/* Writes the sentence and returns ERR_SYNTAX. */
int field_fault(struct field_reader *reader, const char *format, ...) PRINTF(2, 3);

/* The same, ending in the token as it was written, cut where it is long. */
int field_fault_token(
        struct field_reader *reader, const char *sentence, const struct field_token *token);

field_kind field_name;        /* a domain name */
field_kind field_a;           /* an IPv4 address */
field_kind field_aaaa;        /* an IPv6 address */
field_kind field_int8;        /* numbers */
field_kind field_int16;       /* */
field_kind field_int32;       /* */
field_kind field_period;      /* seconds, or 1w2d3h4m5s */
field_kind field_string;      /* a character-string with its length */
field_kind field_long_string; /* bytes up to the end of the rdata */
field_kind field_tag;         /* letters and digits with a length (RFC 8659 section 4.1) */
field_kind field_type;        /* a type's mnemonic */
field_kind field_types;       /* the type bitmap of NSEC, to the end of the line (RFC 4034 4.1.2) */
field_kind field_hex;         /* hex digits to the end of the line */
field_kind field_wks;         /* protocol and ports, to the end of the line (RFC 1035 3.4.2) */
field_kind field_base64;      /* to the end of the line */
field_kind field_hash;        /* base32hex without padding, with a length (RFC 5155 section 3.3) */
