/* reader.h -- what the parts of master.h share: one call of master_read(), and the files it is in.
 *
 * master.c opens files and walks their records, record.c reads a record, directive.c the lines that
 * begin with '$', chunks.c lets several threads do so.  Only they include this.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "dns/name.h"
#include "dns/rr.h"
#include "zone/lexer.h"
#include "zone/master.h"

#define READER_DATA_MAX   (1U << 19) /* bytes of rdata as text: 65535 bytes, each as \DDD, and more */
#define READER_PLACES_MAX 64U        /* words of rdata whose places are kept */

/* One call of master_read(). */
struct reader {
    const struct master_handler *handler;
    struct diag *diag;
    struct arena *files; /* their names */
    uint32_t files_count;
    bool in_memory; /* there is no file, so none can be included */
    bool in_chunk;  /* a directive is a fault: what stands behind the chunk would not know of it */
    bool has_default_ttl; /* by $TTL; an $INCLUDEd file's stays in force, as with BIND */
    bool has_last_ttl;
    bool lost_ttl; /* a fault has left the TTL unknown: records without one are not delivered */
    uint32_t default_ttl;
    uint32_t last_ttl;
    struct buf data; /* the rdata being read, its words with one blank between */
    uint32_t words;  /* how many words those are, and where the first of them stood */
    struct diag_place word_place[READER_PLACES_MAX];
    size_t word_at[READER_PLACES_MAX]; /* offset in data */
    uint8_t rdata[RR_RDATA_MAX];
};

enum owner_state {
    OWNER_NONE,  /* no record was read yet */
    OWNER_KNOWN, /* the last record's */
    OWNER_LOST,  /* the last record's was faulty: those that repeat it are read, not delivered */
};

/* One file being read; lies on the stack of the one that includes it. */
struct source {
    struct reader *reader;
    const struct source *parent; /* NULL for the zone file */
    const char *file;
    struct diag_place included_at;
    uint32_t depth;
    dev_t device;
    ino_t inode;
    enum owner_state owner_state;
    struct name origin;
    struct name owner;
    struct lexer lexer;
};

/* What stands between a record's owner and its rdata. */
struct record_fields {
    struct diag_place place; /* of the record's first token */
    struct diag_place type_place;
    bool has_ttl;
    bool has_class;
    uint32_t ttl;
    uint16_t type;
};

/* A reader in its first state; the handler is borrowed.  Ended with reader_free(), which NULL does not mind. */
MUST_CHECK struct reader *reader_new(const struct master_handler *handler, struct diag *diag);
void reader_free(struct reader *reader);

/* Reads records and directives until one ends at or behind `limit`, or the text does. */
void source_read_lines(struct source *source, const char *limit);

/* Reads a whole file into the zone at `origin`, included by `parent` (NULL for the zone file) at `place`. */
void source_read_file(struct reader *reader, const char *path, const uint8_t *origin,
        const struct source *parent, struct diag_place place);

/* Reads the record whose first word is `word`, and delivers it if it is good. */
void record_read(struct source *source, struct lexer_word *word);

/* Reads [TTL] [class] type in any order of the first two, `word` being the first of these words.
 * Returns false, a fault being reported, if that is not what stands there. */
MUST_CHECK bool record_read_fields(
        struct source *source, struct lexer_word *word, struct record_fields *fields);

/* Collects the rest of the record's words in reader->data.  Returns false on a fault. */
MUST_CHECK bool record_collect_data(struct source *source, const struct record_fields *fields);

/* Turns the text in `data` into wire form and delivers the record.  Returns false on a fault. */
MUST_CHECK bool record_deliver(struct source *source, const struct record_fields *fields,
        const uint8_t *owner, const char *data);

/* Reports a name that name_from_text() refused with `err`. */
void record_refuse_name(struct source *source, struct diag_place place, const char *text, int err);

/* Obeys the directive whose '$' word is `word`. */
void directive_read(struct source *source, struct lexer_word *word);
