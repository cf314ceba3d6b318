/* lint.c -- see lint.h: the walk over zones and names; what is tried and judged of a name is in failures.c and
 * rules.c.
 */
#include "lint/lint.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "dns/name.h"
#include "dns/rr.h"
#include "health/timing.h"
#include "lint/run.h"
#include "zone/lookup.h"

#define MESSAGE_MAX 2048U

static bool is_stopped(const struct run *run)
{
    const atomic_bool *stop = run->sources->stop;
    return stop != NULL && atomic_load_explicit(stop, memory_order_relaxed);
}

static void report(const struct run *run, enum lint_code code, const char *name, const char *why)
{
    const struct lint_finding finding = {
            .code = code,
            .severity = LINT_NOTE,
            .zone = run->zone_text,
            .name = name,
            .type = code == LINT_NEGATIVE_TTL ? RR_SOA : 0,
            .message = why,
    };
    report_add(run->report, &finding);
}

/* ------------------------------------------------------------------ names */

/* What every routed RRset adds to what is told of its zone, and of the checks. */
static void note_group(struct run *run, const struct node *node, const struct route_group *group)
{
    for (uint32_t i = 0; i < group->count; i++) {
        const struct route_set *set = &group->sets[i];
        const struct rrset *rrset = set->data;
        if (set->check != HEALTH_SLOT_NONE)
            run->used[set->check / 8] |= (uint8_t)(1U << set->check % 8);
        if (rrset == NULL || (run->routed_least != NULL && rrset->ttl >= run->routed_ttl_s))
            continue;
        run->routed_ttl_s = rrset->ttl;
        run->routed_least = node;
    }
}

/* A and AAAA are tried together, each other RRset alone. */
static void try_rrset(
        struct run *run, const struct node *node, const char *name, const struct rrset *rrset)
{
    struct subject subject = {.name = name, .roots = {{rrset, rrset->group}}, .count = 1};
    const struct rrset *other = rrset->type == RR_A      ? node_rrset(node, RR_AAAA)
                                : rrset->type == RR_AAAA ? node_rrset(node, RR_A)
                                                         : NULL;

    note_group(run, node, rrset->group);
    reach_find(&run->reach, &subject.roots[0].group, 1);
    rules_apply(run, &subject);
    if (other != NULL && other->group != NULL) {
        if (rrset->type == RR_AAAA)
            return; /* A has seen to it */
        subject.roots[subject.count++] = (struct root){other, other->group};
    }
    failures_try(run, &subject);
}

static bool visit_name(void *context, void *value)
{
    struct run *run = context;
    const struct node *node = value;
    char name[NAME_TEXT_MAX];
    bool is_routed = false;

    for (uint16_t i = 0; i < node->rrsets_count; i++)
        if (node->rrsets[i].group != NULL) {
            is_routed = true;
            try_rrset(run, node, name_to_text(node->name, name), &node->rrsets[i]);
        }
    run->report->names += is_routed;
    return !is_stopped(run);
}

/* ------------------------------------------------------------------ zones */

static void check_negative_ttl(const struct run *run)
{
    char name[NAME_TEXT_MAX];
    struct buf why;

    if (run->routed_least == NULL || run->zone->negative_ttl <= run->routed_ttl_s)
        return;
    buf_init(&why, MESSAGE_MAX);
    buf_printf(&why,
            "resolvers remember for %u s that something is absent, but %s, which is routed, for "
            "%u s only",
            run->zone->negative_ttl, name_to_text(run->routed_least->name, name),
            run->routed_ttl_s);
    report(run, LINT_NEGATIVE_TTL, run->zone_text, buf_string(&why));
    buf_done(&why);
}

static void check_untried(const struct run *run)
{
    struct buf why;

    buf_init(&why, MESSAGE_MAX);
    if (run->names_untried > 0) {
        buf_printf(&why, "the zone is too large: of %u names no failures were tried",
                run->names_untried);
        report(run, LINT_NOT_TRIED, run->zone_text, buf_string(&why));
    }
    buf_consume(&why, why.length);
    if (run->pairs_untried > 0) {
        buf_printf(&why, "the zone is too large: of %u names no pairs of failures were tried",
                run->pairs_untried);
        report(run, LINT_NOT_TRIED, run->zone_text, buf_string(&why));
    }
    buf_done(&why);
}

static void visit_zone(struct run *run, const struct zone *zone)
{
    char apex[NAME_TEXT_MAX];

    run->zone = zone;
    run->zone_text = name_to_text(zone->apex, apex);
    run->singles_left = LINT_SINGLES_WORK;
    run->pairs_left = LINT_PAIRS_WORK;
    run->names_untried = 0;
    run->pairs_untried = 0;
    run->routed_least = NULL;
    run->routed_ttl_s = 0;
    tree_each(zone->names, visit_name, run);
    check_negative_ttl(run);
    check_untried(run);
    run->report->zones++;
    run->zone_text = NULL;
}

/* Returns whether all zones were looked at: none is faulty or left out. */
static bool visit_zones(struct run *run)
{
    const struct lint_sources *sources = run->sources;
    bool all = sources->only == NULL;

    for (size_t i = 0; i < zone_set_count(sources->zones) && !is_stopped(run); i++) {
        const struct zone *zone = zone_set_at(sources->zones, i);
        if (sources->only != NULL && zone != sources->only)
            continue;
        if (zone->faulty)
            all = false;
        else
            visit_zone(run, zone);
    }
    return all && !is_stopped(run);
}

/* ------------------------------------------------------------------ checks */

static void check_checks(struct run *run, bool all_zones)
{
    const struct health_table *health = run->sources->health;
    struct health_detail detail;

    for (uint32_t slot = 0; slot < health_table_used(health); slot++) {
        if (health_table_read(health, slot, &detail) != 0 || (detail.flags & HEALTH_DEFINED) == 0)
            continue;
        run->report->checks++;
        bool used = (run->used[slot / 8] >> slot % 8 & 1) != 0;
        if (all_zones && !used && (detail.flags & HEALTH_COUNTED) == 0)
            report(run, LINT_UNUSED_CHECK, detail.id, NULL);
    }
}

static void set_all_up(struct health_table *table, uint32_t slots)
{
    for (uint32_t slot = 0; slot < slots; slot++)
        health_table_put(table, slot, (struct health_verdict){.state = HEALTH_UP});
}

int lint_run(const struct lint_sources *sources, struct lint_report **ret)
{
    struct run run = {
            .sources = sources,
            .rand = rand_from_seed(1), /* nothing is drawn */
            .worker = {.index = ROUTE_WORKER_NONE},
    };
    char apex[NAME_TEXT_MAX];

    int error = health_table_create(&run.table);
    if (error != 0)
        return error;
    set_all_up(run.table, health_table_used(sources->health));
    run.report = report_new(sources);
    if (sources->only != NULL)
        run.report->only = arena_string(run.report->arena, name_to_text(sources->only->apex, apex));
    run.clients = clients_cache_new();
    run.attempt = attempt_new(&run.reach);
    run.used = mem_zalloc(HEALTH_TABLE_SLOTS / 8, 1);
    reach_init(&run.reach);
    bool all = visit_zones(&run);
    check_checks(&run, all);
    if (all)
        report_add_unused_waivers(run.report);
    run.report->stopped = is_stopped(&run);
    reach_done(&run.reach);
    free(run.used);
    attempt_free(run.attempt);
    clients_cache_free(run.clients);
    health_table_close(run.table);
    *ret = run.report;
    return 0;
}
