/* directive.c -- the lines of a master file that begin with '$': $ORIGIN and $INCLUDE (RFC 1035 5.1),
 * $TTL (RFC 2308 section 4) and BIND's $GENERATE. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "zone/generate.h"
#include "zone/reader.h"
#include "zone/ttl.h"

#define PATH_MAX_BYTES 4096U

typedef void directive_handler(struct source *source, struct lexer_word *word);

static directive_handler read_origin, read_default_ttl, read_include, read_generate;

static const struct {
    const char *word;
    directive_handler *handler;
} directives[] = {
        {"$ORIGIN",   read_origin     },
        {"$TTL",      read_default_ttl},
        {"$INCLUDE",  read_include    },
        {"$GENERATE", read_generate   },
};

/* Takes the directive's next argument; if it is missing, `wants` says what should stand there. */
static bool take_argument(struct source *source, const char *wants, struct lexer_word *word)
{
    struct diag_place place = word->place;
    if (lexer_next(&source->lexer, word))
        return true;
    if (!source->lexer.faulty)
        diag_error(source->reader->diag, place, "the line ends here, before %s", wants);
    return false;
}

/* Whether the line ends here, as it should. */
static bool take_end(struct source *source, const char *directive)
{
    struct lexer_word word;
    if (!lexer_next(&source->lexer, &word))
        return !source->lexer.faulty;
    diag_error(
            source->reader->diag, word.place, "\"%.64s\" is too much for %s", word.text, directive);
    return false;
}

static bool take_name(struct source *source, const struct lexer_word *word, struct name *ret)
{
    int err = word->text[0] == '"' ? ERR_SYNTAX
                                   : name_from_text(word->text, source->origin.bytes, ret);
    if (err < 0)
        record_refuse_name(source, word->place, word->text, err);
    return err == 0;
}

static void read_origin(struct source *source, struct lexer_word *word)
{
    struct name origin;
    if (!take_argument(source, "a name", word) || !take_name(source, word, &origin) ||
            !take_end(source, "$ORIGIN"))
        return;
    source->origin = origin;
}

static void read_default_ttl(struct source *source, struct lexer_word *word)
{
    uint32_t ttl;
    if (!take_argument(source, "a TTL", word)) {
        source->reader->lost_ttl = true;
        return;
    }
    int err = ttl_parse(word->text, &ttl);
    if (err == -ERANGE)
        diag_error(source->reader->diag, word->place, "TTL %.64s is above %u (RFC 2181 section 8)",
                word->text, MASTER_TTL_MAX);
    else if (err < 0)
        diag_error(source->reader->diag, word->place,
                "\"%.64s\" is no TTL: write seconds, or numbers with units as in 1h30m",
                word->text);
    if (err < 0 || !take_end(source, "$TTL")) {
        source->reader->lost_ttl = true;
        return;
    }
    source->reader->default_ttl = ttl;
    source->reader->has_default_ttl = true;
}

/* Takes quotes and escapes out of a file name, in place. */
static void unquote(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from == '"')
            continue;
        if (*from == '\\' && from[1] != '\0')
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

/* The path of an included file: relative to the folder of the file that includes it.  Borrowed from the
 * reader, NULL if it is too long. */
static const char *resolve_path(struct source *source, const char *name)
{
    char path[PATH_MAX_BYTES];
    const char *slash = name[0] == '/' ? NULL : strrchr(source->file, '/');
    int folder = slash != NULL ? (int)(slash - source->file) + 1 : 0;
    int length = snprintf(path, sizeof(path), "%.*s%s", folder, source->file, name);
    if (length < 0 || (size_t)length >= sizeof(path))
        return NULL;
    return arena_string(source->reader->files, path);
}

static void include(
        struct source *source, struct diag_place place, const char *path, const uint8_t *origin)
{
    struct reader *reader = source->reader;

    if (path == NULL)
        diag_error(reader->diag, place, "a path of more than %u bytes", PATH_MAX_BYTES - 1);
    else if (reader->in_memory)
        diag_error(reader->diag, place, "$INCLUDE can only be read from a file");
    else if (source->depth >= MASTER_INCLUDE_DEPTH)
        diag_error(reader->diag, place, "$INCLUDE within $INCLUDE, more than %u deep",
                MASTER_INCLUDE_DEPTH);
    else if (reader->files_count >= MASTER_INCLUDES_MAX)
        diag_error(reader->diag, place, "more than %u files in one zone", MASTER_INCLUDES_MAX);
    else {
        reader->files_count++;
        source_read_file(reader, path, origin, source, place);
    }
}

/* Neither the origin nor the last owner of this file is changed by what the other one says. */
static void read_include(struct source *source, struct lexer_word *word)
{
    struct name origin = source->origin;
    if (!take_argument(source, "a file name", word))
        return;
    struct diag_place place = word->place;
    unquote(word->text);
    if (word->text[0] == '\0') {
        diag_error(source->reader->diag, place, "an empty file name");
        return;
    }
    const char *path = resolve_path(source, word->text);
    if (lexer_next(&source->lexer, word)) {
        if (!take_name(source, word, &origin) || !take_end(source, "$INCLUDE"))
            return;
    }
    if (!source->lexer.faulty)
        include(source, place, path, origin.bytes);
}

