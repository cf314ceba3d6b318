/* test_watch.c -- what workers keep of groups: never older than the verdicts, and not thrown away for
 * nothing. */
#include "test.h"

#include <string.h>

#include "base/rand.h"
#include "health/table.h"
#include "route/policy.h"
#include "route/watch.h"

#define LEAF_SETS 20U
#define GROUPS    4U

/* A top of two aliases, each to a group of twenty, of which the second has an alias to a third:
 *
 *   0 top -> 1 -> nothing; 0 top -> 2 -> 3
 */
struct world {
    struct arena *arena;
    struct health_table *table;
    struct route_set sets[GROUPS][LEAF_SETS + 1];
    struct route_group groups[GROUPS];
    const struct route_group *dependents[GROUPS];
    struct route_watch *watch;
    struct route_worker worker[2];
    struct rand rand;
};

static const uint8_t secret[ROUTE_SECRET_BYTES];

static void put(struct world *world, uint32_t slot, enum health_state state)
{
    health_table_put(world->table, slot, (struct health_verdict){.state = state});
}

static void add_leaves(struct world *world, uint32_t which, uint32_t first_slot)
{
    for (uint32_t i = 0; i < LEAF_SETS; i++) {
        world->sets[which][i] =
                (struct route_set){.id = "leaf", .data = "", .check = first_slot + i, .weight = 1};
        put(world, first_slot + i, HEALTH_UP);
    }
    world->groups[which] = (struct route_group){
            .policy = ROUTE_WEIGHTED, .count = LEAF_SETS, .sets = world->sets[which]};
}

static void add_alias(struct world *world, uint32_t from, uint32_t to)
{
    struct route_group *group = &world->groups[from];
    world->sets[from][group->count++] = (struct route_set){.id = "alias",
            .alias = &world->groups[to],
            .check = HEALTH_SLOT_NONE,
            .weight = 1,
            .evaluate = true};
    world->dependents[to] = group;
    world->groups[to].dependents = &world->dependents[to];
    world->groups[to].dependents_count = 1;
}

static void world_init(struct world *world)
{
    const struct route_group *groups[GROUPS];

    memset(world, 0, sizeof(*world));
    world->arena = arena_new();
    world->rand = rand_from_seed(7);
    assert_int_equal(health_table_create(&world->table), 0);
    world->groups[0] = (struct route_group){.policy = ROUTE_FAILOVER, .sets = world->sets[0]};
    for (uint32_t i = 1; i < GROUPS; i++)
        add_leaves(world, i, i * 100);
    add_alias(world, 0, 1);
    add_alias(world, 0, 2);
    add_alias(world, 2, 3);
    for (uint32_t i = GROUPS; i-- > 0;) {
        route_group_measure(&world->groups[i]);
        assert_true(route_group_wants_caches(&world->groups[i]));
        route_group_add_caches(&world->groups[i], world->arena, COUNT(world->worker));
        groups[i] = &world->groups[i];
    }
    world->watch = route_watch_new(groups, GROUPS);
    for (uint32_t i = 0; i < COUNT(world->worker); i++)
        route_worker_init(&world->worker[i], i, secret, world->table);
}

static void world_done(struct world *world)
{
    route_watch_free(world->watch);
    health_table_close(world->table);
    arena_free(world->arena);
}

static bool is_fresh(const struct world *world, uint32_t group, uint32_t worker)
{
    return world->groups[group].caches[worker].epoch == world->worker[worker].epoch;
}

static void choose(struct world *world, const struct route_worker *worker, struct route_choice *ret)
{
    struct route_query query = {.health = world->table, .worker = worker, .rand = &world->rand};
    route_choose(&world->groups[0], &query, ret);
}

/* As a worker does before a batch, and then a query. */
static void ask(struct world *world, uint32_t worker, struct route_choice *ret)
{
    route_watch_follow(world->watch, &world->worker[worker], world->table);
    choose(world, &world->worker[worker], ret);
}

