/* test_journal.c -- records, cut at every byte, and bounded. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "journal.h"

#define PATH_MAX_BYTES 64U
#define ROOM           4096U

struct fixture {
    char dir[PATH_MAX_BYTES], path[2 * PATH_MAX_BYTES], older[3 * PATH_MAX_BYTES];
};

static int set_up(void **state)
{
    static struct fixture f;
    log_open("test", LOG_LEVEL_ERROR);
    strcpy(f.dir, "/tmp/holdfast-journal-XXXXXX");
    assert_non_null(mkdtemp(f.dir));
    snprintf(f.path, sizeof(f.path), "%s/journal", f.dir);
    snprintf(f.older, sizeof(f.older), "%s" JOURNAL_OLDER, f.path);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    unlink(f->older);
    assert_int_equal(rmdir(f->dir), 0);
    return 0;
}

/* What a reader hears: "1 {...}|2 {...}|". */
static void hear(void *context, uint64_t number, const char *event)
{
    char *heard = context;
    size_t length = strlen(heard);
    snprintf(heard + length, ROOM - length, "%u %s|", (unsigned)number, event);
}

static void add(struct journal *journal, const char *lines)
{
    journal_add_lines(journal, lines, strlen(lines));
}

static void test_records(void **state)
{
    struct fixture *f = *state;
    char heard[ROOM] = "";
    struct doc *doc = doc_new();
    assert_true(journal_read(f->path, hear, heard) < 0); /* there is none yet */
    struct journal *journal = journal_open(f->path, 1 << 20);
    add(journal, "{\"a\":1}\n{\"b\":2}\n");
    doc_set_number(doc, "c", 3);
    journal_add(journal, doc);
    add(journal, "\n{\"d\":\"\t\x7f\"}"); /* an empty line is none; the last needs no end */
    journal_close(journal);
    assert_int_equal(journal_read(f->path, hear, heard), 0);
    assert_string_equal(heard, "1 {\"a\":1}|2 {\"b\":2}|3 {\"c\":3}|4 {\"d\":\"??\"}|");
    /* Another goes on with the numbers. */
    journal = journal_open(f->path, 1 << 20);
    add(journal, "{\"e\":5}");
    journal_close(journal);
    heard[0] = '\0';
    assert_int_equal(journal_read(f->path, hear, heard), 0);
    assert_non_null(strstr(heard, "5 {\"e\":5}|"));
}

/* Whoever was killed lost the record that was being written, and no other; the next begins on a line of its own. */
static void test_cut_at_every_byte(void **state)
{
    struct fixture *f = *state;
    char *whole;
    size_t length;
    struct journal *journal = journal_open(f->path, 1 << 20);
    add(journal, "{\"first\":1}\n{\"second\":2}");
    journal_close(journal);
    assert_int_equal(file_load(f->path, ROOM, &whole, &length), 0);
    size_t first = (size_t)(strchr(whole, '\n') + 1 - whole);
    for (size_t cut = first; cut < length; cut++) {
        char heard[ROOM] = "";
        assert_int_equal(truncate(f->path, 0), 0);
        FILE *file = fopen(f->path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(whole, 1, cut, file), cut);
        assert_int_equal(fclose(file), 0);
        journal = journal_open(f->path, 1 << 20);
        add(journal, "{\"third\":3}");
        journal_close(journal);
        assert_int_equal(journal_read(f->path, hear, heard), 0);
        /* With all but the end of its line it is whole, and that is mended. */
        const char *wanted = cut == length - 1 ? "1 {\"first\":1}|2 {\"second\":2}|3 {\"third\":3}|"
                                               : "1 {\"first\":1}|2 {\"third\":3}|";
        if (strcmp(heard, wanted) != 0)
            fail_msg("cut at %zu: %s", cut, heard);
    }
    free(whole);
}

static void test_damage_is_skipped(void **state)
{
    struct fixture *f = *state;
    char *whole;
    size_t length;
    struct journal *journal = journal_open(f->path, 1 << 20);
    add(journal, "{\"first\":1}\n{\"second\":2}\n{\"third\":3}");
    journal_close(journal);
    assert_int_equal(file_load(f->path, ROOM, &whole, &length), 0);
    size_t line = (size_t)(strchr(whole, '\n') + 1 - whole);
    for (size_t at = line; whole[at] != '\n'; at++) {
        char heard[ROOM] = "";
        whole[at] ^= 1;
        if (whole[at] != '\n') {
            assert_int_equal(journal_read_text(whole, length, hear, heard), 1);
            assert_string_equal(heard, "1 {\"first\":1}|3 {\"third\":3}|");
        }
        whole[at] ^= 1;
    }
    free(whole);
}

static void count(void *context, uint64_t number, const char *event)
{
    uint64_t *last = context;
    (void)event;
    assert_true(number > *last);
    *last = number;
}

/* Both files together stay within what is allowed, and the newest are there. */
static void test_bounded(void **state)
{
    struct fixture *f = *state;
    struct stat now, older;
    struct journal *journal = journal_open(f->path, 8192);
    uint64_t last = 0;
    for (unsigned i = 0; i < 500; i++)
        add(journal, "{\"filler\":\"0123456789012345678901234567890123456789\"}");
    journal_close(journal);
    assert_int_equal(stat(f->path, &now), 0);
    assert_int_equal(stat(f->older, &older), 0);
    assert_true(now.st_size + older.st_size <= 8192);
    assert_int_equal(journal_read(f->path, count, &last), 0);
    assert_int_equal(last, 500);
}

/* A role may say anything; what is no line of a sensible length is left out, and nothing is broken by it. */
static void test_nonsense(void **state)
{
    struct fixture *f = *state;
    char heard[ROOM] = "";
    char *lines = malloc(3 * JOURNAL_EVENT_MAX);
    struct journal *journal = journal_open(f->path, 1 << 20);
    memset(lines, 'x', 3 * JOURNAL_EVENT_MAX);
    lines[JOURNAL_EVENT_MAX + 1] = '\n';
    memcpy(lines + JOURNAL_EVENT_MAX + 2, "{}\n", 3);
    journal_add_lines(journal, lines, JOURNAL_EVENT_MAX + 5);
    journal_close(journal);
    assert_int_equal(journal_read(f->path, hear, heard), 0);
    assert_string_equal(heard, "1 {}|");
    free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_records, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_cut_at_every_byte, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_damage_is_skipped, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_nonsense, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
