/* part.c -- see part.h.
 *
 * A file is copied into memory before it is read: whoever writes over it meanwhile changes nothing of what is
 * read, and the copy that is kept is what was read.
 */
#include "zone/part.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "zone/cidr.h"
#include "zone/geo.h"
#include "zone/latency.h"

/* ------------------------------------------------------------------ kinds */

static int load_geo(const struct part_bytes *bytes, const char *file, void **ret, struct diag *diag)
{
    struct geo *geo = NULL;
    int error = geo_load(bytes->fd, file, &geo, diag);
    if (error == 0)
        *ret = geo;
    return error;
}

static void free_geo(void *data)
{
    geo_free(data);
}

static int load_latency(
        const struct part_bytes *bytes, const char *file, void **ret, struct diag *diag)
{
    struct latency *latency = NULL;
    int error = latency_load_text(file, bytes->start, bytes->length, &latency, diag);
    if (error == 0)
        *ret = latency;
    return error;
}

static void free_latency(void *data)
{
    latency_free(data);
}

static int load_cidr(
        const struct part_bytes *bytes, const char *file, void **ret, struct diag *diag)
{
    struct cidr *cidr = NULL;
    int error = cidr_load_text(file, bytes->start, bytes->length, &cidr, diag);
    if (error == 0)
        *ret = cidr;
    return error;
}

static void free_cidr(void *data)
{
    cidr_free(data);
}

const struct part_kind part_geo = {GEO_FILE_MAX, load_geo, free_geo};
const struct part_kind part_latency = {LATENCY_FILE_MAX, load_latency, free_latency};
const struct part_kind part_cidr = {CIDR_FILE_MAX, load_cidr, free_cidr};

/* ------------------------------------------------------------------ bytes */

static void bytes_done(struct part_bytes *bytes)
{
    if (bytes->length > 0)
        munmap((void *)bytes->start, bytes->length);
    close(bytes->fd);
}

/* Copies `length` bytes of a file to another.  Returns 0, ERR_TRUNCATED if there are fewer, or -errno. */
static int copy_file(int from, int to, size_t length)
{
    off_t at = 0;

    while ((size_t)at < length) {
        ssize_t sent = sendfile(to, from, &at, length - (size_t)at);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent <= 0)
            return sent == 0 ? ERR_TRUNCATED : -errno;
    }
    return 0;
}

/* Returns 0 and the bytes of a file, ended with bytes_done(); or ERR_TOO_LARGE, ERR_TRUNCATED or -errno. */
static int bytes_read(
        int fd, const struct file_version *version, size_t max, struct part_bytes *ret)
{
    struct part_bytes bytes = {.start = "", .length = (size_t)version->size_bytes};

    if (bytes.length > max)
        return ERR_TOO_LARGE;
    bytes.fd = memfd_create("part", MFD_CLOEXEC);
    if (bytes.fd == -1)
        return -errno;
    int error = copy_file(fd, bytes.fd, bytes.length);
    if (error == 0 && bytes.length > 0) {
        void *start = mmap(NULL, bytes.length, PROT_READ, MAP_SHARED, bytes.fd, 0);
        if (start == MAP_FAILED)
            error = -errno;
        else
            bytes.start = start;
    }
    if (error < 0) {
        close(bytes.fd);
        return error;
    }
    *ret = bytes;
    return 0;
}

/* ------------------------------------------------------------------ loading */

/* Opens a file and copies it.  Returns 0, or ERR_FAULTY with the fault told. */
static int open_bytes(const char *path, size_t max, struct file_version *version,
        struct part_bytes *ret, struct diag *diag)
{
    int fd = file_open(path, version);
    int error = fd < 0 ? fd : bytes_read(fd, version, max, ret);

    if (fd >= 0)
        close(fd);
    if (error == 0)
        return 0;
    diag_error(
            diag, (struct diag_place){.file = path}, "cannot be read: %s", file_error_text(error));
    return ERR_FAULTY;
}

/* A copy that cannot be written is a warning, since the file is good, and the one before goes: it would bring
 * back what is not in force any more. */
static void keep_copy(
        const struct part_source *source, const struct part_bytes *bytes, struct diag *diag)
{
    if (source->copies_dir == NULL)
        return;
    int error = file_put(source->copies_dir, source->copy_name, bytes->start, bytes->length);
    if (error == 0)
        return;
    part_forget(source->copies_dir, source->copy_name);
    diag_warning(diag, (struct diag_place){.file = source->path},
            "no copy can be kept in %s, for a responder that is restarted: %s", source->copies_dir,
            err_text(error));
}

static struct part *part_new(const struct part_kind *kind, const char *path, void *data,
        const struct file_version *version)
{
    struct part *part = mem_zalloc(1, sizeof(*part));
    *part = (struct part){kind, data, mem_string(path), *version, 1};
    return part;
}

/* Reads a file that has changed.  Returns a new part, or NULL with the faults told. */
static struct part *load_file(
        const struct part_kind *kind, const struct part_source *source, struct diag *diag)
{
    struct file_version version;
    struct part_bytes bytes;
    struct part *part = NULL;
    void *data = NULL;

    if (open_bytes(source->path, kind->max, &version, &bytes, diag) < 0)
        return NULL;
    if (kind->load(&bytes, source->path, &data, diag) == 0) {
        keep_copy(source, &bytes, diag);
        part = part_new(kind, source->path, data, &version);
    }
    bytes_done(&bytes);
    return part;
}

/* The part of the copy, or NULL.  Faults of a copy help nobody. */
static struct part *load_copy(const struct part_kind *kind, const struct part_source *source)
{
    struct part *part = NULL;

    if (source->copies_dir == NULL)
        return NULL;
    struct diag *ignored = diag_new();
    char *path = file_path(source->copies_dir, source->copy_name);
    const struct part_source copy = {.path = path};
    part = load_file(kind, &copy, ignored);
    if (part != NULL) {
        free(part->path);
        part->path = mem_string(source->path);
    }
    free(path);
    diag_free(ignored);
    return part;
}

struct part *part_load(const struct part_kind *kind, const struct part_source *source,
        struct part *old, struct diag *diag)
{
    if (old != NULL && file_is_unchanged(source->path, &old->version))
        return part_ref(old);
    struct diag *own = diag_new();
    struct part *part = load_file(kind, source, own);
    if (part == NULL) {
        part = old != NULL ? part_ref(old) : load_copy(kind, source);
        /* Before the faults themselves: of many not all are shown. */
        if (part != NULL)
            diag_error(diag, (struct diag_place){.file = source->path},
                    "%u error%s; the last good version stays in force", diag_errors(own),
                    diag_errors(own) == 1 ? "" : "s");
    }
    diag_append(diag, own);
    diag_free(own);
    return part;
}

void part_forget(const char *copies_dir, const char *copy_name)
{
    if (copies_dir == NULL)
        return;
    char *path = file_path(copies_dir, copy_name);
    unlink(path);
    free(path);
}

struct part *part_ref(struct part *part)
{
    if (part != NULL)
        part->references++;
    return part;
}

void part_unref(struct part *part)
{
    if (part == NULL || --part->references > 0)
        return;
    part->kind->free(part->data);
    free(part->path);
    free(part);
}
