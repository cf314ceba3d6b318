/* test_table.c -- src/health/table.c: what one process publishes is what another reads, whatever
 * happens to the other process.
 *
 * The offsets below repeat docs/formats/health-table.md on purpose: they are the contract. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "health/table.h"

#define TOTAL_BYTES    81809408U
#define VERSION_AT     4
#define SLOTS_AT       8
#define DETAIL_SIZE_AT 12
#define WORDS_AT       16
#define DETAILS_AT     24
#define TOTAL_AT       32
#define USED_AT        48
#define VERDICTS       4096U
#define DETAILS        1052672U
#define DETAIL_BYTES   616U
#define SEALS          (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define WRITES         2000000U
#define KILLS          100U

/* Under the thread sanitizer a write of a detail takes 20 microseconds, and far fewer writes show a
 * torn one (seen with each of the three orders of the sequence lock broken). */
#ifdef __SANITIZE_THREAD__
#define DETAIL_WRITES 100000U
#define FORCES        10000U
#else
#define DETAIL_WRITES 2000000U
#define FORCES        100000U
#endif

static struct health_table *new_table(void)
{
    struct health_table *table = NULL;
    assert_int_equal(health_table_create(&table), 0);
    return table;
}

static struct health_table *open_as(const struct health_table *table, enum health_access access)
{
    struct health_table *other = NULL;
    int fd = health_table_export(table, access);
    assert_true(fd >= 0);
    assert_int_equal(health_table_open(&other, fd, access), 0);
    close(fd);
    return other;
}

/* The table's memory as bytes, for a test that plays a broken process. */
static uint8_t *map_raw(const struct health_table *table)
{
    int fd = health_table_export(table, HEALTH_WRITE);
    assert_true(fd >= 0);
    void *raw = mmap(NULL, TOTAL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(raw != MAP_FAILED);
    close(fd);
    return raw;
}

static struct health_detail sample(const char *id)
{
    struct health_detail detail = {
            .type = "HTTP",
            .target = "http://192.0.2.10:80/healthz",
            .reason = "HTTP status 503",
            .flags = HEALTH_DEFINED | HEALTH_INVERTED,
            .raw_state = HEALTH_DOWN,
            .streak = 2,
            .last_outcome = 2,
            .passes = 11,
            .fails = 12,
            .inconclusives = 13,
            .changes = 14,
            .answer_changes = UINT32_MAX,
            .since_ms = 1764000000123,
            .last_probe_ms = 1764000000456,
            .duration_ms = 789,
            .certificate_s = 1800000000,
            .latency_us = {1000, 2000, UINT32_MAX},
            .interval_ms = 10000,
            .timeout_ms = 8000,
            .linger_ms = 2000,
            .fall = 3,
            .rise = 10,
    };
    snprintf(detail.id, sizeof(detail.id), "%s", id);
    return detail;
}

static void a_reader_sees_the_last_verdict(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint32_t slot;
        struct health_verdict verdict;
    } cases[] = {
            {"up, first slot",        0,                      {.state = HEALTH_UP, .since_s = 7}                   },
            {"up without data",       0,                      {.state = HEALTH_UP, .no_data = true, .since_s = 8}  },
            {"down without data",     0,                      {.state = HEALTH_DOWN, .no_data = true, .since_s = 9}},
            {"down, the latest time", 1,                      {.state = HEALTH_DOWN, .since_s = UINT32_MAX}        },
            {"the last slot",         HEALTH_TABLE_SLOTS - 1, {.state = HEALTH_DOWN, .since_s = 1}                 },
    };
    struct health_table *writer = new_table();
    struct health_table *reader = open_as(writer, HEALTH_READ);

    for (size_t i = 0; i < COUNT(cases); i++) {
        health_table_put(writer, cases[i].slot, cases[i].verdict);
        struct health_verdict got = health_table_get(reader, cases[i].slot);
        if (got.state != cases[i].verdict.state || got.no_data != cases[i].verdict.no_data ||
                got.since_s != cases[i].verdict.since_s)
            fail_msg("%s: got state %d, no_data %d, since %u", cases[i].what, got.state,
                    got.no_data, got.since_s);
    }
    health_table_close(reader);
    health_table_close(writer);
}

static struct health_table *new_table_with(const char *id, struct health_verdict verdict)
{
    struct health_table *table = new_table();
    struct health_detail detail = sample(id);
    health_table_put(table, 3, verdict);
    health_table_write(table, 3, &detail);
    return table;
}

