/* policy.h -- what route.c's parts share.  Internal to route/.
 *
 * A choice from one group has two halves: what health leaves of it (survivors.c, the same for every query
 * until a verdict changes), and which of that this query receives (a policy's pick).  So a policy cannot
 * get health wrong, and it is never given nobody.
 */
#pragma once

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "route/route.h"

#define SURVIVORS_WORDS (ROUTE_SETS_MAX / 64U)
#define POLICY_WHOLE    255U

/* What health leaves of a group.  Candidates are places in group->sets, ascending: the healthy sets, or
 * all if none is; of a weighted group those that weigh nothing are left out unless no other is a
 * candidate (route53.md 1.4). */
struct survivors {
    uint32_t count;    /* of candidates; 0 only where the group may be empty */
    uint32_t total;    /* weighted: the sum of the candidates' weights; 0: each is as likely */
    bool fail_open;    /* no set is healthy */
    uint32_t seen;     /* of the verdicts it rests on (route.h) */
    uint16_t *place;   /* the candidates */
    uint32_t *sum;     /* weighted: of the weights up to and with each candidate; else not used */
    uint64_t *healthy; /* a bit for each set */
    uint8_t *lack;     /* of each set that is a candidate (health/table.h); meant if one ramps */
    bool ramps;        /* one of these is not 0 */
};

/* Survivors that are kept.  Each worker's lie on cache lines of their own, so that none waits for
 * another's write. */
struct route_cache {
    alignas(MEM_LINE_BYTES) uint32_t epoch; /* the worker's when this was filled; 0: stale */
    struct survivors survivors;
};

/* Room for survivors that are not kept: on the stack, never cleared. */
struct survivors_room {
    struct survivors survivors;
    uint16_t place[ROUTE_SETS_MAX];
    uint32_t sum[ROUTE_SETS_MAX];
    uint64_t healthy[SURVIVORS_WORDS];
    uint8_t lack[ROUTE_SETS_MAX];
};

static inline bool survivors_are_healthy(const struct survivors *survivors, uint32_t place)
{
    return (survivors->healthy[place / 64] >> place % 64 & 1) != 0;
}

/* The group's cache for the query's worker, or NULL. */
static inline struct route_cache *survivors_cache(
        const struct route_group *group, const struct route_query *query)
{
    if (group->caches == NULL || query->worker->index == ROUTE_WORKER_NONE)
        return NULL;
    return &group->caches[query->worker->index];
}

/* Fills the cache, which is stale, or without one works the survivors out in `room`. */
const struct survivors *survivors_work_out(const struct route_group *group,
        struct route_query *query, struct route_cache *cache, struct survivors_room *room);

/* The survivors of a group for this query: from the worker's cache, filled if it was stale, or worked
 * out in `room`. */
static inline const struct survivors *survivors_find(
        const struct route_group *group, struct route_query *query, struct survivors_room *room)
{
    struct route_cache *cache = survivors_cache(group, query);

    if (cache == NULL || cache->epoch != query->worker->epoch)
        return survivors_work_out(group, query, cache, room);
    query->seen |= cache->survivors.seen;
    return &cache->survivors;
}

/* What a candidate has of its full share, in parts of POLICY_WHOLE: what is chosen by weight counts with it, and
 * what is chosen beside others is left out as often as it lacks. */
static inline uint32_t survivors_share(const struct survivors *survivors, uint32_t place)
{
    return survivors->ramps ? POLICY_WHOLE - survivors->lack[place] : POLICY_WHOLE;
}

/* Whether a set is healthy by its own check, and by what its alias leads to. */
bool set_check_is_up(const struct route_set *set, struct route_query *query);
bool set_target_is_healthy(const struct route_set *set, struct route_query *query);

/* Whether this client would get anything from a set: not if it is an alias to a group that has nothing
 * for it. */
bool set_can_answer(const struct route_set *set, struct route_query *query);

/* The same of a set with all its partners: what is opened of a couple has to be there in each of its
 * groups. */
bool set_can_answer_coupled(const struct route_set *set, struct route_query *query);

/* Only some of the sets of a geo or CIDR group are for a client; of other groups all are. */
bool is_selective(const struct route_group *group);

/* This client's row of a located group; grows the query's scope. */
const struct order_row *find_row(const struct route_group *group, struct route_query *query);

struct policy {
    const char *name; /* as an annotation writes it */
    bool weighs;      /* the weights of its sets count */
    bool ramps;       /* a set that has come back gets its share by and by */

    /* Writes the places it picks to `ret`, from 1 to ROUTE_CHOSEN_MAX, and returns how many. */
    uint32_t (*pick)(
            const struct survivors *survivors, struct rand *rand, uint16_t ret[ROUTE_CHOSEN_MAX]);

    /* How likely the i-th candidate is to be picked. */
    double (*probability)(const struct survivors *survivors, uint32_t i);
};

extern const struct policy policy_simple, policy_failover, policy_weighted;
extern const struct policy policy_multivalue, policy_latency, policy_geo, policy_geoproximity;
extern const struct policy policy_cidr;

/* The row of a policy. */
const struct policy *policy_of(const struct route_group *group);
