/* master.c -- see master.h. */
#include "zone/master.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "zone/chunks.h"
#include "zone/reader.h"

void source_read_lines(struct source *source, const char *limit)
{
    struct lexer *lexer = &source->lexer;
    struct lexer_word word;

    for (;;) {
        lexer_finish(lexer);
        if (lexer->at >= limit || !lexer_begin(lexer))
            return;
        if (!lexer_next(lexer, &word))
            continue;
        if (word.text[0] == '$' && lexer->blank_first)
            diag_error(lexer->diag, word.place,
                    "\"%.64s\": a directive stands at the very start of its line", word.text);
        else if (word.text[0] == '$')
            directive_read(source, &word);
        else
            record_read(source, &word);
    }
}

/* Reads `text`, which it takes over.  source->lexer is not yet set. */
static void read_text(struct source *source, char *text, size_t length)
{
    struct lexer *lexer = &source->lexer;
    bool is_large = source->reader->handler->chunk_bytes > 0 &&
                    length >= source->reader->handler->chunk_bytes;

    lexer_init(lexer, source->file, text, length, source->reader->diag);
    while (is_large && lexer->at < lexer->end) {
        char *end = chunks_stretch(lexer);
        chunks_read(source, end);
        source_read_lines(source, end + 1); /* and over the line that begins with '$' */
    }
    source_read_lines(source, lexer->end);
    lexer_done(lexer);
    free(text);
}

/* Refuses a file that is being read already; without this a loop ends only at the depth. */
static bool is_loop(const struct source *source, const struct source *parent)
{
    for (const struct source *at = parent; at != NULL; at = at->parent) {
        if (at->device != source->device || at->inode != source->inode)
            continue;
        if (at->parent == NULL)
            diag_error(source->reader->diag, source->included_at,
                    "$INCLUDE of \"%s\" is a loop: that is the zone file itself", source->file);
        else
            diag_error(source->reader->diag, source->included_at,
                    "$INCLUDE of \"%s\" is a loop: %s:%" PRIu32 " is including it already",
                    source->file, at->included_at.file, at->included_at.line);
        return true;
    }
    return false;
}

/* Opens and reads the file, adding a fault if that cannot be. */
static int load(struct source *source, const struct source *parent, char **ret, size_t *length)
{
    const struct master_handler *handler = source->reader->handler;
    struct diag *diag = source->reader->diag;
    struct diag_place place = source->included_at;
    struct file_version version;
    int err = ERR_FAULTY;
    int fd = file_open(source->file, &version);

    if (fd == -EINVAL) {
        diag_error(diag, place, "\"%s\" is no regular file", source->file);
        return ERR_FAULTY;
    }
    if (fd < 0) {
        diag_error(diag, place, "cannot open \"%s\": %s", source->file, err_text(fd));
        return ERR_FAULTY;
    }
    source->device = version.device;
    source->inode = version.inode;
    if (is_loop(source, parent))
        goto out;
    if (handler->file != NULL)
        handler->file(handler->context, source->file, &version);
    if ((uintmax_t)version.size_bytes > MASTER_FILE_MAX) {
        diag_error(diag, place, "\"%s\" has %jd bytes; at most %u are read", source->file,
                (intmax_t)version.size_bytes, MASTER_FILE_MAX);
        goto out;
    }
    err = file_read(fd, MASTER_FILE_MAX, ret, length);
    if (err < 0)
        diag_error(diag, place, "cannot read \"%s\": %s", source->file, err_text(err));
out:
    close(fd);
    return err;
}

void source_read_file(struct reader *reader, const char *path, const uint8_t *origin,
        const struct source *parent, struct diag_place place)
{
    struct source source = {.reader = reader, .parent = parent, .file = path, .included_at = place};
    char *text = NULL;
    size_t length = 0;

    name_copy(origin, &source.origin);
    if (parent != NULL)
        source.depth = parent->depth + 1;
    if (load(&source, parent, &text, &length) < 0)
        return;
    read_text(&source, text, length);
}

struct reader *reader_new(const struct master_handler *handler, struct diag *diag)
{
    struct reader *reader = mem_zalloc(1, sizeof(*reader));
    reader->handler = handler;
    reader->diag = diag;
    reader->files = arena_new();
    reader->files_count = 1;
    buf_init(&reader->data, READER_DATA_MAX);
    return reader;
}

void reader_free(struct reader *reader)
{
    buf_done(&reader->data);
    arena_free(reader->files);
    free(reader);
}

int master_read(const char *path, const uint8_t *origin, const struct master_handler *handler,
        struct diag *diag)
{
    uint32_t errors = diag_errors(diag);
    struct reader *reader = reader_new(handler, diag);
    source_read_file(reader, path, origin, NULL, (struct diag_place){path, 0, 0});
    reader_free(reader);
    return diag_errors(diag) > errors ? ERR_FAULTY : 0;
}

int master_read_text(const struct master_text *text, const uint8_t *origin,
        const struct master_handler *handler, struct diag *diag)
{
    uint32_t errors = diag_errors(diag);
    struct source source = {.file = text->file};
    if (text->length > MASTER_FILE_MAX) {
        diag_error(diag, (struct diag_place){text->file, 0, 0}, "%zu bytes; at most %u are read",
                text->length, MASTER_FILE_MAX);
        return ERR_FAULTY;
    }
    char *copy = mem_alloc(text->length + 1);
    if (text->length > 0)
        memcpy(copy, text->text, text->length);
    copy[text->length] = '\0';

    source.reader = reader_new(handler, diag);
    source.reader->in_memory = true;
    name_copy(origin, &source.origin);
    read_text(&source, copy, text->length);
    reader_free(source.reader);
    return diag_errors(diag) > errors ? ERR_FAULTY : 0;
}
