/* protocol.h -- the control protocol as bytes, for both ends; docs/formats/control-protocol.md.
 *
 *   request: words separated by blanks, newline
 *   reply:   "ok LENGTH" or "error CODE LENGTH", newline, LENGTH bytes of JSON
 *
 * Pure.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"

#define PROTOCOL_LINE_MAX  1024U /* bytes of a request, without its newline */
#define PROTOCOL_HEAD_MAX  64U
#define PROTOCOL_REPLY_MAX (128U << 20) /* every slot of the health table as a row fits */

/* Finds the request line at the start of `bytes`; it has no byte below ' '.
 *
 * Returns 0 and its length without the newline in *ret; ERR_TRUNCATED if more bytes must come;
 * ERR_TOO_LARGE or ERR_SYNTAX if this is no request.  *ret is untouched on error. */
MUST_CHECK int protocol_find_line(const char *bytes, size_t length, size_t *ret);

/* Writes the head of a reply; `status` is 0 or a negative error.  Returns its length. */
size_t protocol_print_head(int status, size_t length, char ret[PROTOCOL_HEAD_MAX]);

/* Reads the head of a reply at the start of `bytes`.
 *
 * Returns 0 with the status, the length of the body and the size of the head with its newline;
 * ERR_TRUNCATED if more bytes must come; ERR_SYNTAX or ERR_TOO_LARGE if this is no reply.  Outputs
 * are untouched on error. */
MUST_CHECK int protocol_read_head(
        const char *bytes, size_t length, int *status, size_t *body_length, size_t *head_bytes);
