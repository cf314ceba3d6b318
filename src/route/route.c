/* route.c -- see route.h.
 *
 * A choice, per group (route53.md 2.5): the healthy sets are the candidates, or all sets if none is
 * healthy; the policy picks among them; a pick that is an alias is followed into its target, where the
 * same is done again.
 *
 * The work is constant on purpose: every set is looked at even when the first one would do, so that a
 * query costs the same on the day everything is down.  Within one point of choice each set is looked at
 * once; the verdicts may change meanwhile and between two points of choice, which at worst gives the
 * answer of a moment earlier or later, never an empty one.
 */
#include "route/route.h"

#include <assert.h>
#include <stddef.h>

#include "route/policy.h"

static const struct policy *const policies[ROUTE_POLICIES] = {
        [ROUTE_SIMPLE] = &policy_simple,
        [ROUTE_FAILOVER] = &policy_failover,
        [ROUTE_WEIGHTED] = &policy_weighted,
        [ROUTE_MULTIVALUE] = &policy_multivalue,
};

const char *route_policy_name(enum route_policy policy)
{
    assert(policy < ROUTE_POLICIES);
    return policies[policy]->name;
}

static bool is_set_healthy(
        const struct route_set *set, const struct health_table *health, bool *forced);

/* Whether any set of a group is healthy: strict, nothing is opened here (route53.md 2.3).  Groups form no
 * loop and are at most ROUTE_ALIAS_DEPTH_MAX deep, so the recursion is bounded. */
static bool is_group_healthy(
        const struct route_group *group, const struct health_table *health, bool *forced)
{
    bool any = false;
    for (uint32_t i = 0; i < group->count; i++)
        any |= is_set_healthy(&group->sets[i], health, forced);
    return any;
}

static bool is_set_healthy(
        const struct route_set *set, const struct health_table *health, bool *forced)
{
    bool healthy = true;

    if (set->check != HEALTH_SLOT_NONE) {
        struct health_verdict verdict = health_table_get(health, set->check);
        healthy = verdict.state != HEALTH_DOWN;
        *forced |= verdict.forced;
    }
    if (set->alias != NULL && set->evaluate)
        healthy &= is_group_healthy(set->alias, health, forced);
    return healthy;
}

bool route_set_is_healthy(const struct route_set *set, const struct health_table *health)
{
    bool forced = false;
    return is_set_healthy(set, health, &forced);
}

/* Fills the candidates of one point of choice.  Returns whether no set was healthy. */
static bool find_candidates(const struct route_group *group, const struct health_table *health,
        struct candidates *ret, bool *forced)
{
    ret->group = group;
    ret->count = 0;
    for (uint32_t i = 0; i < group->count; i++)
        if (is_set_healthy(&group->sets[i], health, forced))
            ret->place[ret->count++] = (uint16_t)i;
    if (ret->count > 0)
        return false;
    for (uint32_t i = 0; i < group->count; i++)
        ret->place[i] = (uint16_t)i;
    ret->count = group->count;
    return true;
}

void route_choose(const struct route_group *group, const struct health_table *health,
        struct rand *rand, struct route_choice *ret)
{
    struct candidates candidates;

    ret->fail_open = false;
    ret->forced = false;
    for (;;) {
        assert(group->count > 0 && group->count <= ROUTE_SETS_MAX);
        ret->fail_open |= find_candidates(group, health, &candidates, &ret->forced);
        ret->count = policies[group->policy]->pick(&candidates, rand);
        for (uint32_t i = 0; i < ret->count; i++)
            ret->set[i] = candidate_set(&candidates, i);
        if (ret->set[0]->alias == NULL)
            break;
        assert(ret->count == 1); /* a multivalue group has no alias (route53.md 1.1) */
        group = ret->set[0]->alias;
    }
}

static uint32_t add_capped(uint32_t a, uint32_t b)
{
    return a + b > ROUTE_COST_MAX ? ROUTE_COST_MAX + 1 : a + b;
}

void route_group_measure(struct route_group *group)
{
    uint32_t health = 0;
    uint32_t deepest = 0;

    for (uint32_t i = 0; i < group->count; i++) {
        const struct route_set *set = &group->sets[i];
        health = add_capped(health, 1);
        if (set->alias == NULL)
            continue;
        assert(set->alias->cost > 0);
        if (set->evaluate)
            health = add_capped(health, set->alias->cost_health);
        deepest = set->alias->cost > deepest ? set->alias->cost : deepest;
    }
    group->cost_health = health;
    group->cost = add_capped(health, deepest);
}
