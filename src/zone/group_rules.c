/* group_rules.c -- see group.h: the rules within one group, each told where it is broken. */
#include <stdio.h>
#include <string.h>

#include "dns/name.h"
#include "dns/rr.h"
#include "health/ids.h"
#include "zone/annotation.h"
#include "zone/group.h"

const char *group_cite(
        const struct diag_place *place, const struct diag_place *from, char ret[GROUP_CITE_MAX])
{
    if (from->file != NULL && place->file != NULL && strcmp(from->file, place->file) != 0)
        snprintf(ret, GROUP_CITE_MAX, "line %u of %s", place->line, place->file);
    else
        snprintf(ret, GROUP_CITE_MAX, "line %u", place->line);
    return ret;
}

/* ------------------------------------------------------------------ rules of a line */

static void check_line(struct group_plan *plan, const struct zone_record *record)
{
    const struct annotation *annotation = record->annotation;

    if (annotation->policy == ROUTE_MULTIVALUE && record->type == RR_CNAME)
        diag_error(
                plan->diag, annotation->place, "a CNAME cannot be @multivalue: it has one value");
    /* RFC 1034 3.6.2: nothing that could be its partner stands beside a CNAME. */
    if (annotation->couple[0] != '\0' && record->type == RR_CNAME)
        diag_error(plan->diag, annotation_word_place(annotation, ANNOTATION_COUPLE),
                "a CNAME cannot be coupled: it is alone at its name");
    if (annotation->has_evaluate && annotation->alias == NULL)
        diag_error(plan->diag, annotation->place, "evaluate= means nothing without alias=");
    if (annotation->check[0] == '\0' ||
            health_ids_find(plan->lines->basis->ids, annotation->check) != HEALTH_SLOT_NONE)
        return;
    const char *nearest = health_ids_nearest(plan->lines->basis->ids, annotation->check);
    if (nearest != NULL)
        diag_error(plan->diag, annotation_word_place(annotation, ANNOTATION_CHECK),
                "no file defines the check \"%s\"; did you mean \"%s\"?", annotation->check,
                nearest);
    else
        diag_error(plan->diag, annotation_word_place(annotation, ANNOTATION_CHECK),
                "no file defines the check \"%s\"", annotation->check);
}

/* ------------------------------------------------------------------ rules of a set */

static bool is_same_alias(const struct annotation *a, const struct annotation *b)
{
    if (a->alias == NULL || b->alias == NULL)
        return a->alias == b->alias;
    return name_equal(a->alias, b->alias) && a->evaluate == b->evaluate;
}

/* What says where the sets of a policy are, and what it says in one annotation. */
static const char *where_word(enum route_policy policy)
{
    if (policy == ROUTE_LATENCY)
        return "region";
    return policy == ROUTE_GEOPROXIMITY ? "point and bias" : "location";
}

static const char *where_text(const struct annotation *annotation, char ret[GROUP_CITE_MAX])
{
    char text[ANNOTATION_ID_MAX];

    annotation_where_text(annotation, text);
    if (annotation->policy == ROUTE_GEOPROXIMITY)
        snprintf(ret, GROUP_CITE_MAX, "%s and bias=%d", text, annotation->point.bias);
    else if (annotation->policy == ROUTE_CIDR)
        snprintf(ret, GROUP_CITE_MAX, "%s/%s", annotation->network.collection, text);
    else
        snprintf(ret, GROUP_CITE_MAX, "%s", text);
    return ret;
}

