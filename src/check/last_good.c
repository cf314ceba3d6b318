/* last_good.c -- see last_good.h. */
#include "check/last_good.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

#define PATH_MAX_BYTES 8192U

static int write_whole(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            return -errno;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

static int write_file(const char *path, const struct buf *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd == -1)
        return -errno;
    int error = write_whole(fd, text->data, text->length);
    if (close(fd) == -1 && error == 0)
        error = -errno;
    return error;
}

static int write_beside(const struct definitions *definitions, const char *beside)
{
    struct buf text;
    buf_init(&text, DEFINITION_FILE_MAX);
    int error = definitions_text(definitions, &text);
    if (error == 0)
        error = write_file(beside, &text);
    buf_done(&text);
    return error;
}

int last_good_save(const struct definitions *definitions, const char *dir, const char *name)
{
    char path[PATH_MAX_BYTES], beside[PATH_MAX_BYTES];
    if (snprintf(beside, sizeof(beside), "%s/%s.new", dir, name) >= (int)sizeof(beside))
        return -ENAMETOOLONG;
    snprintf(path, sizeof(path), "%s/%s", dir, name);

    if (mkdir(dir, 0700) == -1 && errno != EEXIST)
        return -errno;
    int error = write_beside(definitions, beside);
    if (error == 0 && rename(beside, path) == -1)
        error = -errno;
    if (error != 0) {
        unlink(beside);
        unlink(path);
    }
    return error;
}

int last_good_load(const char *dir, const char *name, struct definitions **ret, struct diag *diag)
{
    char path[PATH_MAX_BYTES];
    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    if (access(path, F_OK) == -1)
        return -errno;
    return definitions_load_file(path, ret, diag);
}
