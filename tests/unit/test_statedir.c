#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "statedir.h"

struct fixture {
    char parent[64];
    char dir[96];
    struct buf why;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    snprintf(f->parent, sizeof(f->parent), "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(f->parent));
    snprintf(f->dir, sizeof(f->dir), "%s/state", f->parent);
    buf_init(&f->why, 4096);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char *path = file_path(f->dir, STATEDIR_LOCK);
    unlink(path);
    free(path);
    rmdir(f->dir);
    assert_int_equal(rmdir(f->parent), 0);
    buf_done(&f->why);
    free(f);
    return 0;
}

static void test_made_and_locked(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    int fd = statedir_lock(f->dir, &f->why);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(stat(f->dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);

    assert_int_equal(statedir_lock(f->dir, &f->why), -EWOULDBLOCK);
    assert_non_null(strstr(buf_string(&f->why), "another holdfastd runs"));
    assert_non_null(strstr(buf_string(&f->why), f->dir));
    close(fd);
    fd = statedir_lock(f->dir, &f->why);
    assert_true(fd >= 0);
    close(fd);
}

static void test_parent_missing(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(statedir_lock("/nonexistent/state", &f->why), -ENOENT);
    assert_string_equal(buf_string(&f->why),
            "the state directory /nonexistent/state cannot be made: No such file or directory");
}

static void test_not_a_directory(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(statedir_lock("/dev/null", &f->why), -ENOTDIR);
    assert_string_equal(buf_string(&f->why),
            "the state directory /dev/null cannot be written: Not a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_made_and_locked, setup, teardown),
            cmocka_unit_test_setup_teardown(test_parent_missing, setup, teardown),
            cmocka_unit_test_setup_teardown(test_not_a_directory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
