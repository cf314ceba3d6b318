/* test_route.c -- choosing, held against the vectors of Route 53 and against random trees. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "health/table.h"
#include "route/order.h"
#include "route/route.h"

#define DRAWS 60000U

/* A set in a test is a word such as "10H": weight or rank, health, and perhaps 'a' or 'b', the group it is
 * an alias to, and '!', evaluate=no. */
enum member_health {
    HEALTHY = 'H',
    UNHEALTHY = 'U',
    UNCHECKED = '-', /* no health check */
    UNHEARD = '?',   /* a check whose verdict is not known: counts as up */
    UNPROBED = 'N',  /* a new check without data: up */
};

struct member {
    enum member_health health;
    uint16_t number; /* weight or rank */
    char branch;     /* 0: data; else an alias to that group */
    bool ignore;     /* alias: evaluate=no */
};

#define MEMBERS_MAX 12U
#define ALL         3600U /* the sum of a vector's shares */

struct spec {
    enum route_policy policy;
    struct member member[MEMBERS_MAX];
    uint32_t count;
};

/* A vector: the group asked / the groups a / and b behind its aliases, and how many of 3600 answers
 * each set of the three has. */
struct vector {
    const char *what;
    const char *groups;
    const char *shares;
    bool fail_open;
};

static const struct vector vectors[] = {
        {"1 failover P=H S=U",                                       "failover 1H 2U",                                       "3600 0",                false},
        {"2 failover P=U S=H",                                       "failover 1U 2H",                                       "0 3600",                false},
        {"3 failover P=U S=U",                                       "failover 1U 2U",                                       "3600 0",                true },
        {"4 failover P=U S=-",                                       "failover 1U 2-",                                       "0 3600",                false},
        {"failover P=H S=H",                                         "failover 1H 2H",                                       "3600 0",                false},
        {"failover, third rank",                                     "failover 1U 2U 3H 9H",                                 "0 0 3600 0",            false},
        {"failover, primary alone",                                  "failover 1U",                                          "3600",                  true },
        {"failover, verdict not known counts as up",                 "failover 1? 2H",                                       "3600 0",                false},
        {"5 weighted 10H 20H 20U",                                   "weighted 10H 20H 20U",                                 "1200 2400 0",           false},
        {"6 weighted 10U 20U 20U",                                   "weighted 10U 20U 20U",                                 "720 1440 1440",         true },
        {"7 weighted 10H 0H",                                        "weighted 10H 0H",                                      "3600 0",                false},
        {"8 weighted 10U 0H 0H",                                     "weighted 10U 0H 0H",                                   "0 1800 1800",           false},
        {"9 weighted 10U 0U",                                        "weighted 10U 0U",                                      "3600 0",                true },
        {"10 weighted 0- 0- 0-",                                     "weighted 0- 0- 0-",                                    "1200 1200 1200",        false},
        {"11 weighted 0H 0U",                                        "weighted 0H 0U",                                       "3600 0",                false},
        {"12 weighted 5U 5-",                                        "weighted 5U 5-",                                       "0 3600",                false},
        {"weighted, a weight of 0 without check is the last resort", "weighted 10U 0-",                                      "0 3600",
         false                                                                                                                                             },
        {"weighted 255 and 1",                                       "weighted 255H 45H",                                    "3060 540",              false},
        {"simple, unhealthy",                                        "simple 0U",                                            "3600",                  true },
        {"22 alias to a branch all U, sibling branch H",
         "failover 1-a 2-b / weighted 10U 30U / weighted 10H",                                                               "0 / 0 0 / 3600",        false},
        {"23 as 22, evaluate=no",                                    "failover 1-a! 2-b! / weighted 10U 30U / weighted 10H",
         "0 / 900 2700 / 0",                                                                                                                          true },
        {"24 alias with its own check U to H H, sibling H",
         "failover 1Ua 2-b / weighted 10H 10H / weighted 10H",                                                               "0 / 0 0 / 3600",        false},
        {"25 alias to U and -",                                      "simple 0-a / weighted 10U 10-",                        "0 / 0 3600",            false},
        {"26 both branches U, failover aliases",
         "failover 1-a 2-b / weighted 10U 30U / weighted 10U",                                                               "0 / 900 2700 / 0",      true },
        {"27 alias U to H U, alias to U U, equal weights",
         "weighted 10Ua 10-b / weighted 10H 10U / weighted 10U 20U",                                                         "0 / 1800 0 / 600 1200",
         true                                                                                                                                              },
        {"a branch of weight 0 sets is healthy through one of them",
         "failover 1-a 2-b / weighted 10U 0H / weighted 10H",                                                                "0 / 0 3600 / 0",        false},
};