static void a_change_reaches_those_above_it_alone(void **state)
{
    (void)state;
    struct world world;
    struct route_choice choice;
    world_init(&world);

    ask(&world, 0, &choice);
    for (uint32_t i = 0; i < GROUPS; i++)
        assert_true(is_fresh(&world, i, 0));
    assert_false(is_fresh(&world, 0, 1)); /* another worker has its own */

    put(&world, 305, HEALTH_DOWN);
    assert_true(is_fresh(&world, 3, 0)); /* until it looks */
    route_watch_follow(world.watch, &world.worker[0], world.table);
    assert_false(is_fresh(&world, 3, 0));
    assert_false(is_fresh(&world, 2, 0));
    assert_false(is_fresh(&world, 0, 0));
    assert_true(is_fresh(&world, 1, 0));

    choose(&world, &world.worker[0], &choice);
    put(&world, 9999, HEALTH_DOWN); /* nobody's */
    put(&world, 305, HEALTH_DOWN);  /* no change */
    route_watch_follow(world.watch, &world.worker[0], world.table);
    for (uint32_t i = 0; i < GROUPS; i++)
        assert_true(is_fresh(&world, i, 0));
    world_done(&world);
}

static void a_dead_branch_is_left_and_come_back_to(void **state)
{
    (void)state;
    struct world world;
    struct route_choice choice;
    world_init(&world);

    ask(&world, 0, &choice);
    assert_true(choice.set[0] >= world.sets[1] && choice.set[0] < world.sets[2]);
    for (uint32_t i = 0; i < LEAF_SETS; i++)
        put(&world, 100 + i, HEALTH_DOWN);
    ask(&world, 0, &choice);
    assert_true(choice.set[0] >= world.sets[2]);
    put(&world, 119, HEALTH_UP);
    ask(&world, 0, &choice);
    assert_ptr_equal(choice.set[0], &world.sets[1][19]);
    world_done(&world);
}

/* More changes at once than the table keeps: all that is kept goes. */
static void a_flood_is_not_missed(void **state)
{
    (void)state;
    struct world world;
    struct route_choice choice;
    world_init(&world);

    ask(&world, 0, &choice);
    put(&world, 105, HEALTH_DOWN);
    for (uint32_t i = 0; i < HEALTH_CHANGES_KEPT; i++)
        put(&world, 9999, i % 2 == 0 ? HEALTH_DOWN : HEALTH_UP);
    route_watch_follow(world.watch, &world.worker[0], world.table);
    for (uint32_t i = 0; i < GROUPS; i++)
        assert_false(is_fresh(&world, i, 0));
    for (uint32_t draw = 0; draw < 200; draw++) {
        ask(&world, 0, &choice);
        assert_ptr_not_equal(choice.set[0], &world.sets[1][5]);
    }
    world_done(&world);
}

/* What an operator sets is seen by the next query, and its trace stays with what is kept. */
static void a_force_reaches_what_is_kept(void **state)
{
    (void)state;
    static const enum health_state forced[] = {
            HEALTH_UNKNOWN, HEALTH_DOWN, HEALTH_UP, HEALTH_UNKNOWN};
    const struct health_detail detail = {.id = "c", .flags = HEALTH_DEFINED};
    struct world world;
    world_init(&world);
    health_table_write(world.table, 305, &detail);

    for (uint32_t i = 0; i < 2 * COUNT(forced); i++) { /* once filled, once kept */
        struct route_choice choice;
        struct route_query query = {
                .health = world.table, .worker = &world.worker[0], .rand = &world.rand};
        assert_int_equal(health_table_force(world.table, 305, "c", forced[i / 2]), 0);
        route_watch_follow(world.watch, &world.worker[0], world.table);
        assert_int_equal(is_fresh(&world, 0, 0), i % 2 == 1);
        route_choose(&world.groups[0], &query, &choice);
        bool seen = (query.seen & HEALTH_SEEN_FORCED) != 0;
        if (seen != (forced[i / 2] != HEALTH_UNKNOWN))
            fail_msg("query %u: forced %d", i, seen);
    }
    world_done(&world);
}

