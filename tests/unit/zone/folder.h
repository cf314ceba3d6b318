/* folder.h -- a folder of its own for a test, and the files in it. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

struct folder {
    char path[32];
};

static inline void folder_init(struct folder *folder)
{
    snprintf(folder->path, sizeof(folder->path), "/tmp/zone-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

static inline const char *folder_file(const struct folder *folder, const char *name, char ret[128])
{
    snprintf(ret, 128, "%s/%s", folder->path, name);
    return ret;
}

/* Writes a file anew, beside and then in place of the one before: its version is always another. */
static inline void folder_write_bytes(
        const struct folder *folder, const char *name, const void *bytes, size_t length)
{
    char path[128], beside[128];
    FILE *file = fopen(folder_file(folder, "beside", beside), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(beside, folder_file(folder, name, path)), 0);
}

static inline void folder_write(const struct folder *folder, const char *name, const char *text)
{
    folder_write_bytes(folder, name, text, strlen(text));
}

/* Waits until each file's version tells it from any later one. */
static inline void folder_settle(const struct folder *folder)
{
    struct dirent **entries;
    int count = scandir(folder->path, &entries, NULL, NULL);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        struct file_version version = {.settled = entries[i]->d_type != DT_REG};
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", folder->path, entries[i]->d_name);
        while (!version.settled) {
            int fd = file_open(path, &version);
            assert_true(fd >= 0);
            close(fd);
        }
        free(entries[i]);
    }
    free(entries);
}

static inline void folder_remove(const struct folder *folder, const char *name)
{
    char path[128];
    assert_int_equal(unlink(folder_file(folder, name, path)), 0);
}

/* Removes the folder and the files that are left in it. */
static inline void folder_done(const struct folder *folder)
{
    char path[512];
    struct dirent **entries;
    int count = scandir(folder->path, &entries, NULL, NULL);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder->path, entries[i]->d_name);
        unlink(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    assert_int_equal(rmdir(folder->path), 0);
}