/* ------------------------------------------------------------------ building groups */

struct fixture {
    struct health_table *table;
    uint32_t slots;
    struct route_set set[3][MEMBERS_MAX];
    struct route_group group[3];
    struct rand rand;
};

static const struct route_worker no_worker = {.index = ROUTE_WORKER_NONE};

static void fixture_init(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    assert_int_equal(health_table_create(&fixture->table), 0);
    fixture->rand = rand_from_seed(53);
}

static void choose(const struct route_group *group, const struct health_table *table,
        struct rand *rand, struct route_choice *ret)
{
    struct route_query query = {.health = table, .worker = &no_worker, .rand = rand};
    route_choose(group, &query, ret);
    assert_int_equal(query.scope, 0); /* nobody was asked for */
}

static struct member read_member(const char *word)
{
    char *end;
    struct member member = {.number = (uint16_t)strtoul(word, &end, 10)};
    member.health = (enum member_health) * end++;
    if (*end == 'a' || *end == 'b')
        member.branch = *end++;
    member.ignore = *end == '!';
    return member;
}

/* Reads the groups of a vector; those it leaves out have no sets. */
static void read_specs(const char *text, struct spec ret[3])
{
    char copy[256];
    char *rest;
    struct spec *spec = ret;

    memset(ret, 0, 3 * sizeof(*ret));
    snprintf(copy, sizeof(copy), "%s", text);
    for (const char *word = strtok_r(copy, " ", &rest); word != NULL;
            word = strtok_r(NULL, " ", &rest)) {
        if (word[0] == '/')
            spec++;
        else if (word[0] >= 'a')
            while (strcmp(word, route_policy_name(spec->policy)) != 0)
                spec->policy++;
        else
            spec->member[spec->count++] = read_member(word);
    }
}

/* Reads the shares of a vector. */
static void read_shares(const char *text, uint32_t ret[3][MEMBERS_MAX])
{
    char copy[256];
    char *rest;
    size_t group = 0;
    size_t place = 0;

    memset(ret, 0, 3 * sizeof(*ret));
    snprintf(copy, sizeof(copy), "%s", text);
    for (const char *word = strtok_r(copy, " ", &rest); word != NULL;
            word = strtok_r(NULL, " ", &rest)) {
        if (word[0] == '/') {
            group++;
            place = 0;
        } else {
            ret[group][place++] = (uint32_t)strtoul(word, NULL, 10);
        }
    }
}

static uint32_t new_check(struct fixture *fixture, enum member_health health)
{
    if (health == UNCHECKED)
        return HEALTH_SLOT_NONE;
    uint32_t slot = fixture->slots++;
    enum health_state state = HEALTH_UP;
    if (health == UNHEALTHY)
        state = HEALTH_DOWN;
    if (health == UNHEARD)
        state = HEALTH_UNKNOWN;
    health_table_put(fixture->table, slot,
            (struct health_verdict){.state = state, .no_data = health == UNPROBED});
    return slot;
}

