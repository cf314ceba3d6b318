/* chunks.c -- see chunks.h.
 *
 * Chunks lie in the text one behind the other; for the time of reading a NUL stands over the line end between
 * two, as the lexer wants it.
 */
#include "zone/chunks.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define THREADS_MAX 8

struct chunk {
    char *text;
    size_t length;  /* without the line end behind it */
    char *ended_at; /* where a NUL was put, and what stood there */
    char ended;
    uint32_t line; /* the number of its first one */
    const struct source *from;
    struct diag *diag;
    void *context; /* of the handler; NULL when it was joined */
    /* As they are when the chunk has been read: */
    bool has_last_ttl;
    uint32_t last_ttl;
    enum owner_state owner_state;
    struct name owner;
};

struct chunks {
    struct chunk *list;
    size_t count;
    atomic_size_t next; /* to be read */
};

/* ------------------------------------------------------------------ cutting */

char *chunks_stretch(const struct lexer *lexer)
{
    size_t length = (size_t)(lexer->end - lexer->at);
    if (*lexer->at == '$')
        return lexer->at;
    char *found = length > 0 ? memmem(lexer->at, length, "\n$", 2) : NULL;
    return found != NULL ? found + 1 : lexer->end;
}

/* Whether a line that begins so has an owner of its own. */
static bool is_owner(char first)
{
    return strchr(" \t\r\n;()\"\\$", first) == NULL;
}

/* The first line behind `at` that has an owner, or `end`. */
static char *find_cut(char *at, char *end)
{
    do {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline != NULL ? newline + 1 : end;
    } while (at < end && !is_owner(*at));
    return at;
}

static uint32_t count_lines(const char *text, const char *end)
{
    uint32_t count = 0;
    for (; (text = memchr(text, '\n', (size_t)(end - text))) != NULL; text++)
        count++;
    return count;
}

/* Puts a NUL over the line end before `next`, where the chunk behind starts. */
static void end_chunk(struct chunk *chunk, char *next, const char *text_end)
{
    char *end = next;

    if (end[-1] == '\n' && end != text_end)
        end--;
    if (end > chunk->text && end[-1] == '\r' && *end == '\n')
        end--;
    chunk->length = (size_t)(end - chunk->text);
    chunk->ended_at = end;
    chunk->ended = *end;
    *end = '\0';
}

static void cut(struct chunks *chunks, const struct source *source, char *end)
{
    const struct lexer *lexer = &source->lexer;
    size_t bytes = source->reader->handler->chunk_bytes;
    char *at = lexer->at;
    uint32_t line = lexer->line;

    chunks->list = mem_zalloc((size_t)(end - at) / bytes + 1, sizeof(*chunks->list));
    while (at < end) {
        struct chunk *chunk = &chunks->list[chunks->count++];
        char *next = (size_t)(end - at) > bytes ? find_cut(at + bytes - 1, end) : end;
        chunk->text = at;
        chunk->line = line;
        chunk->from = source;
        line += count_lines(at, next);
        end_chunk(chunk, next, lexer->end);
        at = next;
    }
}

/* ------------------------------------------------------------------ reading */

/* A reader in the state that the stretch starts from.  Of the TTLs before its own lines only the first chunk
 * knows. */
static struct reader *reader_for(const struct chunk *chunk, const struct master_handler *handler)
{
    const struct reader *from = chunk->from->reader;
    struct reader *reader = reader_new(handler, chunk->diag);

    reader->in_chunk = true;
    reader->has_default_ttl = from->has_default_ttl;
    reader->default_ttl = from->default_ttl;
    if (chunk->text == chunk->from->lexer.at) {
        reader->has_last_ttl = from->has_last_ttl;
        reader->last_ttl = from->last_ttl;
    }
    return reader;
}

