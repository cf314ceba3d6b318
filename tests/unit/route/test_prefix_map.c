/* test_prefix_map.c -- the map against a list that is searched the slow way: values, scopes, derived maps
 * and one-way matching, for random networks within each other and for the edges by name. */
#include "test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rand.h"
#include "route/prefix_map.h"

#define NETWORKS_MAX 4096U
#define VALUES       5U
#define ROUNDS       200U
#define QUERIES      60U

typedef unsigned __int128 number;

/* ------------------------------------------------------------------ the model */

struct model {
    enum client_family family;
    enum prefix_matching matching;
    uint32_t none;
    uint32_t count;
    struct client network[NETWORKS_MAX];
    uint32_t value[NETWORKS_MAX];
};

static number to_number(const struct client *client)
{
    number value = 0;
    for (size_t i = 0; i < client_bits_max(client->family) / 8U; i++)
        value = value << 8 | client->address[i];
    return value;
}

/* The addresses of a network that are its leading bits and nothing else. */
static number mask(enum client_family family, uint8_t bits)
{
    number all = family == CLIENT_IPV4 ? UINT32_MAX : ~(number)0;
    return bits == 0 ? 0 : all & ~((((number)1) << (client_bits_max(family) - bits)) - 1);
}

static struct client network(enum client_family family, number address, uint8_t bits)
{
    struct client client = {.family = family, .bits = bits};
    number rest = address & mask(family, bits);
    for (size_t i = client_bits_max(family) / 8U; i-- > 0; rest >>= 8)
        client.address[i] = (uint8_t)rest;
    return client;
}

static bool holds(const struct client *outer, number address)
{
    return (address & mask(outer->family, outer->bits)) == to_number(outer);
}

/* The last of the longest networks, of at most `bits`, that hold an address; -1 for none. */
static int longest(const struct model *model, number address, uint8_t bits)
{
    int best = -1;
    for (uint32_t i = 0; i < model->count; i++) {
        const struct client *candidate = &model->network[i];
        if (candidate->bits > bits || !holds(candidate, address))
            continue;
        if (best < 0 || candidate->bits >= model->network[best].bits)
            best = (int)i;
    }
    return best;
}

static uint32_t value_of(const struct model *model, int place)
{
    return place < 0 ? model->none : model->value[place];
}

static uint32_t value_at(const struct model *model, number address)
{
    return value_of(model, longest(model, address, 128));
}

/* Whether all addresses that share `bits` with `address` have one value.  Values change only where a
 * network begins or behind one's end. */
static bool is_uniform(const struct model *model, number address, uint8_t bits)
{
    struct client around = network(model->family, address, bits);
    uint32_t value = value_at(model, address);

    if (value_at(model, to_number(&around)) != value)
        return false;
    for (uint32_t i = 0; i < model->count; i++) {
        const struct client *other = &model->network[i];
        number first = to_number(other);
        number end = first + ~mask(model->family, other->bits) + 1;
        if (model->family == CLIENT_IPV4)
            end &= UINT32_MAX;
        if (holds(&around, first) && value_at(model, first) != value)
            return false;
        if (holds(&around, end) && value_at(model, end) != value)
            return false;
    }
    return true;
}

static uint8_t scope_at(const struct model *model, number address)
{
    uint8_t low = 0;
    uint8_t high = client_bits_max(model->family);
    while (low < high) {
        uint8_t middle = (uint8_t)((low + high) / 2);
        if (is_uniform(model, address, middle))
            high = middle;
        else
            low = (uint8_t)(middle + 1);
    }
    return low;
}

/* The shortest client that would get the value of all bits: the outermost of the networks around the
 * address that have it without a break. */
static uint8_t decisive_bits(const struct model *model, number address)
{
    int at = longest(model, address, 128);
    while (model->network[at].bits > 0) {
        int outer = longest(model, address, (uint8_t)(model->network[at].bits - 1));
        if (outer < 0 || model->value[outer] != model->value[at])
            break;
        at = outer;
    }
    return model->network[at].bits;
}

static struct prefix_match expected(const struct model *model, const struct client *client)
{
    number address = to_number(client);
    struct prefix_match match = {value_at(model, address), scope_at(model, address)};

    if (model->matching == PREFIX_ANY)
        return match;
    uint32_t held = value_of(model, longest(model, address, client->bits));
    if (held == match.value)
        return match;
    return (struct prefix_match){held, decisive_bits(model, address)};
}

static struct prefix_map *build(const struct model *model)
{
    struct prefix_builder *builder = prefix_builder_new();
    for (uint32_t i = 0; i < model->count; i++)
        assert_int_equal(prefix_builder_add(builder, &model->network[i], model->value[i]), 0);
    return prefix_builder_finish(builder, model->matching);
}

