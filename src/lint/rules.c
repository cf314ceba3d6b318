/* rules.c -- see run.h: what follows from how groups are written, without trying anything.
 *
 * The reach has targets before aliases, so one walk along it gathers what each group's sets come to.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "health/timing.h"
#include "lint/run.h"

#define MESSAGE_MAX 512U
#define NAMED_MAX   4U /* sets that one message names */
#define NO_TTL      (-1)

/* What a group comes to.  TTLs are the longest of what may be answered, or NO_TTL. */
struct facts {
    bool can_fail;    /* checks can leave it without a healthy set */
    int64_t ttl;      /* of all */
    int64_t checked;  /* of what goes by a check on its way down from here */
    int64_t at_large; /* of what goes by none */
};

struct survey {
    struct run *run;
    const struct subject *subject;
    const struct route_group *group; /* the subject's */
    uint32_t place;
    struct facts *facts; /* by place */
};

/* ------------------------------------------------------------------ gathering */

static const struct facts *facts_of(const struct survey *survey, const struct route_group *group)
{
    return &survey->facts[reach_place(&survey->run->reach, group)];
}

static bool can_fail_alone(const struct survey *survey, const struct route_set *set)
{
    if (set->check != HEALTH_SLOT_NONE)
        return true;
    return set->alias != NULL && set->evaluate && facts_of(survey, set->alias)->can_fail;
}

/* Partners bring a set down, or hold it up. */
static bool can_fail(
        const struct survey *survey, const struct route_group *group, const struct route_set *set)
{
    bool can = can_fail_alone(survey, set);

    for (uint32_t i = 0; i < set->partners_count; i++) {
        bool partner = can_fail_alone(survey, set->partners[i]);
        can = group->couple_any ? can & partner : can | partner;
    }
    return can;
}

static bool can_row_fail(
        const struct survey *survey, const struct route_group *group, const struct order_row *row)
{
    for (uint32_t i = 0; i < row->count; i++)
        if (!can_fail(survey, group, &group->sets[row->places[i]]))
            return false;
    return row->count > 0;
}

/* A geo or CIDR group has only some sets for a client: it can fail if it can for some clients. */
static bool can_group_fail(const struct survey *survey, const struct route_group *group)
{
    bool selective = group->policy == ROUTE_GEO || group->policy == ROUTE_CIDR;

    if (selective && group->order != NULL) {
        for (uint32_t i = 0; i < group->order->rows_count; i++)
            if (can_row_fail(survey, group, &group->order->rows[i]))
                return true;
        return false;
    }
    for (uint32_t i = 0; i < group->count; i++)
        if (!can_fail(survey, group, &group->sets[i]))
            return false;
    return true;
}

