/* test_last_good.c -- src/check/last_good.c: a copy is whole and private, or it is not there. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "check/last_good.h"

#define NAME "checks.json"
#define TWO                                                                                        \
    "[{\"Id\":\"b\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\","          \
    "\"Port\":25}},{\"Id\":\"a\",\"HealthCheckConfig\":{\"Type\":\"CALCULATED\","                  \
    "\"HealthThreshold\":1,\"ChildHealthChecks\":[\"b\"]}}]"

struct fixture {
    char parent[64], dir[96], path[128], beside[160];
    struct definitions *definitions;
    struct diag *diag;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    strcpy(f->parent, "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(f->parent));
    snprintf(f->dir, sizeof(f->dir), "%s/last-good", f->parent);
    snprintf(f->path, sizeof(f->path), "%s/" NAME, f->dir);
    snprintf(f->beside, sizeof(f->beside), "%s.new", f->path);
    f->diag = diag_new();
    assert_int_equal(
            definitions_load_text("c.json", TWO, sizeof(TWO) - 1, &f->definitions, f->diag), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    rmdir(f->path);
    rmdir(f->beside);
    rmdir(f->dir);
    assert_int_equal(rmdir(f->parent), 0); /* nothing else was left */
    definitions_free(f->definitions);
    diag_free(f->diag);
    free(f);
    return 0;
}

static void write_copy(const struct fixture *f, const char *text)
{
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_saved_and_loaded(void **state)
{
    struct fixture *f = *state;
    struct definitions *got = NULL;
    struct stat st;
    assert_int_equal(last_good_load(f->dir, NAME, &got, f->diag), -ENOENT);
    for (int round = 0; round < 2; round++) { /* makes the directory, then finds it with a copy */
        assert_int_equal(last_good_save(f->definitions, f->dir, NAME), 0);
        assert_int_equal(stat(f->dir, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        assert_int_equal(last_good_load(f->dir, NAME, &got, f->diag), 0);
        assert_int_equal(got->count, 2);
        assert_string_equal(got->list[0].id, "a");
        assert_string_equal(got->list[0].children[0], "b");
        assert_int_equal(got->list[1].target.port, 25);
        definitions_free(got);
    }
    assert_int_equal(diag_errors(f->diag), 0);
}

static void test_faulty_copy(void **state)
{
    struct fixture *f = *state;
    struct definitions *got = NULL;
    assert_int_equal(last_good_save(f->definitions, f->dir, NAME), 0);
    write_copy(f, "{\"HealthChecks\":[{\"Id\"");
    assert_int_equal(last_good_load(f->dir, NAME, &got, f->diag), ERR_FAULTY);
    assert_null(got);
    assert_int_equal(diag_errors(f->diag), 1);
}

/* A copy that is not of the definitions in force is worse than none. */
static void test_failure_leaves_no_copy(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(last_good_save(f->definitions, f->dir, NAME), 0);
    assert_int_equal(mkdir(f->beside, 0700), 0);
    assert_int_equal(last_good_save(f->definitions, f->dir, NAME), -EISDIR);
    assert_int_equal(access(f->path, F_OK), -1);
    assert_int_equal(rmdir(f->beside), 0);

    assert_int_equal(last_good_save(f->definitions, f->dir, NAME), 0);
    f->definitions->source.cut = true;
    assert_int_equal(last_good_save(f->definitions, f->dir, NAME), ERR_TOO_LARGE);
    assert_int_equal(access(f->path, F_OK), -1);
    f->definitions->source.cut = false;

    assert_int_equal(mkdir(f->path, 0700), 0); /* the rename fails */
    assert_int_equal(last_good_save(f->definitions, f->dir, NAME), -EISDIR);
    assert_int_equal(access(f->beside, F_OK), -1);

    assert_int_equal(last_good_save(f->definitions, "/nonexistent/last-good", NAME), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_saved_and_loaded, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_faulty_copy, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_failure_leaves_no_copy, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