void group_check_alike(struct group_plan *plan, const char *whose, const struct zone_record *first,
        const struct zone_record *record)
{
    const struct annotation *theirs = first->annotation;
    const struct annotation *ours = record->annotation;
    char line[GROUP_CITE_MAX];
    char text[GROUP_CITE_MAX];

    group_cite(&first->place, &record->place, line);
    if (ours->weight != theirs->weight)
        diag_error(plan->diag, ours->place, "%s share their weight, and %s has %u", whose, line,
                theirs->weight);
    if (ours->rank != theirs->rank)
        diag_error(plan->diag, ours->place, "%s share their rank, and that of %s is another", whose,
                line);
    if (annotation_compare_where(ours, theirs) != 0)
        diag_error(plan->diag, annotation_word_place(ours, ANNOTATION_WHERE),
                "%s share their %s, and %s has %s", whose, where_word(ours->policy), line,
                where_text(theirs, text));
}

/* What a line must share with the first line of its set. */
static void check_shared(
        struct group_plan *plan, const struct zone_record *first, const struct zone_record *record)
{
    const struct annotation *theirs = first->annotation;
    const struct annotation *ours = record->annotation;
    char line[GROUP_CITE_MAX];

    group_cite(&first->place, &record->place, line);
    if (strcmp(ours->check, theirs->check) != 0)
        diag_error(plan->diag, annotation_word_place(ours, ANNOTATION_CHECK),
                "lines of one set share their check, and %s has %s%s", line,
                theirs->check[0] != '\0' ? "check=" : "none", theirs->check);
    if (strcmp(ours->set, theirs->set) != 0)
        diag_error(plan->diag, annotation_word_place(ours, ANNOTATION_SET),
                "lines of one set share their set identifier, and %s has %s%s", line,
                theirs->set[0] != '\0' ? "set=" : "none", theirs->set);
    group_check_alike(plan, "lines of one set", first, record);
    if (!is_same_alias(ours, theirs))
        diag_error(plan->diag, annotation_word_place(ours, ANNOTATION_ALIAS),
                "lines of one set share alias= and evaluate=, and those of %s differ", line);
    if (record->ttl != first->ttl)
        diag_error(plan->diag, record->place, "lines of one set share their TTL, and %s has %u",
                line, first->ttl);
}

static void check_set(struct group_plan *plan, const struct group_set *set)
{
    const struct zone_record *first = set->members[0];
    char line[GROUP_CITE_MAX];

    for (uint32_t i = 1; i < set->count; i++)
        check_shared(plan, first, set->members[i]);
    if (first->type == RR_CNAME && set->count > 1)
        diag_error(plan->diag, set->members[1]->place,
                "a CNAME set has one value, and %s has it already",
                group_cite(&first->place, &set->members[1]->place, line));
}

/* ------------------------------------------------------------------ rules of a group */

/* RFC 2181 5.2 and route53.md 1.1: whatever sets are chosen together, an answer has one TTL. */
static void check_one_ttl(struct group_plan *plan, const struct group *group)
{
    const struct zone_record *first = group->sets[0].members[0];
    char line[GROUP_CITE_MAX];

    if (group->policy != ROUTE_WEIGHTED && group->policy != ROUTE_MULTIVALUE)
        return;
    for (uint32_t i = 1; i < group->sets_count; i++) {
        const struct zone_record *record = group->sets[i].members[0];
        if (record->ttl == first->ttl)
            continue;
        diag_error(plan->diag, record->place,
                "a @%s group has one TTL, and this line has %u where %s has %u",
                route_policy_name(group->policy), record->ttl,
                group_cite(&first->place, &record->place, line), first->ttl);
        return;
    }
}

/* route53.md 1.3 and 1.1: there is a primary, it has a check unless it is an alias, and no two ranks
 * have one identifier. */