static void read_chunk(struct chunk *chunk)
{
    const struct master_handler *parent = chunk->from->reader->handler;
    struct source source = *chunk->from;

    chunk->diag = diag_new();
    chunk->context = parent->fork(parent->context, chunk->diag);
    const struct master_handler handler = {.record = parent->record, .context = chunk->context};
    source.reader = reader_for(chunk, &handler);
    if (chunk->text != chunk->from->lexer.at)
        source.owner_state = OWNER_NONE;
    lexer_init(&source.lexer, source.file, chunk->text, chunk->length, chunk->diag);
    source.lexer.line = chunk->line;
    source_read_lines(&source, source.lexer.end);
    chunk->has_last_ttl = source.reader->has_last_ttl;
    chunk->last_ttl = source.reader->last_ttl;
    chunk->owner_state = source.owner_state;
    chunk->owner = source.owner;
    lexer_done(&source.lexer);
    reader_free(source.reader);
}

static void *read_chunks(void *context)
{
    struct chunks *chunks = context;
    size_t i;

    while ((i = atomic_fetch_add_explicit(&chunks->next, 1, memory_order_relaxed)) < chunks->count)
        read_chunk(&chunks->list[i]);
    return NULL;
}

/* Where no more threads can be had those that are do the work. */
static void read_all(struct chunks *chunks)
{
    pthread_t threads[THREADS_MAX];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = processors > THREADS_MAX ? THREADS_MAX
                    : processors > 1         ? (size_t)processors
                                             : 1;
    size_t started = 1; /* this one */

    while (started < wanted && started < chunks->count &&
            pthread_create(&threads[started], NULL, read_chunks, chunks) == 0)
        started++;
    read_chunks(chunks);
    for (size_t i = 1; i < started; i++) {
        int error = pthread_join(threads[i], NULL);
        assert(error == 0);
    }
}

/* ------------------------------------------------------------------ joining */

/* Delivers the records of a chunk.  Returns whether the next one stands where it was thought to. */
static bool join(struct source *source, struct chunk *chunk)
{
    struct reader *reader = source->reader;

    if (diag_errors(chunk->diag) > 0 || diag_warnings(chunk->diag) > 0 ||
            !reader->handler->join(reader->handler->context, chunk->context))
        return false;
    chunk->context = NULL;
    if (chunk->has_last_ttl) {
        reader->has_last_ttl = true;
        reader->last_ttl = chunk->last_ttl;
    }
    if (chunk->owner_state != OWNER_NONE) {
        source->owner_state = chunk->owner_state;
        source->owner = chunk->owner;
    }
    return true;
}

static void chunk_done(struct chunk *chunk)
{
    const struct master_handler *handler = chunk->from->reader->handler;

    if (chunk->context != NULL)
        handler->drop(handler->context, chunk->context);
    diag_free(chunk->diag);
}

/* Lets the source's lexer go on at the start of a chunk, or at `end` behind the last. */
static void go_on_at(struct source *source, const struct chunks *chunks, size_t i, char *end)
{
    struct lexer *lexer = &source->lexer;

    for (size_t j = 0; j < chunks->count; j++)
        *chunks->list[j].ended_at = chunks->list[j].ended;
    if (i < chunks->count) {
        lexer->line = chunks->list[i].line;
        lexer->at = chunks->list[i].text;
    } else {
        lexer->line = chunks->list[i - 1].line + count_lines(chunks->list[i - 1].text, end);
        lexer->at = end;
    }
    lexer->line_start = lexer->at;
}

void chunks_read(struct source *source, char *end)
{
    const struct lexer *lexer = &source->lexer;
    struct chunks chunks = {.count = 0};
    size_t joined = 0;

    if ((size_t)(end - lexer->at) < 2 * source->reader->handler->chunk_bytes ||
            lexer->at != lexer->line_start || source->reader->lost_ttl)
        return;
    cut(&chunks, source, end);
    read_all(&chunks);
    while (joined < chunks.count && join(source, &chunks.list[joined]))
        joined++;
    go_on_at(source, &chunks, joined, end);
    for (size_t i = 0; i < chunks.count; i++)
        chunk_done(&chunks.list[i]);
    free(chunks.list);
}
