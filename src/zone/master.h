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

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"

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

typedef void master_handler(void *context, const struct master_record *record);

/* Reads the file `path` as the zone `origin` and calls `handler` with each good record, in file order.
 * An $INCLUDE is relative to the file it stands in.
 *
 * Returns 0, or ERR_FAULTY if any error (not warning) was added to `diag`, an unreadable file among
 * them. */
MUST_CHECK int master_read(const char *path, const uint8_t *origin, master_handler *handler,
        void *context, struct diag *diag);

/* A zone file's text in memory, all borrowed. */
struct master_text {
    const char *file; /* its name in messages */
    const char *text;
    size_t length;
};

/* The same for text in memory; $INCLUDE is a fault. */
MUST_CHECK int master_read_text(const struct master_text *text, const uint8_t *origin,
        master_handler *handler, void *context, struct diag *diag);
