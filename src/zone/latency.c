/* latency.c -- see latency.h.
 *
 * Lines are read one by one into a flat list; sorted by network and region it gives the rows, and shows
 * what was measured twice.  Places of faults are found again by walking the text: there are few faults.
 */
#include "zone/latency.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "zone/network.h"

#define FIELDS     3U
#define FIELD_MAX  128U /* bytes of one */
#define FIRST_ROOM 1024U
#define US_DIGITS  3U /* of a millisecond */

/* The bytes of a struct client that make it what it is: all up to the end of its address. */
#define NETWORK_BYTES (offsetof(struct client, address) + CLIENT_ADDRESS_BYTES)

static const char byte_order_mark[] = "\xef\xbb\xbf"; /* what spreadsheets write before UTF-8 */
static const char *const header[FIELDS] = {"prefix", "region", "rtt_ms"};

/* One line. */
struct measurement {
    uint32_t network; /* a number of the reading's networks */
    uint32_t region;
    uint32_t rtt_us;
    uint32_t offset; /* of the line's first field in the text */
};

struct field {
    size_t offset;
    size_t length;
    char text[FIELD_MAX + 1];
};

struct reading {
    const char *file;
    const char *text;
    size_t length;
    struct latency *latency;
    struct intern *networks; /* NETWORK_BYTES of each */
    struct measurement *list;
    uint32_t count;
    uint32_t room;
    uint32_t faults;
    bool any_line;
    struct diag *diag;
};

/* ------------------------------------------------------------------ faults */

static struct diag_place place_at(const struct reading *reading, size_t offset)
{
    struct diag_place place = {reading->file, 1, 1};

    for (size_t i = 0; i < offset; i++) {
        place.column++;
        if (reading->text[i] != '\n')
            continue;
        place.line++;
        place.column = 1;
    }
    return place;
}

PRINTF(3, 4)
static void fault(struct reading *reading, size_t offset, const char *format, ...)
{
    struct buf text;
    va_list arguments;

    if (reading->faults++ >= LATENCY_FAULTS_MAX)
        return;
    buf_init(&text, 512);
    va_start(arguments, format);
    buf_vprintf(&text, format, arguments);
    va_end(arguments);
    diag_error(reading->diag, place_at(reading, offset), "%s", buf_string(&text));
    if (reading->faults == LATENCY_FAULTS_MAX)
        diag_error(reading->diag, place_at(reading, offset),
                "the reading ends here, after %u faults", LATENCY_FAULTS_MAX);
    buf_done(&text);
}

/* ------------------------------------------------------------------ fields */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Copies the text from `start` to `end` without the blanks around it. */
static bool read_field(struct reading *reading, size_t start, size_t end, struct field *ret)
{
    while (start < end && is_blank(reading->text[start]))
        start++;
    while (end > start && is_blank(reading->text[end - 1]))
        end--;
    ret->offset = start;
    ret->length = end - start;
    if (ret->length > FIELD_MAX) {
        fault(reading, start, "a field of %zu bytes; at most %u are read", ret->length, FIELD_MAX);
        return false;
    }
    for (size_t i = start; i < end; i++) {
        unsigned char c = (unsigned char)reading->text[i];
        if (c >= ' ' && c != 0x7f)
            continue;
        fault(reading, i, "control byte 0x%02x", c);
        return false;
    }
    memcpy(ret->text, reading->text + start, ret->length);
    ret->text[ret->length] = '\0';
    return true;
}

static bool read_network(struct reading *reading, const struct field *field, uint32_t *ret)
{
    struct client network;
    struct buf why;
    bool good = false;

    buf_init(&why, 256);
    if (network_parse(field->text, &network, &why) < 0)
        fault(reading, field->offset, "%s", buf_string(&why));
    else
        good = true;
    buf_done(&why);
    if (!good)
        return false;
    *ret = intern_add(reading->networks, &network, NETWORK_BYTES);
    if (*ret < LATENCY_PREFIXES_MAX)
        return true;
    fault(reading, field->offset, "more than %u prefixes", LATENCY_PREFIXES_MAX);
    return false;
}

