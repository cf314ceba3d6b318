/* failures.c -- see run.h: which checks must fail until a name is answered with what is down.
 *
 * From everything up on, each check behind a name fails alone, then each pair does, and each time every kind
 * of client asks.  What one check does alone to a client is not told again of the pairs it is in, so what is
 * told are the smallest failures; it need not be so that more failures make it worse, but an operator who
 * mends the small one asks again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lint/run.h"

#define TALLIES_MAX (3U * RUN_ROOTS_MAX)
#define MESSAGE_MAX 256U

/* One code for one of the roots. */
struct tally {
    enum lint_code code;
    uint32_t root;
    bool alone; /* a check alone suffices, or none at all */
    uint32_t failures_count;
    uint32_t failures_more;
    struct lint_failure failures[LINT_FAILURES_SHOWN];
};

/* One subject being tried. */
struct attempt {
    struct run *run;
    const struct subject *subject;
    uint32_t places[RUN_ROOTS_MAX];
    const struct clients *clients;
    enum attempt_quality usual[CLIENTS_MAX][RUN_ROOTS_MAX]; /* with everything up */
    struct tally tallies[TALLIES_MAX];
    uint32_t tallies_count;
    /* What need not be told again, a bit for each tally: for each client what holds with everything up, and
     * for each client and check what that suffices for.  The latter only if pairs are tried. */
    uint8_t always[CLIENTS_MAX];
    uint8_t *alone;
};

static_assert(TALLIES_MAX <= 8, "a tally is a bit of a byte");

/* Checks that fail together, by their places in the reach. */
struct together {
    uint32_t count;
    uint32_t check[2];
};

/* ------------------------------------------------------------------ one client */

static struct route_query query_of(struct run *run, const struct client *client)
{
    return (struct route_query){
            .health = run->table,
            .client = client,
            .worker = &run->worker,
            .rand = &run->rand,
            .as_chances = true,
    };
}

/* Whether a tally's code holds for what this client gets. */
static bool holds(const struct tally *tally, const enum attempt_quality *usual,
        const enum attempt_quality *now, uint32_t roots)
{
    enum attempt_quality mine = now[tally->root];
    bool was_sound = usual[tally->root] == ATTEMPT_SOUND;

    switch (tally->code) {
    case LINT_FAIL_OPEN:
        return mine == ATTEMPT_OPEN;
    case LINT_UNCHECKED_LAST_RESORT:
        return mine == ATTEMPT_UNCHECKED && was_sound;
    default:
        assert(tally->code == LINT_FAMILY_LOST);
        return roots == 2 && (mine == ATTEMPT_OPEN || mine == ATTEMPT_UNCHECKED) && was_sound &&
               now[1 - tally->root] == ATTEMPT_SOUND;
    }
}

static void ask(struct attempt *attempt, const struct client *client, enum attempt_quality *ret)
{
    struct run *run = attempt->run;
    struct route_query query = query_of(run, client);

    attempt_begin(run->attempt);
    for (uint32_t i = 0; i < attempt->subject->count; i++)
        ret[i] = attempt_run(run->attempt, attempt->places[i], &query);
}

/* The set that stands first for a client, at the last group that asks for its place; "" where none does. */
static const char *first_set(const struct reach *reach, const struct client *client)
{
    for (uint32_t i = reach->count; i-- > 0;) {
        const struct route_group *group = reach->groups[i];
        struct prefix_match match;
        if (group->order == NULL)
            continue;
        prefix_map_find(group->order->map, client, &match);
        const struct order_row *row = &group->order->rows[match.value];
        if (row->count > 0)
            return group->sets[row->places[0]].id;
    }
    return "";
}

/* Notes that a tally holds for this client; the first one stands for all. */
static void note(const struct attempt *attempt, const struct tally *tally,
        const struct client *client, struct lint_failure *failure)
{
    struct run *run = attempt->run;
    struct route_query query = query_of(run, client);
    double open = attempt_outcome(run->attempt, attempt->places[tally->root])->open;
    double share = open > 0 ? open : 1;
    bool is_first = failure->share == 0;

    if (share > failure->share)
        failure->share = share;
    failure->clients += run->reach.orders_count > 0;
    if (!is_first || report_is_full(run->report) || tally->failures_count == LINT_FAILURES_SHOWN)
        return;
    failure->client = *client;
    failure->first = run->reach.orders_count > 0
                             ? arena_string(run->report->arena, first_set(&run->reach, client))
                             : "";
    attempt_tell_ends(
            run->attempt, attempt->places[tally->root], &query, run->report->arena, failure);
}