static void fill_group(struct fixture *fixture, size_t which, const struct spec *spec)
{
    struct route_group *group = &fixture->group[which];

    for (uint32_t i = 0; i < spec->count; i++) {
        const struct member *member = &spec->member[i];
        struct route_set *set = &fixture->set[which][i];
        *set = (struct route_set){
                .id = "set",
                .check = new_check(fixture, member->health),
                .weight = spec->policy == ROUTE_WEIGHTED ? member->number : 0,
                .rank = spec->policy == ROUTE_FAILOVER ? member->number : 0,
                .evaluate = !member->ignore,
        };
        if (member->branch != 0)
            set->alias = &fixture->group[member->branch - 'a' + 1];
        else
            set->data = set;
    }
    group->policy = spec->policy;
    group->count = spec->count;
    group->sets = fixture->set[which];
    if (spec->count > 0)
        route_group_measure(group);
}

/* ------------------------------------------------------------------ the vectors */

static void count_draws(
        struct fixture *fixture, const struct vector *row, uint32_t counts[3][MEMBERS_MAX])
{
    for (uint32_t draw = 0; draw < DRAWS; draw++) {
        struct route_choice choice;
        choose(&fixture->group[0], fixture->table, &fixture->rand, &choice);
        if (choice.count != 1)
            fail_msg("%s: %u sets chosen", row->what, choice.count);
        if (choice.fail_open != row->fail_open)
            fail_msg("%s: fail_open is wrong", row->what);
        if (choice.set[0]->data == NULL)
            fail_msg("%s: an alias was chosen", row->what);
        size_t place = (size_t)(choice.set[0] - &fixture->set[0][0]);
        counts[place / MEMBERS_MAX][place % MEMBERS_MAX]++;
    }
}

/* Never and always are exact; a share between may miss by six standard deviations of 60,000 draws. */
static void check_share(const char *what, size_t place, uint32_t share, uint32_t count)
{
    uint32_t expected = (uint32_t)((uint64_t)DRAWS * share / ALL);
    uint32_t off = count > expected ? count - expected : expected - count;

    if (off > (share == 0 || share == ALL ? 0 : 735))
        fail_msg("%s: set %zu: chosen %u times, not about %u", what, place, count, expected);
}

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        uint32_t counts[3][MEMBERS_MAX] = {0};
        uint32_t shares[3][MEMBERS_MAX];
        struct spec specs[3];
        struct fixture fixture;
        fixture_init(&fixture);
        read_specs(vectors[i].groups, specs);
        read_shares(vectors[i].shares, shares);
        for (size_t group = 3; group-- > 0;) /* targets first */
            fill_group(&fixture, group, &specs[group]);
        count_draws(&fixture, &vectors[i], counts);
        for (size_t j = 0; j < COUNT(specs) * MEMBERS_MAX; j++)
            check_share(vectors[i].what, j, shares[j / MEMBERS_MAX][j % MEMBERS_MAX],
                    counts[j / MEMBERS_MAX][j % MEMBERS_MAX]);
        health_table_close(fixture.table);
    }
}

/* Whether an answer rests on what a probe found: of all that was looked at, whatever it decided. */
static void test_by_health(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *groups;
        bool by_health;
    } rows[] = {
            {"no check",                               "failover 1- 2-",                                     false},
            {"up",                                     "failover 1H 2-",                                     true },
            {"down",                                   "failover 1U 2-",                                     true },
            {"the last of several",                    "weighted 10- 10- 10H",                               true },
            {"not known",                              "failover 1? 2-",                                     false},
            {"without data",                           "failover 1N 2N",                                     false},
            {"without data, and up",                   "failover 1N 2H",                                     true },
            {"an evaluated target",                    "failover 1-a 2- / weighted 10H 10-",                 true },
            {"a target that is followed",              "simple 0-a! / weighted 10H 10-",                     true },
            {"a target that is neither",               "failover 1- 2-a! / weighted 10H 10-",                false},
            {"an evaluated target that is not chosen", "failover 1- 2-a / weighted 10H 10-",                 true },
            {"behind two aliases",                     "failover 1-a 2- / weighted 10-b / weighted 10U 10-", true },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct route_choice choice;
        struct spec specs[3];
        struct fixture fixture;
        fixture_init(&fixture);
        read_specs(rows[i].groups, specs);
        for (size_t group = 3; group-- > 0;) /* targets first */
            fill_group(&fixture, group, &specs[group]);
        struct route_query query = {
                .health = fixture.table, .worker = &no_worker, .rand = &fixture.rand};
        route_choose(&fixture.group[0], &query, &choice);
        if (((query.seen & HEALTH_SEEN_PROBED) != 0) != rows[i].by_health)
            fail_msg("%s: wrong", rows[i].what);
        health_table_close(fixture.table);
    }
}