static void expect(const struct prefix_map *map, const struct model *model,
        const struct client *client, uint64_t round)
{
    struct prefix_match want = expected(model, client);
    struct prefix_match got;
    char text[INET6_ADDRSTRLEN];

    prefix_map_find(map, client, &got);
    if (got.value == want.value && got.scope == want.scope)
        return;
    inet_ntop(client->family == CLIENT_IPV4 ? AF_INET : AF_INET6, client->address, text,
            sizeof(text));
    fail_msg("round %llu: %s/%u is %u with scope %u, wanted %u with scope %u",
            (unsigned long long)round, text, client->bits, got.value, got.scope, want.value,
            want.scope);
}

/* ------------------------------------------------------------------ random networks */

static number random_number(struct rand *rand)
{
    return (number)rand_next(rand) << 64 | rand_next(rand);
}

/* Within, beside or around a network there is already, or anywhere. */
static struct client random_client(const struct model *model, struct rand *rand)
{
    uint8_t max = client_bits_max(model->family);
    uint8_t bits = (uint8_t)rand_below(rand, max + 1U);
    number address = random_number(rand);

    if (rand_below(rand, 8) == 0)
        bits = rand_below(rand, 2) == 0 ? 0 : max;
    if (model->count > 0 && rand_below(rand, 8) > 0) {
        const struct client *near = &model->network[rand_below(rand, model->count)];
        uint8_t shared = (uint8_t)rand_below(rand, near->bits + 1U);
        shared = rand_below(rand, 2) == 0 ? near->bits : shared;
        address &= ~mask(near->family, shared);
        address |= to_number(near) & mask(near->family, shared);
        if (rand_below(rand, 2) == 0)
            bits = (uint8_t)(near->bits + rand_below(rand, 4) <= max
                                     ? near->bits + rand_below(rand, 4)
                                     : max);
        bits = bits > max ? max : bits;
    }
    return network(model->family, address, bits);
}

static void fill(struct model *model, uint32_t count, struct rand *rand)
{
    model->count = 0;
    while (model->count < count) {
        model->network[model->count] = random_client(model, rand);
        model->value[model->count++] = rand_below(rand, VALUES);
    }
}

/* What a walk over the ranges has seen. */
struct walk {
    const struct prefix_map *map;
    bool seen[VALUES + 1]; /* the last for PREFIX_NONE */
    uint32_t visits;
    uint32_t visits_max;
};

static bool visit(void *context, const struct client *first, uint32_t value)
{
    struct walk *walk = context;
    struct prefix_match match;

    assert_int_equal(first->bits, client_bits_max(first->family));
    prefix_map_find(walk->map, first, &match);
    assert_int_equal(match.value, value);
    walk->seen[value == PREFIX_NONE ? VALUES : value] = true;
    return ++walk->visits < walk->visits_max;
}

/* Every value a client with all its bits gets is seen on a walk, and the walk ends when it is told to. */
static void walk_all(const struct prefix_map *map, const struct model *model, struct rand *rand)
{
    struct walk walk = {.map = map, .visits_max = UINT32_MAX};
    struct walk cut = {.map = map, .visits_max = 1};

    prefix_map_each(map, visit, &walk);
    assert_int_equal(walk.visits, prefix_map_ranges(map));
    for (uint32_t i = 0; i < QUERIES; i++) {
        struct client client = random_client(model, rand);
        struct prefix_match match;
        client.bits = client_bits_max(client.family);
        prefix_map_find(map, &client, &match);
        assert_true(walk.seen[match.value == PREFIX_NONE ? VALUES : match.value]);
    }
    prefix_map_each(map, visit, &cut);
    assert_int_equal(cut.visits, 1);
}

/* The map of a model, and the map derived from it by a random renaming, both asked everything. */
static void ask(struct model *model, uint64_t round, struct rand *rand)
{
    struct prefix_map *map = build(model);
    uint32_t values[VALUES];
    uint32_t none = rand_below(rand, 3) == 0 ? PREFIX_NONE : rand_below(rand, 3);

    for (uint32_t i = 0; i < QUERIES; i++) {
        struct client client = random_client(model, rand);
        expect(map, model, &client, round);
    }
    for (uint32_t i = 0; i < VALUES; i++)
        values[i] = rand_below(rand, 3);
    struct prefix_map *derived = prefix_map_derive(map, values, none);
    assert_true(prefix_map_ranges(derived) <= prefix_map_ranges(map));
    walk_all(map, model, rand);
    walk_all(derived, model, rand);
    for (uint32_t i = 0; i < model->count; i++)
        model->value[i] = values[model->value[i]];
    model->none = none;
    for (uint32_t i = 0; i < QUERIES; i++) {
        struct client client = random_client(model, rand);
        expect(derived, model, &client, round);
    }
    prefix_map_free(map);
    prefix_map_free(derived);
}

