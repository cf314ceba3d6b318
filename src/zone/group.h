/* group.h -- annotated lines to route groups.  Internal to the building of zones.
 *
 * A plan is made from the sorted lines before anything is compiled: it finds the groups, divides them
 * into sets, follows aliases and checks every rule of design.md section 3 and route53.md 1.1 and 2.4, so
 * that the user sees all faults at once.  Rules within one group are group_rules.c's, those about the
 * places of its sets group_place.c's, those between groups alias.c's and couple.c's.  The builder
 * then compiles the rrsets and group_compile.c fills in the route groups.
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

#define GROUP_NO_TARGET  UINT32_MAX
#define GROUP_POINTS_MAX 30U  /* sets of a geoproximity group (route53.md 1.1) */
#define GROUP_COUPLE_MAX 16U  /* groups of one couple */
#define GROUP_CITE_MAX   256U /* bytes of what a message says of another line */

/* One set of a group: members next to each other. */
struct group_set {
    const struct zone_record **members; /* in file order; at least one */
    uint32_t count;
    uint32_t target_first;  /* alias: first line of the target, or GROUP_NO_TARGET */
    struct group *target;   /* the same, once all groups are known */
    bool faulty;            /* its alias is, and that has been told */
    uint32_t *partner_sets; /* for each partner of the group, the place of this set in it */
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
    struct group **partners; /* the other groups of its couple, without fault */
    uint32_t partners_count;
    enum group_state state;
    uint32_t depth;            /* of aliases below it */
    size_t answer_bytes;       /* the most that an answer from it takes, aliases followed */
    const struct rrset *rrset; /* of all its lines; the builder sets it */
    struct route_group *route; /* set from the start of compiling */
    struct route_set *route_sets;
};

struct group_plan {
    const struct zone_lines *lines;
    struct diag *diag;
    uint32_t errors; /* in `diag` before */
    bool told_no_geo, told_no_latency;
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

/* Last step, with every group's rrset set: fills in the route groups, in the zone's arena, and gives the
 * zone the orders they have; it has those even on failure.
 *
 * Returns 0, or ERR_FAULTY with the faults in the plan's diag if choosing from one could cost too much. */
MUST_CHECK int group_plan_compile(struct group_plan *plan, struct zone *zone);

/* group_watch.c, when all are compiled: gives groups their caches, and the zone the list of those that have
 * any. */
void group_plan_watch(struct group_plan *plan, struct arena *arena, struct zone *zone);

/* alias.c: follows all aliases of the plan; adds the plain groups they point to. */
void group_plan_link(struct group_plan *plan);

/* couple.c: finds the partners of all coupled groups.  The groups stay where they are from here on. */
void group_plan_couple(struct group_plan *plan);

/* group_rules.c: checks the rules within one group, whose sets are divided. */
void group_check(struct group_plan *plan, const struct group *group);

/* group_rules.c: checks that two lines have one weight, rank and place; `whose` says what they are of
 * each other. */
void group_check_alike(struct group_plan *plan, const char *whose, const struct zone_record *first,
        const struct zone_record *record);

/* group_rules.c: whether two lines say the same of sticky=, and what one says: "sticky=24/56" or "none". */
bool group_is_same_sticky(const struct annotation *a, const struct annotation *b);
const char *group_sticky_text(const struct annotation *annotation, char ret[GROUP_CITE_MAX]);

/* group_rules.c: "line 7", or with its file where that is another one than the message's. */
const char *group_cite(
        const struct diag_place *place, const struct diag_place *from, char ret[GROUP_CITE_MAX]);

/* group_place.c: checks what sets of a located group (latency, geo, geoproximity, CIDR) owe each other,
 * and that what they name is known. */
void group_check_places(struct group_plan *plan, const struct group *group);

/* group_place.c: whether a group is located, and the order such a group has: a reference. */
bool group_is_located(const struct group *group);
MUST_CHECK struct order *group_order(const struct group_plan *plan, const struct group *group);

/* Adds a group of the lines [first, first + count); borrowed until the next one is added. */
struct group *group_plan_add(struct group_plan *plan, uint32_t first, uint32_t count);

/* group_text.c: the annotation of each set, as text in `arena`, for people. */
MUST_CHECK const char *const *group_texts(
        struct group_plan *plan, struct arena *arena, const struct group *group);
