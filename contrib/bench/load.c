/* load.c -- how long a large zone takes to load, what it weighs and what a lookup in it costs.
 *
 *   bench_load [NAMES]     a zone of so many A records (default 1,000,000)
 *   bench_load --smoke     1,000 names, to see that it runs
 *
 * Times are processor time, so that a busy machine does not spoil them; take figures from a release
 * build.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "health/ids.h"
#include "spent.h"
#include "zone/load.h"
#include "zone/lookup.h"

#define NAMES_DEFAULT 1000000U
#define NAMES_SMOKE   1000U
#define NAMES_MAX     10000000U
#define LOOKUPS       2000000U
#define SAMPLES       4096U /* names asked for, a power of two */
#define ORIGIN        "bench.example."

static const uint8_t root[] = {0};

/* Names in an order that is not the tree's, as a real file has them. */
static uint32_t scatter(uint32_t i)
{
    return i * 2654435761U;
}

static int write_zone(const char *path, uint32_t names)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return -errno;
    fputs("$TTL 300\n@ IN SOA ns hostmaster 1 7200 900 1209600 60\n@ IN NS ns\n", file);
    fputs("ns IN A 192.0.2.53\n", file);
    for (uint32_t i = 0; i < names; i++)
        fprintf(file, "h%08x IN A 10.%u.%u.%u\n", scatter(i), i >> 16 & 255, i >> 8 & 255, i & 255);
    return fclose(file) == 0 ? 0 : -errno;
}

/* Resident memory of this process in bytes, or 0. */
static size_t resident_bytes(void)
{
    unsigned long total, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    int read = fscanf(file, "%lu %lu", &total, &resident);
    fclose(file);
    return read == 2 ? resident * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static void report_lookups(const struct zone *zone, uint32_t names)
{
    struct rand rand = rand_from_seed(1);
    struct name *asked = mem_zalloc(SAMPLES, sizeof(*asked));
    uint32_t found = 0;

    for (uint32_t i = 0; i < SAMPLES; i++) {
        char text[64];
        snprintf(text, sizeof(text), "h%08x." ORIGIN, scatter(rand_below(&rand, names)));
        if (name_from_text(text, root, &asked[i]) < 0)
            abort();
    }
    double start_s = spent_s();
    for (uint32_t i = 0; i < LOOKUPS; i++) {
        struct lookup lookup;
        zone_lookup(zone, asked[i & (SAMPLES - 1)].bytes, &lookup);
        found += lookup.kind == LOOKUP_NODE;
    }
    printf("exact lookup:  %.0f ns (%u of %u found)\n", (spent_s() - start_s) * 1e9 / LOOKUPS,
            found, LOOKUPS);
    free(asked);
}

static int load(const char *path, const struct zone_basis *basis, struct zone **ret)
{
    struct zone_source source = {.path = mem_string(path)};
    struct diag *diag = diag_new();
    struct buf text;
    int result = name_from_text(ORIGIN, root, &source.origin);

    if (result == 0)
        result = zone_load(&source, basis, ret, diag);
    buf_init(&text, 1000);
    for (uint32_t i = 0; i < diag_kept(diag) && i < 3; i++) {
        diag_fault_format(diag_fault_at(diag, i), &text);
        fprintf(stderr, "%s\n", buf_string(&text));
        buf_done(&text);
    }
    diag_free(diag);
    free(source.path);
    return result;
}

static int bench(const char *path, uint32_t names)
{
    struct health_table *table;
    struct zone *zone;
    int result = write_zone(path, names);
    if (result < 0)
        return result;
    result = health_table_create(&table);
    if (result < 0)
        return result;
    struct health_ids *ids = health_ids_new(table);
    const struct zone_basis basis = {.ids = ids};
    size_t before_bytes = resident_bytes();
    double start_s = spent_s();
    result = load(path, &basis, &zone);
    double load_s = spent_s() - start_s;
    if (result == 0) {
        double records = zone->records;
        size_t arena_bytes = arena_size_bytes(zone->arena);
        printf("records:       %u\n", zone->records);
        printf("load:          %.3f s, %.0f records/s\n", load_s, records / load_s);
        printf("arena:         %.1f bytes a record\n", (double)arena_bytes / records);
        printf("resident:      %.1f bytes a record after the load\n",
                (double)(resident_bytes() - before_bytes) / records);
        report_lookups(zone, names);
        zone_unref(zone);
    }
    health_ids_free(ids);
    health_table_close(table);
    return result;
}

static int read_names(int argc, char **argv, uint32_t *ret)
{
    uint64_t names = NAMES_DEFAULT;

    if (argc > 2)
        return ERR_SYNTAX;
    if (argc == 2 && strcmp(argv[1], "--smoke") == 0) {
        *ret = NAMES_SMOKE;
        return 0;
    }
    if (argc == 2 && (str_parse_number(argv[1], NAMES_MAX, &names) < 0 || names == 0))
        return ERR_SYNTAX;
    *ret = (uint32_t)names;
    return 0;
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/bench-load-XXXXXX";
    uint32_t names;

    if (read_names(argc, argv, &names) < 0) {
        fprintf(stderr, "usage: %s [NAMES | --smoke]\n", argv[0]);
        return EXIT_FAILURE;
    }
    int fd = mkstemp(path);
    if (fd < 0) {
        perror(path);
        return EXIT_FAILURE;
    }
    close(fd);
    int result = bench(path, names);
    unlink(path);
    if (result < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err_text(result));
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