/* ------------------------------------------------------------------ one failure */

static void set_state(
        const struct attempt *attempt, const struct together *together, enum health_state state)
{
    struct run *run = attempt->run;
    for (uint32_t i = 0; i < together->count; i++)
        health_table_put(run->table, run->reach.checks[together->check[i]],
                (struct health_verdict){.state = state});
}

static void add_failure(const struct attempt *attempt, struct tally *tally,
        const struct together *together, const struct lint_failure *failure)
{
    tally->alone |= together->count < 2;
    if (tally->failures_count == LINT_FAILURES_SHOWN) {
        tally->failures_more++;
        return;
    }
    struct lint_failure *to = &tally->failures[tally->failures_count++];
    *to = *failure;
    to->checks_count = together->count;
    for (uint32_t i = 0; i < together->count; i++)
        to->checks[i] = attempt->run->reach.checks[together->check[i]];
}

static uint8_t *alone_of(const struct attempt *attempt, uint32_t client, uint32_t check)
{
    return &attempt->alone[(size_t)client * attempt->run->reach.checks_count + check];
}

/* Which tallies need not be looked at for a client: a part of these checks suffices. */
static uint8_t find_told(
        const struct attempt *attempt, const struct together *together, uint32_t client)
{
    uint8_t told = attempt->always[client];

    for (uint32_t i = 0; i < together->count && attempt->alone != NULL; i++)
        told |= *alone_of(attempt, client, together->check[i]);
    return told;
}

/* What holds for one client; returns a bit for each such tally. */
static uint8_t try_client(struct attempt *attempt, const struct together *together, uint32_t i,
        struct lint_failure *failures)
{
    const struct client *client = &attempt->clients->list[i];
    uint8_t told = find_told(attempt, together, i);
    enum attempt_quality now[RUN_ROOTS_MAX];
    uint8_t found = 0;

    if (told == (1U << attempt->tallies_count) - 1)
        return 0;
    ask(attempt, client, now);
    for (uint32_t t = 0; t < attempt->tallies_count; t++) {
        const struct tally *tally = &attempt->tallies[t];
        if ((told >> t & 1) != 0 || !holds(tally, attempt->usual[i], now, attempt->subject->count))
            continue;
        found |= (uint8_t)(1U << t);
        note(attempt, tally, client, &failures[t]);
    }
    return found;
}

static void try_together(struct attempt *attempt, const struct together *together)
{
    struct lint_failure failures[TALLIES_MAX] = {{0}};

    set_state(attempt, together, HEALTH_DOWN);
    for (uint32_t i = 0; i < attempt->clients->count; i++) {
        uint8_t found = try_client(attempt, together, i, failures);
        if (together->count == 0)
            attempt->always[i] = found;
        if (together->count == 1 && attempt->alone != NULL)
            *alone_of(attempt, i, together->check[0]) = found;
    }
    set_state(attempt, together, HEALTH_UP);
    for (uint32_t t = 0; t < attempt->tallies_count; t++)
        if (failures[t].share > 0)
            add_failure(attempt, &attempt->tallies[t], together, &failures[t]);
}

/* ------------------------------------------------------------------ all failures of a subject */

/* With everything up.  What then fails open does so whatever is mended. */
static void try_usual(struct attempt *attempt)
{
    const struct together nothing = {.count = 0};

    for (uint32_t i = 0; i < attempt->clients->count; i++)
        ask(attempt, &attempt->clients->list[i], attempt->usual[i]);
    try_together(attempt, &nothing);
}

static void try_singles(struct attempt *attempt)
{
    for (uint32_t i = 0; i < attempt->run->reach.checks_count; i++)
        try_together(attempt, &(struct together){1, {i}});
}

static void try_pairs(struct attempt *attempt)
{
    uint32_t count = attempt->run->reach.checks_count;

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = i + 1; j < count; j++)
            try_together(attempt, &(struct together){
                                          2, {i, j}
            });
}

/* A name that never had but one thing to answer is meant so. */
static bool is_lone(const struct route_group *group)
{
    while (group->count == 1 && group->sets[0].alias != NULL)
        group = group->sets[0].alias;
    return group->count == 1;
}

static enum lint_severity severity_of(const struct attempt *attempt, const struct tally *tally)
{
    if (!tally->alone || tally->code == LINT_UNCHECKED_LAST_RESORT)
        return LINT_NOTE;
    if (tally->code == LINT_FAIL_OPEN && is_lone(attempt->subject->roots[tally->root].group))
        return LINT_NOTE;
    return LINT_WARNING;
}

