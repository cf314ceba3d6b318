/* test_located.c -- groups in which the client's place decides, coupled groups, and how much of the client's
 * address a choice has used. */
#include "test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "health/table.h"
#include "route/order.h"
#include "route/route.h"
#include "route/sticky.h"

#define SETS_MAX   6U
#define GROUPS_MAX 3U
#define ROWS_MAX   8U
#define SECRET     "0123456789abcde"

struct world {
    struct health_table *table;
    uint32_t slots;
    struct rand rand;
    struct route_worker worker;
    struct route_set sets[GROUPS_MAX][SETS_MAX];
    struct route_group groups[GROUPS_MAX];
    struct order *orders[GROUPS_MAX];
};

static void world_init(struct world *world)
{
    memset(world, 0, sizeof(*world));
    assert_int_equal(health_table_create(&world->table), 0);
    world->rand = rand_from_seed(3);
    world->worker = (struct route_worker){.index = ROUTE_WORKER_NONE, .secret = SECRET};
}

static void world_done(struct world *world)
{
    for (uint32_t i = 0; i < GROUPS_MAX; i++)
        order_unref(world->orders[i]);
    health_table_close(world->table);
}

static struct client client_of(const char *text)
{
    char address[64];
    struct client client = {.family = strchr(text, ':') != NULL ? CLIENT_IPV6 : CLIENT_IPV4};
    const char *slash = strchr(text, '/');

    snprintf(address, sizeof(address), "%.*s", (int)strcspn(text, "/"), text);
    client.bits = slash != NULL ? (uint8_t)atoi(slash + 1) : client_bits_max(client.family);
    assert_int_equal(
            inet_pton(client.family == CLIENT_IPV6 ? AF_INET6 : AF_INET, address, client.address),
            1);
    return client;
}

/* The row with these places, made if there is none. */
static uint32_t row_of(struct order *order, const char *text)
{
    uint16_t places[SETS_MAX];
    uint32_t count = 0;

    for (; text[count] != '\0' && text[count] != '.'; count++)
        places[count] = (uint16_t)(text[count] - '0');
    for (uint32_t i = 0; i < order->rows_count; i++)
        if (order->rows[i].count == count &&
                memcmp(order->rows[i].places, places, count * sizeof(*places)) == 0)
            return i;
    struct order_row *row = &order->rows[order->rows_count];
    uint16_t *room = (uint16_t *)(void *)(order->rows + ROWS_MAX) + SETS_MAX * order->rows_count;
    memcpy(room, places, count * sizeof(*places));
    *row = (struct order_row){room, count};
    return order->rows_count++;
}

/* An order from text: "PREFIX=PLACES ...", where places are digits, the best first; "-" is what all others
 * get, and "." no place at all. */
static struct order *order_of(const char *text, enum prefix_matching matching)
{
    struct order *order = mem_zalloc(1, sizeof(*order));
    struct prefix_builder *builder = prefix_builder_new();
    uint32_t same[ROWS_MAX];
    char copy[512];
    char *rest;

    order->rows = mem_zalloc(ROWS_MAX, sizeof(*order->rows) + SETS_MAX * sizeof(uint16_t));
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(word, '=');
        *equals = '\0';
        uint32_t row = row_of(order, equals + 1);
        same[row] = row;
        if (word[0] == '-')
            continue; /* comes first, and is row 0 */
        struct client network = client_of(word);
        assert_int_equal(prefix_builder_add(builder, &network, row), 0);
    }
    struct prefix_map *map = prefix_builder_finish(builder, matching);
    order->map = prefix_map_derive(map, same, 0);
    prefix_map_free(map);
    atomic_init(&order->references, 1);
    return order;
}