static void check_failover(struct group_plan *plan, const struct group *group)
{
    const struct zone_record *first = group->sets[0].members[0];
    char line[GROUP_CITE_MAX];

    if (group->policy != ROUTE_FAILOVER)
        return;
    if (first->annotation->rank != ROUTE_RANK_PRIMARY)
        diag_error(plan->diag, first->annotation->place, "a @failover group needs a primary");
    else if (first->annotation->alias == NULL && first->annotation->check[0] == '\0')
        diag_error(plan->diag, first->annotation->place,
                "a primary that is no alias needs a check, or it can never fail over");
    for (uint32_t i = 1; i < group->sets_count; i++) {
        const struct zone_record *record = group->sets[i].members[0];
        for (uint32_t j = 0; j < i && record->annotation->set[0] != '\0'; j++) {
            const struct zone_record *other = group->sets[j].members[0];
            if (strcmp(record->annotation->set, other->annotation->set) == 0)
                diag_error(plan->diag, annotation_word_place(record->annotation, ANNOTATION_SET),
                        "\"%s\" is the set of another rank in %s", record->annotation->set,
                        group_cite(&other->place, &record->place, line));
        }
    }
}

const char *group_sticky_text(const struct annotation *annotation, char ret[GROUP_CITE_MAX])
{
    if (annotation->sticky_bits[CLIENT_IPV4] == 0)
        snprintf(ret, GROUP_CITE_MAX, "none");
    else
        snprintf(ret, GROUP_CITE_MAX, "sticky=%u/%u", annotation->sticky_bits[CLIENT_IPV4],
                annotation->sticky_bits[CLIENT_IPV6]);
    return ret;
}

bool group_is_same_sticky(const struct annotation *a, const struct annotation *b)
{
    return memcmp(a->sticky_bits, b->sticky_bits, sizeof(a->sticky_bits)) == 0;
}

/* "couple=web,any", or "none". */
static const char *couple_text(const struct annotation *annotation, char ret[GROUP_CITE_MAX])
{
    if (annotation->couple[0] == '\0')
        snprintf(ret, GROUP_CITE_MAX, "none");
    else
        snprintf(ret, GROUP_CITE_MAX, "couple=%s%s", annotation->couple,
                annotation->couple_any ? ",any" : "");
    return ret;
}

static bool is_same_couple(const struct annotation *a, const struct annotation *b)
{
    return strcmp(a->couple, b->couple) == 0 && a->couple_any == b->couple_any;
}

/* What belongs to the group stands on each of its lines, so that no line's meaning hangs on another. */
static void check_shared_by_all(
        struct group_plan *plan, const struct zone_record *first, const struct zone_record *record)
{
    const struct annotation *theirs = first->annotation;
    const struct annotation *ours = record->annotation;
    char line[GROUP_CITE_MAX];
    char text[GROUP_CITE_MAX];

    group_cite(&first->place, &record->place, line);
    if (!group_is_same_sticky(ours, theirs))
        diag_error(plan->diag, annotation_word_place(ours, ANNOTATION_STICKY),
                "lines of a group share sticky=, and %s has %s", line,
                group_sticky_text(theirs, text));
    if (!is_same_couple(ours, theirs))
        diag_error(plan->diag, annotation_word_place(ours, ANNOTATION_COUPLE),
                "lines of a group share couple=, and %s has %s", line, couple_text(theirs, text));
}

/* route53.md 1.1. */
static void check_sets_count(struct group_plan *plan, const struct group *group)
{
    uint32_t max = group->policy == ROUTE_GEOPROXIMITY ? GROUP_POINTS_MAX : ROUTE_SETS_MAX;

    if (group->sets_count > max)
        diag_error(plan->diag, group->sets[max].members[0]->annotation->place,
                "a @%s group of %u sets; it may have %u", route_policy_name(group->policy),
                group->sets_count, max);
}

void group_check(struct group_plan *plan, const struct group *group)
{
    const struct zone_record *first = &plan->lines->records[group->first];

    for (uint32_t i = 0; i < group->count; i++) {
        check_line(plan, &first[i]);
        check_shared_by_all(plan, first, &first[i]);
    }
    for (uint32_t i = 0; i < group->sets_count; i++)
        check_set(plan, &group->sets[i]);
    check_sets_count(plan, group);
    check_one_ttl(plan, group);
    check_failover(plan, group);
    group_check_places(plan, group);
}