/* What is forced is read by everybody, and what is found goes on below it. */
static void a_forced_state_hides_what_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        enum health_state forced;
        struct health_verdict found;
        enum health_state want;
    } cases[] = {
            {"down over up",      HEALTH_DOWN,    {.state = HEALTH_UP, .since_s = 7},                    HEALTH_DOWN},
            {"up over down",      HEALTH_UP,      {.state = HEALTH_DOWN, .no_data = true, .since_s = 8},
             HEALTH_UP                                                                                              },
            {"down over down",    HEALTH_DOWN,    {.state = HEALTH_DOWN, .since_s = UINT32_MAX},
             HEALTH_DOWN                                                                                            },
            {"up without data",   HEALTH_UP,      {.state = HEALTH_UP, .no_data = true, .since_s = 0},
             HEALTH_UP                                                                                              },
            {"nothing is forced", HEALTH_UNKNOWN, {.state = HEALTH_DOWN, .since_s = 9},
             HEALTH_DOWN                                                                                            },
    };
    struct health_table *table = new_table_with(
            "www-eu", (struct health_verdict){.state = HEALTH_UP, .no_data = true, .since_s = 1});
    struct health_table *reader = open_as(table, HEALTH_READ);
    struct health_table *checker = open_as(table, HEALTH_WRITE);

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(health_table_force(table, 3, "www-eu", cases[i].forced), 0);
        health_table_put(checker, 3, cases[i].found);
        struct health_verdict got = health_table_get(reader, 3);
        struct health_verdict found = health_table_found(reader, 3);
        if (got.state != cases[i].want || got.forced != (cases[i].forced != HEALTH_UNKNOWN) ||
                got.no_data != cases[i].found.no_data || got.since_s != cases[i].found.since_s)
            fail_msg("%s: got state %d, forced %d", cases[i].what, got.state, got.forced);
        if (found.state != cases[i].found.state || found.forced ||
                found.no_data != cases[i].found.no_data || found.since_s != cases[i].found.since_s)
            fail_msg("%s: found state %d", cases[i].what, found.state);
    }
    health_table_close(checker);
    health_table_close(reader);
    health_table_close(table);
}

static void the_pace_is_told(void **state)
{
    const struct health_pace pace = {
            1ULL << 40, 2, 3, {4, 5, UINT32_MAX},
                 7
    };
    struct health_table *table;
    (void)state;
    assert_int_equal(health_table_create(&table), 0);
    struct health_table *reader = open_as(table, HEALTH_READ);
    assert_int_equal(health_table_pace(reader).probes, 0);
    health_table_set_pace(table, &pace);
    struct health_pace got = health_table_pace(reader);
    assert_true(got.probes == pace.probes && got.running == 2 && got.held == 3 &&
                got.late_us[0] == 4 && got.late_us[1] == 5 && got.late_us[2] == UINT32_MAX &&
                got.turn_us == 7);
    health_table_close(reader);
    health_table_close(table);
}

/* A guard holds up what is found down; an operator's word is above it, and nothing else can be held. */
static void what_is_held_is_answered_as_up(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        enum health_state found;
        bool held;
        enum health_state forced, want;
        bool told_held;
    } cases[] = {
            {"held",        HEALTH_DOWN, true,  HEALTH_UNKNOWN, HEALTH_UP,   true },
            {"not held",    HEALTH_DOWN, false, HEALTH_UNKNOWN, HEALTH_DOWN, false},
            {"up",          HEALTH_UP,   true,  HEALTH_UNKNOWN, HEALTH_UP,   false},
            {"forced down", HEALTH_DOWN, true,  HEALTH_DOWN,    HEALTH_DOWN, false},
            {"forced up",   HEALTH_DOWN, true,  HEALTH_UP,      HEALTH_UP,   false},
    };
    struct health_table *table =
            new_table_with("www-eu", (struct health_verdict){.state = HEALTH_UP});
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(health_table_force(table, 3, "www-eu", cases[i].forced), 0);
        health_table_put(
                table, 3, (struct health_verdict){.state = cases[i].found, .held = cases[i].held});
        struct health_verdict got = health_table_get(table, 3);
        struct health_verdict found = health_table_found(table, 3);
        if (got.state != cases[i].want || got.held != cases[i].told_held ||
                found.state != cases[i].found ||
                found.held != (cases[i].held && cases[i].found == HEALTH_DOWN))
            fail_msg("%s: state %d, held %d", cases[i].what, got.state, got.held);
    }
    health_table_close(table);
}

/* The bits that answers go by say what the verdict says. */
static void what_an_answer_sees_is_the_verdict(void **state)
{
    (void)state;
    enum {
        P = HEALTH_SEEN_PROBED,
        D = HEALTH_SEEN_DOWN,
        F = HEALTH_SEEN_FORCED
    };
    static const struct {
        const char *what;
        struct health_verdict found;
        enum health_state forced;
        uint32_t want;
    } cases[] = {
            {"up",               {.state = HEALTH_UP, .since_s = UINT32_MAX},      HEALTH_UNKNOWN, P                    },
            {"down",             {.state = HEALTH_DOWN, .since_s = 1},             HEALTH_UNKNOWN, P | D                },
            {"up, not probed",   {.state = HEALTH_UP, .no_data = true},            HEALTH_UNKNOWN, 0                    },
            {"down, not probed", {.state = HEALTH_DOWN, .no_data = true},          HEALTH_UNKNOWN, D                    },
            {"up, suspect",      {.state = HEALTH_UP, .suspect = true},            HEALTH_UNKNOWN,
             P | HEALTH_SEEN_SUSPECT                                                                                    },
            {"down, suspect",    {.state = HEALTH_DOWN, .suspect = true},          HEALTH_UNKNOWN,
             P | D | HEALTH_SEEN_SUSPECT                                                                                },
            {"lacks",            {.state = HEALTH_UP, .lack = 1},                  HEALTH_UNKNOWN, P | HEALTH_SEEN_LACKS},
            {"held",             {.state = HEALTH_DOWN, .held = true},             HEALTH_UNKNOWN, P                    },
            {"forced down",      {.state = HEALTH_UP, .suspect = true, .lack = 9}, HEALTH_DOWN,    F | D                },
            {"forced up",        {.state = HEALTH_DOWN},                           HEALTH_UP,      F                    },
    };
    struct health_table *table =
            new_table_with("www-eu", (struct health_verdict){.state = HEALTH_UP});
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(health_table_force(table, 3, "www-eu", cases[i].forced), 0);
        health_table_put(table, 3, cases[i].found);
        uint32_t seen = health_table_see(table, 3);
        if (seen != cases[i].want)
            fail_msg("%s: seen %#x, not %#x", cases[i].what, seen, cases[i].want);
    }
    assert_int_equal(health_table_see(table, 77), 0);
    assert_int_equal(health_table_see(table, HEALTH_SLOT_NONE), 0);
    health_table_close(table);
}

