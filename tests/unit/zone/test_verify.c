#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "dns/name.h"
#include "zone/annotation.h"
#include "zone/handler.h"
#include "zone/verify.h"

#define EXPECT      "; expect: "
#define RECORDS     "; records: "
#define TEXT_MAX    100000U
#define RECORDS_MAX 100U

static const uint8_t apex[] = "\7example\3com";

/* A zone file on its way through master, annotation and verify, as a loader would take it. */
struct reading {
    struct arena *arena;
    struct diag *diag;
    size_t count;
    struct zone_record records[RECORDS_MAX];
};

static void keep(void *context, const struct master_record *from)
{
    struct reading *reading = context;
    const struct annotation_source source = {
            from->annotation, from->annotation_place, from->origin};
    struct annotation annotation;
    const struct annotation *kept = NULL;

    if (from->annotation != NULL) {
        if (annotation_parse(&source, reading->arena, &annotation, reading->diag) < 0)
            return;
        kept = arena_copy(reading->arena, &annotation, sizeof(annotation));
    }
    assert_true(reading->count < RECORDS_MAX);
    struct diag_place place = from->place;
    place.file = arena_string(reading->arena, place.file);
    reading->records[reading->count++] =
            (struct zone_record){arena_copy(reading->arena, from->owner, name_length(from->owner)),
                    from->type, from->rdata_bytes, from->ttl,
                    arena_copy(reading->arena, from->rdata, from->rdata_bytes), place, kept};
}

static int compare(const void *a, const void *b)
{
    const struct zone_record *x = a;
    const struct zone_record *y = b;
    int order = zone_record_compare(x, y);
    return order != 0 ? order : (x->place.line > y->place.line) - (x->place.line < y->place.line);
}

static void add_faults(const struct diag *diag, const char *file, struct buf *ret)
{
    for (uint32_t i = 0; i < diag_kept(diag); i++) {
        const struct diag_fault *fault = diag_fault_at(diag, i);
        if (fault->place.file != NULL && strcmp(fault->place.file, file) != 0)
            buf_printf(ret, "%s:", fault->place.file);
        buf_printf(ret, "%u:%u: %s%s\n", fault->place.line, fault->place.column,
                fault->severity == DIAG_WARNING ? "warning: " : "", fault->message);
    }
}

/* Reads the file and gives all faults as lines of text.  Returns how many records were good. */
static size_t read_zone(const char *file, struct buf *ret)
{
    struct reading reading = {.arena = arena_new(), .diag = diag_new()};
    int err = master_read(file, apex, HANDLER(keep, &reading), reading.diag);

    assert_int_equal(err, diag_errors(reading.diag) > 0 && err < 0 ? ERR_FAULTY : 0);
    if (diag_errors(reading.diag) == 0) {
        qsort(reading.records, reading.count, sizeof(reading.records[0]), compare);
        err = zone_verify(apex, reading.records, reading.count, reading.diag);
        assert_int_equal(err, diag_errors(reading.diag) > 0 ? ERR_FAULTY : 0);
    }
    add_faults(reading.diag, file, ret);
    diag_free(reading.diag);
    arena_free(reading.arena);
    return reading.count;
}

/* Gives what the file's first lines say behind `mark`, a line each. */
static void read_marks(const char *path, const char *mark, struct buf *ret)
{
    char line[4096];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL && strncmp(line, mark, strlen(mark)) == 0) {
        line[strcspn(line, "\r\n")] = '\0';
        buf_printf(ret, "%s\n", line + strlen(mark));
    }
    fclose(file);
}

static int is_zone(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".zone") == 0;
}