/* 19, 20, 21: a multivalue answer is up to eight distinct sets. */
struct multivalue_row {
    const char *what;
    uint32_t healthy, unhealthy;
    uint32_t chosen;
    bool fail_open;
};

static void draw_multivalue(
        struct fixture *fixture, const struct multivalue_row *row, uint32_t counts[MEMBERS_MAX])
{
    struct route_choice choice;
    uint32_t seen = 0;

    choose(&fixture->group[0], fixture->table, &fixture->rand, &choice);
    if (choice.count != row->chosen || choice.fail_open != row->fail_open)
        fail_msg("%s: %u chosen", row->what, choice.count);
    for (uint32_t i = 0; i < choice.count; i++) {
        uint32_t place = (uint32_t)(choice.set[i] - fixture->set[0]);
        if ((seen >> place & 1) != 0)
            fail_msg("%s: set %u twice", row->what, place);
        seen |= 1U << place;
        counts[place]++;
    }
}

/* Each candidate has the same share. */
static void check_multivalue(const struct multivalue_row *row, const uint32_t counts[MEMBERS_MAX])
{
    uint32_t candidates = row->healthy > 0 ? row->healthy : row->unhealthy;

    for (uint32_t i = 0; i < row->healthy + row->unhealthy; i++)
        check_share(row->what, i, i < candidates ? ALL * row->chosen / candidates : 0, counts[i]);
}

static void test_multivalue(void **state)
{
    (void)state;
    static const struct multivalue_row rows[] = {
            {"19 multivalue 12 H",    12, 0,  8, false},
            {"20 multivalue 3 H 9 U", 3,  9,  3, false},
            {"21 multivalue 12 U",    0,  12, 8, true },
            {"multivalue 8 H 4 U",    8,  4,  8, false},
            {"multivalue 9 H 3 U",    9,  3,  8, false},
            {"multivalue 1 H",        1,  0,  1, false},
            {"multivalue 2 U",        0,  2,  2, true },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct spec spec = {
                .policy = ROUTE_MULTIVALUE, .count = rows[i].healthy + rows[i].unhealthy};
        uint32_t counts[MEMBERS_MAX] = {0};
        struct fixture fixture;
        for (uint32_t j = 0; j < spec.count; j++)
            spec.member[j].health = j < rows[i].healthy ? HEALTHY : UNHEALTHY;
        fixture_init(&fixture);
        fill_group(&fixture, 0, &spec);
        for (uint32_t draw = 0; draw < DRAWS; draw++)
            draw_multivalue(&fixture, &rows[i], counts);
        check_multivalue(&rows[i], counts);
        health_table_close(fixture.table);
    }
}

/* ------------------------------------------------------------------ random trees */

#define TREE_GROUPS 12U
#define TREE_SETS   10U
#define TREES       300U
#define TREE_DRAWS  30U
#define TREE_SLOTS  16U

struct random_tree {
    struct route_set set[TREE_GROUPS][TREE_SETS];
    struct route_group group[TREE_GROUPS]; /* aliases point to lower ones */
};

static void random_set(struct rand *rand, struct random_tree *tree, size_t group, size_t place)
{
    struct route_set *set = &tree->set[group][place];

    *set = (struct route_set){
            .check = rand_below(rand, 4) == 0 ? HEALTH_SLOT_NONE : rand_below(rand, TREE_SLOTS),
            .weight = (uint16_t)(rand_below(rand, 3) * 7),
            .rank = (uint16_t)(place + 1),
            .evaluate = rand_below(rand, 3) != 0,
    };
    bool may_be_alias = group > 0 && tree->group[group].policy != ROUTE_MULTIVALUE;
    if (may_be_alias && rand_below(rand, 2) == 0)
        set->alias = &tree->group[rand_below(rand, (uint32_t)group)];
    else
        set->data = set;
}

