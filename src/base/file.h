/* file.h -- whole files, in and out.  Blocking; safe from any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "base/attr.h"

/* Which version of a file was opened.  It has been written since if any of these differs; where `settled` is not
 * set it may have been even if none does. */
struct file_version {
    dev_t device;
    ino_t inode;
    off_t size_bytes;
    struct timespec modified; /* of the contents */
    struct timespec changed;  /* of anything, which nobody can set */
    bool settled; /* it was opened so long after its last change that the next one has other times */
};

/* Whether the file at `path` is certain to be still of the version that was opened. */
bool file_is_unchanged(const char *path, const struct file_version *version);

/* Opens a regular file for reading and tells its version, unless `ret` is NULL.
 *
 * Returns a new descriptor, -EINVAL for anything else than a regular file, or another -errno; then *ret is
 * untouched. */
MUST_CHECK int file_open(const char *path, struct file_version *ret);

/* Why a file could not be opened or read, for people.  As err_text(). */
const char *file_error_text(int error);

/* Reads all of `fd`, at most `max` bytes: a regular file from its start, whatever its offset, so that
 * processes can share a descriptor; anything else up to its end.
 *
 * Returns 0 with new bytes in *ret, behind which a NUL stands, and their number in *length; or
 * ERR_TOO_LARGE, or -errno.  Outputs are untouched on error; fd stays the caller's. */
MUST_CHECK int file_read(int fd, size_t max, char **ret, size_t *length);

/* The same for the file at `path`, with -EINVAL unless it is a regular one. */
MUST_CHECK int file_load(const char *path, size_t max, char **ret, size_t *length);

/* Writes all bytes.  Returns 0 or -errno. */
MUST_CHECK int file_write(int fd, const void *bytes, size_t length);

/* Replaces the file at `path`, or makes it with mode 0600: written beside it as PATH.new, synced, renamed,
 * and the directory synced, so that whatever happens the file is the old one or the new one.
 *
 * Returns 0 or -errno; then the old file stands, unless only syncing the directory failed. */
MUST_CHECK int file_replace(const char *path, const void *bytes, size_t length);

/* Writes the file NAME in `dir`, which is made if missing, with mode 0600: beside, and then in place of the one
 * before, so that nobody reads a part of it.  Nothing is synced.
 *
 * Returns 0 or -errno; then the file before is still there. */
MUST_CHECK int file_put(const char *dir, const char *name, const void *bytes, size_t length);

/* A new string "DIR/NAME". */
MUST_CHECK char *file_path(const char *dir, const char *name);
