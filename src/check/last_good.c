/* last_good.c -- see last_good.h. */
#include "check/last_good.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

#define PATH_MAX_BYTES 8192U

int last_good_save(const struct definitions *definitions, const char *dir, const char *name)
{
    struct buf text;

    buf_init(&text, DEFINITION_FILE_MAX);
    int error = definitions_text(definitions, &text);
    if (error == 0)
        error = file_put(dir, name, text.data, text.length);
    if (error != 0) {
        char *path = file_path(dir, name);
        unlink(path);
        free(path);
    }
    buf_done(&text);
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
