/* route.c -- what a choice costs: by policy, by how many sets there are, and while verdicts change.
 *
 *   bench_route            nanoseconds a choice, as a table, and each as a ratio to the first row
 *   bench_route --smoke    a moment of each, to see that it runs
 *
 * A round is a million choices; in the columns "all up" nothing changes, in "half down" every other check
 * is down, in "flipping" one check of the group flips every 300 choices, which at 300,000 queries a
 * second are 1,000 flips a second.  Take figures from a release build.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "health/table.h"
#include "route/policy.h"
#include "route/sticky.h"
#include "route/watch.h"
#include "spent.h"

#define CHOICES       1000000U
#define CHOICES_SMOKE 1000U
#define FLIP_EVERY    300U
#define BATCH         32U /* choices between two looks at the table, as datagrams in a batch */

static const struct row {
    const char *name;
    enum route_policy policy;
    uint32_t sets;
    bool sticky;
} rows[] = {
        {"failover 2",      ROUTE_FAILOVER,   2,    false},
        {"weighted 2",      ROUTE_WEIGHTED,   2,    false},
        {"weighted 100",    ROUTE_WEIGHTED,   100,  false},
        {"weighted 1000",   ROUTE_WEIGHTED,   1000, false},
        {"multivalue 8",    ROUTE_MULTIVALUE, 8,    false},
        {"multivalue 100",  ROUTE_MULTIVALUE, 100,  false},
        {"multivalue 1000", ROUTE_MULTIVALUE, 1000, false},
        {"sticky 2",        ROUTE_WEIGHTED,   2,    true },
        {"sticky 1000",     ROUTE_WEIGHTED,   1000, true },
};

/* One group, and the worker that chooses from it. */
struct world {
    struct arena *arena;
    struct health_table *table;
    struct route_set *sets;
    char (*ids)[16];
    struct route_group group;
    struct route_watch *watch;
    struct route_worker worker;
    struct rand rand;
    uint32_t flips;
};

static void put(struct world *world, uint32_t slot, bool up)
{
    health_table_put(
            world->table, slot, (struct health_verdict){.state = up ? HEALTH_UP : HEALTH_DOWN});
}

static void world_init(struct world *world, const struct row *row)
{
    static const uint8_t bits[CLIENT_FAMILIES] = {24, 56};
    static const uint8_t secret[ROUTE_SECRET_BYTES];
    const struct route_group *group = &world->group;

    *world = (struct world){.arena = arena_new(), .rand = rand_from_seed(1)};
    if (health_table_create(&world->table) != 0)
        abort();
    world->sets = mem_zalloc(row->sets, sizeof(*world->sets));
    world->ids = mem_zalloc(row->sets, sizeof(*world->ids));
    for (uint32_t i = 0; i < row->sets; i++) {
        snprintf(world->ids[i], sizeof(world->ids[i]), "set-%u", i);
        world->sets[i] = (struct route_set){.id = world->ids[i],
                .data = world,
                .check = i,
                .weight = row->policy == ROUTE_WEIGHTED ? (uint16_t)(1 + i % 9) : 0};
        put(world, i, true);
    }
    world->group =
            (struct route_group){.policy = row->policy, .count = row->sets, .sets = world->sets};
    if (row->sticky)
        world->group.sticky = sticky_new(world->arena, group, bits, 1);
    route_group_measure(&world->group);
    if (route_group_wants_caches(group))
        route_group_add_caches(&world->group, world->arena, 1);
    world->watch = route_watch_new(&group, 1);
    route_worker_init(&world->worker, 0, secret, world->table);
}

static void world_done(struct world *world)
{
    route_watch_free(world->watch);
    health_table_close(world->table);
    free(world->sets);
    free(world->ids);
    arena_free(world->arena);
}

static void flip(struct world *world)
{
    uint32_t slot = world->flips++ * 7919U % world->group.count;
    put(world, slot, health_table_get(world->table, slot).state == HEALTH_DOWN);
}

/* Nanoseconds a choice. */
static double measure(struct world *world, uint32_t choices, bool flipping)
{
    struct client client = {.family = CLIENT_IPV4, .bits = 32};
    struct route_query query = {.health = world->table,
            .client = &client,
            .worker = &world->worker,
            .rand = &world->rand};
    struct route_choice choice;
    double start_s = spent_s();

    for (uint32_t i = 0; i < choices; i++) {
        if (i % BATCH == 0)
            route_watch_follow(world->watch, &world->worker, world->table);
        if (flipping && i % FLIP_EVERY == 0)
            flip(world);
        memcpy(client.address, &i, sizeof(i));
        route_choose(&world->group, &query, &choice);
        if (choice.count == 0)
            abort();
    }
    return (spent_s() - start_s) * 1e9 / choices;
}

static void run_row(const struct row *row, uint32_t choices, double *first)
{
    struct world world;

    world_init(&world, row);
    (void)measure(&world, choices / 10, false); /* warms up */
    double up = measure(&world, choices, false);
    for (uint32_t i = 0; i < row->sets; i += 2)
        put(&world, i, false);
    double half = measure(&world, choices, false);
    double flipping = measure(&world, choices, true);
    if (*first == 0)
        *first = up;
    printf("%-18s %8.1f %8.1f %8.1f   %5.2f %5.2f %5.2f\n", row->name, up, half, flipping,
            up / *first, half / *first, flipping / *first);
    world_done(&world);
}

int main(int argc, char **argv)
{
    bool smoke = argc == 2 && strcmp(argv[1], "--smoke") == 0;
    double first = 0;

    if (argc > 1 && !smoke) {
        fprintf(stderr, "usage: bench_route [--smoke]\n");
        return 2;
    }
    printf("%-18s %8s %8s %8s   %s\n", "ns a choice", "all up", "half", "flipping", "ratios");
    for (size_t i = 0; i < COUNT(rows); i++)
        run_row(&rows[i], smoke ? CHOICES_SMOKE : CHOICES, &first);
    return 0;
}