/* Whatever happens in between, a worker with caches answers as one without. */
static void kept_and_worked_out_are_the_same(void **state)
{
    (void)state;
    static struct route_survey kept, fresh;
    const struct route_worker no_worker = {.index = ROUTE_WORKER_NONE};
    struct world world;
    world_init(&world);

    for (uint32_t round = 0; round < 3000; round++) {
        uint32_t changes = rand_below(&world.rand, 5) == 0 ? 600 : rand_below(&world.rand, 40);
        uint32_t downs = rand_below(&world.rand, 11);
        for (uint32_t i = 0; i < changes; i++)
            put(&world, 100 * (1 + rand_below(&world.rand, 3)) + rand_below(&world.rand, LEAF_SETS),
                    rand_below(&world.rand, 10) < downs ? HEALTH_DOWN : HEALTH_UP);
        route_watch_follow(world.watch, &world.worker[0], world.table);
        uint32_t group = rand_below(&world.rand, GROUPS);
        struct route_query query = {
                .health = world.table, .worker = &world.worker[0], .rand = &world.rand};
        route_explain(&world.groups[group], &query, &kept);
        query.worker = &no_worker;
        route_explain(&world.groups[group], &query, &fresh);
        assert_int_equal(kept.fail_open, fresh.fail_open);
        for (uint32_t i = 0; i < kept.count; i++) {
            assert_int_equal(kept.set[i].healthy, fresh.set[i].healthy);
            assert_true(kept.set[i].probability == fresh.set[i].probability);
        }
    }
    world_done(&world);
}

/* ------------------------------------------------------------------ random graphs */

#define GRAPH_GROUPS 8U
#define GRAPH_SETS   12U
#define GRAPH_CHECKS 6U
#define GRAPHS       300U

/* Groups whose aliases point to lower ones; the first are for nobody or for everybody, as geo groups are
 * that do or do not cover a client. */
struct graph {
    struct route_set sets[GRAPH_GROUPS][GRAPH_SETS];
    struct route_group groups[GRAPH_GROUPS];
    const struct route_group *dependents[GRAPH_GROUPS][GRAPH_GROUPS * GRAPH_SETS];
    struct order *orders[GRAPH_GROUPS];
};

static void add_random_set(struct world *world, struct graph *graph, uint32_t which)
{
    struct route_group *group = &graph->groups[which];
    struct route_set *set = &graph->sets[which][group->count++];
    uint32_t draw = rand_below(&world->rand, 3);

    *set = (struct route_set){.id = "set", .data = "", .check = HEALTH_SLOT_NONE, .weight = 1};
    if (draw > 0)
        set->check = rand_below(&world->rand, GRAPH_CHECKS);
    if (which == 0 || rand_below(&world->rand, 2) == 0)
        return;
    struct route_group *target = &graph->groups[rand_below(&world->rand, which)];
    set->data = NULL;
    set->alias = target;
    set->evaluate = rand_below(&world->rand, 3) > 0;
    if (set->evaluate)
        graph->dependents[target - graph->groups][target->dependents_count++] = group;
}

static void make_graph(struct world *world, struct graph *graph)
{
    static const enum route_policy policies[] = {
            ROUTE_FAILOVER, ROUTE_WEIGHTED, ROUTE_LATENCY, ROUTE_GEO};
    const uint16_t places[GRAPH_SETS] = {2, 0, 1};

    memset(graph, 0, sizeof(*graph));
    for (uint32_t i = 0; i < GRAPH_GROUPS; i++) {
        struct route_group *group = &graph->groups[i];
        group->policy = i == 0 ? ROUTE_GEO : policies[rand_below(&world->rand, COUNT(policies))];
        group->sets = graph->sets[i];
        group->dependents = graph->dependents[i];
        for (uint32_t sets = 3 + rand_below(&world->rand, GRAPH_SETS - 3); sets > 0; sets--)
            add_random_set(world, graph, i);
        if (group->policy >= ROUTE_LATENCY)
            graph->orders[i] =
                    order_fixed(places, i > 0 && rand_below(&world->rand, 3) > 0 ? 3 : 0);
        if (group->policy == ROUTE_LATENCY && graph->orders[i]->rows[0].count == 0)
            group->policy = ROUTE_GEO; /* every set of a latency group is for everybody */
        group->order = graph->orders[i];
        route_group_measure(group);
    }
}

