/* test_state.c -- src/health/state.c: what is saved is loaded, and nothing else is. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "health/state.h"

#define FILE_ROOM 8192U
#define RECORD_AT 32U

struct scratch {
    char directory[64];
    char path[96];
};

static struct scratch new_scratch(void)
{
    struct scratch scratch = {.directory = "/tmp/test-state-XXXXXX"};
    assert_non_null(mkdtemp(scratch.directory));
    snprintf(scratch.path, sizeof(scratch.path), "%s/health", scratch.directory);
    return scratch;
}

static void end_scratch(const struct scratch *scratch)
{
    unlink(scratch->path);
    assert_int_equal(rmdir(scratch->directory), 0); /* nothing else was left there */
}

static struct health_table *new_table(void)
{
    struct health_table *table = NULL;
    assert_int_equal(health_table_create(&table), 0);
    return table;
}

static struct health_detail sample(const char *id)
{
    struct health_detail detail = {
            .type = "TCP",
            .target = "tcp://192.0.2.10:25",
            .reason = "connection refused",
            .flags = HEALTH_DEFINED | HEALTH_DISABLED | HEALTH_SHADOW,
            .raw_state = HEALTH_DOWN,
            .streak = 3,
            .last_outcome = 2,
            .passes = 1ULL << 40,
            .fails = 2,
            .inconclusives = 3,
            .changes = 4,
            .answer_changes = UINT32_MAX,
            .since_ms = 1764000000123,
            .last_probe_ms = 1764000000456,
            .duration_ms = 5,
    };
    snprintf(detail.id, sizeof(detail.id), "%s", id);
    return detail;
}

static struct health_table *new_sample_table(void)
{
    struct health_table *table = new_table();
    struct health_detail first = sample("www-eu");
    struct health_detail longest = sample("");
    memset(longest.id, 'i', HEALTH_ID_MAX);
    memset(longest.type, 'T', sizeof(longest.type) - 1);
    memset(longest.target, 't', HEALTH_TARGET_MAX);
    memset(longest.reason, 'r', HEALTH_REASON_MAX);
    health_table_put(
            table, 0, (struct health_verdict){.state = HEALTH_UP, .no_data = true, .since_s = 17});
    health_table_write(table, 0, &first);
    health_table_put(table, 7,
            (struct health_verdict){.state = HEALTH_DOWN, .since_s = UINT32_MAX, .held = true});
    health_table_write(table, 7, &longest);
    health_table_set_raised(table, UINT64_MAX - 1, 1764000000789);
    health_table_set_raised(table, 0, 1);
    return table;
}

static size_t read_file(const char *path, uint8_t *bytes)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, FILE_ROOM, file);
    fclose(file);
    return length;
}

