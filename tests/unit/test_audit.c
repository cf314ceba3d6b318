/* Lines in the audit log, and what happens to it when it is full, cut or cannot be written. */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "base/file.h"

#define NOW 1800000000000U

struct fixture {
    char dir[64], path[80], older[88];
};

static int setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){.dir = "/tmp/holdfast-test-XXXXXX"};
    assert_non_null(mkdtemp(f.dir));
    snprintf(f.path, sizeof(f.path), "%s/audit.log", f.dir);
    snprintf(f.older, sizeof(f.older), "%s" AUDIT_OLDER, f.path);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    const struct fixture *f = *state;
    unlink(f->path);
    unlink(f->older);
    assert_int_equal(rmdir(f->dir), 0);
    return 0;
}

static int append(const struct fixture *f, const char *arguments)
{
    struct doc *before = doc_new();
    doc_set_text(before, "state", "down");
    const struct audit_entry entry = {
            .now_ms = NOW,
            .peer = {.pid = 9, .uid = 1000, .gid = 100},
            .user = "jane",
            .verb = "force",
            .arguments = arguments,
            .before = before,
            .refused = true,
            .result = "no check \"x\"",
    };
    return audit_append(f->path, &entry);
}

static char *read_all(const char *path)
{
    char *text = NULL;
    size_t length;
    assert_int_equal(file_load(path, 2 * AUDIT_BYTES_MAX, &text, &length), 0);
    return text;
}

static off_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_size : -1;
}

static void test_line(void **state)
{
    const struct fixture *f = *state;
    struct stat st;
    assert_int_equal(append(f, "x up reason=\xc3\xbc\x7f\x1b\"\\"), 0);
    assert_int_equal(append(f, "y"), 0);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    char *text = read_all(f->path);
    char *second = strchr(text, '\n') + 1;
    assert_string_equal(second,
            "{\"time\":\"2027-01-15T08:00:00.000Z\",\"uid\":1000,\"gid\":100,\"pid\":9,"
            "\"user\":\"jane\",\"verb\":\"force\",\"arguments\":\"y\",\"old\":{\"state\":\"down\"},"
            "\"new\":null,\"refused\":true,\"result\":\"no check \\\"x\\\"\"}\n");
    second[-1] = '\0';
    json_t *json = json_loads(text, 0, NULL);
    assert_string_equal(
            json_string_value(json_object_get(json, "arguments")), "x up reason=????\"\\");
    json_decref(json);
    free(text);
}

/* A full file becomes the older one, in place of the one before; no line is cut or lost in between. */
static void test_rotation(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(append(f, "y"), 0);
    off_t line = size_of(f->path);
    assert_int_equal(truncate(f->path, AUDIT_BYTES_MAX - line - 1), 0);
    assert_int_equal(append(f, "y"), 0); /* a NUL is no end of a line: one newline more, and full */
    assert_int_equal(size_of(f->path), AUDIT_BYTES_MAX);
    assert_int_equal(size_of(f->older), -1);
    assert_int_equal(append(f, "y"), 0);
    assert_int_equal(size_of(f->path), line);
    assert_int_equal(size_of(f->older), AUDIT_BYTES_MAX);
    assert_int_equal(truncate(f->path, AUDIT_BYTES_MAX - line), 0);
    assert_int_equal(append(f, "y"), 0);
    assert_int_equal(size_of(f->path), line);
    assert_int_equal(size_of(f->older), AUDIT_BYTES_MAX - line);
}

/* Whoever was killed while it wrote leaves half a line, which stays alone. */
static void test_cut_line(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(append(f, "y"), 0);
    off_t line = size_of(f->path);
    assert_int_equal(truncate(f->path, line - 5), 0);
    assert_int_equal(append(f, "y"), 0);
    assert_int_equal(size_of(f->path), 2 * line - 4);
    char *text = read_all(f->path);
    assert_int_equal(text[line - 5], '\n');
    assert_int_equal(text[line - 4], '{');
    free(text);
}

/* A disk that is full in the middle of a line leaves nothing of it. */
static void test_no_room(void **state)
{
    const struct fixture *f = *state;
    struct rlimit old, less;
    assert_int_equal(append(f, "y"), 0);
    off_t line = size_of(f->path);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    less = old;
    less.rlim_cur = (rlim_t)line + 10;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
    int got = append(f, "y");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(got, -EFBIG);
    assert_int_equal(size_of(f->path), line);
    assert_int_equal(append(f, "y"), 0);
    assert_int_equal(size_of(f->path), 2 * line);
}

static void test_faults(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(symlink("/dev/null", f->path), 0);
    assert_int_equal(append(f, "y"), -ELOOP);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(mkdir(f->path, 0700), 0);
    assert_int_equal(append(f, "y"), -EISDIR);
    assert_int_equal(rmdir(f->path), 0);
    struct fixture nowhere = *f;
    snprintf(nowhere.path, sizeof(nowhere.path), "%s/none/log", f->dir);
    assert_int_equal(append(&nowhere, "y"), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_line),
            TEST(test_rotation),
            TEST(test_cut_line),
            TEST(test_no_room),
            TEST(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