static void only_the_check_that_is_meant_is_forced(void **state)
{
    (void)state;
    static const struct {
        const char *what, *id;
        uint32_t slot;
    } cases[] = {
            {"another check",      "www-us", 3                 },
            {"a part of the name", "www",    3                 },
            {"a free slot",        "www-eu", 4                 },
            {"no name",            "",       4                 },
            {"no slot",            "www-eu", HEALTH_SLOT_NONE  },
            {"behind the last",    "www-eu", HEALTH_TABLE_SLOTS},
    };
    struct health_table *table =
            new_table_with("www-eu", (struct health_verdict){.state = HEALTH_UP, .since_s = 1});
    uint64_t before = health_table_generation(table);
    for (size_t i = 0; i < COUNT(cases); i++)
        if (health_table_force(table, cases[i].slot, cases[i].id, HEALTH_DOWN) != -ENOENT)
            fail_msg("%s was forced", cases[i].what);
    assert_int_equal(health_table_generation(table), before);
    assert_false(health_table_get(table, 3).forced);
    health_table_close(table);
}

/* Whoever gets the slot next is not forced; nor is one whose word was freed before its name. */
static void freeing_a_slot_ends_what_is_forced(void **state)
{
    (void)state;
    struct health_table *table =
            new_table_with("www-eu", (struct health_verdict){.state = HEALTH_UP, .since_s = 1});
    struct health_detail nothing = {.id = ""};
    struct health_detail next = sample("api");
    uint8_t *raw = map_raw(table);

    assert_int_equal(health_table_force(table, 3, "www-eu", HEALTH_DOWN), 0);
    health_table_write(table, 3, &nothing);
    assert_int_equal(health_table_get(table, 3).state, HEALTH_UNKNOWN);
    health_table_put(
            table, 3, (struct health_verdict){.state = HEALTH_UP, .no_data = true, .since_s = 2});
    health_table_write(table, 3, &next);
    assert_false(health_table_get(table, 3).forced);

    memset(raw + VERDICTS + 3 * 8, 0,
            8); /* as a checker leaves it that was killed while it freed it */
    assert_int_equal(health_table_force(table, 3, "api", HEALTH_DOWN), -ENOENT);
    assert_false(health_table_get(table, 3).forced);
    munmap(raw, TOTAL_BYTES);
    health_table_close(table);
}

static void a_slot_that_does_not_exist_is_unknown(void **state)
{
    (void)state;
    struct health_table *table = new_table();
    struct health_detail detail;
    static const uint32_t slots[] = {0, 77, HEALTH_TABLE_SLOTS, HEALTH_SLOT_NONE};

    for (size_t i = 0; i < COUNT(slots); i++) {
        assert_int_equal(health_table_get(table, slots[i]).state, HEALTH_UNKNOWN);
        assert_int_equal(health_table_read(table, slots[i], &detail), -ENOENT);
    }
    health_table_close(table);
}

static void a_reader_sees_the_last_detail(void **state)
{
    (void)state;
    struct health_table *writer = new_table();
    struct health_table *reader = open_as(writer, HEALTH_READ);
    struct health_detail longest = sample("");
    struct health_detail got;
    memset(longest.id, 'i', HEALTH_ID_MAX);
    memset(longest.type, 'T', sizeof(longest.type) - 1);
    memset(longest.target, 't', HEALTH_TARGET_MAX);
    memset(longest.reason, 'r', HEALTH_REASON_MAX);
    struct health_detail details[] = {sample("www-eu"), sample("x"), longest};

    for (size_t i = 0; i < COUNT(details); i++) {
        memset(&got, 0x55, sizeof(got));
        health_table_write(writer, 3, &details[i]);
        assert_int_equal(health_table_read(reader, 3, &got), 0);
        assert_string_equal(got.id, details[i].id);
        assert_string_equal(got.type, details[i].type);
        assert_string_equal(got.target, details[i].target);
        assert_string_equal(got.reason, details[i].reason);
        assert_memory_equal(
                &got.flags, &details[i].flags, sizeof(got) - offsetof(struct health_detail, flags));
    }
    assert_int_equal(health_table_used(reader), 4);
    health_table_close(reader);
    health_table_close(writer);
}

static void an_empty_id_frees_the_slot(void **state)
{
    (void)state;
    struct health_table *table = new_table();
    struct health_detail detail = sample("www-eu");
    health_table_put(table, 5, (struct health_verdict){.state = HEALTH_DOWN, .since_s = 1});
    health_table_write(table, 5, &detail);

    detail.id[0] = '\0';
    health_table_write(table, 5, &detail);
    assert_int_equal(health_table_read(table, 5, &detail), -ENOENT);
    assert_int_equal(health_table_get(table, 5).state, HEALTH_UNKNOWN);
    assert_int_equal(health_table_used(table), 6);
    health_table_close(table);
}

