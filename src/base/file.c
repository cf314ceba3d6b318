/* file.c -- see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

#define FIRST_ROOM 16384U

/* How long a change may keep the times of the one before: a tick of the kernel, or, where a file system notes
 * whole seconds, up to two of them. */
#define TICK_US    20000U
#define SECONDS_US 2000000U

static bool times_equal(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* A time that lies ahead is some other machine's clock, of which nothing is known. */
static bool is_settled(struct timespec changed)
{
    uint64_t now_us = clock_real_us();
    uint64_t changed_us = (uint64_t)changed.tv_sec * 1000000U + (uint64_t)changed.tv_nsec / 1000U;
    return now_us > changed_us + (changed.tv_nsec == 0 ? SECONDS_US : TICK_US);
}

static struct file_version version_of(const struct stat *st)
{
    return (struct file_version){
            st->st_dev, st->st_ino, st->st_size, st->st_mtim, st->st_ctim, is_settled(st->st_ctim)};
}

int file_open(const char *path, struct file_version *ret)
{
    struct stat st;
    /* Non-blocking, so that a pipe by that name does not hold everything up. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd == -1)
        return -errno;
    int error = fstat(fd, &st) == -1 ? -errno : 0;
    if (error == 0 && !S_ISREG(st.st_mode))
        error = -EINVAL;
    if (error != 0) {
        close(fd);
        return error;
    }
    if (ret != NULL)
        *ret = version_of(&st);
    return fd;
}

/* Opened, since only then a file system over a network asks its server. */
bool file_is_unchanged(const char *path, const struct file_version *version)
{
    struct file_version now;
    int fd = version->settled ? file_open(path, &now) : -1;

    if (fd < 0)
        return false;
    close(fd);
    return now.device == version->device && now.inode == version->inode &&
           now.size_bytes == version->size_bytes && times_equal(now.modified, version->modified) &&
           times_equal(now.changed, version->changed);
}

const char *file_error_text(int error)
{
    return error == -EINVAL ? "it is no regular file" : err_text(error);
}

/* Bytes while they are read. */
struct reading {
    int fd;
    bool seekable;
    char *bytes;
    size_t room; /* without the NUL */
    size_t length;
};

/* Reads once.  Returns what read() does, with -errno for a fault. */
static ssize_t take(struct reading *reading)
{
    if (reading->length == reading->room) {
        reading->room *= 2;
        reading->bytes = mem_resize(reading->bytes, reading->room + 1, 1);
    }
    char *to = reading->bytes + reading->length;
    size_t room = reading->room - reading->length;
    ssize_t got;
    do {
        got = reading->seekable ? pread(reading->fd, to, room, (off_t)reading->length)
                                : read(reading->fd, to, room);
    } while (got == -1 && errno == EINTR);
    if (got == -1)
        return -errno;
    reading->length += (size_t)got;
    return got;
}

int file_read(int fd, size_t max, char **ret, size_t *length)
{
    struct stat st;
    if (fstat(fd, &st) == -1)
        return -errno;
    struct reading reading = {.fd = fd, .seekable = S_ISREG(st.st_mode), .room = FIRST_ROOM};
    if (reading.seekable && (uintmax_t)st.st_size > max)
        return ERR_TOO_LARGE;
    /* One byte more than there is shows the end without another round of room. */
    if (reading.seekable)
        reading.room = (size_t)st.st_size + 1;
    reading.bytes = mem_alloc(reading.room + 1);

    ssize_t got = 1;
    while (got > 0 && reading.length <= max)
        got = take(&reading);
    if (got < 0 || reading.length > max) {
        free(reading.bytes);
        return got < 0 ? (int)got : ERR_TOO_LARGE;
    }
    reading.bytes[reading.length] = '\0';
    *ret = reading.bytes;
    *length = reading.length;
    return 0;
}

int file_load(const char *path, size_t max, char **ret, size_t *length)
{
    int fd = file_open(path, NULL);
    if (fd < 0)
        return fd;
    int error = file_read(fd, max, ret, length);
    close(fd);
    return error;
}

int file_write(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t written = write(fd, at, length);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            return -errno;
        at += written;
        length -= (size_t)written;
    }
    return 0;
}

/* A rename is on the disk only when its directory is. */
static int sync_directory_of(const char *path)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash != NULL ? (int)(slash - path) + 1 : 1;

    snprintf(directory, sizeof(directory), "%.*s", length, slash != NULL ? path : ".");
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1)
        return -errno;
    int error = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return error;
}

static int write_new(const char *path, const void *bytes, size_t length, bool synced)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd == -1)
        return -errno;
    int error = file_write(fd, bytes, length);
    if (error == 0 && synced && fsync(fd) == -1)
        error = -errno;
    if (close(fd) == -1 && error == 0)
        error = -errno;
    return error;
}

/* Writes beside and renames. */
static int replace(const char *path, const void *bytes, size_t length, bool synced)
{
    char beside[PATH_MAX];
    if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
        return -ENAMETOOLONG;

    int error = write_new(beside, bytes, length, synced);
    if (error == 0 && rename(beside, path) == -1)
        error = -errno;
    if (error != 0)
        unlink(beside);
    return error;
}

int file_replace(const char *path, const void *bytes, size_t length)
{
    int error = replace(path, bytes, length, true);
    return error == 0 ? sync_directory_of(path) : error;
}

int file_put(const char *dir, const char *name, const void *bytes, size_t length)
{
    if (mkdir(dir, 0700) == -1 && errno != EEXIST)
        return -errno;
    char *path = file_path(dir, name);
    int error = replace(path, bytes, length, false);
    free(path);
    return error;
}

char *file_path(const char *dir, const char *name)
{
    size_t size = strlen(dir) + 1 + strlen(name) + 1;
    char *path = mem_alloc(size);
    snprintf(path, size, "%s/%s", dir, name);
    return path;
}