/* Sets from text: 'H', 'U' or '-' (no check) each. */
static void fill_sets(struct world *world, uint32_t which, const char *health)
{
    struct route_group *group = &world->groups[which];

    for (; *health != '\0'; health++) {
        struct route_set *set = &world->sets[which][group->count++];
        *set = (struct route_set){.id = "set", .data = set, .check = HEALTH_SLOT_NONE};
        if (*health == '-')
            continue;
        set->check = world->slots++;
        health_table_put(world->table, set->check,
                (struct health_verdict){.state = *health == 'H' ? HEALTH_UP : HEALTH_DOWN});
    }
    group->sets = world->sets[which];
}

static void add_located(struct world *world, uint32_t which, enum route_policy policy,
        const char *health, const char *order)
{
    struct route_group *group = &world->groups[which];

    group->policy = policy;
    fill_sets(world, which, health);
    world->orders[which] = order_of(order, policy == ROUTE_CIDR ? PREFIX_ONE_WAY : PREFIX_ANY);
    group->order = world->orders[which];
    route_group_measure(group);
}

/* The place chosen, or -1. */
static int choose(struct world *world, const char *text, uint8_t *scope, bool *fail_open)
{
    struct client client = client_of(text);
    struct route_choice choice;
    struct route_query query = {.health = world->table,
            .client = &client,
            .worker = &world->worker,
            .rand = &world->rand};

    route_choose(&world->groups[0], &query, &choice);
    *scope = query.scope;
    *fail_open = choice.fail_open;
    if (choice.count == 0)
        return -1;
    assert_int_equal(choice.count, 1);
    ptrdiff_t place = choice.set[0] - world->sets[0];
    return (int)(place / (ptrdiff_t)SETS_MAX * 10 + place % (ptrdiff_t)SETS_MAX);
}

/* Documentation networks as places: 192.0.2.0/24 California, 198.51.100.0/24 France, and Japan is
 * 203.0.113.0/24; the rest of the world is not known. */
static const struct {
    const char *what;
    enum route_policy policy;
    const char *health;
    const char *order;
    const char *client;
    int place; /* -1: nothing for this client */
    uint8_t scope;
    bool fail_open;
} rows[] = {
        {"13 geo state U, US H, default H",      ROUTE_GEO,          "UHH", "-=2 192.0.2.0/24=012",                "192.0.2.7",
         1,                                                                                                                             24, false},
        {"14 geo state U, US U, default U",      ROUTE_GEO,          "UUU", "-=2 192.0.2.0/24=012",                "192.0.2.7",
         0,                                                                                                                             24, true },
        {"15 geo EU H alone, client in Japan",   ROUTE_GEO,          "H",   "-=. 198.51.100.0/24=0",
         "203.0.113.9",                                                                                                             -1, 5,  false},
        {"16 geo EU U, no default",              ROUTE_GEO,          "U",   "-=. 198.51.100.0/24=0",               "198.51.100.1",  0,  24,
         true                                                                                                                                    },
        {"geo, the default alone",               ROUTE_GEO,          "H",   "-=0",                                 "192.0.2.7",     0,  0,  false},
        {"geo, neighbours that agree",           ROUTE_GEO,          "HH",  "-=1 192.0.2.0/25=0 192.0.2.128/25=0",
         "192.0.2.7",                                                                                                               0,  24, false},
        {"geo, an IPv6 client",                  ROUTE_GEO,          "HH",  "-=1 2001:db8::/32=0",                 "2001:db8:1::",  0,  32,
         false                                                                                                                                   },
        {"geo, no IPv6 at all",                  ROUTE_GEO,          "HH",  "-=1 192.0.2.0/24=0",                  "2001:db8:1::",  1,  0,  false},
        {"17 latency best U, second H",          ROUTE_LATENCY,      "UH",  "-=01 192.0.2.0/24=01",                "192.0.2.7",     1,
         0,                                                                                                                                 false},
        {"17 the other way round",               ROUTE_LATENCY,      "HU",  "-=01 192.0.2.0/24=10",                "192.0.2.7",     0,  24,
         false                                                                                                                                   },
        {"18 latency all U",                     ROUTE_LATENCY,      "UUU", "-=012 192.0.2.0/24=210",              "192.0.2.7",     2,  24,
         true                                                                                                                                    },
        {"latency, third best",                  ROUTE_LATENCY,      "HUU", "-=012 192.0.2.0/24=210",              "192.0.2.7",     0,  24,
         false                                                                                                                                   },
        {"35 CIDR /48 stored, /32 asked",        ROUTE_CIDR,         "HH",  "-=1 2001:db8::/48=01",                "2001:db8::/32",
         1,                                                                                                                             48, false},
        {"35 CIDR /32 stored, /48 asked",        ROUTE_CIDR,         "HH",  "-=1 2001:db8::/32=01",                "2001:db8::/48",
         0,                                                                                                                             32, false},
        {"CIDR, longest prefix",                 ROUTE_CIDR,         "HHH", "-=2 192.0.0.0/16=02 192.0.2.0/24=12",
         "192.0.2.7",                                                                                                               1,  24, false},
        {"CIDR, match U, default H",             ROUTE_CIDR,         "UH",  "-=1 192.0.2.0/24=01",                 "192.0.2.7",     1,  24,
         false                                                                                                                                   },
        {"CIDR, match and default U: the match", ROUTE_CIDR,         "UU",  "-=1 192.0.2.0/24=01",
         "192.0.2.7",                                                                                                               0,  24, true },
        {"CIDR, no match and no default",        ROUTE_CIDR,         "H",   "-=. 192.0.2.0/24=0",                  "198.51.100.7",  -1,
         6,                                                                                                                                 false},
        {"geoproximity, the nearest U",          ROUTE_GEOPROXIMITY, "UHH", "-=012 192.0.2.0/24=021",
         "192.0.2.7",                                                                                                               2,  24, false},
};

