/* route.h -- choosing records by policy, health and client (route53.md sections 1 and 2).  Pure.
 *
 * A group is all annotated lines of one owner and type, under one policy; a set is one answer
 * candidate of it.  Groups are built with the zone, belong to its arena and are immutable afterwards,
 * but for what each worker has worked out of them (below).  Choosing takes (group, health, client,
 * random) and gives sets: no clock, no allocation, no lock.
 *
 * Health is strict upwards: an alias counts as healthy if at least one set of its target that this
 * client may get is.  A group none of whose sets is healthy is answered as if all were: fail-open, per
 * group, at the point of choice (route53.md 2.5).  So health never empties an answer; only geo and
 * CIDR groups may have nothing for a client (route53.md 1.6 and 1.9).
 *
 * What health leaves of a group (which sets, their weights summed up) does not change from query to
 * query, only with a verdict.  So a group of some size has a cache for each worker, which is filled by
 * the first query after a change and thrown away by the next change (watch.h): a choice among a
 * thousand sets costs what one among two does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rand.h"
#include "health/table.h"
#include "route/client.h"
#include "route/order.h"

#define ROUTE_SETS_MAX         1024U  /* sets in a group */
#define ROUTE_CHOSEN_MAX       8U     /* sets in a multivalue answer (route53.md 1.8) */
#define ROUTE_ALIAS_DEPTH_MAX  16U    /* design.md section 5 */
#define ROUTE_COST_MAX         65536U /* sets looked at for one choice, aliases followed */
#define ROUTE_WEIGHT_MAX       255U
#define ROUTE_RANK_PRIMARY     1U
#define ROUTE_RANK_SECONDARY   2U
#define ROUTE_RANK_MAX         255U
#define ROUTE_SECRET_BYTES     16U
#define ROUTE_WORKERS_MAX      256U
#define ROUTE_WORKER_NONE      UINT32_MAX
#define ROUTE_STICKY_BITS_IPV6 56U /* what sticky=24 says of IPv6 */

enum route_policy {
    ROUTE_SIMPLE,
    ROUTE_FAILOVER,
    ROUTE_WEIGHTED,
    ROUTE_MULTIVALUE,
    ROUTE_LATENCY,
    ROUTE_GEO,
    ROUTE_GEOPROXIMITY,
    ROUTE_CIDR,
    ROUTE_POLICIES, /* how many there are */
};

struct route_cache;
struct route_group;
struct route_sticky;

struct route_set {
    const char *id;                    /* set identifier */
    const void *data;                  /* what the caller answers with; NULL for an alias */
    const struct route_group *alias;   /* the target's group; NULL for own records */
    const struct route_set **partners; /* the same set of the other groups of its couple */
    uint32_t partners_count;
    uint32_t check;  /* slot in the health table, or HEALTH_SLOT_NONE */
    uint16_t weight; /* ROUTE_WEIGHTED: 0..ROUTE_WEIGHT_MAX */
    uint16_t rank;   /* ROUTE_FAILOVER: from ROUTE_RANK_PRIMARY, for people */
    bool evaluate;   /* alias: its target's health counts */
};

/* Sets of a failover group lie in order of rank.  A plain RRset that an alias points to is a group
 * ROUTE_SIMPLE of one set. */
struct route_group {
    const char *name;               /* for people: owner and type */
    const char *const *annotations; /* for people: of each set; NULL for a plain RRset */
    enum route_policy policy;
    uint32_t count; /* 1..ROUTE_SETS_MAX */
    const struct route_set *sets;
    const struct order *order; /* latency, geo, geoproximity, CIDR; else NULL */
    const struct route_sticky
            *sticky;            /* weighted, multivalue: who asks again gets the same; or NULL */
    struct route_cache *caches; /* one for each worker, or NULL: worked out for each query */
    const struct route_group **dependents; /* groups with caches that this one's health reaches */
    uint32_t dependents_count;
    uint32_t cost_health; /* see route_group_measure(), as for all that follows */
    uint32_t cost_reach;
    uint32_t cost;
    bool keeps;       /* what health leaves of it is the same for every client: it may be kept */
    bool couple_any;  /* a coupled set is healthy if one of its partners is; else if all are */
    bool asks_client; /* an answer may depend on the client */
    bool health_by_client; /* whether it has a healthy set for a client depends on the client */
    bool may_be_empty;     /* there may be clients it has nothing for */
    bool distinct;         /* whoever built it knows that no two of its sets hold the same record */
};