static void the_generation_grows_with_what_matters(void **state)
{
    (void)state;
    struct health_table *table = new_table();
    struct health_detail detail = sample("www-eu");
    uint64_t before = health_table_generation(table);
#define EXPECT_GROWN(yes)                                                                          \
    do {                                                                                           \
        uint64_t now = health_table_generation(table);                                             \
        assert_int_equal(now > before, (yes));                                                     \
        before = now;                                                                              \
    } while (0)

    health_table_write(table, 0, &detail); /* defined */
    EXPECT_GROWN(true);
    detail.passes++;
    health_table_write(table, 0, &detail); /* only a counter */
    EXPECT_GROWN(false);
    health_table_put(table, 0, (struct health_verdict){.state = HEALTH_DOWN, .since_s = 1});
    EXPECT_GROWN(true);
    health_table_put(
            table, 0, (struct health_verdict){.state = HEALTH_DOWN, .since_s = 1}); /* the same */
    EXPECT_GROWN(false);
    assert_int_equal(health_table_force(table, 0, "www-eu", HEALTH_UP), 0);
    EXPECT_GROWN(true);
    assert_int_equal(health_table_force(table, 0, "www-eu", HEALTH_UP), 0); /* the same */
    EXPECT_GROWN(false);
    assert_int_equal(health_table_force(table, 0, "www-eu", HEALTH_UNKNOWN), 0);
    EXPECT_GROWN(true);
    detail.flags = HEALTH_LEAVING;
    health_table_write(table, 0, &detail);
    EXPECT_GROWN(true);
    detail.id[0] = '\0';
    health_table_write(table, 0, &detail); /* freed */
    EXPECT_GROWN(true);
#undef EXPECT_GROWN
    health_table_close(table);
}

static void the_beat_is_seen(void **state)
{
    (void)state;
    struct health_table *writer = new_table();
    struct health_table *reader = open_as(writer, HEALTH_READ);
    assert_int_equal(health_table_last_beat_ms(reader), 0);
    health_table_beat(writer, 1764000000123);
    assert_int_equal(health_table_last_beat_ms(reader), 1764000000123);
    health_table_close(reader);
    health_table_close(writer);
}

static void silence_is_seen(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint64_t beat_ms;
        uint64_t now_ms;
        bool silent;
    } rows[] = {
            {"never",                 0,             1764000000000, true },
            {"just now",              1764000000000, 1764000000000, false},
            {"at the edge",           1764000000000, 1764000003000, false},
            {"beyond",                1764000000000, 1764000003001, true },
            {"a little ahead",        1764000003000, 1764000000000, false},
            {"before a step back",    1764000003001, 1764000000000, true },
            {"a writer out of order", UINT64_MAX,    1764000000000, true },
    };
    struct health_table *table = new_table();
    for (size_t i = 0; i < COUNT(rows); i++) {
        health_table_beat(table, rows[i].beat_ms);
        if (health_table_is_silent(table, rows[i].now_ms) != rows[i].silent)
            fail_msg("%s: wrong", rows[i].what);
    }
    health_table_close(table);
}

static void a_reader_cannot_write(void **state)
{
    (void)state;
    struct health_table *table = new_table();
    struct health_table *writer = NULL;
    int fd = health_table_export(table, HEALTH_READ);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(health_table_open(&writer, fd, HEALTH_WRITE), -EACCES);
    assert_null(writer);
    assert_int_equal(ftruncate(fd, 0), -1);
    close(fd);
    health_table_close(table);
    health_table_close(NULL);
}

struct bad_memory {
    const char *what;
    size_t size;
    int seals;
    size_t at; /* one byte there is made wrong; 0 changes nothing */
    int want;
};

/* A memfd that holds the header of a real table, spoilt as the case says. */
static int new_memory(const struct bad_memory *bad)
{
    struct health_table *table = new_table();
    uint8_t *raw = map_raw(table);
    uint8_t head[VERDICTS];
    memcpy(head, raw, sizeof(head));
    munmap(raw, TOTAL_BYTES);
    health_table_close(table);
    if (bad->at > 0)
        head[bad->at] ^= 1;

    int fd = memfd_create("bad", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)bad->size), 0);
    if (bad->size >= sizeof(head))
        assert_int_equal(pwrite(fd, head, sizeof(head), 0), sizeof(head));
    assert_int_equal(fcntl(fd, F_ADD_SEALS, bad->seals), 0);
    return fd;
}

static void open_refuses_what_is_no_table(void **state)
{
    (void)state;
    static const struct bad_memory cases[] = {
            {"a good one",              TOTAL_BYTES,     SEALS,       0,              0            },
            {"larger than needed",      TOTAL_BYTES + 1, SEALS,       0,              0            },
            {"empty",                   0,               SEALS,       0,              ERR_TRUNCATED},
            {"shorter than its header", 4095,            SEALS,       0,              ERR_TRUNCATED},
            {"only a header",           4096,            SEALS,       0,              ERR_TRUNCATED},
            {"one byte short",          TOTAL_BYTES - 1, SEALS,       0,              ERR_TRUNCATED},
            {"not sealed",              TOTAL_BYTES,     0,           0,              -EPERM       },
            {"sealed, but may shrink",  TOTAL_BYTES,     F_SEAL_GROW, 0,              -EPERM       },
            {"wrong magic",             TOTAL_BYTES,     SEALS,       3,              ERR_VERSION  },
            {"wrong version",           TOTAL_BYTES,     SEALS,       VERSION_AT,     ERR_VERSION  },
            {"wrong number of slots",   TOTAL_BYTES,     SEALS,       SLOTS_AT,       ERR_VERSION  },
            {"wrong size of a detail",  TOTAL_BYTES,     SEALS,       DETAIL_SIZE_AT, ERR_VERSION  },
            {"wrong offset of words",   TOTAL_BYTES,     SEALS,       WORDS_AT,       ERR_VERSION  },
            {"wrong offset of details", TOTAL_BYTES,     SEALS,       DETAILS_AT,     ERR_VERSION  },
            {"wrong total",             TOTAL_BYTES,     SEALS,       TOTAL_AT,       ERR_VERSION  },
    };
    static const enum health_access accesses[] = {HEALTH_READ, HEALTH_WRITE};

    for (size_t i = 0; i < COUNT(cases) * COUNT(accesses); i++) {
        const struct bad_memory *row = &cases[i / COUNT(accesses)];
        struct health_table *table = NULL;
        int fd = new_memory(row);
        int got = health_table_open(&table, fd, accesses[i % COUNT(accesses)]);
        if (got != row->want || (table != NULL) != (got == 0))
            fail_msg("%s: got %d, want %d", row->what, got, row->want);
        health_table_close(table);
        close(fd);
    }
}