static void random_tree(struct rand *rand, struct random_tree *tree)
{
    for (size_t i = 0; i < TREE_GROUPS; i++) {
        struct route_group *group = &tree->group[i];
        *group = (struct route_group){.count = 1};
        group->policy = rand_below(rand, ROUTE_MULTIVALUE + 1);
        group->count = group->policy == ROUTE_SIMPLE ? 1 : 1 + rand_below(rand, TREE_SETS);
        group->sets = tree->set[i];
        for (size_t j = 0; j < group->count; j++)
            random_set(rand, tree, i, j);
        route_group_measure(group);
    }
}

/* The specification, written again and the slow way (route53.md 2.2, 2.3). */
static bool model_healthy(const struct route_set *set, const struct health_table *table)
{
    if (set->check != HEALTH_SLOT_NONE && health_table_get(table, set->check).state == HEALTH_DOWN)
        return false;
    if (set->alias == NULL || !set->evaluate)
        return true;
    for (uint32_t i = 0; i < set->alias->count; i++)
        if (model_healthy(&set->alias->sets[i], table))
            return true;
    return false;
}

/* Whether a leaf may come out of a group: on its way down, no unhealthy set where the group had a
 * healthy one (route53.md 2.5). */
static bool model_may_choose(const struct route_group *group, const struct health_table *table,
        const struct route_set *leaf)
{
    bool any = false;
    for (uint32_t i = 0; i < group->count; i++)
        any |= model_healthy(&group->sets[i], table);
    for (uint32_t i = 0; i < group->count; i++) {
        const struct route_set *set = &group->sets[i];
        if (any && !model_healthy(set, table))
            continue;
        if (set == leaf || (set->alias != NULL && model_may_choose(set->alias, table, leaf)))
            return true;
        if (group->policy == ROUTE_FAILOVER)
            return false; /* the first candidate is the answer */
    }
    return false;
}

static void check_choice(const struct route_group *group, const struct health_table *table,
        const struct route_choice *choice, uint32_t tree)
{
    if (choice->count < 1 || choice->count > ROUTE_CHOSEN_MAX)
        fail_msg("tree %u: %u sets", tree, choice->count);
    for (uint32_t i = 0; i < choice->count; i++) {
        if (choice->set[i]->data == NULL)
            fail_msg("tree %u: a set without data", tree);
        if (!model_may_choose(group, table, choice->set[i]))
            fail_msg("tree %u: a set that may not answer", tree);
    }
}

/* What is explained is what the specification says, and its chances are a whole answer. */
static void check_survey(
        const struct route_group *group, const struct health_table *table, struct rand *rand)
{
    static struct route_survey survey;
    struct route_query query = {.health = table, .worker = &no_worker, .rand = rand};
    double sum = 0;

    route_explain(group, &query, &survey);
    assert_int_equal(survey.count, group->count);
    for (uint32_t i = 0; i < group->count; i++) {
        assert_true(survey.set[i].eligible);
        assert_int_equal(survey.set[i].healthy, model_healthy(&group->sets[i], table));
        assert_false(survey.set[i].partners_down);
        assert_int_equal(
                survey.set[i].healthy, !survey.set[i].check_down && !survey.set[i].target_down);
        sum += survey.set[i].probability;
    }
    if (group->policy != ROUTE_MULTIVALUE)
        assert_true(sum > 0.999 && sum < 1.001);
}