static void random_networks_are_found_as_in_the_list(void **state)
{
    struct model *model = calloc(1, sizeof(*model));
    (void)state;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct rand rand = rand_from_seed(round + 1);
        *model = (struct model){
                .family = round % 2 == 0 ? CLIENT_IPV4 : CLIENT_IPV6,
                .matching = round % 4 < 2 ? PREFIX_ANY : PREFIX_ONE_WAY,
                .none = PREFIX_NONE,
        };
        fill(model, rand_below(&rand, 25), &rand);
        ask(model, round, &rand);
    }
    free(model);
}

/* So many that the index has bits and the ladder steps. */
static void many_networks_are_found_as_in_the_list(void **state)
{
    struct model *model = calloc(1, sizeof(*model));
    (void)state;
    for (uint64_t round = 0; round < 2; round++) {
        struct rand rand = rand_from_seed(round + 1);
        *model = (struct model){
                .family = (enum client_family)round, .matching = PREFIX_ANY, .none = PREFIX_NONE};
        while (model->count < NETWORKS_MAX) {
            uint8_t bits = (uint8_t)(8 + rand_below(&rand, 121));
            bits = model->family == CLIENT_IPV4 && bits > 32 ? 32 : bits;
            /* In the corner of 2a00::/12 that is in use; many within one /64. */
            number address = (number)(0x2a00 + rand_below(&rand, 4)) << 112 |
                             (bits > 64 ? random_number(&rand) >> 64 : random_number(&rand) >> 16);
            if (model->family == CLIENT_IPV4)
                address = rand_below(&rand, UINT32_MAX);
            model->network[model->count] = network(model->family, address, bits);
            model->value[model->count++] = rand_below(&rand, VALUES);
        }
        struct prefix_map *map = build(model);
        assert_true(prefix_map_ranges(map) > NETWORKS_MAX / 2);
        for (uint32_t i = 0; i < NETWORKS_MAX / 2; i++) {
            struct client client = random_client(model, &rand);
            struct prefix_match match;
            prefix_map_find(map, &client, &match);
            if (match.value != value_at(model, to_number(&client)))
                fail_msg("round %llu, query %u: %u", (unsigned long long)round, i, match.value);
        }
        prefix_map_free(map);
    }
    free(model);
}

/* ------------------------------------------------------------------ by name */

static struct client client_of(const char *text)
{
    struct client client = {.family = strchr(text, ':') == NULL ? CLIENT_IPV4 : CLIENT_IPV6};
    char address[64];

    snprintf(address, sizeof(address), "%.*s", (int)strcspn(text, "/"), text);
    client.bits = (uint8_t)atoi(strchr(text, '/') + 1);
    assert_int_equal(
            inet_pton(client.family == CLIENT_IPV4 ? AF_INET : AF_INET6, address, client.address),
            1);
    return client;
}

#define NONE PREFIX_NONE

