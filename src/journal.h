/* journal.h -- what has happened, kept for whoever asks later: DIR/journal and, before it, DIR/journal.1.
 *
 * One record is one line: a checksum, a blank, and a JSON object with its number (docs/formats/journal.md).  Who is
 * killed in the middle of a line loses that line; a reader skips what its checksum does not fit.  When the file has
 * half of the bytes that are allowed it becomes journal.1, whatever that was before.  The supervisor writes, in one
 * thread; anybody who may read the directory reads.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "admin/doc.h"
#include "base/attr.h"

#define JOURNAL_EVENT_MAX 12288U /* bytes of one event's JSON */
#define JOURNAL_OLDER     ".1"

struct journal;

/* Goes on with the journal in `path`, of at most `max_bytes` with the older file; ended with journal_close().  A file
 * that cannot be written is told in the log, once, and tried again. */
MUST_CHECK struct journal *journal_open(const char *path, uint64_t max_bytes);

/* NULL does nothing. */
void journal_close(struct journal *journal);

/* Appends an event, which it takes over. */
void journal_add(struct journal *journal, struct doc *event);

/* Appends what a role says: JSON objects, a line each.  It is not believed: bytes that are not printable become '?',
 * and a line that is too long is left out. */
void journal_add_lines(struct journal *journal, const char *lines, size_t length);

/* Called with each record in turn, from the oldest: its number and its event's JSON, ended with NUL. */
typedef void journal_reader(void *context, uint64_t number, const char *event);

/* Reads the journal at `path`.  Returns 0, or -errno if there is none or it cannot be read. */
MUST_CHECK int journal_read(const char *path, journal_reader *reader, void *context);

/* The same of text in memory; returns how many lines were skipped. */
uint64_t journal_read_text(const char *text, size_t length, journal_reader *reader, void *context);
