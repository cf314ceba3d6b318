/* test_forces.c -- src/health/forces.c: what operators have set, in the list, in the table and in the file;
 * the test owns the clock. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "health/forces.h"

#define NOW 1800000000000U

struct fixture {
    struct health_table *table;
    struct forces *forces;
    char dir[64], path[80];
};

static int setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){.dir = "/tmp/holdfast-test-XXXXXX", .forces = forces_new()};
    assert_int_equal(health_table_create(&f.table), 0);
    assert_non_null(mkdtemp(f.dir));
    snprintf(f.path, sizeof(f.path), "%s/forces", f.dir);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    health_table_close(f->table);
    forces_free(f->forces);
    forces_free(NULL);
    unlink(f->path);
    assert_int_equal(rmdir(f->dir), 0);
    return 0;
}

static void define(struct fixture *f, uint32_t slot, const char *id)
{
    struct health_detail detail = {.flags = HEALTH_DEFINED};
    snprintf(detail.id, sizeof(detail.id), "%s", id);
    if (id[0] != '\0')
        health_table_put(f->table, slot, (struct health_verdict){.state = HEALTH_UP, .since_s = 1});
    health_table_write(f->table, slot, &detail);
}

static struct force force(const char *id, enum health_state state, uint64_t until_ms)
{
    struct force ret = {.state = state, .since_ms = NOW, .until_ms = until_ms, .owner = "jane"};
    snprintf(ret.id, sizeof(ret.id), "%s", id);
    return ret;
}

static void set(struct fixture *f, const char *id, enum health_state state, uint64_t until_ms)
{
    struct force one = force(id, state, until_ms);
    assert_int_equal(forces_set(f->forces, &one), 0);
}

static void one_force_for_each_check(void **state)
{
    struct fixture *f = *state;
    set(f, "a", HEALTH_DOWN, 0);
    set(f, "b", HEALTH_DOWN, 0);
    set(f, "a", HEALTH_UP, 7);
    assert_int_equal(forces_count(f->forces), 2);
    assert_string_equal(forces_at(f->forces, 0)->id, "a");
    assert_int_equal(forces_find(f->forces, "a")->state, HEALTH_UP);
    assert_int_equal(forces_find(f->forces, "a")->until_ms, 7);
    assert_null(forces_find(f->forces, "c"));
    forces_end(f->forces, f->table, "c");
    forces_end(f->forces, f->table, "a");
    assert_int_equal(forces_count(f->forces), 1);
    assert_string_equal(forces_at(f->forces, 0)->id, "b");
}

static void the_list_is_bounded(void **state)
{
    struct fixture *f = *state;
    char id[16];
    for (uint32_t i = 0; i < FORCES_MAX; i++) {
        snprintf(id, sizeof(id), "c%u", i);
        set(f, id, HEALTH_DOWN, 0);
    }
    struct force more = force("more", HEALTH_DOWN, 0);
    assert_int_equal(forces_set(f->forces, &more), ERR_TOO_LARGE);
    set(f, "c7", HEALTH_UP, 0); /* one that is there can be replaced */
    assert_int_equal(forces_count(f->forces), FORCES_MAX);
    assert_int_equal(forces_save(f->forces, f->path), 0);
    struct forces *loaded = forces_new();
    assert_int_equal(forces_load(loaded, f->path), 0);
    assert_int_equal(forces_count(loaded), FORCES_MAX);
    forces_free(loaded);
}

static void a_force_expires_at_its_moment(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *what;
        uint64_t now_ms;
        const char *expired; /* NULL: none */
    } rows[] = {
            {"when it is set",         NOW,                         NULL},
            {"a moment before",        NOW + 999,                   NULL},
            {"at the moment",          NOW + 1000,                  "a" },
            {"long after",             NOW + 365ULL * 86400 * 1000, "a" },
            {"the clock stepped back", NOW - 365ULL * 86400 * 1000, NULL},
    };
    set(f, "for ever", HEALTH_DOWN, 0);
    set(f, "a", HEALTH_DOWN, NOW + 1000);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct force *got = forces_expired(f->forces, rows[i].now_ms);
        if ((got == NULL) != (rows[i].expired == NULL) ||
                (got != NULL && strcmp(got->id, rows[i].expired) != 0))
            fail_msg("%s: %s", rows[i].what, got != NULL ? got->id : "none");
    }
}