static void write_file(const char *path, const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

/* The file's checksum as the format document has it. */
static void sign(uint8_t *bytes, size_t length)
{
    uint64_t sum = 0xcbf29ce484222325U;
    for (size_t i = 0; i < length - 8; i++)
        sum = (sum ^ bytes[i]) * 0x100000001b3U;
    for (size_t i = 0; i < 8; i++)
        bytes[length - 8 + i] = (uint8_t)(sum >> (8 * i));
}

static void what_is_saved_is_loaded(void **state)
{
    (void)state;
    struct scratch scratch = new_scratch();
    struct health_table *saved = new_sample_table();
    struct health_table *loaded = new_table();
    /* What is forced has a file of its own. */
    assert_int_equal(health_table_force(saved, 0, "www-eu", HEALTH_DOWN), 0);
    assert_int_equal(health_state_save(saved, scratch.path), 0);
    assert_int_equal(health_state_load(loaded, scratch.path), 0);

    assert_int_equal(health_table_used(loaded), 8);
    assert_int_equal(health_table_raised_since(loaded, UINT64_MAX - 1), 1764000000789);
    assert_int_equal(health_table_raised_since(loaded, 0), 1);
    for (uint32_t slot = 0; slot < 9; slot++) {
        struct health_detail want, got;
        struct health_verdict a = health_table_found(saved, slot);
        struct health_verdict b = health_table_found(loaded, slot);
        assert_true(a.state == b.state && a.no_data == b.no_data && a.since_s == b.since_s &&
                    a.held == b.held);
        assert_false(health_table_get(loaded, slot).forced);
        int result = health_table_read(saved, slot, &want);
        assert_int_equal(health_table_read(loaded, slot, &got), result);
        if (result == 0)
            assert_memory_equal(&got, &want, sizeof(got));
    }
    health_table_close(loaded);
    health_table_close(saved);
    end_scratch(&scratch);
}

/* The definitions tell that anew. */
static void how_a_check_is_probed_is_not_saved(void **state)
{
    (void)state;
    struct scratch scratch = new_scratch();
    struct health_table *saved = new_table();
    struct health_table *loaded = new_table();
    struct health_detail want = sample("www-eu"), got;
    struct health_detail full = want;

    full.flags |= HEALTH_COUNTED;
    full.interval_ms = full.timeout_ms = full.linger_ms = 7;
    full.fall = full.rise = 3;
    health_table_write(saved, 0, &full);
    assert_int_equal(health_state_save(saved, scratch.path), 0);
    assert_int_equal(health_state_load(loaded, scratch.path), 0);
    assert_int_equal(health_table_read(loaded, 0, &got), 0);
    assert_memory_equal(
            &got.flags, &want.flags, sizeof(got) - offsetof(struct health_detail, flags));
    health_table_close(loaded);
    health_table_close(saved);
    end_scratch(&scratch);
}

static void an_empty_table_is_saved_and_loaded(void **state)
{
    (void)state;
    struct scratch scratch = new_scratch();
    struct health_table *table = new_table();
    struct health_table *full = new_sample_table();
    assert_int_equal(health_state_save(full, scratch.path), 0);
    assert_int_equal(health_state_save(table, scratch.path), 0); /* over an older file */
    assert_int_equal(health_state_load(table, scratch.path), 0);
    assert_int_equal(health_table_used(table), 0);
    health_table_close(full);
    health_table_close(table);
    end_scratch(&scratch);
}

static void expect_refused(const char *what, size_t at, const char *path)
{
    struct health_table *table = new_table();
    uint64_t before = health_table_generation(table);
    int got = health_state_load(table, path);
    if (got != ERR_TRUNCATED && got != ERR_CHECKSUM && got != ERR_VERSION && got != ERR_SYNTAX)
        fail_msg("%s at %zu: load gave %d", what, at, got);
    if (health_table_used(table) != 0 || health_table_generation(table) != before)
        fail_msg("%s at %zu: the table was touched", what, at);
    health_table_close(table);
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[FILE_ROOM];
    struct scratch scratch = new_scratch();
    struct health_table *table = new_sample_table();
    assert_int_equal(health_state_save(table, scratch.path), 0);
    size_t length = read_file(scratch.path, bytes);

    for (size_t cut = 0; cut < length; cut++) {
        write_file(scratch.path, bytes, cut);
        expect_refused("cut", cut, scratch.path);
    }
    bytes[length] = 0;
    write_file(scratch.path, bytes, length + 1);
    expect_refused("one byte more", length, scratch.path);
    health_table_close(table);
    end_scratch(&scratch);
}

static void every_flipped_byte_is_refused(void **state)
{
    (void)state;
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    uint8_t bytes[FILE_ROOM];
    struct scratch scratch = new_scratch();
    struct health_table *table = new_sample_table();
    assert_int_equal(health_state_save(table, scratch.path), 0);
    size_t length = read_file(scratch.path, bytes);

    for (size_t i = 0; i < length * COUNT(flips); i++) {
        uint8_t flip = flips[i % COUNT(flips)];
        bytes[i / COUNT(flips)] ^= flip;
        write_file(scratch.path, bytes, length);
        expect_refused("flip", i / COUNT(flips), scratch.path);
        bytes[i / COUNT(flips)] ^= flip;
    }
    health_table_close(table);
    end_scratch(&scratch);
}

/* A right checksum vouches for nothing. */
static void a_signed_file_with_bad_fields_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t at;
        uint8_t byte;
    } cases[] = {
            {"version",                  4,                     1   },
            {"length",                   8,                     1   },
            {"count",                    16,                    1   },
            {"record size",              20,                    0   },
            {"slot beyond the table",    RECORD_AT + 2,         2   },
            {"slots that do not rise",   RECORD_AT,             7   },
            {"a state",                  RECORD_AT + 4,         3   },
            {"no_data",                  RECORD_AT + 5,         2   },
            {"held",                     RECORD_AT + 6,         2   },
            {"reserved",                 RECORD_AT + 7,         1   },
            {"empty id",                 RECORD_AT + 16,        0   },
            {"control byte in the id",   RECORD_AT + 17,        '\n'},
            {"byte behind the id's end", RECORD_AT + 16 + 70,   'x' },
            {"eighth bit in the type",   RECORD_AT + 88,        0xc3},
            {"type without end",         576 + RECORD_AT + 111, 'x' },
            {"target without end",       576 + RECORD_AT + 303, 'x' },
            {"reason without end",       576 + RECORD_AT + 495, 'x' },
            {"unknown flag",             RECORD_AT + 496,       16  },
            {"raw state",                RECORD_AT + 500,       3   },
            {"streak",                   RECORD_AT + 504,       11  },
            {"last outcome",             RECORD_AT + 508,       4   },
            {"count of guards",          24,                    1   },
            {"very many guards",         26,                    1   },
            {"reserved behind it",       28,                    1   },
            {"raised since never",       1152 + RECORD_AT + 24, 0   },
    };
    uint8_t bytes[FILE_ROOM];
    struct scratch scratch = new_scratch();
    struct health_table *table = new_sample_table();
    assert_int_equal(health_state_save(table, scratch.path), 0);
    size_t length = read_file(scratch.path, bytes);

    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t spoilt[FILE_ROOM];
        memcpy(spoilt, bytes, length);
        spoilt[cases[i].at] = cases[i].byte;
        sign(spoilt, length);
        write_file(scratch.path, spoilt, length);
        expect_refused(cases[i].what, cases[i].at, scratch.path);
    }
    sign(bytes, length); /* the test's own checksum is the right one */
    write_file(scratch.path, bytes, length);
    struct health_table *loaded = new_table();
    assert_int_equal(health_state_load(loaded, scratch.path), 0);
    health_table_close(loaded);
    health_table_close(table);
    end_scratch(&scratch);
}

