/* state.c -- see state.h; the file is laid out in docs/formats/health-table.md. */
#include "health/state.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "health/verdict.h"

#define FILE_VERSION   5U
#define HEADER_BYTES   32U
#define RECORD_BYTES   576U
#define RAISED_BYTES   16U
#define CHECKSUM_BYTES 8U
#define FILE_MIN       (HEADER_BYTES + CHECKSUM_BYTES)
#define FILE_MAX                                                                                   \
    (FILE_MIN + (size_t)HEALTH_TABLE_SLOTS * RECORD_BYTES +                                        \
            (size_t)HEALTH_RAISED_MAX * RAISED_BYTES)
#define ID_ROOM 72U

/* How a check is probed and counted is told anew by whoever reads the definitions; what lets raw state and verdict
 * differ is kept. */
#define FLAGS_KEPT                                                                                 \
    ((uint32_t)(HEALTH_DEFINED | HEALTH_LEAVING | HEALTH_DISABLED | HEALTH_INVERTED |              \
                HEALTH_SHADOW))

#define FNV_OFFSET 0xcbf29ce484222325U
#define FNV_PRIME  0x100000001b3U

static const uint8_t magic[4] = {'H', 'F', 'H', 'S'};

struct record {
    uint32_t slot;
    struct health_verdict verdict;
    struct health_detail detail;
};

/* FNV-1a.  Any one changed byte changes it: each step is a bijection of the sum so far. */
static uint64_t checksum(const uint8_t *bytes, size_t length)
{
    uint64_t sum = FNV_OFFSET;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ bytes[i]) * FNV_PRIME;
    return sum;
}

/* Numbers are little-endian, wherever the file was written. */
static void put(uint8_t **at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        *(*at)++ = (uint8_t)(value >> (8 * i));
}

static uint64_t take(const uint8_t **at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t) * (*at)++ << (8 * i);
    return value;
}

static uint32_t take32(const uint8_t **at)
{
    return (uint32_t)take(at, 4);
}

static void put_text(uint8_t **at, const char *text, size_t room)
{
    size_t length = strlen(text);
    memcpy(*at, text, length);
    memset(*at + length, 0, room - length);
    *at += room;
}

/* `to` has `max` bytes and a NUL.  Sticky: `*valid` becomes false if it is no ended, printable text. */
static void take_text(const uint8_t **at, size_t room, char *to, size_t max, bool *valid)
{
    size_t length = strnlen((const char *)*at, room);

    if (length > max)
        *valid = false;
    for (size_t i = 0; i < room; i++)
        if (i < length ? (*at)[i] < ' ' || (*at)[i] > '~' : (*at)[i] != 0)
            *valid = false;
    if (*valid)
        memcpy(to, *at, length + 1);
    *at += room;
}

static void put_record(uint8_t **at, const struct record *record)
{
    const struct health_detail *detail = &record->detail;

    put(at, record->slot, 4);
    put(at, record->verdict.state, 1);
    put(at, record->verdict.no_data, 1);
    put(at, record->verdict.held, 1);
    put(at, 0, 1);
    put(at, record->verdict.since_s, 4);
    put(at, detail->answer_changes, 4);
    put_text(at, detail->id, ID_ROOM);
    put_text(at, detail->type, sizeof(detail->type));
    put_text(at, detail->target, sizeof(detail->target));
    put_text(at, detail->reason, sizeof(detail->reason));
    put(at, detail->flags & FLAGS_KEPT, 4);
    put(at, detail->raw_state, 4);
    put(at, detail->streak, 4);
    put(at, detail->last_outcome, 4);
    put(at, detail->passes, 8);
    put(at, detail->fails, 8);
    put(at, detail->inconclusives, 8);
    put(at, detail->changes, 8);
    put(at, detail->since_ms, 8);
    put(at, detail->last_probe_ms, 8);
    put(at, detail->duration_ms, 8);
    put(at, detail->unsettled_ms, 8);
}

static bool numbers_are_valid(const struct health_detail *detail)
{
    return (detail->flags & ~FLAGS_KEPT) == 0 && detail->raw_state <= HEALTH_DOWN &&
           detail->streak <= VERDICT_THRESHOLD_MAX &&
           detail->last_outcome <= (uint32_t)VERDICT_INCONCLUSIVE + 1;
}

/* Returns false if it is no record that put_record() wrote. */
static bool take_record(const uint8_t **at, struct record *record)
{
    struct health_detail *detail = &record->detail;
    bool valid = true;

    *record = (struct record){.slot = take32(at)};
    uint64_t verdict_state = take(at, 1);
    uint64_t no_data = take(at, 1);
    uint64_t held = take(at, 1);
    uint64_t reserved = take(at, 1);
    record->verdict.state = (enum health_state)verdict_state;
    record->verdict.no_data = no_data == 1;
    record->verdict.held = held == 1;
    record->verdict.since_s = take32(at);
    detail->answer_changes = take32(at);
    take_text(at, ID_ROOM, detail->id, HEALTH_ID_MAX, &valid);
    take_text(at, sizeof(detail->type), detail->type, sizeof(detail->type) - 1, &valid);
    take_text(at, sizeof(detail->target), detail->target, HEALTH_TARGET_MAX, &valid);
    take_text(at, sizeof(detail->reason), detail->reason, HEALTH_REASON_MAX, &valid);
    detail->flags = take32(at);
    detail->raw_state = take32(at);
    detail->streak = take32(at);
    detail->last_outcome = take32(at);
    detail->passes = take(at, 8);
    detail->fails = take(at, 8);
    detail->inconclusives = take(at, 8);
    detail->changes = take(at, 8);
    detail->since_ms = take(at, 8);
    detail->last_probe_ms = take(at, 8);
    detail->duration_ms = take(at, 8);
    detail->unsettled_ms = take(at, 8);
    return valid && detail->id[0] != '\0' && record->slot < HEALTH_TABLE_SLOTS && reserved == 0 &&
           verdict_state <= HEALTH_DOWN && no_data <= 1 && held <= 1 && numbers_are_valid(detail);
}

