/* test_sticky.c -- the same client, the same set; and what moves when a set dies. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "health/table.h"
#include "route/policy.h"
#include "route/sticky.h"

#define CLIENTS  20000U
#define SETS_MAX 1000U

static const uint8_t prefix_bits[CLIENT_FAMILIES] = {24, 56};

struct world {
    struct arena *arena;
    struct health_table *table;
    struct route_set sets[SETS_MAX];
    char ids[SETS_MAX][16];
    struct route_group group;
    struct route_worker worker;
};

static void world_init(
        struct world *world, enum route_policy policy, const uint16_t *weights, uint32_t count)
{
    memset(world, 0, sizeof(*world));
    world->arena = arena_new();
    assert_int_equal(health_table_create(&world->table), 0);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(world->ids[i], sizeof(world->ids[i]), "set-%u", i);
        world->sets[i] = (struct route_set){.id = world->ids[i],
                .data = "",
                .check = i,
                .weight = weights != NULL ? weights[i] : 0};
        health_table_put(world->table, i, (struct health_verdict){.state = HEALTH_UP});
    }
    world->group = (struct route_group){.policy = policy, .count = count, .sets = world->sets};
    world->group.sticky = sticky_new(world->arena, &world->group, prefix_bits, 1);
    route_group_measure(&world->group);
    world->worker = (struct route_worker){.index = ROUTE_WORKER_NONE, .secret = "a secret"};
}

static void world_done(struct world *world)
{
    health_table_close(world->table);
    arena_free(world->arena);
}

static void set_state(struct world *world, uint32_t place, enum health_state state)
{
    health_table_put(world->table, place, (struct health_verdict){.state = state});
}

/* The client with number `number`, in a /24 of its own. */
static struct client client_of(uint32_t number)
{
    return (struct client){
            .family = CLIENT_IPV4,
            .bits = 32,
            .address = {10, (uint8_t)(number >> 8), (uint8_t)number, 1},
    };
}

static void choose(const struct world *world, const struct client *client, struct route_choice *ret)
{
    struct route_query query = {.health = world->table, .client = client, .worker = &world->worker};
    route_choose(&world->group, &query, ret);
    assert_int_equal(query.scope, prefix_bits[client->family]);
}

static void choose_all(const struct world *world, uint16_t ret[CLIENTS])
{
    struct route_choice choice;
    for (uint32_t i = 0; i < CLIENTS; i++) {
        struct client client = client_of(i);
        choose(world, &client, &choice);
        assert_int_equal(choice.count, 1);
        ret[i] = (uint16_t)(choice.set[0] - world->sets);
    }
}

/* Six standard deviations of so many draws. */
static void check_share(const char *what, uint32_t place, double share, uint32_t count)
{
    double expected = share * CLIENTS;
    double off = count - expected;
    if (off * off > 36 * (expected * (1 - share) + 1))
        fail_msg("%s: set %u has %u clients, not about %.0f", what, place, count, expected);
}

static const struct row {
    const char *what;
    uint32_t count;
    uint16_t weights[10];
} rows[] = {
        {"two alike",              2,  {1, 1}                                   },
        {"90 and 10",              2,  {90, 10}                                 },
        {"one of 255 among light", 5,  {255, 1, 2, 3, 4}                        },
        {"ten",                    10, {10, 20, 30, 40, 50, 60, 70, 80, 90, 100}},
        {"a weight of nothing",    3,  {5, 0, 5}                                },
};

static double weight_sum(const struct row *row, uint32_t without)
{
    double sum = 0;
    for (uint32_t i = 0; i < row->count; i++)
        sum += i == without ? 0 : row->weights[i];
    return sum;
}

static void check_shares(const struct row *row, const uint16_t *chosen, uint32_t dead)
{
    uint32_t counts[SETS_MAX] = {0};
    double sum = weight_sum(row, dead);

    for (uint32_t i = 0; i < CLIENTS; i++)
        counts[chosen[i]]++;
    for (uint32_t i = 0; i < row->count; i++)
        check_share(row->what, i, i == dead ? 0 : row->weights[i] / sum, counts[i]);
}

/* The share that moves is the dead set's, and nothing else; and it comes back. */
static void a_death_moves_its_own_clients_alone(void **state)
{
    (void)state;
    static uint16_t before[CLIENTS], during[CLIENTS], after[CLIENTS];

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world;
        world_init(&world, ROUTE_WEIGHTED, rows[i].weights, rows[i].count);
        choose_all(&world, before);
        check_shares(&rows[i], before, UINT32_MAX);
        for (uint32_t dead = 0; dead < rows[i].count; dead++) {
            set_state(&world, dead, HEALTH_DOWN);
            choose_all(&world, during);
            check_shares(&rows[i], during, dead);
            for (uint32_t j = 0; j < CLIENTS; j++)
                if (before[j] != dead && before[j] != during[j])
                    fail_msg("%s: a client of set %u moved to %u when %u died", rows[i].what,
                            before[j], during[j], dead);
            set_state(&world, dead, HEALTH_UP);
            choose_all(&world, after);
            assert_memory_equal(before, after, sizeof(before));
        }
        world_done(&world);
    }
}

