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

/* Whoever may write there takes the place of any file, whatever the file's own mode. */
static void test_writable_by_others_is_refused(void **state)
{
    static const mode_t open_modes[] = {0777, 0770, 0720, 0702, 01777};
    struct fixture *f = *state;
    char wanted[512];
    assert_int_equal(mkdir(f->dir, 0700), 0);
    for (size_t i = 0; i < sizeof(open_modes) / sizeof(open_modes[0]); i++) {
        assert_int_equal(chmod(f->dir, open_modes[i]), 0);
        assert_int_equal(statedir_lock(f->dir, &f->why), -EPERM);
        snprintf(wanted, sizeof(wanted),
                "the state directory %s has mode %04o, so that others than its owner (uid %u) may "
                "write there; mend it with: chmod 700 %s",
                f->dir, (unsigned)open_modes[i], (unsigned)geteuid(), f->dir);
        assert_string_equal(buf_string(&f->why), wanted);
        buf_consume(&f->why, f->why.length);
    }
    assert_int_equal(chmod(f->dir, 0755), 0); /* to be read is not to be written */
    int fd = statedir_lock(f->dir, &f->why);
    assert_true(fd >= 0);
    close(fd);
}

static void test_of_another_owner_is_refused(void **state)
{
    struct fixture *f = *state;
    char wanted[512];
    if (geteuid() != 0)
        skip(); /* only root can give a directory away */
    assert_int_equal(mkdir(f->dir, 0700), 0);
    assert_int_equal(chown(f->dir, 12345, (gid_t)-1), 0);
    assert_int_equal(statedir_lock(f->dir, &f->why), -EPERM);
    snprintf(wanted, sizeof(wanted),
            "the state directory %s (mode 0700) belongs to uid 12345, and this daemon runs as uid "
            "0; "
            "mend it with: chown 0 %s",
            f->dir, f->dir);
    assert_string_equal(buf_string(&f->why), wanted);
}

static void test_parent_missing(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(statedir_lock("/nonexistent/state", &f->why), -ENOENT);
    assert_string_equal(buf_string(&f->why),
            "the state directory /nonexistent/state cannot be made: No such file or directory");
}

static void make_file(const char *dir, const char *name)
{
    char *path = file_path(dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    free(path);
}

static void keep_secret(struct fixture *f, const char *dir, uint8_t ret[16])
{
    assert_int_equal(statedir_keep_secret(dir, STATEDIR_SECRET, ret, 16, &f->why), 0);
}

static void test_secret_is_kept(void **state)
{
    struct fixture *f = *state;
    uint8_t first[16], second[16];
    struct stat st;
    int fd = statedir_lock(f->dir, &f->why);
    char *path = file_path(f->dir, STATEDIR_SECRET);

    keep_secret(f, f->dir, first);
    keep_secret(f, f->dir, second);
    assert_memory_equal(first, second, 16);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(unlink(path), 0);
    keep_secret(f, f->dir, second);
    assert_memory_not_equal(first, second, 16);
    assert_int_equal(f->why.length, 0);
    assert_int_equal(unlink(path), 0);
    keep_secret(f, "/nonexistent/state", first);
    assert_string_equal(buf_string(&f->why),
            "/nonexistent/state/sticky-secret is not written: No such file or directory; it holds "
            "for this run alone");
    free(path);
    close(fd);
}

/* A damaged one costs the draws, not the start. */
static void test_odd_secret_is_kept_aside(void **state)
{
    static const struct {
        off_t size; /* -1: a directory */
        const char *why;
    } rows[] = {
            {0,  "cut off before its end"       },
            {15, "cut off before its end"       },
            {17, "larger than its named maximum"},
            {-1, "it is no regular file"        },
    };
    struct fixture *f = *state;
    uint8_t first[16], second[16];
    char wanted[512];
    int fd = statedir_lock(f->dir, &f->why);
    char *path = file_path(f->dir, STATEDIR_SECRET);
    char *aside = file_path(f->dir, STATEDIR_SECRET ".bad");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].size == -1) {
            assert_int_equal(mkdir(path, 0700), 0);
        } else {
            make_file(f->dir, STATEDIR_SECRET);
            assert_int_equal(truncate(path, rows[i].size), 0);
        }
        keep_secret(f, f->dir, first);
        snprintf(wanted, sizeof(wanted),
                "%s is not read: %s; another is made up, and it is kept as %s", path, rows[i].why,
                aside);
        assert_string_equal(buf_string(&f->why), wanted);
        buf_consume(&f->why, f->why.length);
        keep_secret(f, f->dir, second);
        assert_memory_equal(first, second, 16);
        assert_int_equal(f->why.length, 0);
        assert_int_equal(remove(aside), 0);
        assert_int_equal(unlink(path), 0);
    }
    free(aside);
    free(path);
    close(fd);
}

