/* statedir.c -- see statedir.h. */
#include "statedir.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"

#define SECRET_MAX 64U

static int make(const char *dir, struct buf *why)
{
    if (mkdir(dir, 0700) == 0 || errno == EEXIST)
        return 0;
    int error = -errno;
    buf_printf(why, "the state directory %s cannot be made: %s", dir, err_text(error));
    return error;
}

/* What lies there decides answers and takes orders, and whoever may write to the directory may put something
 * else in its place, whatever the modes of the files.  Root may do so anywhere. */
static int verify(const char *dir, struct buf *why)
{
    struct stat st;
    if (stat(dir, &st) == -1 || !S_ISDIR(st.st_mode))
        return 0; /* it will not be locked either, which says why */
    unsigned mode = st.st_mode & 07777, owner = st.st_uid, user = geteuid();
    if (owner != user && owner != 0) {
        buf_printf(why,
                "the state directory %s (mode %04o) belongs to uid %u, and this daemon runs as uid "
                "%u; mend it with: chown %u %s",
                dir, mode, owner, user, user, dir);
        return -EPERM;
    }
    if ((mode & (S_IWGRP | S_IWOTH)) != 0) {
        buf_printf(why,
                "the state directory %s has mode %04o, so that others than its owner (uid %u) may "
                "write there; mend it with: chmod 700 %s",
                dir, mode, owner, dir);
        return -EPERM;
    }
    return 0;
}

static int lock(const char *dir, const char *path, struct buf *why)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd == -1) {
        int error = -errno;
        buf_printf(why, "the state directory %s cannot be written: %s", dir, err_text(error));
        return error;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    int error = -errno;
    if (error == -EWOULDBLOCK)
        buf_printf(why, "another holdfastd runs with the state directory %s", dir);
    else
        buf_printf(why, "%s cannot be locked: %s", path, err_text(error));
    close(fd);
    return error;
}

int statedir_lock(const char *dir, struct buf *why)
{
    int error = make(dir, why);
    if (error == 0)
        error = verify(dir, why);
    if (error != 0)
        return error;
    char *path = file_path(dir, STATEDIR_LOCK);
    int fd = lock(dir, path, why);
    free(path);
    return fd;
}

static int read_secret(const char *path, uint8_t *ret, size_t size)
{
    char *bytes;
    size_t length;

    int error = file_load(path, size, &bytes, &length);
    if (error != 0)
        return error;
    if (length == size)
        memcpy(ret, bytes, size);
    free(bytes);
    return length == size ? 0 : ERR_TRUNCATED;
}

static void set_aside(const char *path, int error, struct buf *note)
{
    struct buf aside;
    buf_init(&aside, strlen(path) + sizeof(".bad"));
    buf_printf(&aside, "%s.bad", path);
    bool moved = rename(path, buf_string(&aside)) == 0;
    buf_printf(note, "%s is not read: %s; another is made up%s%s", path, file_error_text(error),
            moved ? ", and it is kept as " : "", moved ? buf_string(&aside) : "");
    buf_done(&aside);
}

static int invent_secret(const char *path, uint8_t *ret, size_t size, struct buf *note)
{
    uint8_t secret[SECRET_MAX];

    assert(size <= sizeof(secret));
    if (getrandom(secret, size, 0) != (ssize_t)size)
        return -errno;
    memcpy(ret, secret, size);
    int error = file_replace(path, secret, size);
    if (error != 0)
        buf_printf(note, "%s%s is not written: %s; it holds for this run alone",
                note->length > 0 ? "; " : "", path, err_text(error));
    return 0;
}

int statedir_keep_secret(
        const char *dir, const char *name, uint8_t *ret, size_t size, struct buf *note)
{
    char *path = file_path(dir, name);
    int error = read_secret(path, ret, size);
    if (error != 0 && error != -ENOENT)
        set_aside(path, error, note);
    if (error != 0)
        error = invent_secret(path, ret, size, note);
    free(path);
    return error;
}

static int clear_entry(int dir_fd, const char *name)
{
    struct stat st;
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return 0;
    return unlinkat(dir_fd, name, 0) == 0 ? 0 : -errno;
}

static int clear(DIR *entries)
{
    int first = 0;
    const struct dirent *entry;
    while (errno = 0, (entry = readdir(entries)) != NULL) {
        int error = clear_entry(dirfd(entries), entry->d_name);
        if (first == 0)
            first = error;
    }
    return first == 0 ? -errno : first;
}

int statedir_clear_last_good(const char *dir)
{
    char *path = file_path(dir, STATEDIR_LAST_GOOD);
    /* Whatever a link leads to is not ours to empty. */
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int error = fd == -1 ? -errno : 0;
    free(path);
    if (error != 0)
        return error == -ENOENT ? 0 : error;
    DIR *entries = fdopendir(fd);
    if (entries == NULL) {
        error = -errno;
        close(fd);
        return error;
    }
    error = clear(entries);
    closedir(entries);
    return error;
}