static bool read_region(struct reading *reading, const struct field *field, uint32_t *ret)
{
    bool printable = field->length > 0;

    for (size_t i = 0; i < field->length; i++)
        printable &= field->text[i] > ' ' && field->text[i] <= '~';
    if (!printable || field->length > LATENCY_REGION_MAX) {
        fault(reading, field->offset,
                "\"%.64s\" is no region: wanted 1 to %u printable characters without blanks",
                field->text, LATENCY_REGION_MAX);
        return false;
    }
    *ret = intern_add(reading->latency->regions, field->text, (uint32_t)field->length + 1);
    if (*ret < LATENCY_REGIONS_MAX)
        return true;
    fault(reading, field->offset, "more than %u regions", LATENCY_REGIONS_MAX);
    return false;
}

/* Milliseconds with a fraction, as microseconds; digits behind those are left out. */
static bool parse_time(const char *text, uint32_t *ret)
{
    const char *digits = "0123456789";
    size_t whole = strspn(text, digits);
    const char *fraction = text + whole + (text[whole] == '.');
    size_t fraction_length = text[whole] == '.' ? strspn(fraction, digits) : 0;
    uint64_t time_us = 0;

    if (whole + fraction_length == 0 || fraction[fraction_length] != '\0')
        return false;
    for (size_t i = 0; i < whole; i++) {
        time_us = time_us * 10 + (uint64_t)(text[i] - '0');
        if (time_us > LATENCY_RTT_MAX_MS)
            return false;
    }
    for (size_t i = 0; i < US_DIGITS; i++)
        time_us = time_us * 10 + (i < fraction_length ? (uint64_t)(fraction[i] - '0') : 0);
    if (time_us > LATENCY_RTT_MAX_MS * 1000ULL)
        return false;
    *ret = (uint32_t)time_us;
    return true;
}

static bool read_time(struct reading *reading, const struct field *field, uint32_t *ret)
{
    if (parse_time(field->text, ret))
        return true;
    fault(reading, field->offset,
            "\"%.64s\" is no time in milliseconds: write a number from 0 to %u", field->text,
            LATENCY_RTT_MAX_MS);
    return false;
}

/* ------------------------------------------------------------------ lines */

static void add(struct reading *reading, const struct measurement *measurement)
{
    if (reading->count == LATENCY_TIMES_MAX) {
        fault(reading, measurement->offset, "more than %u times", LATENCY_TIMES_MAX);
        return;
    }
    if (reading->count == reading->room) {
        reading->room = reading->room > 0 ? 2 * reading->room : FIRST_ROOM;
        reading->list = mem_resize(reading->list, reading->room, sizeof(*reading->list));
    }
    reading->list[reading->count++] = *measurement;
}

/* Splits a line at its commas.  Returns how many fields it has; the first FIELDS of them are in `starts` and
 * `ends`. */
static size_t split(
        const struct reading *reading, size_t start, size_t end, size_t *starts, size_t *ends)
{
    size_t count = 0;

    for (;;) {
        const char *comma = memchr(reading->text + start, ',', end - start);
        size_t field_end = comma != NULL ? (size_t)(comma - reading->text) : end;
        if (count < FIELDS) {
            starts[count] = start;
            ends[count] = field_end;
        }
        count++;
        if (comma == NULL)
            return count;
        start = field_end + 1;
    }
}

static bool is_header(const struct field fields[FIELDS])
{
    for (size_t i = 0; i < FIELDS; i++)
        if (!str_equal_fold(fields[i].text, header[i]))
            return false;
    return true;
}

/* Reads a line that is not empty; blanks around it and a comment behind it are gone already. */
static void read_line(struct reading *reading, size_t start, size_t end)
{
    size_t starts[FIELDS], ends[FIELDS];
    struct field fields[FIELDS];
    struct measurement measurement = {.offset = (uint32_t)start};
    bool first = !reading->any_line;
    size_t count = split(reading, start, end, starts, ends);

    reading->any_line = true;
    if (count != FIELDS) {
        fault(reading, start, "%zu field%s; wanted three: prefix,region,rtt_ms", count,
                count == 1 ? "" : "s");
        return;
    }
    bool good = true;
    for (size_t i = 0; i < FIELDS; i++)
        good &= read_field(reading, starts[i], ends[i], &fields[i]);
    if (!good || (first && is_header(fields)))
        return;
    good = read_network(reading, &fields[0], &measurement.network);
    good &= read_region(reading, &fields[1], &measurement.region);
    good &= read_time(reading, &fields[2], &measurement.rtt_us);
    if (good)
        add(reading, &measurement);
}