static void report_tally(const struct attempt *attempt, const struct tally *tally)
{
    struct run *run = attempt->run;
    struct lint_finding finding = {
            .code = tally->code,
            .severity = severity_of(attempt, tally),
            .zone = run->zone_text,
            .name = attempt->subject->name,
            .type = attempt->subject->roots[tally->root].rrset->type,
            .failures_count = tally->failures_count,
            .failures_more = tally->failures_more,
    };

    if (tally->failures_count == 0)
        return;
    if (!report_is_full(run->report))
        finding.failures = arena_copy(run->report->arena, tally->failures,
                tally->failures_count * sizeof(tally->failures[0]));
    report_add(run->report, &finding);
}

static void report_untried(const struct run *run, const struct subject *subject, const char *why)
{
    const struct lint_finding finding = {
            .code = LINT_NOT_TRIED,
            .severity = LINT_NOTE,
            .zone = run->zone_text,
            .name = subject->name,
            .type = subject->roots[0].rrset->type,
            .message = why,
    };
    report_add(run->report, &finding);
}

/* Tells what is not looked at because there is too much of it. */
static void report_limits(
        const struct run *run, const struct subject *subject, const struct clients *clients)
{
    struct buf why;

    buf_init(&why, MESSAGE_MAX);
    if (run->reach.checks_count > LINT_PAIR_CHECKS) {
        buf_printf(&why, "%u checks decide: no pairs of them were tried, only each alone",
                run->reach.checks_count);
        report_untried(run, subject, buf_string(&why));
    }
    buf_consume(&why, why.length);
    if (clients->cut) {
        buf_printf(&why, "there are more kinds of clients than the %u that were tried",
                clients->count);
        report_untried(run, subject, buf_string(&why));
    }
    buf_done(&why);
}

/* Takes work out of what the zone has left; false if that is too little. */
static bool take_work(uint64_t *left, uint64_t work)
{
    if (work > *left)
        return false;
    *left -= work;
    return true;
}

static void add_tallies(struct attempt *attempt)
{
    static const enum lint_code codes[] = {
            LINT_FAIL_OPEN, LINT_UNCHECKED_LAST_RESORT, LINT_FAMILY_LOST};

    for (uint32_t root = 0; root < attempt->subject->count; root++)
        for (size_t i = 0; i < COUNT(codes); i++)
            if (codes[i] != LINT_FAMILY_LOST || attempt->subject->count == 2)
                attempt->tallies[attempt->tallies_count++] =
                        (struct tally){.code = codes[i], .root = root};
}

static void try_all(struct attempt *attempt)
{
    struct run *run = attempt->run;
    uint64_t once = run->reach.cost * attempt->clients->count;
    uint64_t checks = run->reach.checks_count;

    if (!take_work(&run->singles_left, once * (checks + 2))) {
        run->names_untried++;
        return;
    }
    if (checks <= LINT_PAIR_CHECKS)
        attempt->alone = mem_zalloc(checks, attempt->clients->count);
    add_tallies(attempt);
    try_usual(attempt);
    try_singles(attempt);
    if (checks <= LINT_PAIR_CHECKS) {
        if (take_work(&run->pairs_left, once * (checks * (checks - 1) / 2)))
            try_pairs(attempt);
        else
            run->pairs_untried++;
    }
    for (uint32_t i = 0; i < attempt->tallies_count; i++)
        report_tally(attempt, &attempt->tallies[i]);
    free(attempt->alone);
}

void failures_try(struct run *run, const struct subject *subject)
{
    const struct route_group *groups[RUN_ROOTS_MAX];

    for (uint32_t i = 0; i < subject->count; i++)
        groups[i] = subject->roots[i].group;
    reach_find(&run->reach, groups, subject->count);
    if (run->reach.cut) {
        report_untried(run, subject, "too much lies behind its aliases: no failures were tried");
        return;
    }
    if (run->reach.checks_count == 0)
        return;
    struct attempt *attempt = mem_zalloc(1, sizeof(*attempt));
    attempt->run = run;
    attempt->subject = subject;
    attempt->clients = clients_find(run->clients, run->reach.orders, run->reach.orders_count);
    for (uint32_t i = 0; i < subject->count; i++)
        attempt->places[i] = reach_place(&run->reach, groups[i]);
    report_limits(run, subject, attempt->clients);
    try_all(attempt);
    free(attempt);
}