static void the_table_follows_the_list(void **state)
{
    struct fixture *f = *state;
    define(f, 0, "a");
    define(f, 1, "b");
    set(f, "b", HEALTH_DOWN, 0);
    forces_apply(f->forces, f->table);
    assert_false(health_table_get(f->table, 0).forced);
    assert_true(health_table_get(f->table, 1).forced);
    assert_int_equal(health_table_get(f->table, 1).state, HEALTH_DOWN);
    set(f, "b", HEALTH_UP, 0);
    forces_apply(f->forces, f->table);
    assert_int_equal(health_table_get(f->table, 1).state, HEALTH_UP);
    forces_end(f->forces, f->table, "b");
    assert_false(health_table_get(f->table, 1).forced);
}

/* A force that was restored waits for its check, but not for ever. */
static void a_check_may_come_later(void **state)
{
    struct fixture *f = *state;
    set(f, "late", HEALTH_DOWN, 0);
    forces_apply(f->forces, f->table);
    assert_true(forces_find(f->forces, "late")->is_missing);
    assert_null(forces_gone(f->forces, false));
    assert_string_equal(forces_gone(f->forces, true)->id, "late");
    define(f, 4, "late");
    forces_apply(f->forces, f->table);
    assert_false(forces_find(f->forces, "late")->is_missing);
    assert_null(forces_gone(f->forces, true));
    assert_true(health_table_get(f->table, 4).forced);
}

/* Whoever gets the slot of a check that went is not forced, whenever it is looked at. */
static void a_force_goes_with_its_check(void **state)
{
    struct fixture *f = *state;
    define(f, 0, "old");
    set(f, "old", HEALTH_DOWN, 0);
    forces_apply(f->forces, f->table);
    assert_null(forces_gone(f->forces, true));
    define(f, 0, "");
    define(f, 0, "new");
    forces_apply(f->forces, f->table);
    assert_string_equal(forces_gone(f->forces, false)->id, "old");
    forces_end(f->forces, f->table, "old");
    assert_false(health_table_get(f->table, 0).forced);
    assert_int_equal(forces_count(f->forces), 0);
}

static void a_check_may_move(void **state)
{
    struct fixture *f = *state;
    define(f, 0, "a");
    set(f, "a", HEALTH_DOWN, 0);
    forces_apply(f->forces, f->table);
    define(f, 0, "");
    define(f, 1, "a");
    forces_apply(f->forces, f->table);
    assert_null(forces_gone(f->forces, true));
    assert_true(health_table_get(f->table, 1).forced);
}

static void what_is_saved_is_loaded(void **state)
{
    struct fixture *f = *state;
    struct force longest = force("", HEALTH_UP, INT64_MAX);
    memset(longest.id, 'i', HEALTH_ID_MAX);
    memset(longest.owner, 'o', FORCE_OWNER_MAX);
    memset(longest.reason, '~', FORCE_REASON_MAX);
    longest.since_ms = INT64_MAX;
    assert_int_equal(forces_save(f->forces, f->path), 0);
    assert_int_equal(forces_load(f->forces, f->path), 0); /* none */
    set(f, "www-eu", HEALTH_DOWN, 0);
    assert_int_equal(forces_set(f->forces, &longest), 0);
    struct force blanks = force("b", HEALTH_DOWN, NOW + 5);
    snprintf(blanks.reason, sizeof(blanks.reason), " deploy of  1.2 ");
    assert_int_equal(forces_set(f->forces, &blanks), 0);
    assert_int_equal(forces_save(f->forces, f->path), 0);

    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    struct forces *loaded = forces_new();
    assert_int_equal(forces_load(loaded, f->path), 0);
    assert_int_equal(forces_count(loaded), 3);
    for (uint32_t i = 0; i < 3; i++) {
        const struct force *got = forces_at(loaded, i), *want = forces_at(f->forces, i);
        assert_string_equal(got->id, want->id);
        assert_int_equal(got->state, want->state);
        assert_int_equal(got->since_ms, want->since_ms);
        assert_int_equal(got->until_ms, want->until_ms);
        assert_string_equal(got->owner, want->owner);
        assert_string_equal(got->reason, want->reason);
    }
    forces_free(loaded);
}

