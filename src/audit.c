/* audit.c -- see audit.h. */
#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define LINE_MAX_BYTES 16384U /* a request is at most 1 KiB, and a byte becomes at most six */

static void set_printable(struct doc *doc, const char *key, const char *text)
{
    char *copy = mem_string(text);
    for (char *at = copy; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    doc_set_text(doc, key, copy);
    free(copy);
}

static void print_entry(const struct audit_entry *entry, struct buf *ret)
{
    char time[CLOCK_TEXT_MAX];
    struct doc *doc = doc_new();
    doc_set_text(doc, "time", clock_format(entry->now_ms, time));
    doc_set_number(doc, "uid", entry->peer.uid);
    doc_set_number(doc, "gid", entry->peer.gid);
    doc_set_number(doc, "pid", (uint64_t)entry->peer.pid);
    set_printable(doc, "user", entry->user);
    set_printable(doc, "verb", entry->verb);
    set_printable(doc, "arguments", entry->arguments);
    doc_set_doc(doc, "old", entry->before);
    doc_set_doc(doc, "new", entry->after);
    doc_set_bool(doc, "refused", entry->refused);
    set_printable(doc, "result", entry->result);
    doc_print(doc, ret);
    doc_free(doc);
    buf_add_string(ret, "\n");
}

/* Makes room: returns 0 with the bytes that the file at `path` has afterwards, or -errno. */
static int rotate(const char *path, size_t more, off_t *ret)
{
    struct stat st;
    char older[PATH_MAX];
    if (stat(path, &st) == -1) {
        *ret = 0;
        return errno == ENOENT ? 0 : -errno;
    }
    *ret = st.st_size;
    if ((uintmax_t)st.st_size + more <= AUDIT_BYTES_MAX)
        return 0;
    if (snprintf(older, sizeof(older), "%s" AUDIT_OLDER, path) >= (int)sizeof(older))
        return -ENAMETOOLONG;
    *ret = 0;
    return rename(path, older) == 0 ? 0 : -errno;
}

/* Whoever was killed in the middle of a line must not spoil the next one. */
static bool is_cut(int fd, off_t size)
{
    char last = '\n';
    return size > 0 && (pread(fd, &last, 1, size - 1) != 1 || last != '\n');
}

static int append(int fd, off_t size, const struct buf *line)
{
    int error = 0;
    if (is_cut(fd, size))
        error = file_write(fd, "\n", 1);
    if (error == 0)
        error = file_write(fd, line->data, line->length);
    if (error == 0 && fdatasync(fd) == -1)
        error = -errno;
    if (error != 0)
        (void)!ftruncate(fd, size);
    return error;
}

static int append_line(const char *path, const struct buf *line)
{
    off_t size;
    int error = rotate(path, line->length + 1, &size);
    if (error != 0)
        return error;
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd == -1)
        return -errno;
    error = append(fd, size, line);
    if (close(fd) == -1 && error == 0)
        error = -errno;
    return error;
}

int audit_append(const char *path, const struct audit_entry *entry)
{
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    print_entry(entry, &line);
    int error = line.cut ? -EMSGSIZE : append_line(path, &line);
    buf_done(&line);
    return error;
}