static void test_random_trees(void **state)
{
    (void)state;
    struct rand rand = rand_from_seed(2);
    struct health_table *table = NULL;
    struct random_tree tree;

    assert_int_equal(health_table_create(&table), 0);
    for (uint32_t i = 0; i < TREES; i++) {
        const struct route_group *top = &tree.group[TREE_GROUPS - 1];
        random_tree(&rand, &tree);
        for (uint32_t draw = 0; draw < TREE_DRAWS; draw++) {
            struct route_choice choice;
            uint32_t downs = rand_below(&rand, 5);
            for (uint32_t slot = 0; slot < TREE_SLOTS; slot++) {
                bool down = rand_below(&rand, 4) < downs;
                health_table_put(table, slot,
                        (struct health_verdict){.state = down ? HEALTH_DOWN : HEALTH_UP});
            }
            check_survey(top, table, &rand);
            choose(top, table, &rand, &choice);
            check_choice(top, table, &choice, i);
        }
    }
    health_table_close(table);
}

/* ------------------------------------------------------------------ forced */

/* A choice tells whether any verdict it was made from is an operator's: of the group's own sets, of those
 * behind an alias that is evaluated, and of the groups it goes through. */
static void test_forced(void **state)
{
    (void)state;
    static const struct {
        const char *what, *groups;
        uint32_t slot; /* the check that is forced, of all with one */
        enum health_state forced;
        bool want;
        size_t chosen; /* group and place */
    } rows[] = {
            {"none",                              "failover 1H 2H",               HEALTH_SLOT_NONE, HEALTH_DOWN, false, 0          },
            {"primary down",                      "failover 1H 2H",               0,                HEALTH_DOWN, true,  1          },
            {"primary up",                        "failover 1U 2H",               0,                HEALTH_UP,   true,  0          },
            {"the one that is not chosen",        "failover 1H 2H",               1,                HEALTH_DOWN, true,  0          },
            {"behind an alias that is passed by", "failover 1-a 2- / simple 0H",  0,                HEALTH_DOWN,
             true,                                                                                                      1          },
            {"behind an alias that is followed",  "failover 1-a! 2- / simple 0H", 0,                HEALTH_DOWN,
             true,                                                                                                      MEMBERS_MAX},
            {"behind an alias of no account",     "failover 1- 2-a! / simple 0H", 0,                HEALTH_DOWN, false,
             0                                                                                                                     },
            {"the alias itself",                  "failover 1Ha 2- / simple 0-",  0,                HEALTH_UP,   true,  MEMBERS_MAX},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct health_detail detail = {.id = "c", .flags = HEALTH_DEFINED};
        struct spec specs[3];
        struct fixture fixture;
        struct route_choice choice;
        fixture_init(&fixture);
        read_specs(rows[i].groups, specs);
        for (size_t group = 3; group-- > 0;)
            fill_group(&fixture, group, &specs[group]);
        if (rows[i].slot != HEALTH_SLOT_NONE) {
            health_table_write(fixture.table, rows[i].slot, &detail);
            assert_int_equal(
                    health_table_force(fixture.table, rows[i].slot, "c", rows[i].forced), 0);
        }
        struct route_query query = {
                .health = fixture.table, .worker = &no_worker, .rand = &fixture.rand};
        route_choose(&fixture.group[0], &query, &choice);
        bool forced = (query.seen & HEALTH_SEEN_FORCED) != 0;
        if (forced != rows[i].want || choice.set[0] != &fixture.set[0][0] + rows[i].chosen)
            fail_msg("%s: forced %d, set %td", rows[i].what, forced,
                    choice.set[0] - &fixture.set[0][0]);
        health_table_close(fixture.table);
    }
}

/* ------------------------------------------------------------------ cost and names */

static void test_cost(void **state)
{
    (void)state;
    struct route_set leaves[3] = {0};
    struct route_group leaf = {.policy = ROUTE_WEIGHTED, .count = 3, .sets = leaves};
    route_group_measure(&leaf);
    assert_int_equal(leaf.cost_health, 3);
    assert_int_equal(leaf.cost, 3);

    struct route_set aliases[2] = {
            {.alias = &leaf, .evaluate = true },
            {.alias = &leaf, .evaluate = false},
    };
    struct route_group top = {.policy = ROUTE_WEIGHTED, .count = 2, .sets = aliases};
    route_group_measure(&top);
    assert_int_equal(top.cost_health, 2 + 3); /* the second is not evaluated */
    assert_int_equal(top.cost, 2 + 3 + 3);    /* and then one of them is followed */
}