#define HEAD "holdfast-forces 1\n"
#define GOOD "a\tdown\t5\t0\tjane\tr\n"
#define A64  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void what_was_not_saved_is_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *what, *text;
        int want;
    } rows[] = {
            {"a good one",             HEAD GOOD "end 1\n",                                 0            },
            {"none",                   HEAD "end 0\n",                                      0            },
            {"empty",                  "",                                                  ERR_SYNTAX   },
            {"another file",           "[]\n",                                              ERR_SYNTAX   },
            {"another version",        "holdfast-forces 2\nend 0\n",                        ERR_VERSION  },
            {"only the head",          HEAD,                                                ERR_SYNTAX   },
            {"no end",                 HEAD GOOD,                                           ERR_SYNTAX   },
            {"cut in a line",          HEAD "a\tdown\t5\t0\tjane\tr",                       ERR_TRUNCATED},
            {"cut before its newline", HEAD GOOD "end 1",                                   ERR_TRUNCATED},
            {"fewer than it says",     HEAD GOOD "end 2\n",                                 ERR_SYNTAX   },
            {"more than it says",      HEAD GOOD "end 0\n",                                 ERR_SYNTAX   },
            {"more behind the end",    HEAD GOOD "end 1\n" GOOD,                            ERR_SYNTAX   },
            {"the same check twice",   HEAD GOOD GOOD "end 2\n",                            ERR_SYNTAX   },
            {"a field too few",        HEAD "a\tdown\t5\t0\tjane\nend 1\n",                 ERR_SYNTAX   },
            {"a field too many",       HEAD "a\tdown\t5\t0\tjane\tr\tx\nend 1\n",           ERR_SYNTAX   },
            {"no id",                  HEAD "\tdown\t5\t0\tjane\tr\nend 1\n",               ERR_SYNTAX   },
            {"an id with a blank",     HEAD "a b\tdown\t5\t0\tjane\tr\nend 1\n",            ERR_SYNTAX   },
            {"the longest id",         HEAD A64 "\tdown\t5\t0\tjane\tr\nend 1\n",           0            },
            {"a longer id",            HEAD A64 "a\tdown\t5\t0\tjane\tr\nend 1\n",          ERR_SYNTAX   },
            {"no state",               HEAD "a\tunknown\t5\t0\tjane\tr\nend 1\n",           ERR_SYNTAX   },
            {"no time",                HEAD "a\tdown\tx\t0\tjane\tr\nend 1\n",              ERR_SYNTAX   },
            {"a time below 0",         HEAD "a\tdown\t5\t-1\tjane\tr\nend 1\n",             ERR_SYNTAX   },
            {"a time too late",        HEAD "a\tup\t5\t9223372036854775808\tj\tr\nend 1\n", ERR_SYNTAX   },
            {"no owner",               HEAD "a\tdown\t5\t0\t\tr\nend 1\n",                  ERR_SYNTAX   },
            {"an owner with a blank",  HEAD "a\tdown\t5\t0\tj d\tr\nend 1\n",               ERR_SYNTAX   },
            {"no reason",              HEAD "a\tdown\t5\t0\tjane\t\nend 1\n",               0            },
            {"a control character",    HEAD "a\tdown\t5\t0\tjane\t\x1b[2J\nend 1\n",        ERR_SYNTAX   },
            {"not ASCII",              HEAD "a\tdown\t5\t0\tjane\tM\xc3\xbc\nend 1\n",      ERR_SYNTAX   },
            {"an empty line",          HEAD "\n" GOOD "end 1\n",                            ERR_SYNTAX   },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct forces *forces = forces_new();
        FILE *file = fopen(f->path, "w");
        assert_non_null(file);
        fputs(rows[i].text, file);
        fclose(file);
        int got = forces_load(forces, f->path);
        if (got != rows[i].want || (got != 0 && forces_count(forces) != 0))
            fail_msg("%s: %d, %u forces", rows[i].what, got, forces_count(forces));
        forces_free(forces);
    }
}

static void what_cannot_be_read_or_written_is_told(void **state)
{
    struct fixture *f = *state;
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    fwrite(HEAD "end 0\n\0", 1, sizeof(HEAD "end 0\n"), file); /* a NUL inside */
    fclose(file);
    assert_int_equal(forces_load(f->forces, f->path), ERR_SYNTAX);
    assert_int_equal(truncate(f->path, 1 << 26), 0);
    assert_int_equal(forces_load(f->forces, f->path), ERR_TOO_LARGE);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(forces_load(f->forces, f->path), -ENOENT);
    assert_int_equal(forces_load(f->forces, f->dir), -EINVAL);
    assert_int_equal(forces_save(f->forces, f->dir), -EISDIR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(one_force_for_each_check),
            TEST(the_list_is_bounded),
            TEST(a_force_expires_at_its_moment),
            TEST(the_table_follows_the_list),
            TEST(a_check_may_come_later),
            TEST(a_force_goes_with_its_check),
            TEST(a_check_may_move),
            TEST(what_is_saved_is_loaded),
            TEST(what_was_not_saved_is_refused),
            TEST(what_cannot_be_read_or_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
