/* chunks.h -- a large file's text, read in chunks by several threads.  Internal to master.h.
 *
 * Only stretches without lines that begin with '$' are read so: what a chunk starts from is then what the
 * stretch did, but for the last owner and TTL, and a chunk is cut where its first line has an owner.  That a
 * record does begin there shows when the chunk before it has been read without fault up to its end.  Whatever
 * is not as it should be -- a fault, a warning, a directive within parentheses, a TTL that only the lines
 * before would tell -- sends the rest back to be read by one thread, which finds the same as if there had
 * been no others.
 */
#pragma once

#include "base/attr.h"
#include "zone/reader.h"

/* Where the next stretch without such lines ends that starts where the lexer stands, or the text. */
MUST_CHECK char *chunks_stretch(const struct lexer *lexer);

/* Reads the source up to `end`, the end of a stretch, and delivers its records in order, if that is worth it.
 * What has not been read when it returns begins where the source's lexer then stands. */
void chunks_read(struct source *source, char *end);