static int64_t longer(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What one set adds to its group's facts. */
static void add_ttls(const struct survey *survey, const struct route_set *set, struct facts *ret)
{
    struct facts behind = {.checked = NO_TTL};

    if (set->alias != NULL) {
        behind = *facts_of(survey, set->alias);
    } else {
        const struct rrset *rrset = set->data;
        behind.ttl = rrset->ttl;
        behind.at_large = rrset->ttl;
    }
    ret->ttl = longer(ret->ttl, behind.ttl);
    if (reach_is_checked(set)) {
        ret->checked = longer(ret->checked, behind.ttl);
    } else {
        ret->checked = longer(ret->checked, behind.checked);
        ret->at_large = longer(ret->at_large, behind.at_large);
    }
}

static void gather(struct survey *survey)
{
    const struct reach *reach = &survey->run->reach;

    for (uint32_t place = 0; place < reach->count; place++) {
        const struct route_group *group = reach->groups[place];
        struct facts facts = {.ttl = NO_TTL, .checked = NO_TTL, .at_large = NO_TTL};
        for (uint32_t i = 0; i < group->count; i++)
            add_ttls(survey, &group->sets[i], &facts);
        facts.can_fail = can_group_fail(survey, group);
        survey->facts[place] = facts;
    }
}

static void report(const struct survey *survey, enum lint_code code, enum lint_severity severity,
        const char *message)
{
    const struct lint_finding finding = {
            .code = code,
            .severity = severity,
            .zone = survey->run->zone_text,
            .name = survey->subject->name,
            .type = survey->subject->roots[0].rrset->type,
            .message = message,
    };
    report_add(survey->run->report, &finding);
}

/* ------------------------------------------------------------------ what never fails over */

/* Why a set cannot fail, as the end of a sentence. */
static void tell_reason(const struct survey *survey, const struct route_set *set, struct buf *ret)
{
    while (set->alias != NULL && set->evaluate && set->partners_count == 0) {
        const struct route_group *target = set->alias;
        uint32_t i = 0;
        while (i + 1 < target->count && can_fail(survey, target, &target->sets[i]))
            i++;
        set = &target->sets[i];
        buf_printf(ret, "\"%s\" of %s ", set->id, target->name);
    }
    if (set->partners_count > 0)
        buf_add_string(ret, "stands with a couple of which a part has no check");
    else if (set->alias != NULL)
        buf_add_string(ret, "has no check, and its alias is not evaluated");
    else
        buf_add_string(ret, "has no check");
}

static void tell_never(const struct survey *survey, const struct route_set *set,
        enum lint_severity severity, const char *consequence)
{
    struct buf message;

    buf_init(&message, MESSAGE_MAX);
    buf_printf(&message, "\"%s\" cannot fail: ", set->id);
    if (set->alias == NULL || !set->evaluate || set->partners_count > 0)
        buf_add_string(&message, "it ");
    tell_reason(survey, set, &message);
    buf_printf(&message, "; %s", consequence);
    report(survey, LINT_NEVER_FAILS_OVER, severity, buf_string(&message));
    buf_done(&message);
}

static void check_failover(const struct survey *survey)
{
    const struct route_group *group = survey->group;
    uint32_t i = 0;

    while (i < group->count && can_fail(survey, group, &group->sets[i]))
        i++;
    if (i + 1 < group->count)
        tell_never(survey, &group->sets[i], LINT_WARNING, "the sets behind it are never answered");
    else if (i == 0 && group->count == 1)
        tell_never(survey, &group->sets[i], LINT_NOTE, "and there is nothing to fail over to");
}

/* The first set that cannot fail and is not the last resort of all clients it is for; group->count if there
 * is none. */
static uint32_t find_stuck(const struct survey *survey, bool *stuck)
{
    const struct route_group *group = survey->group;
    uint32_t first = group->count;

    for (uint32_t i = 0; i < group->order->rows_count; i++) {
        const struct order_row *row = &group->order->rows[i];
        for (uint32_t j = 0; j + 1 < row->count; j++)
            if (!can_fail(survey, group, &group->sets[row->places[j]]))
                stuck[row->places[j]] = true;
    }
    for (uint32_t i = group->count; i-- > 0;)
        first = stuck[i] ? i : first;
    return first;
}

/* Places without any check route by place alone, and are meant so. */
static void check_located(const struct survey *survey)
{
    const struct route_group *group = survey->group;
    uint32_t failing = 0, count = 0;

    for (uint32_t i = 0; i < group->count; i++)
        failing += can_fail(survey, group, &group->sets[i]);
    if (failing == 0)
        return;
    bool *stuck = mem_zalloc(group->count, sizeof(*stuck));
    uint32_t first = find_stuck(survey, stuck);
    for (uint32_t i = 0; i < group->count; i++)
        count += stuck[i];
    if (first < group->count) {
        struct buf consequence;
        buf_init(&consequence, MESSAGE_MAX);
        buf_add_string(&consequence, "its clients are never sent elsewhere");
        if (count > 1)
            buf_printf(&consequence, " (and so with %u more sets)", count - 1);
        tell_never(survey, &group->sets[first], LINT_WARNING, buf_string(&consequence));
        buf_done(&consequence);
    }
    free(stuck);
}

/* ------------------------------------------------------------------ times */

/* The check that takes longest to be found down; false if of none it is known. */
static bool find_slowest(const struct survey *survey, struct lint_time *ret)
{
    const struct reach *reach = &survey->run->reach;
    struct health_detail detail;

    ret->detection_ms = 0;
    for (uint32_t i = 0; i < reach->checks_count; i++) {
        if (health_table_read(survey->run->sources->health, reach->checks[i], &detail) != 0)
            continue;
        uint64_t down_ms = timing_down_ms(&detail);
        if (down_ms <= ret->detection_ms)
            continue;
        ret->detection_ms = down_ms;
        ret->check = reach->checks[i];
    }
    return ret->detection_ms > 0;
}

static void check_time(const struct survey *survey)
{
    struct run *run = survey->run;
    int64_t ttl = survey->facts[survey->place].checked;
    struct lint_time time = {
            .zone = run->zone_text,
            .name = survey->subject->name,
            .type = survey->subject->roots[0].rrset->type,
            .ttl_s = ttl != NO_TTL ? (uint32_t)ttl : 0,
    };
    struct buf message;

    if (ttl == NO_TTL || !find_slowest(survey, &time))
        return;
    report_add_time(run->report, &time);
    uint64_t failover_s = (report_failover_ms(&time) + 999) / 1000;
    if (failover_s <= run->sources->slow_s)
        return;
    buf_init(&message, MESSAGE_MAX);
    buf_printf(&message,
            "a failover takes up to %llu s: %llu s until a check is found down, and a TTL of %u s",
            (unsigned long long)failover_s, (unsigned long long)((time.detection_ms + 999) / 1000),
            time.ttl_s);
    report(survey, LINT_SLOW_FAILOVER, LINT_WARNING, buf_string(&message));
    buf_done(&message);
}

/* The TTLs of a group's own lines, and of what only its aliases bring under a check; what the targets have by
 * themselves is told of their own names. */
static void check_ttl(const struct survey *survey)
{
    int64_t longest = NO_TTL;
    struct buf message;

    for (uint32_t i = 0; i < survey->group->count; i++) {
        const struct route_set *set = &survey->group->sets[i];
        if (!reach_is_checked(set))
            continue;
        if (set->alias != NULL)
            longest = longer(longest, facts_of(survey, set->alias)->at_large);
        else
            longest = longer(longest, ((const struct rrset *)set->data)->ttl);
    }
    if (longest <= (int64_t)LINT_TTL_ADVISED_S)
        return;
    buf_init(&message, MESSAGE_MAX);
    buf_printf(&message, "what goes by a check has a TTL of %lld s; at most %u s is advised",
            (long long)longest, LINT_TTL_ADVISED_S);
    report(survey, LINT_LONG_TTL, LINT_NOTE, buf_string(&message));
    buf_done(&message);
}

void rules_apply(struct run *run, const struct subject *subject)
{
    struct survey survey = {.run = run, .subject = subject, .group = subject->roots[0].group};

    if (run->reach.cut)
        return;
    survey.place = reach_place(&run->reach, survey.group);
    survey.facts = mem_zalloc(run->reach.count, sizeof(*survey.facts));
    gather(&survey);
    if (survey.group->order != NULL)
        check_located(&survey);
    else if (survey.group->policy == ROUTE_FAILOVER)
        check_failover(&survey);
    check_time(&survey);
    check_ttl(&survey);
    free(survey.facts);
}
