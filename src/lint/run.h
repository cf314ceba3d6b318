/* run.h -- what the parts of a lint share: one walk over zones and names.  Internal to lint/. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lint/attempt.h"
#include "lint/clients.h"
#include "lint/lint.h"
#include "lint/reach.h"
#include "lint/report.h"
#include "route/route.h"
#include "zone/zone.h"

#define RUN_ROOTS_MAX 2U

/* A routed RRset of a name. */
struct root {
    const struct rrset *rrset;
    const struct route_group *group;
};

/* A name with one or two of its RRsets: A and AAAA go together, others alone. */
struct subject {
    const char *name;
    struct root roots[RUN_ROOTS_MAX];
    uint32_t count;
};

struct run {
    const struct lint_sources *sources;
    struct lint_report *report;
    struct health_table *table; /* our own: everything is up but what is being tried */
    struct attempt *attempt;
    struct clients_cache *clients;
    struct reach reach;
    struct rand rand;
    struct route_worker worker; /* without caches */
    const struct zone *zone;
    const char *zone_text;
    uint64_t singles_left; /* of the zone's work */
    uint64_t pairs_left;
    uint32_t names_untried; /* of the zone, for want of it */
    uint32_t pairs_untried;
    uint32_t routed_ttl_s; /* the least of the zone's routed records, and whose it is */
    const struct node *routed_least;
    uint8_t *used; /* a bit for each slot that a set names */
};

/* failures.c: tries the subject's checks, alone and in pairs. */
void failures_try(struct run *run, const struct subject *subject);

/* rules.c: what can be told of a subject with one root without trying anything: what never fails over, how
 * long a failover takes, TTLs.  The run's reach is that of its group. */
void rules_apply(struct run *run, const struct subject *subject);