static void located_groups(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world;
        uint8_t scope;
        bool fail_open;
        world_init(&world);
        add_located(&world, 0, rows[i].policy, rows[i].health, rows[i].order);
        int place = choose(&world, rows[i].client, &scope, &fail_open);
        if (place != rows[i].place || scope != rows[i].scope || fail_open != rows[i].fail_open)
            fail_msg("%s: place %d, scope %u, %s", rows[i].what, place, scope,
                    fail_open ? "open" : "not open");
        world_done(&world);
    }
}

/* ------------------------------------------------------------------ behind aliases */

/* A failover of two aliases: to a geo group and to a plain one. */
static void add_failover(struct world *world, bool evaluate)
{
    struct route_group *top = &world->groups[0];

    top->policy = ROUTE_FAILOVER;
    fill_sets(world, 0, "--");
    for (uint32_t i = 0; i < 2; i++) {
        world->sets[0][i].data = NULL;
        world->sets[0][i].alias = &world->groups[i + 1];
        world->sets[0][i].evaluate = evaluate;
    }
    world->groups[2].policy = ROUTE_SIMPLE;
    fill_sets(world, 2, "H");
    route_group_measure(&world->groups[2]);
    route_group_measure(top);
}

static const struct {
    const char *what;
    const char *health;
    const char *client;
    bool evaluate;
    int place;
    bool fail_open;
} alias_rows[] = {
        {"a record eligible for the client is healthy", "HU", "192.0.2.7",    true,  10, false},
        {"only one for others is",                      "UH", "192.0.2.7",    true,  20, false},
        {"others' health is theirs",                    "UH", "198.51.100.7", true,  11, false},
        {"a branch that has nothing for the client",    "HH", "203.0.113.7",  true,  20, false},
        {"evaluate=no stays, even with nothing",        "HH", "203.0.113.7",  false, -1, false},
        {"evaluate=no stays, though down",              "UH", "192.0.2.7",    false, 10, true },
};