static void open_refuses_what_is_no_memory(void **state)
{
    (void)state;
    struct health_table *table = NULL;
    int pipes[2];
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(health_table_open(&table, file, HEALTH_READ), -EPERM);
    assert_int_equal(health_table_open(&table, pipes[0], HEALTH_READ), -EPERM);
    close(pipes[0]);
    close(pipes[1]);
    close(file);
    assert_int_equal(health_table_open(&table, file, HEALTH_READ), -EBADF);
    assert_null(table);
}

static void check_is_valid(const char *what, const struct health_detail *detail)
{
    const struct {
        const char *text;
        size_t room;
    } texts[] = {
            {detail->id,     sizeof(detail->id)    },
            {detail->type,   sizeof(detail->type)  },
            {detail->target, sizeof(detail->target)},
            {detail->reason, sizeof(detail->reason)},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (memchr(texts[i].text, '\0', texts[i].room) == NULL)
            fail_msg("%s: string %zu does not end", what, i);
        for (const char *at = texts[i].text; *at != '\0'; at++)
            if (*at < ' ' || *at > '~')
                fail_msg("%s: string %zu holds byte %d", what, i, *at);
    }
    if (detail->flags > HEALTH_FLAGS || detail->raw_state > HEALTH_DOWN || detail->streak > 10 ||
            detail->last_outcome > 3 || detail->fall > 10 || detail->rise > 10)
        fail_msg("%s: flags %u, state %u, streak %u, outcome %u, fall %u, rise %u", what,
                detail->flags, detail->raw_state, detail->streak, detail->last_outcome,
                detail->fall, detail->rise);
}

static void hostile_memory_gives_valid_values(void **state)
{
    (void)state;
    static const uint8_t fills[] = {0xff, 0x01, 0x0a, 0x7f, 0x80, 0x41, 0x03, 0x02, 0x05};
    struct health_table *table = new_table();
    struct health_table *reader = open_as(table, HEALTH_READ);
    uint8_t *raw = map_raw(table);
    static const uint32_t slots[] = {0, 1, HEALTH_TABLE_SLOTS - 1};

    memset(raw + USED_AT, 0xff, 8);
    assert_int_equal(health_table_used(reader), HEALTH_TABLE_SLOTS);
    for (size_t i = 0; i < COUNT(fills) * COUNT(slots); i++) {
        uint8_t fill = fills[i / COUNT(slots)];
        uint32_t slot = slots[i % COUNT(slots)];
        struct health_detail detail;
        memset(raw + VERDICTS + (size_t)slot * 8, fill, 8);
        memset(raw + DETAILS + (size_t)slot * DETAIL_BYTES, fill, DETAIL_BYTES);
        struct health_verdict got_verdict = health_table_get(reader, slot);
        if (got_verdict.state > HEALTH_DOWN)
            fail_msg("fill %02x: state %d", fill, got_verdict.state);
        if (got_verdict.forced && health_table_found(reader, slot).state == HEALTH_UNKNOWN)
            fail_msg("fill %02x: forced without a state", fill);
        int got = health_table_read(reader, slot, &detail);
        if (got != (fill % 2 == 1 ? ERR_TORN : 0))
            fail_msg("fill %02x: read gave %d", fill, got);
        check_is_valid("hostile", &detail);
    }
    munmap(raw, TOTAL_BYTES);
    health_table_close(reader);
    health_table_close(table);
}

static void a_torn_detail_is_told_and_mended(void **state)
{
    (void)state;
    struct health_table *table = new_table();
    uint8_t *raw = map_raw(table);
    struct health_detail detail = sample("www-eu"), got;
    health_table_put(table, 0, (struct health_verdict){.state = HEALTH_DOWN, .since_s = 9});
    health_table_write(table, 0, &detail);
    health_table_write(table, 1, &detail);
    raw[DETAILS] |= 1;                /* as a writer leaves it that was killed */
    raw[DETAILS + DETAIL_BYTES] |= 1; /* and one that was killed while it renamed the slot */
    memset(raw + DETAILS + DETAIL_BYTES + 8, 0, 8);

    assert_int_equal(health_table_read(table, 0, &got), ERR_TORN);
    assert_string_equal(got.id, "www-eu");
    assert_string_equal(got.reason, detail.reason);
    struct health_table *reader = open_as(table, HEALTH_READ);
    assert_int_equal(health_table_read(reader, 0, &got), ERR_TORN);
    struct health_table *writer = open_as(table, HEALTH_WRITE);
    assert_int_equal(health_table_read(reader, 0, &got), 0);
    assert_string_not_equal(got.reason, detail.reason);
    assert_non_null(strstr(got.reason, "killed"));
    memcpy(got.reason, detail.reason, sizeof(got.reason));
    assert_memory_equal(&got, &detail, sizeof(got));
    assert_int_equal(health_table_get(reader, 0).state, HEALTH_DOWN);
    assert_int_equal(health_table_read(reader, 1, &got), -ENOENT);

    munmap(raw, TOTAL_BYTES);
    health_table_close(writer);
    health_table_close(reader);
    health_table_close(table);
}

