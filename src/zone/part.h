/* part.h -- what is read from one file and lives from load to load while the file stays the same.
 *
 * A part is counted: the atlas of one load and that of the next share it if the file has the same version
 * (base/file.h), or if it has become faulty; then it is the last good one.  Counts are plain: parts belong
 * to the one thread that loads, at a time.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/file.h"

struct part_kind {
    /* Reads a file.  Returns 0 and new data in *ret, or ERR_FAULTY with the faults in diag. */
    int (*load)(int fd, const char *file, void **ret, struct diag *diag);
    void (*free)(void *data);
};

extern const struct part_kind part_geo;     /* struct geo */
extern const struct part_kind part_latency; /* struct latency */
extern const struct part_kind part_cidr;    /* struct cidr */

struct part {
    const struct part_kind *kind;
    void *data;
    char *path;
    struct file_version version; /* of the file when it was read */
    uint32_t references;
};

/* Gives the part of a file: `old`, which may be NULL and stays the caller's, if it is of this version, or if
 * the file is faulty now, which is told; else a new one.
 *
 * Returns a reference, ended with part_unref(), or NULL if the file is faulty and there is no old part. */
MUST_CHECK struct part *part_load(
        const struct part_kind *kind, const char *path, struct part *old, struct diag *diag);

/* Adds and drops a reference.  NULL does nothing. */
struct part *part_ref(struct part *part);
void part_unref(struct part *part);