/* A thread that chooses.  `epoch` and `cursor` are watch.h's. */
struct route_worker {
    uint32_t index; /* of its caches, or ROUTE_WORKER_NONE: it has none */
    uint32_t epoch; /* from 1; caches filled in an earlier one are stale */
    uint64_t cursor;
    uint8_t secret[ROUTE_SECRET_BYTES]; /* of sticky draws: one for all workers and restarts */
};

/* What a choice is made with.  Scope and what was seen grow by what choices have used; the caller clears them. */
struct route_query {
    const struct health_table *health;
    const struct client *client; /* may be NULL if no group to be chosen from asks_client */
    const struct route_worker *worker;
    struct rand *rand;
    uint8_t scope; /* bits of the client's address (RFC 7871 section 7.2.1) */
    uint32_t seen; /* enum health_sight: what any of the verdicts has that were looked at */
    bool opens; /* nothing counts as down but what is forced: verdicts are stale, and the zone opens then */
    bool as_chances; /* route_explain() tells sticky draws as chances, though the client is known */
};

struct route_choice {
    uint32_t count; /* 0..ROUTE_CHOSEN_MAX; 0: nothing for this client */
    const struct route_set *set[ROUTE_CHOSEN_MAX]; /* none of them an alias */
    bool fail_open;                                /* at some point of choice no set was healthy */
    bool distinct;                                 /* as of the group they are of */
};

/* One group as a query finds it, for people: every set with what was made of it. */
struct route_survey {
    bool fail_open; /* no set this client may get is healthy */
    uint32_t count;
    struct route_survey_set {
        bool eligible;      /* this client may get it */
        bool healthy;       /* with its alias and its partners */
        bool check_down;    /* its own check is */
        bool target_down;   /* its alias is evaluated and has nothing healthy */
        bool partners_down; /* its couple is why it is not healthy */
        uint32_t
                rank; /* located policies and failover: place in this client's order, from 1; else 0 */
        double probability; /* of being chosen; in a multivalue answer they add up to more than 1 */
    } set[ROUTE_SETS_MAX];
};

/* The word a policy is written with ("failover"). */
const char *route_policy_name(enum route_policy policy);

/* Chooses from a group and follows aliases to sets with data.  The group's cost must not be above
 * ROUTE_COST_MAX. */
void route_choose(
        const struct route_group *group, struct route_query *query, struct route_choice *ret);

/* Tells what route_choose() would make of this group (not of those behind its aliases), by the same
 * steps.  For a sticky group with a client that is known (has bits) one set has probability 1, unless the
 * query wants chances. */
void route_explain(
        const struct route_group *group, struct route_query *query, struct route_survey *ret);

/* Works out what follows from a group's sets, when a zone is built: cost_health is how many sets are
 * looked at to tell its health, cost_reach how many to tell which of them lead anywhere for a client,
 * cost how many one choice from it looks at, aliases followed (all are capped at ROUTE_COST_MAX + 1), and
 * the flags.  The targets of its aliases, and those of its
 * partners', must have been measured before. */
void route_group_measure(struct route_group *group);

/* Whether a group is worth caches, by its measures: it is large, or its health is asked for by others. */
bool route_group_wants_caches(const struct route_group *group);

/* Gives a measured group its caches, in `arena`.  No more than ROUTE_WORKERS_MAX workers. */
void route_group_add_caches(struct route_group *group, struct arena *arena, uint32_t workers);
