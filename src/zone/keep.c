/* keep.c -- see keep.h.
 *
 * Types and rdata are written as RFC 3597 has it, which every type can be, so that nothing of a record
 * depends on how well a type is printed.
 */
#include "zone/keep.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "dns/name.h"
#include "zone/annotation.h"

#define SUFFIX           ".zone"
#define PATH_MAX_BYTES   8192U
#define ANNOTATION_BYTES 4096U

/* A name as a file's: what could mean something to a file system stands as %XX. */
static int add_file_name(struct buf *path, const uint8_t *apex)
{
    char text[NAME_TEXT_MAX];
    size_t before = path->length;

    for (const char *at = name_to_text(apex, text); *at != '\0'; at++) {
        int c = tolower((unsigned char)*at);
        if (isalnum(c) || c == '-' || c == '_' || (c == '.' && path->length > before))
            buf_printf(path, "%c", c);
        else
            buf_printf(path, "%%%02x", (unsigned)c);
    }
    buf_add_string(path, SUFFIX);
    return path->length - before > ZONE_KEEP_NAME_MAX || path->cut ? -ENAMETOOLONG : 0;
}

char *zone_keep_path(const char *dir, const uint8_t *apex)
{
    struct buf path;
    char *ret = NULL;

    buf_init(&path, PATH_MAX_BYTES);
    buf_printf(&path, "%s/", dir);
    if (add_file_name(&path, apex) == 0)
        ret = mem_string(buf_string(&path));
    buf_done(&path);
    return ret;
}

static void write_record(FILE *file, const struct zone_record *record, struct buf *scratch)
{
    char owner[NAME_TEXT_MAX];

    fprintf(file, "%s %u IN TYPE%u \\# %u ", name_to_text(record->owner, owner), record->ttl,
            record->type, record->rdata_bytes);
    for (size_t i = 0; i < record->rdata_bytes; i++) {
        putc_unlocked("0123456789abcdef"[record->rdata[i] >> 4], file);
        putc_unlocked("0123456789abcdef"[record->rdata[i] & 15], file);
    }
    if (record->annotation != NULL) {
        scratch->length = 0;
        annotation_format(record->annotation, scratch);
        fprintf(file, " ; %s", buf_string(scratch));
    }
    putc_unlocked('\n', file);
}

static int write_records(int fd, const struct zone_record *records, size_t count)
{
    FILE *file = fdopen(fd, "w");
    struct buf scratch;

    if (file == NULL) {
        int error = -errno;
        close(fd);
        return error;
    }
    buf_init(&scratch, ANNOTATION_BYTES);
    for (size_t i = 0; i < count; i++)
        write_record(file, &records[i], &scratch);
    buf_done(&scratch);
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed)
        return errno != 0 ? -errno : -EIO;
    return 0;
}

int zone_keep_save(
        const char *dir, const uint8_t *apex, const struct zone_record *records, size_t count)
{
    char *path = zone_keep_path(dir, apex);
    char beside[PATH_MAX_BYTES];
    int error = 0;

    if (path == NULL)
        return -ENAMETOOLONG;
    if (mkdir(dir, 0700) == -1 && errno != EEXIST) {
        error = -errno;
        goto done;
    }
    snprintf(beside, sizeof(beside), "%s.new", path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd == -1) {
        error = -errno;
        goto done;
    }
    error = write_records(fd, records, count);
    if (error == 0 && rename(beside, path) == -1)
        error = -errno;
    if (error != 0)
        unlink(beside);
done:
    free(path);
    return error;
}

void zone_keep_remove(const char *dir, const uint8_t *apex)
{
    char *path = zone_keep_path(dir, apex);
    if (path != NULL)
        unlink(path);
    free(path);
}