/* Shared targets multiply: four levels of 100 evaluated aliases look at 100^4 sets. */
static void test_cost_is_capped(void **state)
{
    (void)state;
    enum {
        WIDTH = 100,
        LEVELS = ROUTE_ALIAS_DEPTH_MAX
    };
    struct route_set leaf_set = {.data = ""};
    struct route_set sets[LEVELS][WIDTH];
    struct route_group groups[LEVELS + 1];

    groups[0] = (struct route_group){.policy = ROUTE_SIMPLE, .count = 1, .sets = &leaf_set};
    route_group_measure(&groups[0]);
    for (size_t level = 0; level < LEVELS; level++) {
        for (size_t i = 0; i < WIDTH; i++)
            sets[level][i] = (struct route_set){.alias = &groups[level], .evaluate = true};
        groups[level + 1] =
                (struct route_group){.policy = ROUTE_WEIGHTED, .count = WIDTH, .sets = sets[level]};
        route_group_measure(&groups[level + 1]);
    }
    assert_int_equal(groups[1].cost, WIDTH + WIDTH + 1);
    assert_int_equal(groups[4].cost_health, ROUTE_COST_MAX + 1);
    assert_int_equal(groups[LEVELS].cost, ROUTE_COST_MAX + 1);
}

/* Aliases that are not evaluated cost nothing, until they may lead nowhere: then each is followed to see. */
static void test_cost_of_what_leads_nowhere(void **state)
{
    (void)state;
    struct order *nobody = order_fixed(NULL, 0);
    struct route_set leaf_set = {.data = ""};
    struct route_set sets[2][300];
    struct route_group leaf = {.policy = ROUTE_GEO, .count = 1, .sets = &leaf_set, .order = nobody};
    struct route_group groups[2];
    const struct route_group *target = &leaf;

    route_group_measure(&leaf);
    for (size_t level = 0; level < 2; level++) {
        for (size_t i = 0; i < 300; i++)
            sets[level][i] = (struct route_set){.alias = target, .evaluate = false};
        groups[level] =
                (struct route_group){.policy = ROUTE_WEIGHTED, .count = 300, .sets = sets[level]};
        route_group_measure(&groups[level]);
        target = &groups[level];
    }
    assert_true(groups[0].may_be_empty);
    assert_int_equal(groups[0].cost_health, 300);
    assert_int_equal(groups[0].cost_reach, 300 * 2);
    assert_int_equal(groups[1].cost, ROUTE_COST_MAX + 1); /* 300 * 600 sets to look at */
    order_unref(nobody);
}

static void test_policy_names(void **state)
{
    (void)state;
    assert_string_equal(route_policy_name(ROUTE_SIMPLE), "simple");
    assert_string_equal(route_policy_name(ROUTE_FAILOVER), "failover");
    assert_string_equal(route_policy_name(ROUTE_WEIGHTED), "weighted");
    assert_string_equal(route_policy_name(ROUTE_MULTIVALUE), "multivalue");
    assert_string_equal(route_policy_name(ROUTE_LATENCY), "latency");
    assert_string_equal(route_policy_name(ROUTE_GEO), "geo");
    assert_string_equal(route_policy_name(ROUTE_GEOPROXIMITY), "geoproximity");
    assert_string_equal(route_policy_name(ROUTE_CIDR), "cidr");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_vectors),
            cmocka_unit_test(test_by_health),
            cmocka_unit_test(test_multivalue),
            cmocka_unit_test(test_random_trees),
            cmocka_unit_test(test_forced),
            cmocka_unit_test(test_cost),
            cmocka_unit_test(test_cost_is_capped),
            cmocka_unit_test(test_cost_of_what_leads_nowhere),
            cmocka_unit_test(test_policy_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