static void add_graph_caches(struct world *world, struct graph *graph, struct arena *arena)
{
    const struct route_group *watched[GRAPH_GROUPS];
    size_t count = 0;

    for (uint32_t i = 0; i < GRAPH_GROUPS; i++) {
        if (!route_group_wants_caches(&graph->groups[i]))
            continue;
        route_group_add_caches(&graph->groups[i], arena, 1);
        watched[count++] = &graph->groups[i];
    }
    world->watch = route_watch_new(watched, count);
}

/* An answer is empty only if no set leads anywhere, and what is opened is told so. */
static void check_choice(struct world *world, const struct route_group *group)
{
    static const struct client client = {.family = CLIENT_IPV4, .bits = 32};
    static struct route_survey kept, fresh;
    const struct route_worker no_worker = {.index = ROUTE_WORKER_NONE};
    struct route_query query = {.health = world->table,
            .client = &client,
            .worker = &world->worker[0],
            .rand = &world->rand};
    struct route_choice choice;
    double sum = 0;

    route_explain(group, &query, &kept);
    route_choose(group, &query, &choice);
    if (choice.count == 0)
        assert_true(group->may_be_empty);
    query.worker = &no_worker;
    route_explain(group, &query, &fresh);
    assert_int_equal(kept.fail_open, fresh.fail_open);
    for (uint32_t i = 0; i < kept.count; i++) {
        assert_int_equal(kept.set[i].healthy, fresh.set[i].healthy);
        assert_true(kept.set[i].probability == fresh.set[i].probability);
        assert_true(kept.set[i].probability == 0 || kept.set[i].healthy || kept.fail_open);
        sum += kept.set[i].probability;
    }
    assert_true(sum > 0.99 || (sum == 0 && group->may_be_empty && !kept.fail_open));
}

static void any_graph_is_kept_as_it_is_worked_out(void **state)
{
    (void)state;
    static struct graph graph;
    static struct world world;

    memset(&world, 0, sizeof(world));
    world.rand = rand_from_seed(11);
    assert_int_equal(health_table_create(&world.table), 0);
    for (uint32_t i = 0; i < GRAPHS; i++) {
        struct arena *arena = arena_new();
        make_graph(&world, &graph);
        add_graph_caches(&world, &graph, arena);
        route_worker_init(&world.worker[0], 0, secret, world.table);
        for (uint32_t round = 0; round < 30; round++) {
            put(&world, rand_below(&world.rand, GRAPH_CHECKS),
                    rand_below(&world.rand, 2) == 0 ? HEALTH_DOWN : HEALTH_UP);
            route_watch_follow(world.watch, &world.worker[0], world.table);
            check_choice(&world, &graph.groups[rand_below(&world.rand, GRAPH_GROUPS)]);
        }
        route_watch_free(world.watch);
        for (uint32_t j = 0; j < GRAPH_GROUPS; j++)
            order_unref(graph.orders[j]);
        arena_free(arena);
    }
    health_table_close(world.table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_change_reaches_those_above_it_alone),
            cmocka_unit_test(a_dead_branch_is_left_and_come_back_to),
            cmocka_unit_test(a_flood_is_not_missed),
            cmocka_unit_test(a_force_reaches_what_is_kept),
            cmocka_unit_test(kept_and_worked_out_are_the_same),
            cmocka_unit_test(any_graph_is_kept_as_it_is_worked_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