static void the_edges_are_right(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *networks[4]; /* with values 1, 2, 3, 4 */
        enum prefix_matching matching;
        const char *client;
        uint32_t value;
        uint8_t scope;
    } rows[] = {
            {"no network",                    {NULL},                                          PREFIX_ANY,     "192.0.2.1/32",       NONE, 0  },
            {"no network, one way",           {NULL},                                          PREFIX_ONE_WAY, "2001:db8::/56",      NONE, 0  },
            {"the whole family",              {"0.0.0.0/0"},                                   PREFIX_ANY,     "255.255.255.255/32", 1,    0  },
            {"only its family",               {"0.0.0.0/0"},                                   PREFIX_ANY,     "::/0",               NONE, 0  },
            {"the whole family, one way",     {"::/0"},                                        PREFIX_ONE_WAY, "::/0",               1,    0  },
            {"the first half",                {"0.0.0.0/1"},                                   PREFIX_ANY,     "127.0.0.1/32",       1,    1  },
            {"the second half",               {"128.0.0.0/1"},                                 PREFIX_ANY,     "255.255.255.255/32", 1,    1  },
            {"behind the last network",       {"10.0.0.0/8"},                                  PREFIX_ANY,     "11.0.0.0/32",        NONE, 8  },
            {"far from the only network",     {"10.0.0.0/8"},                                  PREFIX_ANY,     "192.0.2.1/32",       NONE, 1  },
            {"the first address",             {"0.0.0.0/32"},                                  PREFIX_ANY,     "0.0.0.0/32",         1,    32 },
            {"beside the first address",      {"0.0.0.0/32"},                                  PREFIX_ANY,     "0.0.0.1/32",         NONE, 32 },
            {"the last address",              {"255.255.255.255/32"},                          PREFIX_ANY,     "255.255.255.255/32", 1,    32 },
            {"the last of IPv6",              {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"}, PREFIX_ANY,
             "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",                                                                          1,    128},
            {"the lower half of IPv6 counts", {"2001:db8::/64", "2001:db8::8/125"},            PREFIX_ANY,
             "2001:db8::f/128",                                                                                                      2,    125},
            {"beside it",                     {"2001:db8::/64", "2001:db8::8/125"},            PREFIX_ANY,     "2001:db8::10/128",   1,
             124                                                                                                                              },
            {"a network in another",          {"10.0.0.0/8", "10.1.0.0/16"},                   PREFIX_ANY,     "10.1.2.3/32",        2,
             16                                                                                                                               },
            {"around a network in another",   {"10.0.0.0/8", "10.1.0.0/16"},                   PREFIX_ANY,
             "10.0.2.3/32",                                                                                                          1,    16 },
            {"three deep, behind the inner",  {"10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24"},
             PREFIX_ANY,                                                                                       "10.0.1.0/32",        2,    24 },
            {"the last of equal networks",    {"10.0.0.0/8", "10.0.0.0/8"},                    PREFIX_ANY,     "10.1.2.3/32",
             2,                                                                                                                            8  },
            {"a short client, any way",       {"10.0.0.0/24"},                                 PREFIX_ANY,     "10.0.0.0/16",        1,    24 },
            {"route53.md vector 35",          {"2001:db8::/48"},                               PREFIX_ONE_WAY, "2001:db8::/32",      NONE, 48 },
            {"the same with enough bits",     {"2001:db8::/48"},                               PREFIX_ONE_WAY, "2001:db8::/48",      1,
             48                                                                                                                               },
            {"the other example of 1.9",      {"2001:db8::/32"},                               PREFIX_ONE_WAY, "2001:db8:1::/48",    1,
             32                                                                                                                               },
            {"held by the outer one",         {"10.0.0.0/8", "10.0.0.0/24"},                   PREFIX_ONE_WAY, "10.0.0.0/16",
             1,                                                                                                                            24 },
            {"a short client elsewhere",      {"10.0.0.0/8", "10.0.0.0/24"},                   PREFIX_ONE_WAY,
             "10.128.0.0/16",                                                                                                        1,    9  },
            {"a client of no bits",           {"0.0.0.0/1"},                                   PREFIX_ONE_WAY, "0.0.0.0/0",          NONE, 1  },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct prefix_builder *builder = prefix_builder_new();
        for (uint32_t j = 0; j < 4 && rows[i].networks[j] != NULL; j++) {
            struct client added = client_of(rows[i].networks[j]);
            assert_int_equal(prefix_builder_add(builder, &added, j + 1), 0);
        }
        struct prefix_map *map = prefix_builder_finish(builder, rows[i].matching);
        struct client client = client_of(rows[i].client);
        struct prefix_match match;
        prefix_map_find(map, &client, &match);
        if (match.value != rows[i].value || match.scope != rows[i].scope)
            fail_msg("%s: %u with scope %u", rows[i].what, match.value, match.scope);
        prefix_map_free(map);
    }
}

static void neighbours_with_one_value_are_one_range(void **state)
{
    static const uint32_t all_alike[] = {7, 7, 7, 7};
    struct prefix_builder *builder = prefix_builder_new();
    struct prefix_match match;
    (void)state;

    for (uint32_t i = 0; i < 256; i++) {
        struct client added = network(CLIENT_IPV4, 0x0a000000U | i << 8, 24);
        assert_int_equal(prefix_builder_add(builder, &added, i < 128 ? 1 : 2), 0);
    }
    struct prefix_map *map = prefix_builder_finish(builder, PREFIX_ANY);
    assert_int_equal(prefix_map_ranges(map), 4 + 1); /* two within two outside; all of IPv6 */
    struct client client = client_of("10.0.1.2/32");
    prefix_map_find(map, &client, &match);
    assert_int_equal(match.scope, 17);

    struct prefix_map *derived = prefix_map_derive(map, all_alike, 7);
    assert_int_equal(prefix_map_ranges(derived), 2);
    prefix_map_find(derived, &client, &match);
    assert_int_equal(match.value, 7);
    assert_int_equal(match.scope, 0);
    assert_true(prefix_map_size_bytes(derived) < prefix_map_size_bytes(map));
    prefix_map_free(derived);
    prefix_map_free(map);
    prefix_map_free(NULL);
    prefix_builder_free(prefix_builder_new());
    prefix_builder_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_edges_are_right),
            cmocka_unit_test(neighbours_with_one_value_are_one_range),
            cmocka_unit_test(random_networks_are_found_as_in_the_list),
            cmocka_unit_test(many_networks_are_found_as_in_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