/* Returns how many guards are raised. */
static uint32_t put_raised(uint8_t **at, const struct health_table *table)
{
    struct health_raised raised[HEALTH_RAISED_MAX];
    uint32_t count = health_table_raised(table, raised);

    for (uint32_t i = 0; i < count; i++) {
        put(at, raised[i].guard, 8);
        put(at, raised[i].since_ms, 8);
    }
    return count;
}

/* A new buffer with the whole file. */
static uint8_t *build(const struct health_table *table, size_t *length)
{
    uint32_t used = health_table_used(table);
    uint8_t *bytes = mem_alloc(
            FILE_MIN + (size_t)used * RECORD_BYTES + (size_t)HEALTH_RAISED_MAX * RAISED_BYTES);
    uint8_t *at = bytes + HEADER_BYTES;
    uint32_t count = 0;

    for (uint32_t slot = 0; slot < used; slot++) {
        struct record record = {.slot = slot, .verdict = health_table_found(table, slot)};
        /* One that is torn (its writer was stopped there) is better than none. */
        int result = health_table_read(table, slot, &record.detail);
        if (result != 0 && result != ERR_TORN)
            continue;
        put_record(&at, &record);
        count++;
    }
    uint32_t raised = put_raised(&at, table);
    size_t total = (size_t)(at - bytes) + CHECKSUM_BYTES;
    uint8_t *head = bytes;
    memcpy(head, magic, sizeof(magic));
    head += sizeof(magic);
    put(&head, FILE_VERSION, 4);
    put(&head, total, 8);
    put(&head, count, 4);
    put(&head, RECORD_BYTES, 4);
    put(&head, raised, 4);
    put(&head, 0, 4);
    put(&at, checksum(bytes, total - CHECKSUM_BYTES), 8);
    *length = total;
    return bytes;
}

int health_state_save(const struct health_table *table, const char *path)
{
    size_t length;
    uint8_t *bytes = build(table, &length);
    int error = file_replace(path, bytes, length);
    free(bytes);
    return error;
}

/* Returns 0 and new bytes in *ret, as many as a frame has at least. */
static int read_file(const char *path, char **ret, size_t *length)
{
    int error = file_load(path, FILE_MAX, ret, length);
    if (error != 0)
        return error == ERR_TOO_LARGE || error == -EINVAL ? ERR_SYNTAX : error;
    if (*length >= FILE_MIN)
        return 0;
    free(*ret);
    return ERR_TRUNCATED;
}

/* How many there are of what the file holds. */
struct counts {
    uint32_t records, raised;
};

/* Checks everything that can be checked before a record is looked at. */
static int check_frame(const uint8_t *bytes, size_t length, struct counts *ret)
{
    const uint8_t *at = bytes + sizeof(magic);
    const uint8_t *end = bytes + length - CHECKSUM_BYTES;

    if (memcmp(bytes, magic, sizeof(magic)) != 0)
        return ERR_SYNTAX;
    if (take32(&at) != FILE_VERSION)
        return ERR_VERSION;
    uint64_t total = take(&at, 8);
    if (total != length)
        return length < total ? ERR_TRUNCATED : ERR_SYNTAX;
    uint64_t records = take(&at, 4);
    uint64_t record_bytes = take(&at, 4);
    uint64_t raised = take(&at, 4);
    uint64_t reserved = take(&at, 4);
    if (record_bytes != RECORD_BYTES || raised > HEALTH_RAISED_MAX || reserved != 0 ||
            FILE_MIN + records * RECORD_BYTES + raised * RAISED_BYTES != length)
        return ERR_SYNTAX;
    if (take(&end, 8) != checksum(bytes, length - CHECKSUM_BYTES))
        return ERR_CHECKSUM;
    *ret = (struct counts){(uint32_t)records, (uint32_t)raised};
    return 0;
}

/* Slots must rise, so that none comes twice; and who is raised is so since some time. */
static bool content_is_valid(const uint8_t *at, const struct counts *counts)
{
    struct record record;
    uint64_t next = 0;
    bool valid = true;

    for (uint32_t i = 0; i < counts->records; i++) {
        if (!take_record(&at, &record) || record.slot < next)
            return false;
        next = (uint64_t)record.slot + 1;
    }
    for (uint32_t i = 0; i < counts->raised; i++) {
        (void)take(&at, 8);
        valid &= take(&at, 8) != 0;
    }
    return valid;
}

static void apply(struct health_table *table, const uint8_t *at, const struct counts *counts)
{
    struct record record;

    for (uint32_t i = 0; i < counts->records && take_record(&at, &record); i++) {
        health_table_put(table, record.slot, record.verdict);
        health_table_write(table, record.slot, &record.detail);
    }
    for (uint32_t i = 0; i < counts->raised; i++) {
        uint64_t guard = take(&at, 8);
        health_table_set_raised(table, guard, take(&at, 8));
    }
}

int health_state_load(struct health_table *table, const char *path)
{
    char *file = NULL;
    size_t length = 0;
    struct counts counts;
    int error = read_file(path, &file, &length);
    if (error != 0)
        return error;

    const uint8_t *bytes = (const uint8_t *)file;
    error = check_frame(bytes, length, &counts);
    if (error == 0 && !content_is_valid(bytes + HEADER_BYTES, &counts))
        error = ERR_SYNTAX;
    if (error == 0)
        apply(table, bytes + HEADER_BYTES, &counts);
    free(file);
    return error;
}
