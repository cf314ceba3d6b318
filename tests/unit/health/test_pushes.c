/* test_pushes.c -- what was told of alarms and switches: the list and its file. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "health/pushes.h"

#define NOW 1700000000000U

static struct push push(const char *target, enum health_state state)
{
    struct push ret = {.state = state, .since_ms = NOW};
    snprintf(ret.target, sizeof(ret.target), "%s", target);
    return ret;
}

static void set(struct pushes *pushes, const char *target, enum health_state state)
{
    struct push one = push(target, state);
    assert_int_equal(pushes_set(pushes, &one), 0);
}

static void test_the_list(void **state)
{
    struct pushes *pushes = pushes_new();
    (void)state;
    set(pushes, "control:b", HEALTH_UP);
    set(pushes, "control:a", HEALTH_DOWN);
    set(pushes, "alarm:eu/cpu", HEALTH_UNKNOWN);
    set(pushes, "control:b", HEALTH_DOWN);
    assert_int_equal(pushes_count(pushes), 3);
    assert_string_equal(pushes_at(pushes, 0)->target, "alarm:eu/cpu");
    assert_int_equal(pushes_find(pushes, "control:b")->state, HEALTH_DOWN);
    assert_null(pushes_find(pushes, "control:"));
    pushes_remove(pushes, "control:x");
    pushes_remove(pushes, "control:a");
    assert_int_equal(pushes_count(pushes), 2);
    assert_null(pushes_find(pushes, "control:a"));
    pushes_free(pushes);
}

static void test_the_bound(void **state)
{
    struct pushes *pushes = pushes_new();
    char target[32];
    (void)state;
    for (uint32_t i = 0; i < PUSHES_MAX; i++) {
        snprintf(target, sizeof(target), "control:%u", i);
        set(pushes, target, HEALTH_UP);
    }
    struct push more = push("control:more", HEALTH_UP);
    assert_int_equal(pushes_set(pushes, &more), ERR_TOO_LARGE);
    set(pushes, "control:7", HEALTH_DOWN);
    pushes_free(pushes);
}

static void test_the_file(void **state)
{
    static const struct {
        const char *what, *text;
        int result;
    } rows[] = {
  /* clang-format off */
            {"empty",          "holdfast-pushes 1\nend 0\n", 0},
            {"one",            "holdfast-pushes 1\nup\t5\tcontrol:a\nend 1\n", 0},
            {"cut in a line",  "holdfast-pushes 1\nup\t5\tcontrol:a", ERR_TRUNCATED},
            {"cut after one",  "holdfast-pushes 1\nup\t5\tcontrol:a\n", ERR_SYNTAX},
            {"another count",  "holdfast-pushes 1\nup\t5\tcontrol:a\nend 2\n", ERR_SYNTAX},
            {"another file",   "holdfast-forces 1\nend 0\n", ERR_SYNTAX},
            {"a later one",    "holdfast-pushes 2\nend 0\n", ERR_VERSION},
            {"a state",        "holdfast-pushes 1\non\t5\tcontrol:a\nend 1\n", ERR_SYNTAX},
            {"a time",         "holdfast-pushes 1\nup\tx\tcontrol:a\nend 1\n", ERR_SYNTAX},
            {"no target",      "holdfast-pushes 1\nup\t5\t\nend 1\n", ERR_SYNTAX},
            {"a field less",   "holdfast-pushes 1\nup\tcontrol:a\nend 1\n", ERR_SYNTAX},
            {"a field more",   "holdfast-pushes 1\nup\t5\tcontrol:a\tx\nend 1\n", ERR_SYNTAX},
            {"twice",          "holdfast-pushes 1\nup\t5\tcontrol:a\nup\t5\tcontrol:a\nend 2\n", ERR_SYNTAX},
            {"bytes behind",   "holdfast-pushes 1\nend 0\nx", ERR_SYNTAX},
            {"nothing",        "", ERR_SYNTAX},
  /* clang-format on */
    };
    char dir[] = "/tmp/holdfast-test-XXXXXX";
    char path[64];
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/pushes", dir);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pushes *pushes = pushes_new();
        assert_int_equal(file_replace(path, rows[i].text, strlen(rows[i].text)), 0);
        int result = pushes_load(pushes, path);
        if (result != rows[i].result || (result != 0 && pushes_count(pushes) != 0))
            fail_msg("%s: %d", rows[i].what, result);
        pushes_free(pushes);
    }
    assert_int_equal(unlink(path), 0);
    struct pushes *none = pushes_new();
    assert_int_equal(pushes_load(none, path), -ENOENT);

    struct pushes *saved = pushes_new();
    set(saved, "control:a b", HEALTH_DOWN);
    set(saved, "alarm:eu/cpu", HEALTH_UNKNOWN);
    assert_int_equal(pushes_save(saved, path), 0);
    assert_int_equal(pushes_load(none, path), 0);
    assert_int_equal(pushes_count(none), 2);
    assert_int_equal(pushes_find(none, "control:a b")->state, HEALTH_DOWN);
    assert_int_equal(pushes_find(none, "alarm:eu/cpu")->since_ms, NOW);
    pushes_free(saved);
    pushes_free(none);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_the_list),
            cmocka_unit_test(test_the_bound),
            cmocka_unit_test(test_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
