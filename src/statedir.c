/* statedir.c -- see statedir.h. */
#include "statedir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"

static int make(const char *dir, struct buf *why)
{
    if (mkdir(dir, 0700) == 0 || errno == EEXIST)
        return 0;
    int error = -errno;
    buf_printf(why, "the state directory %s cannot be made: %s", dir, err_text(error));
    return error;
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
    if (error != 0)
        return error;
    char *path = file_path(dir, STATEDIR_LOCK);
    int fd = lock(dir, path, why);
    free(path);
    return fd;
}
