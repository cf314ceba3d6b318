/* name.h -- domain names in uncompressed wire form (RFC 1035 section 3.1).
 *
 * A name is a sequence of labels, each a length byte from 1 to 63 and as many bytes, ended by the
 * root's zero byte; at most NAME_MAX_BYTES in all.  Functions take a pointer to a valid name, which
 * knows its own length; only name_from_wire(), name_read() and name_from_text() meet strange input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

#define NAME_MAX_BYTES   255U
#define NAME_MAX_LABELS  127U
#define NAME_POINTER     0xc000U /* a compression pointer: these bits and an offset (RFC 1035 4.1.4) */
#define NAME_POINTER_MAX 0x3fffU
#define NAME_TEXT_MAX    1025U /* every byte as \DDD, the dots and a NUL */

/* A name with its own memory, for where one is built. */
struct name {
    uint8_t length; /* bytes used, the root's zero included; 1 for the root */
    uint8_t bytes[NAME_MAX_BYTES];
};

/* The length in bytes of a valid name, its last zero included. */
size_t name_length(const uint8_t *name);

/* The number of labels, the root not counted: 0 for the root, 2 for example.com. */
uint32_t name_labels(const uint8_t *name);

/* Checks that an uncompressed name stands at the start of `bytes` and ends within `size`.
 *
 * Returns its length, or ERR_SYNTAX. */
MUST_CHECK int name_from_wire(const uint8_t *bytes, size_t size);

/* Reads a name at `offset` of a message, following compression pointers, which must point strictly
 * backwards (RFC 1035 section 4.1.4).
 *
 * Returns 0, the name in *ret and the offset behind it in *next; or ERR_SYNTAX. */
MUST_CHECK int name_read(
        const uint8_t *message, size_t size, size_t offset, struct name *ret, size_t *next);

/* Reads a name in master-file form, with \DDD and \X escapes (RFC 1035 section 5.1).  A name
 * without a last dot is relative to `origin`; "@" is the origin itself.
 *
 * Returns 0 and the name in *ret; ERR_SYNTAX for an empty label, a label above 63 bytes or a bad
 * escape; ERR_TOO_LARGE above 255 bytes.  *ret is untouched on error. */
MUST_CHECK int name_from_text(const char *text, const uint8_t *origin, struct name *ret);

/* Writes a name as text with a last dot and with escapes where RFC 1035 wants them; case is kept.
 * Returns ret. */
const char *name_to_text(const uint8_t *name, char ret[NAME_TEXT_MAX]);

/* Copies a valid name, the second in lower case (RFC 4343: ASCII letters only). */
void name_copy(const uint8_t *name, struct name *ret);
void name_copy_lower(const uint8_t *name, struct name *ret);

/* Whether two names are equal, ASCII case ignored. */
bool name_equal(const uint8_t *a, const uint8_t *b);

/* Whether `name` is `ancestor` or lies below it, ASCII case ignored. */
bool name_is_within(const uint8_t *name, const uint8_t *ancestor);

/* The order of RFC 4034 section 6.1: negative, 0 or positive. */
int name_compare(const uint8_t *a, const uint8_t *b);

/* The part of the name behind its first `count` labels, which must exist; borrowed from name. */
const uint8_t *name_skip(const uint8_t *name, uint32_t count);

/* How many labels, counted from the root, two names share, ASCII case ignored. */
uint32_t name_common_labels(const uint8_t *a, const uint8_t *b);

/* Whether the first label is exactly "*" (RFC 4592). */
bool name_is_wildcard(const uint8_t *name);