static void located_groups_behind_aliases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(alias_rows); i++) {
        struct world world;
        uint8_t scope;
        bool fail_open;
        world_init(&world);
        add_located(
                &world, 1, ROUTE_GEO, alias_rows[i].health, "-=. 192.0.2.0/24=0 198.51.100.0/24=1");
        add_failover(&world, alias_rows[i].evaluate);
        assert_true(world.groups[0].asks_client);
        assert_false(route_group_wants_caches(&world.groups[0]));
        int place = choose(&world, alias_rows[i].client, &scope, &fail_open);
        if (place != alias_rows[i].place || fail_open != alias_rows[i].fail_open)
            fail_msg(
                    "%s: place %d, %s", alias_rows[i].what, place, fail_open ? "open" : "not open");
        assert_true(scope > 0);
        world_done(&world);
    }
}

/* All down: of two branches the one that has something for the client is opened. */
static void opening_prefers_what_can_answer(void **state)
{
    (void)state;
    struct world world;
    uint8_t scope;
    bool fail_open;

    world_init(&world);
    add_located(&world, 1, ROUTE_GEO, "U", "-=. 192.0.2.0/24=0");
    add_failover(&world, true);
    health_table_put(
            world.table, world.sets[2][0].check, (struct health_verdict){.state = HEALTH_DOWN});
    assert_int_equal(choose(&world, "192.0.2.7", &scope, &fail_open), 10);
    assert_true(fail_open);
    assert_int_equal(choose(&world, "203.0.113.7", &scope, &fail_open), 20);
    assert_true(fail_open);
    world_done(&world);
}

/* Nothing for the client is not for want of health. */
static void nothing_for_a_client_is_not_fail_open(void **state)
{
    (void)state;
    struct world world;
    uint8_t scope;
    bool fail_open;

    world_init(&world);
    add_located(&world, 1, ROUTE_GEO, "H", "-=. 192.0.2.0/24=0");
    world.groups[0].policy = ROUTE_SIMPLE;
    fill_sets(&world, 0, "-");
    world.sets[0][0].data = NULL;
    world.sets[0][0].alias = &world.groups[1];
    world.sets[0][0].evaluate = true;
    route_group_measure(&world.groups[0]);
    assert_int_equal(choose(&world, "203.0.113.7", &scope, &fail_open), -1);
    assert_false(fail_open);
    assert_int_equal(choose(&world, "192.0.2.7", &scope, &fail_open), 10);
    world_done(&world);
}

/* A row of distances may be cut: what is healthy behind its end comes before what is down in it. */
static void a_cut_row_does_not_open_what_is_down(void **state)
{
    (void)state;
    struct world world;
    uint8_t scope;
    bool fail_open;

    world_init(&world);
    add_located(&world, 0, ROUTE_LATENCY, "UUH", "-=01");
    assert_int_equal(choose(&world, "192.0.2.7", &scope, &fail_open), 2);
    assert_false(fail_open);
    world_done(&world);
}

/* One set leads nowhere for this client and the other is down: the draw goes to what can answer. */
static void a_sticky_draw_is_never_for_nothing(void **state)
{
    (void)state;
    static const uint8_t bits[CLIENT_FAMILIES] = {24, 56};
    struct world world;
    uint8_t scope;
    bool fail_open;
    struct arena *arena = arena_new();

    world_init(&world);
    add_located(&world, 1, ROUTE_GEO, "H", "-=. 192.0.2.0/24=0");
    world.groups[0].policy = ROUTE_WEIGHTED;
    fill_sets(&world, 0, "-U");
    world.sets[0][0].data = NULL;
    world.sets[0][0].alias = &world.groups[1];
    world.sets[0][0].evaluate = true;
    world.sets[0][0].weight = world.sets[0][1].weight = 1;
    world.groups[0].sticky = sticky_new(arena, &world.groups[0], bits, 1);
    route_group_measure(&world.groups[0]);
    for (uint32_t i = 0; i < 100; i++) {
        char client[32];
        snprintf(client, sizeof(client), "203.0.%u.7", i);
        assert_int_equal(choose(&world, client, &scope, &fail_open), 1);
        assert_true(fail_open);
    }
    world_done(&world);
    arena_free(arena);
}

/* ------------------------------------------------------------------ couples */