/* The same with two dead of a thousand, and with two left of them: then darts seldom hit. */
static void many_sets_and_few_left(void **state)
{
    (void)state;
    static uint16_t weights[SETS_MAX], before[CLIENTS], during[CLIENTS];
    struct world world;

    for (uint32_t i = 0; i < SETS_MAX; i++)
        weights[i] = (uint16_t)(i % 5 == 0 ? 255 : 1);
    world_init(&world, ROUTE_WEIGHTED, weights, SETS_MAX);
    for (uint32_t i = 3; i < SETS_MAX; i++)
        set_state(&world, i, HEALTH_DOWN);
    choose_all(&world, before);
    set_state(&world, 1, HEALTH_DOWN);
    choose_all(&world, during);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        assert_true(before[i] < 3);
        assert_true(before[i] == 1 || before[i] == during[i]);
    }
    set_state(&world, 0, HEALTH_DOWN);
    choose_all(&world, during);
    for (uint32_t i = 0; i < CLIENTS; i++)
        assert_int_equal(during[i], 2);
    world_done(&world);
}

/* Only weightless sets are left: each is as likely, and still the same. */
static void the_last_resort_is_sticky_too(void **state)
{
    (void)state;
    static const struct row row = {
            "last resort", 3, {0, 1, 1}
    };
    static const uint16_t weights[] = {9, 0, 0};
    static uint16_t first[CLIENTS], second[CLIENTS];
    struct world world;

    world_init(&world, ROUTE_WEIGHTED, weights, 3);
    set_state(&world, 0, HEALTH_DOWN);
    choose_all(&world, first);
    choose_all(&world, second);
    assert_memory_equal(first, second, sizeof(first));
    check_shares(&row, first, UINT32_MAX);
    world_done(&world);
}

static void multivalue_keeps_its_eight(void **state)
{
    (void)state;
    struct world world;
    struct route_choice before, after;

    world_init(&world, ROUTE_MULTIVALUE, NULL, 100);
    for (uint32_t i = 0; i < 500; i++) {
        struct client client = client_of(i);
        choose(&world, &client, &before);
        assert_int_equal(before.count, ROUTE_CHOSEN_MAX);
        uint32_t dead = (uint32_t)(before.set[3] - world.sets);
        set_state(&world, dead, HEALTH_DOWN);
        choose(&world, &client, &after);
        set_state(&world, dead, HEALTH_UP);
        assert_int_equal(after.count, ROUTE_CHOSEN_MAX);
        for (uint32_t j = 0; j < 7; j++)
            assert_ptr_equal(after.set[j], before.set[j < 3 ? j : j + 1]);
        for (uint32_t j = 0; j < 7; j++)
            assert_ptr_not_equal(after.set[7], after.set[j]);
    }
    world_done(&world);
}

/* What lies behind the prefix does not count, and what lies in it does. */
static void the_prefix_is_what_counts(void **state)
{
    (void)state;
    static const uint16_t weights[] = {1, 1, 1, 1, 1, 1, 1, 1};
    struct world world;
    struct route_choice a, b;
    uint32_t moved = 0;

    world_init(&world, ROUTE_WEIGHTED, weights, COUNT(weights));
    for (uint32_t i = 0; i < 256; i++) {
        struct client client = {
                .family = CLIENT_IPV6, .bits = 128, .address = {0x20, 1}
        };
        client.address[6] = (uint8_t)i; /* bits 49 to 56 */
        choose(&world, &client, &a);
        client.address[7] = 0xff;
        client.address[15] = (uint8_t)i;
        choose(&world, &client, &b);
        assert_ptr_equal(a.set[0], b.set[0]);
        client.address[6] ^= 1;
        choose(&world, &client, &b);
        moved += a.set[0] != b.set[0];
    }
    assert_true(moved > 180); /* 7 of 8 would be 224 */
    world_done(&world);
}

/* Another secret, another key: another way.  Another order in the zone file: the same way. */
static void the_secret_the_key_and_the_ids_decide(void **state)
{
    (void)state;
    static const uint16_t weights[] = {3, 3, 3, 3};
    static uint16_t before[CLIENTS], after[CLIENTS];
    uint32_t moved = 0;
    struct world world;

    world_init(&world, ROUTE_WEIGHTED, weights, COUNT(weights));
    choose_all(&world, before);
    for (uint32_t i = 0; i < COUNT(weights); i++)
        snprintf(world.ids[i], sizeof(world.ids[i]), "set-%u", 3 - i);
    world.group.sticky = sticky_new(world.arena, &world.group, prefix_bits, 1);
    choose_all(&world, after);
    for (uint32_t i = 0; i < CLIENTS; i++)
        assert_int_equal(after[i], 3 - before[i]);
    world.group.sticky = sticky_new(world.arena, &world.group, prefix_bits, 2);
    choose_all(&world, before);
    for (uint32_t i = 0; i < CLIENTS; i++)
        moved += before[i] != after[i];
    assert_in_range(moved, CLIENTS * 7 / 10, CLIENTS * 8 / 10);
    world.worker.secret[0] ^= 1;
    choose_all(&world, after);
    moved = 0;
    for (uint32_t i = 0; i < CLIENTS; i++)
        moved += before[i] != after[i];
    assert_in_range(moved, CLIENTS * 7 / 10, CLIENTS * 8 / 10);
    world_done(&world);
}

