/* part.h -- what is read from one file and lives from load to load while the file stays the same.
 *
 * A part is counted: the atlas of one load and that of the next share it if the file has the same version
 * (base/file.h), or if it has become faulty; then it is the last good one.  Like a zone's, a copy of each
 * good file is kept in a directory that the supervisor empties when the daemon starts (keep.h), for a
 * responder that is started again while the file is faulty.  Counts are plain: parts belong to the one thread
 * that loads, at a time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/file.h"

/* A file's bytes in memory that nobody else writes to. */
struct part_bytes {
    int fd; /* a memory file of them */
    const char *start;
    size_t length;
};

struct part_kind {
    size_t max; /* bytes */

    /* Reads a file's bytes; it is called `file` in messages.  Returns 0 and new data in *ret, or ERR_FAULTY with
     * the faults in diag. */
    int (*load)(const struct part_bytes *bytes, const char *file, void **ret, struct diag *diag);
    void (*free)(void *data);
};

extern const struct part_kind part_geo;     /* struct geo */
extern const struct part_kind part_latency; /* struct latency */
extern const struct part_kind part_cidr;    /* struct cidr */

/* Where a part comes from; all borrowed. */
struct part_source {
    const char *path;
    const char *copies_dir; /* NULL for none */
    const char *copy_name;
};

struct part {
    const struct part_kind *kind;
    void *data;
    char *path;
    struct file_version version; /* of what was read: the file or its copy */
    uint32_t references;
};

/* Gives the part of a file: `old`, which may be NULL and stays the caller's, if it is of this version; else a new
 * one.  If the file is faulty, which is told, the last good one: `old`, or what its copy gives.
 *
 * Returns a reference, ended with part_unref(), or NULL if the file is faulty and nothing was good before. */
MUST_CHECK struct part *part_load(const struct part_kind *kind, const struct part_source *source,
        struct part *old, struct diag *diag);

/* Removes the copy of a file that is gone, if there is one. */
void part_forget(const char *copies_dir, const char *copy_name);

/* Adds and drops a reference.  NULL does nothing. */
struct part *part_ref(struct part *part);
void part_unref(struct part *part);
