#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "dns/name.h"
#include "dns/text.h"
#include "zone/handler.h"
#include "zone/master.h"

#define SEEN_MAX 1000000U

static const uint8_t origin[] = "\1z";
static size_t joined; /* chunks */

/* Writes a record as "owner ttl type rdata line:column", and its annotation. */
static void show(void *context, const struct master_record *record)
{
    char owner[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], rdata[1000];
    struct buf *seen = context;

    assert_int_equal(text_rdata_format(record->type, record->rdata, record->rdata_bytes, rdata,
                             sizeof(rdata)),
            0);
    buf_printf(seen, "%s %u %s %s %u:%u", name_to_text(record->owner, owner), record->ttl,
            text_type_format(record->type, type), rdata, record->place.line, record->place.column);
    if (record->annotation != NULL)
        buf_printf(seen, " %s %u:%u %s", record->annotation, record->annotation_place.line,
                record->annotation_place.column, name_to_text(record->origin, owner));
    buf_add_string(seen, "\n");
}

/* A chunk is shown by itself, then joined. */
static void *fork_seen(void *context, struct diag *diag)
{
    struct buf *chunk = mem_alloc(sizeof(*chunk));
    (void)context;
    (void)diag;
    buf_init(chunk, SEEN_MAX);
    return chunk;
}

static void drop_seen(void *context, void *chunk)
{
    (void)context;
    buf_done(chunk);
    free(chunk);
}

static bool join_seen(void *context, void *from)
{
    struct buf *chunk = from;
    buf_add(context, buf_string(chunk), chunk->length);
    drop_seen(context, chunk);
    joined++;
    return true;
}

/* Reads a text, by several threads if chunk_bytes is set, and gives what came out, records first, then the
 * places of faults. */
static int read_chunks(const char *text, size_t chunk_bytes, struct buf *seen)
{
    struct diag *diag = diag_new();
    struct master_text whole = {"f", text, strlen(text)};
    const struct master_handler handler = {
            .record = show,
            .chunk_bytes = chunk_bytes,
            .fork = fork_seen,
            .join = join_seen,
            .drop = drop_seen,
            .context = seen,
    };
    int err = master_read_text(&whole, origin, &handler, diag);
    for (uint32_t i = 0; i < diag_kept(diag); i++)
        buf_printf(seen, "%u:%u\n", diag_fault_at(diag, i)->place.line,
                diag_fault_at(diag, i)->place.column);
    diag_free(diag);
    return err;
}

static int read_text(const char *text, struct buf *seen)
{
    return read_chunks(text, 0, seen);
}