/* Whoever asks what all clients get is told the chances, also of a client that is known. */
static void draws_are_told_as_chances(void **state)
{
    (void)state;
    static const uint16_t weights[] = {1, 3, 0, 4};
    static const double chances[] = {0.2, 0, 0, 0.8};
    struct route_survey *survey = calloc(1, sizeof(*survey));
    struct client client = client_of(7);
    struct world world;

    world_init(&world, ROUTE_WEIGHTED, weights, COUNT(weights));
    set_state(&world, 1, HEALTH_DOWN);
    for (int every = 0; every < 2; every++) {
        struct route_query query = {.health = world.table,
                .client = &client,
                .worker = &world.worker,
                .as_chances = every == 1};
        double certain = 0;
        route_explain(&world.group, &query, survey);
        for (uint32_t i = 0; i < COUNT(weights); i++) {
            certain += survey->set[i].probability == 1;
            if (every == 1)
                assert_true(survey->set[i].probability == chances[i]);
        }
        assert_true(certain == 1 - every);
    }
    free(survey);
    world_done(&world);
}

/* A set that has come back takes clients over by and by, keeps those it has, and ends where it was before. */
static void a_share_grows_and_keeps_whom_it_has(void **state)
{
    static const uint16_t weights[] = {1, 2, 1};
    static const uint8_t lacks[] = {248, 200, 120, 40, 0};
    static uint16_t whole[CLIENTS], before[CLIENTS], now[CLIENTS];
    struct world world;
    (void)state;

    world_init(&world, ROUTE_WEIGHTED, weights, COUNT(weights));
    choose_all(&world, whole);
    set_state(&world, 1, HEALTH_DOWN);
    choose_all(&world, before);
    for (size_t i = 0; i < COUNT(lacks); i++) {
        double weight = 2 * (255.0 - lacks[i]) / 255;
        uint32_t count = 0;
        health_table_put(
                world.table, 1, (struct health_verdict){.state = HEALTH_UP, .lack = lacks[i]});
        choose_all(&world, now);
        for (uint32_t client = 0; client < CLIENTS; client++) {
            if (now[client] != before[client] && now[client] != 1)
                fail_msg("client %u went from %u to %u", client, before[client], now[client]);
            count += now[client] == 1;
        }
        check_share("growing", 1, weight / (weight + 2), count);
        memcpy(before, now, sizeof(before));
    }
    assert_memory_equal(now, whole, sizeof(now));
    world_done(&world);
}

static void a_growing_multivalue_set_keeps_whom_it_has(void **state)
{
    static const uint8_t lacks[] = {248, 120, 0};
    static bool had[CLIENTS];
    struct world world;
    (void)state;

    world_init(&world, ROUTE_MULTIVALUE, NULL, 2);
    memset(had, 0, sizeof(had));
    for (size_t i = 0; i < COUNT(lacks); i++) {
        uint32_t count = 0;
        health_table_put(
                world.table, 1, (struct health_verdict){.state = HEALTH_UP, .lack = lacks[i]});
        for (uint32_t number = 0; number < CLIENTS; number++) {
            struct client client = client_of(number);
            struct route_choice choice;
            choose(&world, &client, &choice);
            bool has = choice.set[0] == &world.sets[1] ||
                       (choice.count == 2 && choice.set[1] == &world.sets[1]);
            assert_true(choice.count > 0);
            if (had[number] && !has)
                fail_msg("client %u lost it", number);
            had[number] = has;
            count += has;
        }
        check_share("growing", 1, (255.0 - lacks[i]) / 255, count);
    }
    world_done(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_death_moves_its_own_clients_alone),
            cmocka_unit_test(many_sets_and_few_left),
            cmocka_unit_test(a_share_grows_and_keeps_whom_it_has),
            cmocka_unit_test(a_growing_multivalue_set_keeps_whom_it_has),
            cmocka_unit_test(the_last_resort_is_sticky_too),
            cmocka_unit_test(draws_are_told_as_chances),
            cmocka_unit_test(multivalue_keeps_its_eight),
            cmocka_unit_test(the_prefix_is_what_counts),
            cmocka_unit_test(the_secret_the_key_and_the_ids_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
