/* journal.c -- see journal.h. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/siphash.h"

#define SUM_DIGITS 16U
#define RECORD_MAX (SUM_DIGITS + JOURNAL_EVENT_MAX + 64U)
#define FILE_MAX   (2ULL << 30)
#define HEAD       "{\"number\":"
#define MIDDLE     ",\"event\":"

struct journal {
    char *path;
    uint64_t max_bytes;
    int fd;          /* -1: not open */
    uint64_t bytes;  /* of the file */
    uint64_t number; /* of the next record */
    bool has_failed; /* and that was told */
};

/* Finds accidents, not forgers: the key is known. */
static uint64_t sum(const char *bytes, size_t length)
{
    static const uint8_t key[SIPHASH_KEY_BYTES];
    return siphash(key, (const uint8_t *)bytes, length);
}

/* ---- reading ---- */

/* Reads one line without its end.  Returns whether it is a record. */
static bool read_line(
        const char *line, size_t length, uint64_t *number, const char **event, size_t *event_length)
{
    char digits[SUM_DIGITS + 1];
    const char *object = line + SUM_DIGITS + 1;
    char *end;

    if (length < SUM_DIGITS + 1 + sizeof(HEAD) || length > RECORD_MAX || line[SUM_DIGITS] != ' ')
        return false;
    length -= SUM_DIGITS + 1;
    snprintf(digits, sizeof(digits), "%016llx", (unsigned long long)sum(object, length));
    if (memcmp(digits, line, SUM_DIGITS) != 0 || memcmp(object, HEAD, strlen(HEAD)) != 0)
        return false;
    *number =
            strtoull(object + strlen(HEAD), &end, 10); /* ends before the checksummed object does */
    if ((size_t)(end - object) + strlen(MIDDLE) + 1 > length ||
            memcmp(end, MIDDLE, strlen(MIDDLE)) != 0 || object[length - 1] != '}')
        return false;
    *event = end + strlen(MIDDLE);
    *event_length = (size_t)(object + length - 1 - *event);
    return true;
}

uint64_t journal_read_text(const char *text, size_t length, journal_reader *reader, void *context)
{
    const char *end = text + length;
    uint64_t skipped = 0;

    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line = newline != NULL ? (size_t)(newline - text) : (size_t)(end - text);
        char event[RECORD_MAX + 1];
        const char *from;
        size_t bytes;
        uint64_t number;
        if (newline == NULL || !read_line(text, line, &number, &from, &bytes)) {
            skipped++;
        } else {
            memcpy(event, from, bytes);
            event[bytes] = '\0';
            reader(context, number, event);
        }
        text += newline != NULL ? line + 1 : line;
    }
    return skipped;
}

static int read_file(const char *path, journal_reader *reader, void *context)
{
    char *text;
    size_t length;
    int error = file_load(path, FILE_MAX, &text, &length);
    if (error != 0)
        return error;
    (void)journal_read_text(text, length, reader, context);
    free(text);
    return 0;
}

int journal_read(const char *path, journal_reader *reader, void *context)
{
    char older[PATH_MAX];
    if (snprintf(older, sizeof(older), "%s" JOURNAL_OLDER, path) >= (int)sizeof(older))
        return -ENAMETOOLONG;
    int before = read_file(older, reader, context);
    int error = read_file(path, reader, context);
    return error == -ENOENT && before == 0 ? 0 : error;
}

/* ---- writing ---- */

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal->path);
    free(journal);
}

/* Opens the file if it is not, and ends a line that somebody was killed in. */
static int open_file(struct journal *journal)
{
    struct stat st;
    char last = '\n';

    if (journal->fd >= 0)
        return 0;
    int fd = open(journal->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd == -1 || fstat(fd, &st) == -1) {
        int error = -errno;
        if (fd != -1)
            close(fd);
        return error;
    }
    journal->fd = fd;
    journal->bytes = (uint64_t)st.st_size;
    if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n')
        return file_write(fd, "\n", 1);
    return 0;
}

static void note_number(void *context, uint64_t number, const char *event)
{
    struct journal *journal = context;
    (void)event;
    if (number >= journal->number)
        journal->number = number + 1;
}

struct journal *journal_open(const char *path, uint64_t max_bytes)
{
    struct journal *journal = mem_zalloc(1, sizeof(*journal));
    journal->path = mem_string(path);
    journal->max_bytes = max_bytes;
    journal->fd = -1;
    journal->number = 1;
    (void)!open_file(journal); /* a record that lacks its end alone has it now */
    (void)!journal_read(path, note_number, journal);
    return journal;
}

static int rotate(struct journal *journal, size_t more)
{
    char older[PATH_MAX];
    if (journal->bytes == 0 || journal->bytes + more <= journal->max_bytes / 2)
        return 0;
    if (snprintf(older, sizeof(older), "%s" JOURNAL_OLDER, journal->path) >= (int)sizeof(older))
        return -ENAMETOOLONG;
    close(journal->fd);
    journal->fd = -1;
    if (rename(journal->path, older) == -1)
        return -errno;
    return open_file(journal);
}

static int write_line(struct journal *journal, const struct buf *line)
{
    int error = open_file(journal);
    if (error == 0)
        error = rotate(journal, line->length);
    if (error == 0)
        error = file_write(journal->fd, line->data, line->length);
    if (error == 0)
        journal->bytes += line->length;
    else if (journal->fd >= 0) {
        close(journal->fd); /* what was written of it is ended when it is opened again */
        journal->fd = -1;
    }
    return error;
}

/* One record.  The event has no line end. */
static void add(struct journal *journal, const char *event, size_t length)
{
    struct buf object, line;

    buf_init(&object, RECORD_MAX);
    buf_init(&line, RECORD_MAX + 1);
    buf_printf(&object, HEAD "%llu" MIDDLE "%.*s}", (unsigned long long)journal->number,
            (int)length, event);
    buf_printf(&line, "%016llx %s\n", (unsigned long long)sum(buf_string(&object), object.length),
            buf_string(&object));
    int error = write_line(journal, &line);
    if (error == 0)
        journal->number++;
    if (error != 0 && !journal->has_failed)
        log_error("%s is not written: %s; what happens is in the log alone", journal->path,
                err_text(error));
    if (error == 0 && journal->has_failed)
        log_info("%s is written again", journal->path);
    journal->has_failed = error != 0;
    buf_done(&object);
    buf_done(&line);
}

void journal_add(struct journal *journal, struct doc *event)
{
    struct buf text;
    buf_init(&text, JOURNAL_EVENT_MAX);
    doc_print(event, &text);
    doc_free(event);
    if (!text.cut)
        add(journal, buf_string(&text), text.length);
    buf_done(&text);
}

void journal_add_lines(struct journal *journal, const char *lines, size_t length)
{
    const char *end = lines + length;

    while (lines < end) {
        char event[JOURNAL_EVENT_MAX];
        const char *newline = memchr(lines, '\n', (size_t)(end - lines));
        size_t bytes = (size_t)((newline != NULL ? newline : end) - lines);
        if (bytes > 0 && bytes <= sizeof(event)) {
            for (size_t i = 0; i < bytes; i++)
                event[i] = lines[i] >= ' ' && lines[i] <= '~' ? lines[i] : '?';
            add(journal, event, bytes);
        }
        lines += bytes + 1;
    }
}
