/* bad_files.h -- files named by their fault: what is said of NAME stands in NAME.expect beside it. */
#pragma once

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/file.h"

#define BAD_FILES_TEXT_MAX 100000U

/* Reads a file that has faults: returns the reader's result. */
typedef int bad_files_load(const char *file, const char *text, size_t length, struct diag *diag);

static inline char *bad_files_read(const char *file, size_t *length)
{
    char *text;
    int fd = file_open(file, NULL);
    if (fd < 0 || file_read(fd, BAD_FILES_TEXT_MAX, &text, length) != 0)
        fail_msg("%s cannot be read", file);
    close(fd);
    return text;
}

static inline void bad_files_check(const char *file, bad_files_load *load)
{
    struct diag *diag = diag_new();
    struct buf found;
    char expect[256];
    size_t length;
    char *text = bad_files_read(file, &length);
    int result = load(file, text, length, diag);
    free(text);
    buf_init(&found, BAD_FILES_TEXT_MAX);
    for (uint32_t i = 0; i < diag_kept(diag); i++) {
        diag_fault_format(diag_fault_at(diag, i), &found);
        buf_add_string(&found, "\n");
    }
    if (result != ERR_FAULTY)
        fail_msg("%s: %d", file, result);
    snprintf(expect, sizeof(expect), "%s.expect", file);
    char *expected = bad_files_read(expect, &length);
    if (strcmp(expected, buf_string(&found)) != 0)
        fail_msg("%s: expected\n%s\nfound\n%s", file, expected, buf_string(&found));
    free(expected);
    buf_done(&found);
    diag_free(diag);
}

/* Checks every file of a folder whose name ends so, with that folder as the current one. */
static inline void bad_files_each(const char *folder, const char *suffix, bad_files_load *load)
{
    struct dirent **entries;
    uint32_t checked = 0;
    assert_int_equal(chdir(folder), 0);
    int count = scandir(".", &entries, NULL, alphasort);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        size_t length = strlen(entries[i]->d_name);
        if (length > strlen(suffix) &&
                strcmp(entries[i]->d_name + length - strlen(suffix), suffix) == 0) {
            bad_files_check(entries[i]->d_name, load);
            checked++;
        }
        free(entries[i]);
    }
    free(entries);
    assert_true(checked > 5);
}