/* State, no_data and time move together. */
static struct health_verdict verdict_number(uint32_t i)
{
    return (struct health_verdict){
            .state = i % 2 ? HEALTH_UP : HEALTH_DOWN, .no_data = i % 2 == 1, .since_s = i};
}

static void *write_verdicts(void *table)
{
    for (uint32_t i = 1; i <= WRITES; i++)
        health_table_put(table, 0, verdict_number(i));
    return NULL;
}

/* Read through the writer's own mapping, which the thread sanitizer can follow, and through another
 * one, as the responder does. */
static void a_verdict_is_never_torn(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        pthread_t thread;
        struct health_table *writer = new_table();
        struct health_table *other = open_as(writer, HEALTH_READ);
        const struct health_table *reader = own ? writer : other;
        assert_int_equal(pthread_create(&thread, NULL, write_verdicts, writer), 0);

        for (struct health_verdict got = {0}; got.since_s < WRITES;) {
            got = health_table_get(reader, 0);
            struct health_verdict want = verdict_number(got.since_s);
            if (got.state != HEALTH_UNKNOWN &&
                    (got.state != want.state || got.no_data != want.no_data))
                fail_msg("torn at %u: state %d, no_data %d", got.since_s, got.state, got.no_data);
        }
        pthread_join(thread, NULL);
        health_table_close(other);
        health_table_close(writer);
    }
}

struct two_writers {
    struct health_table *table;
    uint32_t lost; /* of what the second thread wrote */
    _Atomic bool ended;
};

static void *force_and_end(void *context)
{
    struct two_writers *both = context;
    for (uint32_t i = 0; i < FORCES; i++) {
        enum health_state state = i % 2 == 0 ? HEALTH_DOWN : HEALTH_UNKNOWN;
        both->lost += health_table_force(both->table, 0, "www-eu", state) != 0;
        both->lost += health_table_get(both->table, 0).forced != (i % 2 == 0);
    }
    atomic_store(&both->ended, true);
    return NULL;
}

/* The checker finds something new all the time while an operator forces and ends: neither loses what it
 * has written to the other. */
static void two_writers_of_a_word_lose_nothing(void **state)
{
    (void)state;
    pthread_t thread;
    struct two_writers both = {.table = new_table()};
    struct health_detail detail = sample("www-eu");
    uint32_t lost = 0;
    uint32_t writes = 0;
    health_table_put(both.table, 0, verdict_number(0));
    health_table_write(both.table, 0, &detail);
    uint64_t changes = health_table_changes_now(both.table);
    assert_int_equal(pthread_create(&thread, NULL, force_and_end, &both), 0);
    for (uint32_t i = 1; !atomic_load(&both.ended); i++) {
        health_table_put(both.table, 0, verdict_number(i));
        writes++;
        struct health_verdict got = health_table_found(both.table, 0);
        lost += got.since_s != i || got.state != verdict_number(i).state;
    }
    pthread_join(thread, NULL);
    if (lost + both.lost > 0)
        fail_msg("%u of what was found and %u of what was forced", lost, both.lost);
    /* Nor is a change left out that readers must be told. */
    changes += writes + (uint64_t)FORCES * HEALTH_CHANGES_KEPT;
    assert_int_equal(health_table_changes_now(both.table), changes);
    health_table_close(both.table);
}

/* Every field is made of the same number. */
static void set_detail_number(struct health_detail *detail, uint32_t i)
{
    memset(detail->type, 'a' + (int)(i % 26), 8);
    memset(detail->target, 'a' + (int)(i % 26), 64);
    memset(detail->reason, 'a' + (int)(i % 26), HEALTH_REASON_MAX);
    detail->passes = detail->fails = detail->inconclusives = detail->changes = i;
    detail->since_ms = detail->last_probe_ms = detail->duration_ms = i;
    detail->interval_ms = detail->timeout_ms = detail->linger_ms = i;
}

static bool detail_is_whole(const struct health_detail *detail)
{
    struct health_detail want = *detail;
    set_detail_number(&want, (uint32_t)detail->passes);
    return memcmp(&want, detail, sizeof(want)) == 0;
}

struct race {
    struct health_table *table;
    _Atomic bool ended;
};

static void *write_details(void *context)
{
    struct race *race = context;
    struct health_detail detail = sample("www-eu");
    for (uint32_t i = 1; i <= DETAIL_WRITES; i++) {
        set_detail_number(&detail, i);
        health_table_write(race->table, 0, &detail);
    }
    atomic_store(&race->ended, true);
    return NULL;
}