static void test_records(void **state)
{
    static const struct {
        const char *what, *text, *seen;
    } rows[] = {
            {"nothing",                                   "",                                                         ""                                                                      },
            {"relative, absolute, origin",                "a 1 A 1.2.3.4\nb. 1 A 1.2.3.4\n@ 1 A 1.2.3.4\n",
             "a.z. 1 A 1.2.3.4 1:1\nb. 1 A 1.2.3.4 2:1\nz. 1 A 1.2.3.4 3:1\n"                                                                                                                 },
            {"last owner",                                "a 1 A 1.2.3.4\n 1 A 1.2.3.5\n",
             "a.z. 1 A 1.2.3.4 1:1\na.z. 1 A 1.2.3.5 2:2\n"                                                                                                                                   },
            {"TTL and class in either order",
             "a 1 IN A 1.2.3.4\na in 1m A 1.2.3.4\na class1 a 1.2.3.4",                                               "a.z. 1 A 1.2.3.4 1:1\na.z. 60 A 1.2.3.4 2:1\na.z. 60 A 1.2.3.4 3:1\n"  },
            {"last TTL without $TTL",                     "a 7 A 1.2.3.4\na A 1.2.3.5\na 8 A 1.2.3.6\na A 1.2.3.7\n",
             "a.z. 7 A 1.2.3.4 1:1\na.z. 7 A 1.2.3.5 2:1\na.z. 8 A 1.2.3.6 3:1\n"
                    "a.z. 8 A 1.2.3.7 4:1\n"                                                                                                                                                  },
            {"$TTL before the last TTL",
             "$TTL 5\na 7 A 1.2.3.4\na A 1.2.3.5\n$ttl 6\na A 1.2.3.6\n",                                             "a.z. 7 A 1.2.3.4 2:1\na.z. 5 A 1.2.3.5 3:1\na.z. 6 A 1.2.3.6 5:1\n"    },
            {"SOA without TTL",                           "@ SOA a b 1 2 3 4 9\na A 1.2.3.4\n",
             "z. 9 SOA a.z. b.z. 1 2 3 4 9 1:1\na.z. 9 A 1.2.3.4 2:1\n1:1\n"                                                                                                                  },
            {"SOA with a MINIMUM above all",              "@ SOA a b 1 2 3 4 4294967295\n",
             "z. 0 SOA a.z. b.z. 1 2 3 4 4294967295 1:1\n1:1\n"                                                                                                                               },
            {"no TTL, said once",                         "a A 1.2.3.4\na A 1.2.3.5\na 1 A 1.2.3.6\n",
             "a.z. 1 A 1.2.3.6 3:1\n1:1\n"                                                                                                                                                    },
            {"$ORIGIN",
             "$ORIGIN b\na 1 A 1.2.3.4\n$ORIGIN c\na 1 A 1.2.3.4\n$ORIGIN .\na 1 A "
                    "1.2.3.4\n",                                                                                      "a.b.z. 1 A 1.2.3.4 2:1\na.c.b.z. 1 A 1.2.3.4 4:1\na. 1 A 1.2.3.4 6:1\n"},
            {"names in rdata",                            "$ORIGIN b\na 1 MX 5 @\na 1 NS c\n",
             "a.b.z. 1 MX 5 b.z. 2:1\na.b.z. 1 NS c.b.z. 3:1\n"                                                                                                                               },
            {"owners named like words",                   "A 1 A 1.2.3.4\nIN 1 A 1.2.3.4\n60 1 A 1.2.3.4\n",
             "A.z. 1 A 1.2.3.4 1:1\nIN.z. 1 A 1.2.3.4 2:1\n60.z. 1 A 1.2.3.4 3:1\n"                                                                                                           },
            {"annotation and its origin",                 "$ORIGIN b\na 1 A 1.2.3.4 ; @simple x\n",
             "a.b.z. 1 A 1.2.3.4 2:1 @simple x 2:17 b.z.\n"                                                                                                                                   },
            {"annotation does not stay",                  "a 1 A 1.2.3.4 ; @x\na 1 A 1.2.3.5\n",
             "a.z. 1 A 1.2.3.4 1:1 @x 1:17 z.\na.z. 1 A 1.2.3.5 2:1\n"                                                                                                                        },
            {"annotation on a directive",                 "$TTL 1 ; @x\n$ORIGIN b ; x\n",                             "1:10\n"                                                                },
            {"generate",                                  "$GENERATE 8-10/2 a${0,2} 1 A 1.2.3.$ ; @x\n",
             "a08.z. 1 A 1.2.3.8 1:1 @x 1:40 z.\na10.z. 1 A 1.2.3.10 1:1 @x 1:40 z.\n"                                                                                                        },
            {"generate keeps the last owner",
             "b 1 A 1.2.3.4\n$GENERATE 1-1 a$ A 1.2.3.$\n A 1.2.3.5\n",                                               "b.z. 1 A 1.2.3.4 1:1\na1.z. 1 A 1.2.3.1 2:1\nb.z. 1 A 1.2.3.5 3:2\n"   },
            {"a faulty owner takes those that repeat it",
             "a 1 A 1.2.3.4\n.. 1 A 1.2.3.4\n 1 A 1.2.3.5\nb 1 A 1.2.3.6\n",                                          "a.z. 1 A 1.2.3.4 1:1\nb.z. 1 A 1.2.3.6 4:1\n2:1\n"                     },
            {"two annotations",                           "a 1 A ( 1.2.3.4 ; @x\n) ; @y\nb 1 A 1.2.3.4\n",
             "b.z. 1 A 1.2.3.4 3:1\n2:5\n"                                                                                                                                                    },
            {"no $INCLUDE in memory",                     "$INCLUDE /dev/null\n",                                     "1:10\n"                                                                },
            {"the word that is wrong",
             "a 1 MX 10\n a b\na 1 MX ( x\n y )\na 1 SRV 1 1 70000 70000\n",                                          "1:8\n2:4\n3:10\n5:13\n"                                                },
            {"the word that is wrong, quoted",            "a 1 CAA 0 issue! \"x\"\n",                                 "1:11\n"                                                                },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf seen;
        buf_init(&seen, SEEN_MAX);
        read_text(rows[i].text, &seen);
        if (strcmp(buf_string(&seen), rows[i].seen) != 0)
            fail_msg("%s: expected\n%sseen\n%s", rows[i].what, rows[i].seen, buf_string(&seen));
        buf_done(&seen);
        for (size_t bytes = 1; bytes < 100; bytes = bytes * 3 / 2 + 1) {
            buf_init(&seen, SEEN_MAX);
            read_chunks(rows[i].text, bytes, &seen);
            if (strcmp(buf_string(&seen), rows[i].seen) != 0)
                fail_msg("%s, %zu bytes a chunk: expected\n%sseen\n%s", rows[i].what, bytes,
                        rows[i].seen, buf_string(&seen));
            buf_done(&seen);
        }
    }
}