static void what_cannot_be_read_or_written_is_told(void **state)
{
    (void)state;
    struct scratch scratch = new_scratch();
    struct health_table *table = new_sample_table();
    struct health_table *empty = new_table();
    char below[128], fifo[128];
    snprintf(below, sizeof(below), "%s/none/health", scratch.directory);
    snprintf(fifo, sizeof(fifo), "%s/fifo", scratch.directory);
    assert_int_equal(mkfifo(fifo, 0600), 0);

    assert_int_equal(health_state_load(empty, scratch.path), -ENOENT);
    assert_int_equal(health_state_load(empty, fifo), ERR_SYNTAX);
    assert_int_equal(health_state_save(table, below), -ENOENT);
    assert_int_equal(health_state_save(table, scratch.directory), -EISDIR);
    snprintf(below, sizeof(below), "%s.new", scratch.directory);
    assert_int_equal(access(below, F_OK), -1);
    unlink(fifo);

    /* A save that fails leaves the old file. */
    assert_int_equal(health_state_save(table, scratch.path), 0);
    char beside[128];
    snprintf(beside, sizeof(beside), "%s.new", scratch.path);
    assert_int_equal(mkdir(beside, 0700), 0);
    assert_int_equal(health_state_save(empty, scratch.path), -EISDIR);
    assert_int_equal(rmdir(beside), 0);
    assert_int_equal(health_state_load(empty, scratch.path), 0);
    assert_int_equal(health_table_used(empty), 8);
    health_table_close(empty);
    health_table_close(table);
    end_scratch(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_is_saved_is_loaded),
            cmocka_unit_test(how_a_check_is_probed_is_not_saved),
            cmocka_unit_test(an_empty_table_is_saved_and_loaded),
            cmocka_unit_test(every_cut_is_refused),
            cmocka_unit_test(every_flipped_byte_is_refused),
            cmocka_unit_test(a_signed_file_with_bad_fields_is_refused),
            cmocka_unit_test(what_cannot_be_read_or_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