static void a_detail_is_never_torn(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        pthread_t thread;
        struct race race = {.table = new_table()};
        struct health_detail got = sample("www-eu");
        set_detail_number(&got, 0);
        health_table_write(race.table, 0, &got);
        struct health_table *other = open_as(race.table, HEALTH_READ);
        assert_int_equal(pthread_create(&thread, NULL, write_details, &race), 0);

        while (!atomic_load(&race.ended)) {
            int result = health_table_read(own ? race.table : other, 0, &got);
            if (result != 0 && result != ERR_TORN)
                fail_msg("read gave %d", result);
            if (result == 0 && !detail_is_whole(&got))
                fail_msg("torn at %llu", (unsigned long long)got.passes);
            check_is_valid("while it is written", &got);
        }
        pthread_join(thread, NULL);
        assert_int_equal(health_table_read(race.table, 0, &got), 0);
        assert_int_equal(got.passes, DETAIL_WRITES);
        health_table_close(other);
        health_table_close(race.table);
    }
}

static const char first_name[] = "a-check-with-a-long-name";
static const char other_name[] = "b-check-called-otherwise";

/* Writes until it is killed: slot 0 changes its numbers, slot 1 its name too. */
static void write_for_ever(struct health_table *table, int ready_fd)
{
    struct health_detail numbers = sample(first_name);
    struct health_detail names[] = {sample(first_name), sample(other_name)};
    for (uint32_t i = 0;; i++) {
        set_detail_number(&numbers, i);
        health_table_write(table, 0, &numbers);
        health_table_write(table, 1, &names[i % 2]);
        if (i == 100 && write(ready_fd, "", 1) != 1)
            _exit(1);
    }
}

static void kill_a_writer(const struct health_table *table)
{
    int pipes[2];
    char byte;
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        /* It writes for ever, and must not outlive a test that is killed. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        struct health_table *writer = NULL;
        int fd = health_table_export(table, HEALTH_WRITE);
        if (health_table_open(&writer, fd, HEALTH_WRITE) == 0)
            write_for_ever(writer, pipes[1]);
        _exit(1);
    }
    close(pipes[1]);
    ssize_t got = read(pipes[0], &byte, 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(got, 1);
    close(pipes[0]);
}

static void a_killed_writer_leaves_a_table_that_can_be_used(void **state)
{
    (void)state;
    struct health_table *table = new_table();
    for (uint32_t i = 0; i < KILLS; i++) {
        struct health_detail got;
        kill_a_writer(table);
        struct health_table *writer = open_as(table, HEALTH_WRITE);

        assert_int_equal(health_table_read(writer, 0, &got), 0);
        assert_string_equal(got.id, first_name);
        check_is_valid("numbers", &got);
        if (strstr(got.reason, "killed") == NULL && !detail_is_whole(&got))
            fail_msg("kill %u: torn, and not mended", i);
        int result = health_table_read(writer, 1, &got);
        if (result != -ENOENT && result != 0)
            fail_msg("kill %u: read gave %d", i, result);
        if (result == 0 && strcmp(got.id, first_name) != 0 && strcmp(got.id, other_name) != 0)
            fail_msg("kill %u: half a name: %s", i, got.id);
        health_table_close(writer);
    }
    health_table_close(table);
}

static const struct health_verdict up = {.state = HEALTH_UP};
static const struct health_verdict down = {.state = HEALTH_DOWN};

static void changes_are_told_until_they_are_too_many(void **state)
{
    (void)state;
    struct health_table *table = new_table();
    uint64_t cursor = health_table_changes_now(table);
    uint32_t slots[HEALTH_CHANGES_KEPT];

    assert_int_equal(health_table_changes(table, &cursor, slots), 0);
    for (uint32_t i = 0; i < HEALTH_CHANGES_KEPT - 1; i++)
        health_table_put(table, 1000 + i, up);
    health_table_put(table, 1000, up); /* no change */
    uint64_t other = cursor;
    assert_int_equal(health_table_changes(table, &cursor, slots), HEALTH_CHANGES_KEPT - 1);
    for (uint32_t i = 0; i < HEALTH_CHANGES_KEPT - 1; i++)
        assert_int_equal(slots[i], 1000 + i);
    assert_int_equal(health_table_changes(table, &cursor, slots), 0);

    health_table_put(table, 7, down);
    assert_int_equal(health_table_changes(table, &cursor, slots), 1);
    assert_int_equal(slots[0], 7);
    assert_int_equal(health_table_changes(table, &other, slots), HEALTH_CHANGES_LOST);
    assert_int_equal(other, cursor);
    health_table_close(table);
}

/* The places are the checker's, so what is forced is told as a flood; what the checker tells after it is
 * where readers look. */
static void a_force_says_that_anything_may_have_changed(void **state)
{
    (void)state;
    struct health_table *table =
            new_table_with("www-eu", (struct health_verdict){.state = HEALTH_UP, .since_s = 1});
    uint32_t slots[HEALTH_CHANGES_KEPT];
    for (int round = 0; round < 2; round++) {
        uint64_t cursor = health_table_changes_now(table);
        enum health_state forced = round == 0 ? HEALTH_DOWN : HEALTH_UNKNOWN;
        assert_int_equal(health_table_force(table, 3, "www-eu", forced), 0);
        assert_int_equal(health_table_changes(table, &cursor, slots), HEALTH_CHANGES_LOST);
        assert_int_equal(health_table_force(table, 3, "www-eu", forced), 0); /* no change */
        assert_int_equal(health_table_changes(table, &cursor, slots), 0);
        health_table_put(table, 7, verdict_number((uint32_t)round + 1));
        assert_int_equal(health_table_changes(table, &cursor, slots), 1);
        assert_int_equal(slots[0], 7);
    }
    health_table_close(table);
}