/* What is read in chunks, and how many of them are not read once more. */
static void test_chunks(void **state)
{
    static const struct {
        const char *what, *text;
        size_t joined;
    } rows[] = {
            {"a line each",                      "a 1 A 1.2.3.4\nb 1 A 1.2.3.4\nc 1 A 1.2.3.4\n",         3},
            {"the last without a newline",       "a 1 A 1.2.3.4\nb 1 A 1.2.3.4\nc 1 A 1.2.3.4",           3},
            {"ends of two bytes",                "a 1 A 1.2.3.4\r\nb 1 A 1.2.3.4\r\nc 1 A 1.2.3.4\r\n",   3},
            {"$TTL once",                        "$TTL 5\na A 1.2.3.4\nb A 1.2.3.4\nc A 1.2.3.4\n",       3},
            {"an owner of several lines",        "a 1 A 1.2.3.4\n  1 A 1.2.3.5\nb 1 A 1.2.3.6\n",         2},
            {"owners behind others' lines",
             "$TTL 5\n  \na A 1.2.3.4\n A 1.2.3.5\n; x\nb A 1.2.3.6\n",                                   2},
            {"a TTL from the line before",
             "a 1 A 1.2.3.4\nb A 1.2.3.4\nc 2 A 1.2.3.4\nd A 1.2.3.4\n",                                  1},
            {"a TTL from before the stretch",
             "a 7 A 1.2.3.4\n$ORIGIN x\nb 8 A 1.2.3.4\nc A 1.2.3.4\n",                                    1},
            {"parentheses over the cut",         "a 1 A 1.2.3.4\nb 1 TXT ( x\ny z\nw )\nc 1 A 1.2.3.4\n",
             1                                                                                             },
            {"a fault",                          "a 1 A 1.2.3.4\nb 1 A x\nc 1 A 1.2.3.4\n",               1},
            {"a warning",                        "a 1 A 1.2.3.4\nb 1 A 1.2.3.4\n;@x\nc 1 A 1.2.3.4\n",    1},
            {"a directive between stretches",
             "a 1 A 1.2.3.4\nb 1 A 1.2.3.4\n$ORIGIN x\nc 1 A 1.2.3.4\nd 1 A 1.2.3.4\n",                   4},
            {"a line that begins with $ inside",
             "a 1 A 1.2.3.4\nb 1 TXT ( x\n$y )\nc 1 A 1.2.3.4\nd 1 A 1.2.3.4\n",                          3},
            {"$ORIGIN within parentheses",
             "a 1 A 1.2.3.4\n($ORIGIN x)\nb 1 A 1.2.3.4\nc 1 A 1.2.3.4\n",                                0},
            {"$TTL within parentheses",
             "$TTL 5\na A 1.2.3.4\n( $TTL 6 )\nb A 1.2.3.4\nc A 1.2.3.4\n",                               0},
            {"too short",                        "a 1 A 1.2.3.4\n",                                       0},
            {"a byte order mark",
             "\xef\xbb\xbf"
                    "a 1 A 1.2.3.4\nb 1 A 1.2.3.4\n",                                                     0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf alone, seen;
        buf_init(&alone, SEEN_MAX);
        buf_init(&seen, SEEN_MAX);
        int expected = read_text(rows[i].text, &alone);
        joined = 0;
        if (read_chunks(rows[i].text, 9, &seen) != expected || joined != rows[i].joined ||
                strcmp(buf_string(&seen), buf_string(&alone)) != 0)
            fail_msg("%s: expected %zu\n%sseen %zu\n%s", rows[i].what, rows[i].joined,
                    buf_string(&alone), joined, buf_string(&seen));
        buf_done(&seen);
        buf_done(&alone);
    }
}

/* The handler may refuse to go on, as it does where a record is one too many. */
static bool refuse_second(void *context, void *chunk)
{
    return joined == 0 && join_seen(context, chunk);
}

static void test_refused_chunk(void **state)
{
    static const char text[] = "a 1 A 1.2.3.4\nb 1 A 1.2.3.5\nc 1 A 1.2.3.6\n";
    (void)state;
    struct diag *diag = diag_new();
    struct master_text whole = {"f", text, strlen(text)};
    struct buf seen;
    buf_init(&seen, SEEN_MAX);
    const struct master_handler handler = {
            .record = show,
            .chunk_bytes = 9,
            .fork = fork_seen,
            .join = refuse_second,
            .drop = drop_seen,
            .context = &seen,
    };
    joined = 0;
    assert_int_equal(master_read_text(&whole, origin, &handler, diag), 0);
    assert_string_equal(buf_string(&seen), "a.z. 1 A 1.2.3.4 1:1\nb.z. 1 A 1.2.3.5 2:1\n"
                                           "c.z. 1 A 1.2.3.6 3:1\n");
    buf_done(&seen);
    diag_free(diag);
}

static void count(void *context, const struct master_record *record)
{
    (void)record;
    (*(size_t *)context)++;
}

static void test_result(void **state)
{
    struct diag *diag = diag_new();
    size_t records = 0;
    (void)state;
    diag_error(diag, (struct diag_place){0}, "an older fault is not ours");
    struct master_text good = {"f", "a 1 A 1.2.3.4", 13};
    assert_int_equal(master_read_text(&good, origin, HANDLER(count, &records), diag), 0);
    struct master_text warned = {"f", "; @x", 4};
    assert_int_equal(master_read_text(&warned, origin, HANDLER(count, &records), diag), 0);
    struct master_text bad = {"f", "a", 1};
    assert_int_equal(master_read_text(&bad, origin, HANDLER(count, &records), diag), ERR_FAULTY);
    struct master_text huge = {"f", "", (size_t)MASTER_FILE_MAX + 1};
    assert_int_equal(master_read_text(&huge, origin, HANDLER(count, &records), diag), ERR_FAULTY);
    assert_int_equal(records, 1);
    assert_int_equal(diag_errors(diag), 3);
    diag_free(diag);
}

static void test_many_faults(void **state)
{
    struct diag *diag = diag_new();
    struct buf text;
    size_t records = 0;
    (void)state;
    buf_init(&text, SEEN_MAX);
    for (int i = 0; i < 1000; i++)
        buf_add_string(&text, "a 1 A x\nb 1 A 1.2.3.4\n");
    struct master_text whole = {"f", buf_string(&text), text.length};
    assert_int_equal(master_read_text(&whole, origin, HANDLER(count, &records), diag), ERR_FAULTY);
    assert_int_equal(diag_errors(diag), 1000);
    assert_int_equal(diag_kept(diag), DIAG_FAULTS_MAX);
    assert_int_equal(records, 1000);
    buf_done(&text);
    diag_free(diag);
}

static void test_generate_max(void **state)
{
    static const struct {
        const char *text;
        size_t records;
    } rows[] = {
            {"$GENERATE 1-65536 a$ 1 A 1.2.3.4", MASTER_GENERATE_MAX},
            {"$GENERATE 0-65536 a$ 1 A 1.2.3.4", 0                  },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct diag *diag = diag_new();
        size_t records = 0;
        struct master_text text = {"f", rows[i].text, strlen(rows[i].text)};
        int err = master_read_text(&text, origin, HANDLER(count, &records), diag);
        assert_int_equal(err, rows[i].records > 0 ? 0 : ERR_FAULTY);
        assert_int_equal(records, rows[i].records);
        diag_free(diag);
    }
}

/* The longest rdata there is, every byte of it written as an escape. */
static void test_longest_rdata(void **state)
{
    struct diag *diag = diag_new();
    struct buf text;
    size_t records = 0;
    (void)state;
    buf_init(&text, SEEN_MAX);
    buf_add_string(&text, "a 1 TXT");
    for (int i = 0; i < 255; i++) {
        buf_add_string(&text, " \"");
        for (int j = 0; j < 255; j++)
            buf_add_string(&text, "\\001");
        buf_add_string(&text, "\"");
    }
    struct master_text whole = {"f", buf_string(&text), text.length};
    assert_int_equal(master_read_text(&whole, origin, HANDLER(count, &records), diag), 0);
    while (text.length < 600000)
        buf_add_string(&text, " x");
    whole = (struct master_text){"f", buf_string(&text), text.length};
    assert_int_equal(master_read_text(&whole, origin, HANDLER(count, &records), diag), ERR_FAULTY);
    assert_int_equal(records, 1);
    buf_done(&text);
    diag_free(diag);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void enter_scratch(void)
{
    char name[] = "/tmp/test_master_XXXXXX";
    assert_non_null(mkdtemp(name));
    assert_int_equal(chdir(name), 0);
}

static void leave_scratch(void)
{
    char name[200];
    assert_non_null(getcwd(name, sizeof(name)));
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(name), 0);
}

/* How deep files may include each other, and how many there may be. */
static void test_include_bounds(void **state)
{
    char name[32], text[64];
    struct diag *diag = diag_new();
    struct buf many;
    size_t records = 0;
    (void)state;
    enter_scratch();
    for (unsigned i = 0; i <= MASTER_INCLUDE_DEPTH + 1; i++) {
        snprintf(name, sizeof(name), "%u", i);
        snprintf(text, sizeof(text), "a 1 A 1.2.3.4\n$INCLUDE %u\n", i + 1);
        write_file(name, text);
    }
    assert_int_equal(master_read("0", origin, HANDLER(count, &records), diag), ERR_FAULTY);
    assert_int_equal(records, MASTER_INCLUDE_DEPTH + 1);
    assert_int_equal(diag_errors(diag), 1);
    assert_string_equal(diag_fault_at(diag, 0)->place.file, "16");

    records = 0;
    buf_init(&many, SEEN_MAX);
    for (unsigned i = 0; i < MASTER_INCLUDES_MAX; i++)
        buf_add_string(&many, "$INCLUDE one\n");
    write_file("many", buf_string(&many));
    write_file("one", "a 1 A 1.2.3.4");
    assert_int_equal(master_read("many", origin, HANDLER(count, &records), diag), ERR_FAULTY);
    assert_int_equal(records, MASTER_INCLUDES_MAX - 1);
    assert_int_equal(diag_errors(diag), 2);
    assert_int_equal(diag_fault_at(diag, 1)->place.line, MASTER_INCLUDES_MAX);

    for (unsigned i = 0; i <= MASTER_INCLUDE_DEPTH + 1; i++) {
        snprintf(name, sizeof(name), "%u", i);
        assert_int_equal(unlink(name), 0);
    }
    assert_int_equal(unlink("many") + unlink("one"), 0);
    leave_scratch();
    buf_done(&many);
    diag_free(diag);
}

/* A relative name is looked for beside the file it stands in, an absolute one where it says. */
static void test_include_path(void **state)
{
    char folder[200], text[300];
    struct diag *diag = diag_new();
    size_t records = 0;
    (void)state;
    enter_scratch();
    assert_non_null(getcwd(folder, sizeof(folder)));
    snprintf(text, sizeof(text), "$INCLUDE b\n$INCLUDE \"%s/b\"\n", folder);
    write_file("a", text);
    write_file("b", "a 1 A 1.2.3.4");
    assert_int_equal(master_read("./a", origin, HANDLER(count, &records), diag), 0);
    snprintf(text, sizeof(text), "%s/a", folder);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(master_read(text, origin, HANDLER(count, &records), diag), 0);
    assert_int_equal(records, 4);
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(unlink("a") + unlink("b"), 0);
    leave_scratch();
    diag_free(diag);
}

static void test_missing_file(void **state)
{
    struct diag *diag = diag_new();
    (void)state;
    assert_int_equal(
            master_read("/nowhere/x.zone", origin, HANDLER(count, NULL), diag), ERR_FAULTY);
    assert_string_equal(diag_fault_at(diag, 0)->place.file, "/nowhere/x.zone");
    assert_string_equal(diag_fault_at(diag, 0)->message,
            "cannot open \"/nowhere/x.zone\": No such file or directory");
    diag_free(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_records),
            cmocka_unit_test(test_result),
            cmocka_unit_test(test_many_faults),
            cmocka_unit_test(test_generate_max),
            cmocka_unit_test(test_longest_rdata),
            cmocka_unit_test(test_chunks),
            cmocka_unit_test(test_refused_chunk),
            cmocka_unit_test(test_include_bounds),
            cmocka_unit_test(test_include_path),
            cmocka_unit_test(test_missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
