#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"

#define MAX 40000U

static char *make_bytes(size_t length)
{
    char *bytes = malloc(length + 1);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)('a' + i % 26);
    return bytes;
}

static int make_file(const char *bytes, size_t length)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(file_write(fd, bytes, length), 0);
    return fd; /* its offset is at the end, which file_read() must not mind */
}

/* The pipe holds all of it, so that nobody has to write while it is read. */
static int make_pipe(const char *bytes, size_t length)
{
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_true(fcntl(fds[1], F_SETPIPE_SZ, 1 << 17) >= (int)length);
    assert_int_equal(file_write(fds[1], bytes, length), 0);
    close(fds[1]);
    return fds[0];
}

static void test_read(void **state)
{
    static const struct {
        const char *what;
        size_t length;
        int error;
    } rows[] = {
            {"nothing",            0,       0            },
            {"a byte",             1,       0            },
            {"the first room",     16384,   0            },
            {"one more than that", 16385,   0            },
            {"the maximum",        MAX,     0            },
            {"one more",           MAX + 1, ERR_TOO_LARGE},
            {"much more",          3 * MAX, ERR_TOO_LARGE},
    };
    static int (*const makers[])(const char *bytes, size_t length) = {make_file, make_pipe};
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(rows); i++) {
        size_t length = rows[i / 2].length, got_length = 0;
        char *bytes = make_bytes(length);
        char *got = NULL;
        int fd = makers[i % 2](bytes, length);
        int error = file_read(fd, MAX, &got, &got_length);
        if (error != rows[i / 2].error || (error != 0 && got != NULL))
            fail_msg("%s: %d", rows[i / 2].what, error);
        if (error == 0 &&
                (got_length != length || memcmp(got, bytes, length) != 0 || got[length] != '\0'))
            fail_msg("%s: other bytes", rows[i / 2].what);
        free(got);
        free(bytes);
        close(fd);
    }
}

static void test_faults(void **state)
{
    char *bytes = NULL;
    size_t length = 7;
    (void)state;
    int fd = open("/", O_RDONLY | O_CLOEXEC);
    assert_int_equal(file_read(fd, MAX, &bytes, &length), -EISDIR);
    assert_int_equal(file_write(fd, "x", 1), -EBADF);
    close(fd);
    assert_int_equal(file_read(-1, MAX, &bytes, &length), -EBADF);
    assert_null(bytes);
    assert_int_equal(length, 7);
}

static void assert_holds(const char *path, const char *want)
{
    char *bytes = NULL;
    size_t length = 0;
    assert_int_equal(file_load(path, MAX, &bytes, &length), 0);
    assert_string_equal(bytes, want);
    free(bytes);
}

/* A file is the old one or the new one, and nothing is left beside it. */
static void test_replace(void **state)
{
    char dir[] = "/tmp/holdfast-test-XXXXXX";
    char *bytes = NULL;
    size_t length;
    (void)state;
    assert_non_null(mkdtemp(dir));
    char *path = file_path(dir, "f");
    char *beside = file_path(dir, "f.new");
    char *nowhere = file_path(dir, "none/f");
    assert_int_equal(file_load(path, MAX, &bytes, &length), -ENOENT);
    assert_int_equal(file_replace(path, "one", 3), 0);
    assert_holds(path, "one");
    assert_int_equal(file_replace(path, "", 0), 0);
    assert_holds(path, "");
    assert_int_equal(file_replace(path, "three", 5), 0);
    assert_int_equal(file_load(path, 4, &bytes, &length), ERR_TOO_LARGE);
    assert_int_equal(file_replace(nowhere, "x", 1), -ENOENT);
    assert_int_equal(mkdir(beside, 0700), 0);
    assert_int_equal(file_replace(path, "four", 4), -EISDIR);
    assert_holds(path, "three");
    assert_int_equal(file_load(beside, MAX, &bytes, &length), -EINVAL);
    assert_int_equal(rmdir(beside), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
    free(path);
    free(beside);
    free(nowhere);
}

static void only_regular_files_are_opened(void **state)
{
    static const struct {
        const char *path;
        int error;
        const char *text;
    } rows[] = {
            {"/",         -EINVAL, "it is no regular file"    },
            {"/dev/null", -EINVAL, "it is no regular file"    },
            {"/no/such",  -ENOENT, "No such file or directory"},
    };
    struct file_version version = {.size_bytes = 7};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int error = file_open(rows[i].path, &version);
        if (error != rows[i].error || strcmp(file_error_text(error), rows[i].text) != 0)
            fail_msg("%s: %d, %s", rows[i].path, error, file_error_text(error));
    }
    assert_int_equal(version.size_bytes, 7);
    int fd = file_open("/proc/self/exe", NULL);
    assert_true(fd >= 0);
    close(fd);
}

static struct file_version version_of(const char *path)
{
    struct file_version version;
    int opened = file_open(path, &version);
    assert_true(opened >= 0);
    close(opened);
    return version;
}

/* A write within the same tick of the file system's clock cannot be told. */
static void only_what_is_certain_is_unchanged(void **state)
{
    char path[] = "/tmp/test-file-XXXXXX";
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct file_version first = version_of(path);
    assert_false(first.settled);
    assert_false(file_is_unchanged(path, &first));
    while (!first.settled)
        first = version_of(path);
    assert_true(file_is_unchanged(path, &first));

    struct file_version other = first;
    other.changed.tv_nsec ^= 1;
    assert_false(file_is_unchanged(path, &other));
    other = first;
    other.inode++;
    assert_false(file_is_unchanged(path, &other));
    assert_int_equal(file_write(fd, "x", 1), 0);
    assert_false(file_is_unchanged(path, &first));
    close(fd);
    unlink(path);
    assert_false(file_is_unchanged(path, &first));
}

static void a_file_is_replaced_whole(void **state)
{
    char parent[] = "/tmp/test-file-XXXXXX";
    char dir[64], path[80], long_name[300];
    struct stat st;
    char *bytes;
    size_t length;
    (void)state;

    assert_non_null(mkdtemp(parent));
    snprintf(dir, sizeof(dir), "%s/dir", parent);
    snprintf(path, sizeof(path), "%s/name", dir);
    assert_int_equal(file_put(dir, "name", "first", 5), 0);
    int before = file_open(path, NULL);
    assert_true(before >= 0);
    assert_int_equal(file_put(dir, "name", "", 0), 0);
    assert_int_equal(file_put(dir, "name", "second", 6), 0);
    assert_int_equal(file_read(before, MAX, &bytes, &length), 0);
    assert_string_equal(bytes, "first"); /* who has it open reads on */
    free(bytes);
    close(before);
    int fd = file_open(path, NULL);
    assert_int_equal(file_read(fd, MAX, &bytes, &length), 0);
    assert_string_equal(bytes, "second");
    free(bytes);
    close(fd);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    memset(long_name, 'x', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    assert_int_equal(file_put(dir, long_name, "x", 1), -ENAMETOOLONG);
    assert_int_equal(file_put("/no/such/parent", "name", "x", 1), -ENOENT);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0); /* nothing else was left */
    assert_int_equal(rmdir(parent), 0);
}

static void test_path(void **state)
{
    (void)state;
    char *path = file_path("a/b", "c.zone");
    assert_string_equal(path, "a/b/c.zone");
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_read),
            cmocka_unit_test(test_faults),
            cmocka_unit_test(test_replace),
            cmocka_unit_test(only_regular_files_are_opened),
            cmocka_unit_test(only_what_is_certain_is_unchanged),
            cmocka_unit_test(a_file_is_replaced_whole),
            cmocka_unit_test(test_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
