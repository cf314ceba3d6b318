/* master.h -- reading master files (RFC 1035 section 5): text in, a stream of records out.
 *
 * The lexer is ours because it keeps comments, which carry the routing; rdata goes through
 * dns/text.h.  $ORIGIN, $TTL, $INCLUDE, $GENERATE, parentheses, quotes, escapes, RFC 3597, CRLF and
 * a last line without newline are read.  A fault is added to the diag with file:line:column and
 * reading goes on with the next record.  A record without TTL takes $TTL, else the last explicit TTL
 * (RFC 2308 section 4); a SOA before any TTL takes its MINIMUM, with a warning.  Classes other than IN
 * are faults, and so are types that only messages use.  Whether an owner lies in the zone is not asked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/file.h"

#define MASTER_FILE_MAX      (1U << 30) /* bytes of one file */
#define MASTER_INCLUDE_DEPTH 16U
#define MASTER_INCLUDES_MAX  1024U       /* files one zone may read in all */
#define MASTER_GENERATE_MAX  65536U      /* records from one $GENERATE */
#define MASTER_TTL_MAX       2147483647U /* RFC 2181 section 8 */

/* One record.  All pointers are borrowed during the callback, but the places' file lives as long as the
 * master_read() call. */
struct master_record {
    const uint8_t *owner; /* wire form, case as written */
    const uint8_t *rdata; /* uncompressed wire form */
    uint16_t rdata_bytes;
    uint16_t type;
    uint32_t ttl;
    struct diag_place place;            /* of the record's first token */
    const char *annotation;             /* the comment from its '@' on, or NULL */
    struct diag_place annotation_place; /* of the '@' */
    const uint8_t *origin; /* $ORIGIN in force: names in the annotation are relative to it */
};

/* Whom a reading tells what it finds.  All calls come from the thread that reads, but for those of fork() and
 * what belongs to a context that fork() gave. */
struct master_handler {
    /* One good record, in the order of the file. */
    void (*record)(void *context, const struct master_record *record);
    /* A file that was opened, of this version; NULL if nobody wants to know. */
    void (*file)(void *context, const char *path, const struct file_version *version);

    /* How many bytes of a large file one of several threads reads at a time; 0: one reads all, and the rest of this
     * is not asked for.  The result is the same, and so are the faults. */
    size_t chunk_bytes;
    /* A context for the records of one chunk, from any thread; faults of the handler itself go to `diag`. */
    void *(*fork)(void *context, struct diag *diag);
    /* Takes over the records of the next chunk, behind those before.  Returns false, with nothing taken, if one by
     * one they would have met a fault. */
    bool (*join)(void *context, void *chunk);
    /* Forgets the records of a chunk, which are read once more. */
    void (*drop)(void *context, void *chunk);

    void *context;
};

/* Reads the file `path` as the zone `origin` and calls the handler with each good record, in file order.
 * An $INCLUDE is relative to the file it stands in.
 *
 * Returns 0, or ERR_FAULTY if any error (not warning) was added to `diag`, an unreadable file among
 * them. */
MUST_CHECK int master_read(const char *path, const uint8_t *origin,
        const struct master_handler *handler, struct diag *diag);

/* A zone file's text in memory, all borrowed. */
struct master_text {
    const char *file; /* its name in messages */
    const char *text;
    size_t length;
};

/* The same for text in memory; $INCLUDE is a fault. */
MUST_CHECK int master_read_text(const struct master_text *text, const uint8_t *origin,
        const struct master_handler *handler, struct diag *diag);
