/* diag.h -- faults found in input, collected so that the user sees all of them at once.
 *
 * A parser adds each fault with its place, what was read and what was meant, and goes on where it
 * can.  Lower layers never log or print: whoever owns the list shows it.  The list keeps the first
 * DIAG_FAULTS_MAX faults and counts the rest.  One thread at a time.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

#define DIAG_FAULTS_MAX 100U

enum diag_severity {
    DIAG_ERROR,   /* what holds it is refused */
    DIAG_WARNING, /* served, but the operator should look */
};

/* Where a fault is.  Lines and columns count from 1, columns in bytes; 0 means not known. */
struct diag_place {
    const char *file;
    uint32_t line;
    uint32_t column;
};

struct diag_fault {
    enum diag_severity severity;
    struct diag_place place; /* file is owned by the list */
    const char *message;     /* owned by the list */
};

struct diag;

/* A new, empty list, ended with diag_free(). */
MUST_CHECK struct diag *diag_new(void);

/* Frees the list and its texts.  NULL does nothing. */
void diag_free(struct diag *diag);

/* Adds an error or a warning; copies all it is given.  Beyond DIAG_FAULTS_MAX it only counts. */
void diag_error(struct diag *diag, struct diag_place place, const char *format, ...) PRINTF(3, 4);
void diag_warning(struct diag *diag, struct diag_place place, const char *format, ...) PRINTF(3, 4);

/* How many errors and warnings were added, kept or not. */
uint32_t diag_errors(const struct diag *diag);
uint32_t diag_warnings(const struct diag *diag);

/* How many faults are kept, and the i-th of them, borrowed until the list changes. */
uint32_t diag_kept(const struct diag *diag);
const struct diag_fault *diag_fault_at(const struct diag *diag, uint32_t i);

/* Appends one fault as "file:line:column: error: message"; parts that are not known are left out. */
void diag_fault_format(const struct diag_fault *fault, struct buf *ret);

/* Appends every fault of `from` to `diag`. */
void diag_append(struct diag *diag, const struct diag *from);
