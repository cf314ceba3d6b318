/* group.h -- annotated lines to route groups.  Internal to the building of zones.
 *
 * A plan is made from the sorted lines before anything is compiled: it finds the groups, divides them
 * into sets, follows aliases and checks every rule of design.md section 3 and route53.md 1.1 and 2.4, so
 * that the user sees all faults at once.  Rules within one group are group.c's, those between
 * groups alias.c's.  The builder then compiles the rrsets and group_compile.c fills in the route
 * groups.
 *
 * A plain rrset that an alias points to has a place in the plan too: a group of one simple set, shared
 * by all aliases to it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/diag.h"
#include "health/ids.h"
#include "route/route.h"
#include "zone/basis.h"
#include "zone/verify.h"
#include "zone/zone.h"

/* All lines of a zone, sorted by owner, type and place in the file.  Lines of one owner share the pointer
 * to its name. */
struct zone_lines {
    const uint8_t *apex;
    struct zone_record *records;
    size_t count;
    const struct zone_basis *basis;
};

#define GROUP_NO_TARGET UINT32_MAX

/* One set of a group: members next to each other. */
struct group_set {
    const struct zone_record **members; /* in file order; at least one */
    uint32_t count;
    uint32_t target_first; /* alias: first line of the target, or GROUP_NO_TARGET */
    struct group *target;  /* the same, once all groups are known */
};

enum group_state {
    GROUP_NEW,
    GROUP_ON_PATH, /* aliases are being followed from it */
    GROUP_DONE,
};

struct group {
    uint32_t first, count; /* its lines */
    enum route_policy policy;
    bool plain; /* no annotations: an alias points here */
    struct group_set *sets;
    uint32_t sets_count;
    enum group_state state;
    uint32_t depth;            /* of aliases below it */
    size_t answer_bytes;       /* the most that an answer from it takes, aliases followed */
    const struct rrset *rrset; /* of all its lines; the builder sets it */
    struct route_group *route; /* set from the start of compiling */
};

struct group_plan {
    const struct zone_lines *lines;
    struct diag *diag;
    struct arena *scratch;
    const char **texts;   /* group_text.c's, or NULL */
    struct group *groups; /* by first line */
    size_t count;
    size_t room;
    struct group **order; /* all groups, the targets of aliases before the aliases */
    size_t ordered;
};

/* Where lines of one owner and type end that start at `first`. */
size_t group_lines_end(const struct zone_lines *lines, size_t first);

/* How many bytes the records of these lines, of one owner and type, have at most in an answer.  Equal ones
 * count once, unless they are annotated: then each may be in a set of its own. */
size_t group_lines_bytes(const struct zone_lines *lines, size_t first, size_t end);

/* Makes the plan; faults are added to `diag`, and with any of them the plan must not be compiled.
 * Both are borrowed.  The plan ends with group_plan_free(); NULL does nothing. */
MUST_CHECK struct group_plan *group_plan_new(const struct zone_lines *lines, struct diag *diag);
void group_plan_free(struct group_plan *plan);

/* Compiling, first step: gives each group its place in `arena`, so that rrsets can refer to it. */
void group_plan_place(struct group_plan *plan, struct arena *arena);

/* Last step, with every group's rrset set: fills in the route groups.
 *
 * Returns 0, or ERR_FAULTY with the faults in the plan's diag if choosing from one could cost too much. */
MUST_CHECK int group_plan_compile(struct group_plan *plan, struct arena *arena);

/* group_watch.c, when all are compiled: gives groups their caches, and the zone the list of those that have
 * any. */
void group_plan_watch(struct group_plan *plan, struct arena *arena, struct zone *zone);

/* alias.c: follows all aliases of the plan; adds the plain groups they point to. */
void group_plan_link(struct group_plan *plan);

/* Adds a group of the lines [first, first + count); borrowed until the next one is added. */
struct group *group_plan_add(struct group_plan *plan, uint32_t first, uint32_t count);

/* group_text.c: the annotation of each set, as text in `arena`, for people. */
MUST_CHECK const char *const *group_texts(
        struct group_plan *plan, struct arena *arena, const struct group *group);
