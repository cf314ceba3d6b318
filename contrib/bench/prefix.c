/* prefix.c -- what a prefix map weighs, and what building it, deriving from it and a lookup in it cost.
 *
 *   bench_prefix [PREFIXES]    maps of so many prefixes (default: 1,000, 100,000 and 1,000,000)
 *   bench_prefix --smoke       1,000 prefixes, to see that it runs
 *
 * Prefixes lie as they do in real tables: IPv4 from /16 to /24, IPv6 from /32 to /48 in the few /12 that
 * are in use.  Addresses asked for lie in the same places.  Take figures from a release build.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "route/prefix_map.h"
#include "spent.h"

#define PREFIXES_SMOKE 1000U
#define LOOKUPS        4000000U
#define SAMPLES        262144U /* clients asked for, a power of two */
#define VALUES         16U
#define ROWS           3U /* that the values become in a derived map */

static const uint32_t counts_default[] = {1000, 100000, 1000000};

static struct client random_client(enum client_family family, struct rand *rand)
{
    static const uint16_t corners[] = {0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00};
    struct client client = {.family = family, .bits = client_bits_max(family)};
    uint64_t low = rand_next(rand);

    if (family == CLIENT_IPV4) {
        memcpy(client.address, &low, 4);
        client.address[0] = (uint8_t)(1 + client.address[0] % 223);
        return client;
    }
    uint32_t corner = corners[rand_below(rand, COUNT(corners))] + rand_below(rand, 8);
    client.address[0] = (uint8_t)(corner >> 8);
    client.address[1] = (uint8_t)corner;
    memcpy(client.address + 2, &low, sizeof(low));
    return client;
}

static void shorten(struct client *client, uint8_t bits)
{
    client->bits = bits;
    for (size_t i = 0; i < CLIENT_ADDRESS_BYTES; i++) {
        if (8 * i >= bits)
            client->address[i] = 0;
        else if (8 * (i + 1) > bits)
            client->address[i] &= (uint8_t)(0xff << (8 * (i + 1) - bits));
    }
}

static struct prefix_map *build(enum client_family family, uint32_t prefixes, struct rand *rand)
{
    struct prefix_builder *builder = prefix_builder_new();

    for (uint32_t i = 0; i < prefixes; i++) {
        struct client network = random_client(family, rand);
        uint32_t bits =
                family == CLIENT_IPV4 ? 16 + rand_below(rand, 9) : 32 + rand_below(rand, 17);
        shorten(&network, (uint8_t)bits);
        if (prefix_builder_add(builder, &network, rand_below(rand, VALUES)) < 0)
            abort();
    }
    return prefix_builder_finish(builder, PREFIX_ANY);
}

/* Nanoseconds of one lookup. */
static double time_lookups(
        const struct prefix_map *map, enum client_family family, struct rand *rand)
{
    struct client *asked = mem_zalloc(SAMPLES, sizeof(*asked));
    uint64_t sum = 0;

    for (uint32_t i = 0; i < SAMPLES; i++)
        asked[i] = random_client(family, rand);
    double start_s = spent_s();
    for (uint32_t i = 0; i < LOOKUPS; i++) {
        struct prefix_match match;
        prefix_map_find(map, &asked[i & (SAMPLES - 1)], &match);
        sum += match.scope;
    }
    double lookup_ns = (spent_s() - start_s) * 1e9 / LOOKUPS;
    if (sum == 0)
        printf("every scope is 0\n"); /* the work is used, so that it is done */
    free(asked);
    return lookup_ns;
}

static void bench(enum client_family family, uint32_t prefixes)
{
    struct rand rand = rand_from_seed(prefixes);
    uint32_t rows[VALUES];

    double start_s = spent_s();
    struct prefix_map *map = build(family, prefixes, &rand);
    double build_s = spent_s() - start_s;
    for (uint32_t i = 0; i < VALUES; i++)
        rows[i] = rand_below(&rand, ROWS);
    start_s = spent_s();
    struct prefix_map *derived = prefix_map_derive(map, rows, ROWS);
    double derive_s = spent_s() - start_s;

    printf("IPv%d %8u  ranges %8zu  %6.1f MB  build %.3f s  lookup %4.0f ns"
           "  derive %.3f s to %8zu ranges, %5.1f MB, lookup %4.0f ns\n",
            family == CLIENT_IPV4 ? 4 : 6, prefixes, prefix_map_ranges(map),
            (double)prefix_map_size_bytes(map) / 1e6, build_s, time_lookups(map, family, &rand),
            derive_s, prefix_map_ranges(derived), (double)prefix_map_size_bytes(derived) / 1e6,
            time_lookups(derived, family, &rand));
    prefix_map_free(map);
    prefix_map_free(derived);
}

int main(int argc, char **argv)
{
    uint64_t prefixes = PREFIXES_SMOKE;
    bool smoke = argc == 2 && strcmp(argv[1], "--smoke") == 0;

    if (argc > 2 || (argc == 2 && !smoke && str_parse_number(argv[1], PREFIX_MAX, &prefixes) < 0)) {
        fprintf(stderr, "usage: %s [PREFIXES | --smoke]\n", argv[0]);
        return EXIT_FAILURE;
    }
    for (enum client_family family = CLIENT_IPV4; family < CLIENT_FAMILIES; family++) {
        if (argc == 2)
            bench(family, (uint32_t)prefixes);
        for (size_t i = 0; argc == 1 && i < COUNT(counts_default); i++)
            bench(family, counts_default[i]);
    }
    return EXIT_SUCCESS;
}