static void couple(struct world *world, const struct route_set **partners, bool any)
{
    for (uint32_t which = 0; which < 2; which++) {
        for (uint32_t i = 0; i < world->groups[which].count; i++) {
            const struct route_set **slot = &partners[which * SETS_MAX + i];
            *slot = &world->sets[1 - which][i];
            world->sets[which][i].partners = slot;
            world->sets[which][i].partners_count = 1;
        }
        world->groups[which].couple_any = any;
    }
    for (uint32_t which = 0; which < 2; which++)
        route_group_measure(&world->groups[which]);
}

static const struct {
    const char *what;
    const char *health[2];
    bool any;
    uint16_t place;
    bool fail_open;
} couple_rows[] = {
        {"both sets of the first site are up",     {"HH", "HH"}, false, 0, false},
        {"one of them is down",                    {"HH", "UH"}, false, 1, false},
        {"one of each site is down",               {"UH", "HU"}, false, 0, true },
        {"any: one of the first site is up",       {"HH", "UH"}, true,  0, false},
        {"any: the first site is down as a whole", {"UH", "UU"}, true,  1, false},
        {"any: both are",                          {"UU", "UU"}, true,  0, true },
};

static void coupled_groups_decide_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(couple_rows); i++) {
        const struct route_set *partners[2 * SETS_MAX];
        struct world world;
        world_init(&world);
        for (uint32_t which = 0; which < 2; which++) {
            world.groups[which].policy = ROUTE_FAILOVER;
            fill_sets(&world, which, couple_rows[i].health[which]);
        }
        couple(&world, partners, couple_rows[i].any);
        for (uint32_t which = 0; which < 2; which++) {
            struct route_choice choice;
            struct route_query query = {
                    .health = world.table, .worker = &world.worker, .rand = &world.rand};
            route_choose(&world.groups[which], &query, &choice);
            if (choice.set[0] != &world.sets[which][couple_rows[i].place] ||
                    choice.fail_open != couple_rows[i].fail_open)
                fail_msg("%s: wrong in group %u", couple_rows[i].what, which);
        }
        world_done(&world);
    }
}

/* The first site's A leads nowhere for this client: its AAAA is not opened either. */
static void what_is_opened_of_a_couple_is_there_in_all_of_it(void **state)
{
    (void)state;
    static const struct client client = {.family = CLIENT_IPV4, .bits = 32, .address = {203}};
    const struct route_set *partners[2 * SETS_MAX];
    struct world world;

    world_init(&world);
    add_located(&world, 2, ROUTE_GEO, "H", "-=. 192.0.2.0/24=0");
    for (uint32_t which = 0; which < 2; which++) {
        world.groups[which].policy = ROUTE_FAILOVER;
        fill_sets(&world, which, which == 0 ? "-U" : "UU");
    }
    world.sets[0][0].data = NULL;
    world.sets[0][0].alias = &world.groups[2];
    world.sets[0][0].evaluate = true;
    couple(&world, partners, false);
    for (uint32_t which = 0; which < 2; which++) {
        struct route_choice choice;
        struct route_query query = {.health = world.table,
                .client = &client,
                .worker = &world.worker,
                .rand = &world.rand};
        assert_true(world.groups[which].asks_client);
        route_choose(&world.groups[which], &query, &choice);
        assert_int_equal(choice.count, 1);
        assert_ptr_equal(choice.set[0], &world.sets[which][1]);
    }
    world_done(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(located_groups),
            cmocka_unit_test(located_groups_behind_aliases),
            cmocka_unit_test(opening_prefers_what_can_answer),
            cmocka_unit_test(nothing_for_a_client_is_not_fail_open),
            cmocka_unit_test(a_cut_row_does_not_open_what_is_down),
            cmocka_unit_test(a_sticky_draw_is_never_for_nothing),
            cmocka_unit_test(coupled_groups_decide_together),
            cmocka_unit_test(what_is_opened_of_a_couple_is_there_in_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