/* What read_generate() works with. */
struct generation {
    struct generate_range range;
    struct record_fields fields;
    struct diag_place owner_place;
    struct buf owner_template, owner, data_template, data;
};

static bool take_range(struct source *source, struct lexer_word *word, struct generate_range *ret)
{
    if (!take_argument(source, "a range (start-stop or start-stop/step)", word))
        return false;
    int err = generate_range_parse(word->text, ret);
    if (err < 0) {
        diag_error(source->reader->diag, word->place,
                err == -ERANGE ? "\"%.64s\": a number above 2147483647"
                               : "\"%.64s\" is no range: write start-stop or start-stop/step",
                word->text);
        return false;
    }
    uint32_t count = generate_range_count(ret);
    if (count > MASTER_GENERATE_MAX) {
        diag_error(source->reader->diag, word->place,
                "$GENERATE of %" PRIu32 " records; at most %u are made", count,
                MASTER_GENERATE_MAX);
        return false;
    }
    return true;
}

/* Takes all of the line into *job. */
static bool take_generation(struct source *source, struct lexer_word *word, struct generation *job)
{
    struct reader *reader = source->reader;

    if (!take_range(source, word, &job->range) || !take_argument(source, "an owner", word))
        return false;
    job->owner_place = word->place;
    buf_add_string(&job->owner_template, word->text);
    if (!take_argument(source, "a record type", word) ||
            !record_read_fields(source, word, &job->fields) ||
            !record_collect_data(source, &job->fields))
        return false;
    buf_add(&job->data_template, reader->data.data, reader->data.length);
    return true;
}

static bool expand(struct buf *template, uint32_t number, struct buf *ret, const char **why)
{
    ret->length = 0;
    ret->cut = false;
    if (generate_expand(buf_string(template), number, ret, why) < 0)
        return false;
    *why = "the text made is too long";
    return !ret->cut;
}

/* Makes one record.  Returns false on a fault: the rest would only have the same. */
static bool generate_one(struct source *source, struct generation *job, uint32_t number)
{
    struct diag *diag = source->reader->diag;
    const char *why;
    struct name owner;

    if (!expand(&job->owner_template, number, &job->owner, &why)) {
        diag_error(diag, job->owner_place, "%s", why);
        return false;
    }
    if (!expand(&job->data_template, number, &job->data, &why)) {
        diag_error(diag, source->reader->word_place[0], "%s", why);
        return false;
    }
    const char *text = buf_string(&job->owner);
    int err = name_from_text(text, source->origin.bytes, &owner);
    if (err < 0) {
        record_refuse_name(source, job->owner_place, text, err);
        return false;
    }
    return record_deliver(source, &job->fields, owner.bytes, buf_string(&job->data));
}

static void read_generate(struct source *source, struct lexer_word *word)
{
    struct generation job = {.fields = {.place = word->place}};
    buf_init(&job.owner_template, NAME_TEXT_MAX);
    buf_init(&job.owner, NAME_TEXT_MAX);
    buf_init(&job.data_template, READER_DATA_MAX);
    buf_init(&job.data, READER_DATA_MAX);

    if (take_generation(source, word, &job)) {
        uint32_t count = generate_range_count(&job.range);
        for (uint32_t i = 0; i < count; i++)
            if (!generate_one(source, &job, job.range.start + i * job.range.step))
                break;
    }
    buf_done(&job.owner_template);
    buf_done(&job.owner);
    buf_done(&job.data_template);
    buf_done(&job.data);
}

static void refuse_directive(struct source *source, const struct lexer_word *word)
{
    struct str_nearest nearest = {.word = word->text};
    for (size_t i = 0; i < COUNT(directives); i++)
        str_nearest_offer(&nearest, directives[i].word);
    source->reader->lost_ttl = true; /* it may have been meant as $TTL */
    if (nearest.best != NULL)
        diag_error(source->reader->diag, word->place, "\"%.64s\" is no directive; did you mean %s?",
                word->text, nearest.best);
    else
        diag_error(source->reader->diag, word->place,
                "\"%.64s\" is no directive; $ORIGIN, $TTL, $INCLUDE and $GENERATE are", word->text);
}

void directive_read(struct source *source, struct lexer_word *word)
{
    /* One within parentheses: it does not begin its line.  Nobody sees this fault (chunks.h). */
    if (source->reader->in_chunk) {
        diag_error(source->reader->diag, word->place, "\"%.64s\" in a chunk", word->text);
        return;
    }
    for (size_t i = 0; i < COUNT(directives); i++) {
        if (!str_equal_fold(word->text, directives[i].word))
            continue;
        directives[i].handler(source, word);
        if (directives[i].handler != read_generate)
            lexer_warn_annotation(&source->lexer);
        return;
    }
    refuse_directive(source, word);
}
