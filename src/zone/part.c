/* part.c -- see part.h. */
#include "zone/part.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "zone/cidr.h"
#include "zone/geo.h"
#include "zone/latency.h"

/* ------------------------------------------------------------------ kinds */

static int cannot_read(const char *file, int error, struct diag *diag)
{
    diag_error(
            diag, (struct diag_place){.file = file}, "cannot be read: %s", file_error_text(error));
    return ERR_FAULTY;
}

static int load_geo(int fd, const char *file, void **ret, struct diag *diag)
{
    struct geo *geo = NULL;
    int error = geo_load(fd, file, &geo, diag);
    if (error == 0)
        *ret = geo;
    return error;
}

static void free_geo(void *data)
{
    geo_free(data);
}

static int load_latency(int fd, const char *file, void **ret, struct diag *diag)
{
    struct latency *latency = NULL;
    char *text;
    size_t length;
    int error = file_read(fd, LATENCY_FILE_MAX, &text, &length);
    if (error < 0)
        return cannot_read(file, error, diag);
    error = latency_load_text(file, text, length, &latency, diag);
    if (error == 0)
        *ret = latency;
    free(text);
    return error;
}

static void free_latency(void *data)
{
    latency_free(data);
}

static int load_cidr(int fd, const char *file, void **ret, struct diag *diag)
{
    struct cidr *cidr = NULL;
    char *text;
    size_t length;
    int error = file_read(fd, CIDR_FILE_MAX, &text, &length);
    if (error < 0)
        return cannot_read(file, error, diag);
    error = cidr_load_text(file, text, length, &cidr, diag);
    if (error == 0)
        *ret = cidr;
    free(text);
    return error;
}

static void free_cidr(void *data)
{
    cidr_free(data);
}

const struct part_kind part_geo = {load_geo, free_geo};
const struct part_kind part_latency = {load_latency, free_latency};
const struct part_kind part_cidr = {load_cidr, free_cidr};

/* ------------------------------------------------------------------ parts */

static struct part *part_new(const struct part_kind *kind, const char *path, void *data,
        const struct file_version *version)
{
    struct part *part = mem_zalloc(1, sizeof(*part));
    *part = (struct part){kind, data, mem_string(path), *version, 1};
    return part;
}

/* Opens and reads the file, unless `old` has its version.  Returns 0 and a reference, or ERR_FAULTY. */
static int open_and_load(const struct part_kind *kind, const char *path, struct part *old,
        struct part **ret, struct diag *diag)
{
    struct file_version version;
    void *data = NULL;
    int fd = file_open(path, &version);

    if (fd < 0)
        return cannot_read(path, fd, diag);
    if (old != NULL && file_version_equal(&version, &old->version)) {
        close(fd);
        *ret = part_ref(old);
        return 0;
    }
    int error = kind->load(fd, path, &data, diag);
    close(fd);
    if (error == 0)
        *ret = part_new(kind, path, data, &version);
    return error;
}

struct part *part_load(
        const struct part_kind *kind, const char *path, struct part *old, struct diag *diag)
{
    struct diag *own = diag_new();
    struct part *part = NULL;

    if (open_and_load(kind, path, old, &part, own) < 0 && old != NULL) {
        /* Before the faults themselves: of many not all are shown. */
        diag_error(diag, (struct diag_place){.file = path},
                "%u error%s; the last good version stays in force", diag_errors(own),
                diag_errors(own) == 1 ? "" : "s");
        part = part_ref(old);
    }
    diag_append(diag, own);
    diag_free(own);
    return part;
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