static void read_lines(struct reading *reading)
{
    size_t mark = sizeof(byte_order_mark) - 1;
    bool is_marked = reading->length >= mark && memcmp(reading->text, byte_order_mark, mark) == 0;
    size_t next = is_marked ? mark : 0;

    while (next < reading->length && reading->faults < LATENCY_FAULTS_MAX) {
        size_t start = next;
        const char *newline = memchr(reading->text + start, '\n', reading->length - start);
        size_t end = newline != NULL ? (size_t)(newline - reading->text) : reading->length;
        next = end + 1;
        const char *comment = memchr(reading->text + start, '#', end - start);
        if (comment != NULL)
            end = (size_t)(comment - reading->text);
        else if (end > start && reading->text[end - 1] == '\r')
            end--;
        while (start < end && is_blank(reading->text[start]))
            start++;
        while (end > start && is_blank(reading->text[end - 1]))
            end--;
        if (start < end)
            read_line(reading, start, end);
    }
}

/* ------------------------------------------------------------------ the table */

static int compare(const void *a, const void *b)
{
    const struct measurement *left = a;
    const struct measurement *right = b;

    if (left->network != right->network)
        return left->network < right->network ? -1 : 1;
    if (left->region != right->region)
        return left->region < right->region ? -1 : 1;
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

static void check_twice(struct reading *reading)
{
    for (uint32_t i = 1; i < reading->count && reading->faults < LATENCY_FAULTS_MAX; i++) {
        const struct measurement *first = &reading->list[i - 1];
        const struct measurement *second = &reading->list[i];
        if (first->network == second->network && first->region == second->region)
            fault(reading, second->offset,
                    "a second time for this prefix and region; the first is at line %u",
                    place_at(reading, first->offset).line);
    }
}

/* Adds the network whose measurements begin at `i`, with its row.  Returns behind them. */
static uint32_t add_network(struct reading *reading, struct prefix_builder *builder, uint32_t i)
{
    struct latency_time times[LATENCY_REGIONS_MAX];
    uint32_t network = reading->list[i].network;
    struct client client;
    uint32_t count = 0;
    uint32_t size;

    for (; i < reading->count && reading->list[i].network == network; i++)
        times[count++] = (struct latency_time){reading->list[i].region, reading->list[i].rtt_us};
    uint32_t row = intern_add(
            reading->latency->rows, times, count * (uint32_t)sizeof(struct latency_time));
    memcpy(&client, intern_at(reading->networks, network, &size), NETWORK_BYTES);
    int error = prefix_builder_add(builder, &client, row);
    assert(error == 0);
    return i;
}

static void make_table(struct reading *reading)
{
    struct prefix_builder *builder = prefix_builder_new();

    for (uint32_t i = 0; i < reading->count;)
        i = add_network(reading, builder, i);
    reading->latency->map = prefix_builder_finish(builder, PREFIX_ANY);
}

int latency_load_text(
        const char *file, const char *text, size_t length, struct latency **ret, struct diag *diag)
{
    struct reading reading = {.file = file, .text = text, .length = length, .diag = diag};

    reading.latency = mem_zalloc(1, sizeof(*reading.latency));
    reading.latency->regions = intern_new();
    reading.latency->rows = intern_new();
    reading.networks = intern_new();
    read_lines(&reading);
    if (reading.faults == 0 && reading.count == 0)
        fault(&reading, 0, "no time is in this file");
    if (reading.count > 0)
        qsort(reading.list, reading.count, sizeof(*reading.list), compare);
    check_twice(&reading);
    if (reading.faults == 0)
        make_table(&reading);
    intern_free(reading.networks);
    free(reading.list);
    if (reading.faults > 0) {
        latency_free(reading.latency);
        return ERR_FAULTY;
    }
    *ret = reading.latency;
    return 0;
}

void latency_free(struct latency *latency)
{
    if (latency == NULL)
        return;
    prefix_map_free(latency->map);
    intern_free(latency->rows);
    intern_free(latency->regions);
    free(latency);
}

const struct latency_time *latency_row(const struct latency *latency, uint32_t row, uint32_t *count)
{
    uint32_t size;
    const struct latency_time *times = intern_at(latency->rows, row, &size);

    *count = size / (uint32_t)sizeof(*times);
    return times;
}