static void test_not_a_directory(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(statedir_lock("/dev/null", &f->why), -ENOTDIR);
    assert_string_equal(buf_string(&f->why),
            "the state directory /dev/null cannot be written: Not a directory");
}

static void test_last_good_is_emptied_of_its_files_alone(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkdir(f->dir, 0700), 0);
    assert_int_equal(statedir_clear_last_good(f->dir), 0); /* none there */

    char *last_good = file_path(f->dir, STATEDIR_LAST_GOOD);
    char *folder = file_path(last_good, "folder");
    char *link = file_path(last_good, "link");
    assert_int_equal(mkdir(last_good, 0700), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(symlink("folder/kept", link), 0);
    make_file(folder, "kept");
    make_file(last_good, "checks.json");
    make_file(last_good, ".checks.json.new");
    make_file(last_good, "example.com.zone");
    assert_int_equal(statedir_clear_last_good(f->dir), 0);

    /* Each removal succeeds only for what was left, and the last only without anything else. */
    char *kept = file_path(folder, "kept");
    assert_int_equal(unlink(kept), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(rmdir(last_good), 0);
    free(kept);
    free(link);
    free(folder);
    free(last_good);
}

static void test_last_good_is_no_directory(void **state)
{
    static const struct {
        const char *what;
        const char *target; /* of a link; NULL: a file */
    } rows[] = {
            {"a file",             NULL},
            {"a link to a folder", "." },
    };
    struct fixture *f = *state;
    assert_int_equal(mkdir(f->dir, 0700), 0);
    make_file(f->dir, STATEDIR_LOCK);
    char *last_good = file_path(f->dir, STATEDIR_LAST_GOOD);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].target == NULL)
            make_file(f->dir, STATEDIR_LAST_GOOD);
        else
            assert_int_equal(symlink(rows[i].target, last_good), 0);
        if (statedir_clear_last_good(f->dir) != -ENOTDIR)
            fail_msg("%s: wanted ENOTDIR", rows[i].what);
        assert_int_equal(unlink(last_good), 0);
    }
    char *lock = file_path(f->dir, STATEDIR_LOCK);
    assert_int_equal(access(lock, F_OK), 0);
    free(lock);
    free(last_good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_made_and_locked, setup, teardown),
            cmocka_unit_test_setup_teardown(test_writable_by_others_is_refused, setup, teardown),
            cmocka_unit_test_setup_teardown(test_of_another_owner_is_refused, setup, teardown),
            cmocka_unit_test_setup_teardown(test_secret_is_kept, setup, teardown),
            cmocka_unit_test_setup_teardown(test_odd_secret_is_kept_aside, setup, teardown),
            cmocka_unit_test_setup_teardown(test_parent_missing, setup, teardown),
            cmocka_unit_test_setup_teardown(test_not_a_directory, setup, teardown),
            cmocka_unit_test_setup_teardown(
                    test_last_good_is_emptied_of_its_files_alone, setup, teardown),
            cmocka_unit_test_setup_teardown(test_last_good_is_no_directory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
