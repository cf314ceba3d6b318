/* doc.h -- JSON documents for reports and status, built field by field, or read to be completed.
 *
 * A thin cover over jansson, so that its types stay in one file.  A document is an object; its arrays
 * hold objects or texts.  Text that is not UTF-8 has its bad bytes replaced by '?'.  One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"

struct doc;

/* A new, empty object; ended with doc_free(). */
MUST_CHECK struct doc *doc_new(void);

/* Reads JSON of `length` bytes.  Returns a new document, or NULL if it is no object. */
MUST_CHECK struct doc *doc_read(const char *json, size_t length);

/* The text of a member, borrowed until that is set anew; NULL if there is none. */
const char *doc_text(const struct doc *doc, const char *key);

/* How many rows the array has that is the member, or -1 if it is no array; and the string that a member of a row is,
 * borrowed as above, or NULL. */
int doc_rows(const struct doc *doc, const char *key);
const char *doc_row_text(const struct doc *doc, const char *key, int row, const char *member);

/* NULL does nothing. */
void doc_free(struct doc *doc);

/* Each sets a member, replacing one of the same key.  A text of NULL becomes null. */
void doc_set_text(struct doc *doc, const char *key, const char *text);
void doc_set_number(
        struct doc *doc, const char *key, uint64_t number); /* INT64_MAX if it is larger */
void doc_set_bool(struct doc *doc, const char *key, bool value);
void doc_set_real(struct doc *doc, const char *key, double real);

/* Makes `key` an array if it is none yet (empty arrays are wanted: a reader can rely on the key). */
void doc_set_array(struct doc *doc, const char *key);

/* Appends `row` to the array `key`; takes over the row. */
void doc_append(struct doc *doc, const char *key, struct doc *row);

/* Appends a text to the array `key`. */
void doc_append_text(struct doc *doc, const char *key, const char *text);

/* Sets `key` to an object, or null for a child of NULL; takes over the child. */
void doc_set_doc(struct doc *doc, const char *key, struct doc *child);

/* Sets "errors", "warnings" and the array "faults": severity, file, line, column, message, and text,
 * the line for people as diag_fault_format() writes it. */
void doc_set_faults(struct doc *doc, const struct diag *diag);

/* Appends the document's JSON, on one line, to `ret`. */
void doc_print(const struct doc *doc, struct buf *ret);