/* Runs `check` on every zone file of a folder, with that folder as the current one. */
static void each_zone(const char *folder, void (*check)(const char *file))
{
    struct dirent **entries;
    assert_int_equal(chdir(folder), 0);
    int count = scandir(".", &entries, is_zone, alphasort);
    assert_true(count > 5);
    for (int i = 0; i < count; i++) {
        check(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static void check_bad(const char *file)
{
    struct buf expected, found;
    buf_init(&expected, TEXT_MAX);
    buf_init(&found, TEXT_MAX);
    read_marks(file, EXPECT, &expected);
    read_zone(file, &found);
    if (expected.length == 0)
        fail_msg("%s expects nothing", file);
    if (strcmp(buf_string(&expected), buf_string(&found)) != 0)
        fail_msg("%s: expected\n%s\nfound\n%s", file, buf_string(&expected), buf_string(&found));
    buf_done(&expected);
    buf_done(&found);
}

static void test_bad_zones(void **state)
{
    (void)state;
    each_zone(TEST_DATA_DIR "/zones/bad", check_bad);
}

static void check_good(const char *file)
{
    struct buf expected, found;
    buf_init(&expected, TEXT_MAX);
    buf_init(&found, TEXT_MAX);
    read_marks(file, RECORDS, &expected);
    size_t records = read_zone(file, &found);
    if (found.length > 0)
        fail_msg("%s is faulty: %s", file, buf_string(&found));
    if (strtoul(buf_string(&expected), NULL, 10) != records)
        fail_msg("%s: %zu records, expected %s", file, records, buf_string(&expected));
    buf_done(&expected);
    buf_done(&found);
}

static void test_good_zones(void **state)
{
    (void)state;
    each_zone(TEST_DATA_DIR "/zones/good", check_good);
}

static struct zone_record make(const char *owner, uint16_t type, const char *rdata, uint16_t bytes)
{
    return (struct zone_record){.owner = (const uint8_t *)owner,
            .type = type,
            .rdata = (const uint8_t *)rdata,
            .rdata_bytes = bytes,
            .ttl = 60};
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void test_compare(void **state)
{
    (void)state;
    struct zone_record a = make("\1a\1z", 1, "", 0);
    struct zone_record b = make("\1B\1z", 1, "", 0);
    struct zone_record a_later = make("\1A\1Z", 16, "", 0);
    assert_int_equal(sign(zone_record_compare(&a, &b)), -1);
    assert_int_equal(sign(zone_record_compare(&a_later, &a)), 1);
    assert_int_equal(sign(zone_record_compare(&a_later, &b)), -1);
    assert_int_equal(zone_record_compare(&a, &a), 0);
}

static void test_compare_data(void **state)
{
    static const struct {
        const char *what;
        uint16_t type;
        const char *a, *b;
        uint16_t a_bytes, b_bytes;
        int order;
    } rows[] = {
            {"equal addresses",          1,  "\1\2\3\4",  "\1\2\3\4",  4, 4, 0 },
            {"addresses",                1,  "\1\2\3\4",  "\1\2\3\5",  4, 4, -1},
            {"text is compared exactly", 16, "\1a",       "\1A",       2, 2, 1 },
            {"names are not",            2,  "\1a",       "\1A",       3, 3, 0 },
            {"nor behind a preference",  15, "\0\1\1a",   "\0\1\1A",   5, 5, 0 },
            {"the preference is",        15, "\0\1\1a",   "\0\2\1A",   5, 5, -1},
            {"nor in SRV",               33, "123456\1a", "123456\1A", 9, 9, 0 },
            {"lengths",                  16, "\1a",       "\0",        2, 1, 1 },
            {"empty rdata",              10, "",          "",          0, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct zone_record a = make("", rows[i].type, rows[i].a, rows[i].a_bytes);
        struct zone_record b = make("", rows[i].type, rows[i].b, rows[i].b_bytes);
        if (sign(zone_record_compare_data(&a, &b)) != rows[i].order ||
                sign(zone_record_compare_data(&b, &a)) != -rows[i].order)
            fail_msg("%s", rows[i].what);
    }
}

/* More lines of one RRset than are sorted on the stack. */
static void test_large_rrset(void **state)
{
    enum {
        ADDRESSES = 300
    };
    struct zone_record records[ADDRESSES + 3];
    char data[ADDRESSES][4];
    (void)state;
    records[0] = make((const char *)apex, 2, "\1n\0", 3);
    records[1] = make((const char *)apex, 6, "", 0);
    for (size_t i = 0; i <= ADDRESSES; i++) {
        size_t byte = i % ADDRESSES; /* the last repeats the first */
        memcpy(data[byte], (char[]){10, 0, (char)(byte / 100), (char)(byte % 100)}, 4);
        records[i + 2] = make("\1a\7example\3com", 1, data[byte], 4);
        records[i + 2].place.line = (uint32_t)i + 1;
    }
    struct diag *diag = diag_new();
    assert_int_equal(zone_verify(apex, records, COUNT(records), diag), 0);
    assert_int_equal(diag_warnings(diag), 1);
    assert_int_equal(diag_fault_at(diag, 0)->place.line, ADDRESSES + 1);
    diag_free(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_bad_zones),
            cmocka_unit_test(test_good_zones),
            cmocka_unit_test(test_compare),
            cmocka_unit_test(test_compare_data),
            cmocka_unit_test(test_large_rrset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