/* Whoever asks what would be starts from what answers go by, and may assume something else even of a check
 * that is forced. */
static void a_copy_holds_what_answers_go_by(void **state)
{
    (void)state;
    struct health_table *copy = NULL;
    struct health_table *table =
            new_table_with("www-eu", (struct health_verdict){.state = HEALTH_UP, .since_s = 1});
    assert_int_equal(health_table_force(table, 3, "www-eu", HEALTH_DOWN), 0);
    assert_int_equal(health_table_copy_verdicts(table, &copy), 0);
    assert_int_equal(health_table_get(copy, 3).state, HEALTH_DOWN);
    health_table_put(copy, 3, (struct health_verdict){.state = HEALTH_UP});
    assert_int_equal(health_table_get(copy, 3).state, HEALTH_UP);
    assert_int_equal(health_table_get(table, 3).state, HEALTH_DOWN);
    health_table_close(copy);
    health_table_close(table);
}

/* A place that was left is taken again; beyond the last nothing is kept, and what is kept stays right. */
static void who_is_raised_is_kept(void **state)
{
    (void)state;
    static struct health_raised raised[HEALTH_RAISED_MAX];
    struct health_table *table = new_table();

    assert_int_equal(health_table_raised(table, raised), 0);
    for (uint64_t guard = 0; guard <= HEALTH_RAISED_MAX; guard++)
        health_table_set_raised(table, guard, 1000 + guard);
    assert_int_equal(health_table_raised(table, raised), HEALTH_RAISED_MAX);
    assert_int_equal(health_table_raised_since(table, 0), 1000);
    assert_int_equal(health_table_raised_since(table, HEALTH_RAISED_MAX), 0);
    health_table_set_raised(table, 7, 0);
    assert_int_equal(health_table_raised_since(table, 7), 0);
    assert_int_equal(health_table_raised(table, raised), HEALTH_RAISED_MAX - 1);
    health_table_set_raised(table, 7, 0); /* it is not there: nothing is taken for it */
    health_table_set_raised(table, HEALTH_RAISED_MAX, 5);
    health_table_set_raised(table, 9, 6);
    assert_int_equal(health_table_raised_since(table, HEALTH_RAISED_MAX), 5);
    assert_int_equal(health_table_raised_since(table, 9), 6);
    assert_int_equal(raised[7].guard, 8); /* the one behind it, when it was free */
    health_table_keep_raised(table, (const uint64_t[]){9, 3, 7, HEALTH_RAISED_MAX + 1}, 4);
    assert_int_equal(health_table_raised(table, raised), 2);
    assert_int_equal(health_table_raised_since(table, 3), 1003);
    assert_int_equal(health_table_raised_since(table, 9), 6);
    health_table_keep_raised(table, NULL, 0);
    assert_int_equal(health_table_raised(table, raised), 0);
    health_table_close(table);
}

/* A writer that was killed may have changed what it did not tell. */
static void a_new_writer_says_that_anything_may_have_changed(void **state)
{
    (void)state;
    struct health_table *table = new_table();
    struct health_table *writer = NULL;
    uint32_t slots[HEALTH_CHANGES_KEPT];
    uint64_t cursor = health_table_changes_now(table);
    int fd = health_table_export(table, HEALTH_WRITE);

    assert_true(fd >= 0);
    assert_int_equal(health_table_open(&writer, fd, HEALTH_WRITE), 0);
    assert_int_equal(health_table_changes(table, &cursor, slots), HEALTH_CHANGES_LOST);
    assert_int_equal(health_table_changes(table, &cursor, slots), 0);
    health_table_close(writer);
    close(fd);
    health_table_close(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_reader_sees_the_last_verdict),
            cmocka_unit_test(a_forced_state_hides_what_is_found),
            cmocka_unit_test(what_is_held_is_answered_as_up),
            cmocka_unit_test(what_an_answer_sees_is_the_verdict),
            cmocka_unit_test(the_pace_is_told),
            cmocka_unit_test(only_the_check_that_is_meant_is_forced),
            cmocka_unit_test(freeing_a_slot_ends_what_is_forced),
            cmocka_unit_test(a_slot_that_does_not_exist_is_unknown),
            cmocka_unit_test(a_reader_sees_the_last_detail),
            cmocka_unit_test(an_empty_id_frees_the_slot),
            cmocka_unit_test(the_generation_grows_with_what_matters),
            cmocka_unit_test(changes_are_told_until_they_are_too_many),
            cmocka_unit_test(a_force_says_that_anything_may_have_changed),
            cmocka_unit_test(a_copy_holds_what_answers_go_by),
            cmocka_unit_test(who_is_raised_is_kept),
            cmocka_unit_test(a_new_writer_says_that_anything_may_have_changed),
            cmocka_unit_test(the_beat_is_seen),
            cmocka_unit_test(silence_is_seen),
            cmocka_unit_test(a_reader_cannot_write),
            cmocka_unit_test(open_refuses_what_is_no_table),
            cmocka_unit_test(open_refuses_what_is_no_memory),
            cmocka_unit_test(hostile_memory_gives_valid_values),
            cmocka_unit_test(a_torn_detail_is_told_and_mended),
            cmocka_unit_test(a_verdict_is_never_torn),
            cmocka_unit_test(two_writers_of_a_word_lose_nothing),
            cmocka_unit_test(a_detail_is_never_torn),
            cmocka_unit_test(a_killed_writer_leaves_a_table_that_can_be_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
