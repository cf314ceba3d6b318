/* test_invariants.c -- what holds in every outage: a thousand random timelines for each of some settings.
 *
 * A timeline has up to a dozen faults of random checks, kinds, times and lengths, some of them again and again.
 * Every second one is run again with an operator in it, who forces checks up or down for a while or for good, or drains
 * two at once, whatever else goes on.  The invariants have names, and a failure tells the seed.
 */
#include "test.h"

#include "base/rand.h"
#include "check/guards.h"
#include "health/timing.h"
#include "stage.h"

/* The sanitizers look at the same steps more slowly. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TIMELINES 50U
#else
#define TIMELINES 1000U
#endif
#define DURATION_MS 200000U
#define CHECKS      3U
#define FAULTS_MAX  12U
#define FORCES_MAX  6U
#define EVENTS_MAX  400U
#define FOUND_MAX   1000U

#define THREE(more)                                                                                \
    "[" STAGE_CHECK("a", more) "," STAGE_CHECK("b", more) "," STAGE_CHECK("c", more) "]"

/* What was found of the checks at each change of one, when nobody forced or held any. */
struct found {
    uint64_t at_ms[FOUND_MAX];
    uint32_t check[FOUND_MAX];
    enum health_state state[FOUND_MAX];
    uint32_t count;
};

/* What an operator has done to a check so far. */
struct operated {
    enum health_state forced; /* HEALTH_UNKNOWN: it is not */
    uint64_t from_ms;         /* it has been forced since, or was for the last time */
    uint64_t until_ms;        /* the last end of that */
    uint64_t last_ms;         /* of all he did; 0: nothing */
};

/* Of one timeline: what is seen as it goes. */
struct watch {
    uint32_t seed;
    bool forces;
    struct operated operated[CHECKS];
    uint32_t next_event;
    struct found *found; /* written without forces, read with them */
    struct stage *stage;
    struct sim *sim;
    uint64_t changed_ms[CHECKS]; /* 0: not yet */
    uint32_t least_ms;           /* between two changes */
    bool ramps;
    bool guards; /* with the limit below */
    const struct timeline *timeline;
};

/* One of three may go down. */
static const struct guard_limit guard_limit = {40, 30000};
#define GUARD_ALLOWS 1U
#define FIRST_MS     3000U /* each has had its first result, which no guard counts */

static uint32_t pick(struct rand *rand, uint32_t least, uint32_t most)
{
    return least + rand_below(rand, most - least + 1);
}

/* A fault, once or again and again.  Returns how many events it takes. */
static uint32_t add_fault(struct rand *rand, struct timeline_event *events)
{
    uint32_t check = rand_below(rand, CHECKS);
    enum timeline_fault fault = (enum timeline_fault)pick(rand, 1, 3);
    uint32_t at_ms = rand_below(rand, DURATION_MS);
    uint32_t times = rand_below(rand, 4) == 0 ? pick(rand, 2, 15) : 1;
    uint32_t for_ms = pick(rand, 10, times > 1 ? 4000 : 60000);
    uint32_t every_ms = for_ms + pick(rand, 10, 4000);

    for (uint32_t i = 0; i < times; i++) {
        events[2 * i] = (struct timeline_event){
                .at_ms = at_ms + i * every_ms, .check = check, .fault = fault};
        events[2 * i + 1] =
                (struct timeline_event){.at_ms = at_ms + i * every_ms + for_ms, .check = check};
    }
    return 2 * times;
}

/* An operator accepts, now and then. */
static void add_accepts(struct rand *rand, struct timeline *timeline)
{
    for (uint32_t i = rand_below(rand, 4); i > 0; i--)
        timeline->events[timeline->events_count++] = (struct timeline_event){
                .kind = TIMELINE_ACCEPT, .at_ms = rand_below(rand, DURATION_MS)};
}

/* What an operator does to a check, or to two at once: that is a drain. */
static uint32_t add_force(struct rand *rand, struct timeline_event *events)
{
    bool is_drain = rand_below(rand, 4) == 0;
    bool is_for_good = rand_below(rand, 6) == 0;
    uint32_t check = rand_below(rand, CHECKS), count = 0;
    uint32_t at_ms = rand_below(rand, DURATION_MS);
    uint32_t for_ms = pick(rand, 10, 60000);
    enum health_state state = is_drain || rand_below(rand, 2) == 0 ? HEALTH_DOWN : HEALTH_UP;

    for (uint32_t i = 0; i <= is_drain; i++) {
        events[count++] = (struct timeline_event){.kind = TIMELINE_FORCE,
                .at_ms = at_ms,
                .check = (check + i) % CHECKS,
                .state = state};
        if (!is_for_good)
            events[count++] = (struct timeline_event){.kind = TIMELINE_FORCE,
                    .at_ms = at_ms + for_ms,
                    .check = (check + i) % CHECKS,
                    .state = HEALTH_UNKNOWN};
    }
    return count;
}

static int compare(uint64_t x, uint64_t y)
{
    return (x > y) - (x < y);
}

/* One order, with forces among them and without. */
static int by_time(const void *a, const void *b)
{
    const struct timeline_event *x = a, *y = b;
    int order = compare(x->at_ms, y->at_ms);

    order = order != 0 ? order : compare(x->kind, y->kind);
    order = order != 0 ? order : compare(x->check, y->check);
    return order != 0 ? order : compare(x->fault + x->state, y->fault + y->state);
}

static void add_forces(struct timeline *timeline, uint32_t seed)
{
    struct rand rand = rand_from_seed(seed + TIMELINES);

    for (uint32_t i = pick(&rand, 1, FORCES_MAX); i > 0; i--)
        timeline->events_count += add_force(&rand, timeline->events + timeline->events_count);
    assert_true(timeline->events_count <= EVENTS_MAX);
    qsort(timeline->events, timeline->events_count, sizeof(*timeline->events), by_time);
}

static void fill(struct timeline *timeline, uint32_t seed, bool accepts)
{
    struct rand rand = rand_from_seed(seed);
    uint32_t faults = pick(&rand, 1, FAULTS_MAX);

    timeline->seed = seed;
    timeline->duration_ms = DURATION_MS;
    timeline->events_count = 0;
    for (uint32_t i = 0; i < faults; i++)
        timeline->events_count += add_fault(&rand, timeline->events + timeline->events_count);
    if (accepts)
        add_accepts(&rand, timeline);
    assert_true(timeline->events_count <= EVENTS_MAX);
    qsort(timeline->events, timeline->events_count, sizeof(*timeline->events), by_time);
}

/* ------------------------------------------------------------------ what is watched as it goes */

/* What an operator accepts goes down at that moment. */
static bool is_accepted(const struct watch *watch, uint64_t at_ms)
{
    const struct timeline_event *events = watch->timeline->events;
    for (uint32_t i = 0; i < watch->timeline->events_count; i++)
        if (events[i].kind == TIMELINE_ACCEPT && events[i].at_ms == at_ms)
            return true;
    return false;
}

/* When a check went down as probes have it, the last time. */
static uint64_t found_down_ms(const struct found *found, uint32_t place, uint64_t now_ms)
{
    uint64_t at_ms = 0;
    for (uint32_t i = 0; i < found->count && found->at_ms[i] <= now_ms; i++)
        if (found->check[i] == place && found->state[i] == HEALTH_DOWN)
            at_ms = found->at_ms[i];
    return at_ms;
}

/* Whether it is down by a force or since the end of one, and was so before that began: no guard counts that again. */
static bool is_down_again(const struct watch *watch, uint32_t place, uint64_t now_ms)
{
    const struct operated *operated = &watch->operated[place];
    uint64_t since_ms = sim_checks(watch->sim)[place].since_ms;
    return operated->last_ms > 0 && since_ms >= operated->from_ms &&
           since_ms <= operated->until_ms &&
           found_down_ms(watch->found, place, now_ms) < operated->from_ms;
}

static void check_guard(const struct watch *watch, uint64_t now_ms)
{
    uint32_t fallen = 0, held = 0,
             hidden = 0; /* hidden: forced, and held by the guard or by that */
    struct guard_report report;

    for (uint32_t i = 0; i < CHECKS; i++) {
        const struct sim_check *check = &sim_checks(watch->sim)[i];
        bool is_forced = watch->operated[i].forced != HEALTH_UNKNOWN;
        bool is_held = health_table_found(watch->stage->fixture.table, watch->stage->slots[i]).held;
        bool is_recent = now_ms - check->since_ms <= guard_limit.window_ms;
        fallen += check->state == HEALTH_DOWN && is_recent && check->since_ms > FIRST_MS &&
                  !is_accepted(watch, check->since_ms) && !is_forced &&
                  !is_down_again(watch, i, now_ms);
        held += is_held && !is_forced;
        hidden += is_held && is_forced;
    }
    assert_true(guards_describe(sim_guards(watch->sim), GUARDS_ALL, &report));
    if (fallen > GUARD_ALLOWS)
        fail_msg("seed %u: no more go down within the window than the guard allows: %u at %u",
                watch->seed, fallen, (unsigned)now_ms);
    if (held > report.held || held + hidden < report.held ||
            (report.since_ms == 0 ? held > 0 : report.held <= GUARD_ALLOWS))
        fail_msg("seed %u: a guard that is raised holds more than it allows, a quiet one nothing: "
                 "%u at %u",
                watch->seed, held, (unsigned)now_ms);
}

/* ------------------------------------------------------------------ the operator */

static void note_forces(struct watch *watch, uint64_t now_ms)
{
    const struct timeline *timeline = watch->timeline;

    for (; watch->next_event < timeline->events_count &&
            timeline->events[watch->next_event].at_ms <= now_ms;
            watch->next_event++) {
        const struct timeline_event *event = &timeline->events[watch->next_event];
        struct operated *operated = &watch->operated[event->check];
        if (event->kind != TIMELINE_FORCE)
            continue;
        if (operated->forced == HEALTH_UNKNOWN && event->state != HEALTH_UNKNOWN)
            operated->from_ms = event->at_ms;
        if (operated->forced != HEALTH_UNKNOWN && event->state == HEALTH_UNKNOWN)
            operated->until_ms = event->at_ms;
        operated->forced = event->state;
        operated->last_ms = event->at_ms;
    }
}

static enum health_state state_found(const struct found *found, uint32_t place, uint64_t now_ms)
{
    enum health_state state = HEALTH_UP;
    for (uint32_t i = 0; i < found->count && found->at_ms[i] <= now_ms; i++)
        if (found->check[i] == place)
            state = found->state[i];
    return state;
}

static void check_forces(const struct watch *watch, uint64_t now_ms)
{
    const struct health_table *table = watch->stage->fixture.table;

    for (uint32_t i = 0; i < CHECKS; i++) {
        struct health_verdict word = health_table_get(table, watch->stage->slots[i]);
        struct health_verdict found = health_table_found(table, watch->stage->slots[i]);
        enum health_state forced = watch->operated[i].forced;
        enum health_state due = forced != HEALTH_UNKNOWN      ? forced
                                : found.held && watch->guards ? HEALTH_UP
                                                              : found.state;
        if (found.state != state_found(watch->found, i, now_ms))
            fail_msg("seed %u: what is forced changes nothing of what is found: %u at %u",
                    watch->seed, i, (unsigned)now_ms);
        if (forced != HEALTH_UNKNOWN && word.state != forced)
            fail_msg("seed %u: what is forced is so until the end: %u at %u", watch->seed, i,
                    (unsigned)now_ms);
        if (word.state != due || word.forced != (forced != HEALTH_UNKNOWN))
            fail_msg("seed %u: behind the end a check is what was found, or held: %u at %u",
                    watch->seed, i, (unsigned)now_ms);
    }
}

/* Whether he did something to a check at one of two moments, or between. */
static bool is_operated(const struct watch *watch, uint32_t place, uint64_t since_ms)
{
    return watch->operated[place].last_ms > 0 && watch->operated[place].last_ms >= since_ms;
}

static void note_found(
        struct found *found, uint64_t now_ms, uint32_t place, enum health_state state)
{
    assert_true(found->count < FOUND_MAX);
    found->at_ms[found->count] = now_ms;
    found->check[found->count] = place;
    found->state[found->count++] = state;
}

static void on_check(void *context, uint64_t now_ms, const struct sim_check *check)
{
    struct watch *watch = context;
    uint32_t place = (uint32_t)(check->definition - watch->stage->definitions->list);
    uint64_t before_ms = watch->changed_ms[place];

    note_forces(watch, now_ms);
    if (watch->forces)
        check_forces(watch, now_ms);
    else if (!watch->guards)
        note_found(watch->found, now_ms, place, check->state);
    if (before_ms > 0 && now_ms - before_ms < watch->least_ms &&
            !is_operated(watch, place, before_ms))
        fail_msg("seed %u: no flip before its hold is over: %s at %u and %u", watch->seed,
                check->definition->id, (unsigned)before_ms, (unsigned)now_ms);
    watch->changed_ms[place] = now_ms;
}

/* When all checks of one moment have been looked at. */
static void on_moment(const struct watch *watch, uint64_t now_ms)
{
    if (watch->guards)
        check_guard(watch, now_ms);
}

/* The percent that an answer gives to the check's set, whose address ends with its letter's number. */
static double percent_of(const char *answer, uint32_t place)
{
    char address[16];
    snprintf(address, sizeof(address), "192.0.2.%u0", place + 1);
    const char *found = strstr(answer, address);
    if (found == NULL)
        return 0;
    const char *end = found + strlen(address);
    return *end == ' ' ? strtod(end, NULL) : 100;
}

static void on_answer(void *context, uint64_t now_ms, const struct answers_row *row)
{
    struct watch *watch = context;
    struct buf text;

    note_forces(watch, now_ms);
    if (watch->forces)
        check_forces(watch, now_ms);
    on_moment(watch, now_ms);
    if (row->is_empty)
        fail_msg("seed %u: an answer is never empty", watch->seed);
    if (!watch->ramps || row->fail_open)
        return;
    buf_init(&text, STAGE_TEXT_MAX);
    answers_tell(sim_answers(watch->sim), row, &text);
    for (uint32_t i = 0; i < CHECKS; i++) {
        const struct sim_check *check = &sim_checks(watch->sim)[i];
        bool alone = strchr(buf_string(&text), ',') == NULL;
        bool others_whole = true;
        for (uint32_t j = 0; j < CHECKS; j++)
            others_whole &= j == i || watch->changed_ms[j] == 0;
        if (check->changes > 1 && check->state == HEALTH_UP && now_ms == check->since_ms &&
                !is_operated(watch, i, now_ms) && !alone && others_whole &&
                percent_of(buf_string(&text), i) > 4)
            fail_msg("seed %u: a recovery begins with a trickle: %s", watch->seed,
                    buf_string(&text));
    }
    buf_done(&text);
}

/* ------------------------------------------------------------------ what is looked at in the end */

static void check_ends(struct watch *watch)
{
    uint32_t count;
    bool cut;
    const struct answers_row *row = answers_rows(sim_answers(watch->sim), &count, &cut);

    note_forces(watch, DURATION_MS - 1); /* what was to be at the end itself was not */
    if (watch->forces)
        check_forces(watch, DURATION_MS);
    for (uint32_t i = 0; i < CHECKS; i++) {
        const struct sim_check *check = &sim_checks(watch->sim)[i];
        struct health_detail detail;
        assert_int_equal(
                health_table_read(watch->stage->fixture.table, watch->stage->slots[i], &detail), 0);
        bool is_free = watch->operated[i].last_ms == 0;
        if (!watch->guards && is_free && check->wrong_longest_ms > timing_down_ms(&detail))
            fail_msg("seed %u: a verdict is never wrong for longer than its timings say: %s for %u",
                    watch->seed, check->definition->id, (unsigned)check->wrong_longest_ms);
        if (watch->least_ms > 0 && is_free && check->changes > DURATION_MS / watch->least_ms + 2)
            fail_msg("seed %u: no more flips than there are holds", watch->seed);
    }
    if (row->empty_ms > 0)
        fail_msg("seed %u: an answer is never empty", watch->seed);
}

/* A table for each timeline; the zone knows slots alone, which are the same in each. */
static void renew_table(struct stage *stage)
{
    health_table_close(stage->fixture.table);
    assert_int_equal(health_table_create(&stage->fixture.table), 0);
    assert_int_equal(
            definitions_publish(stage->definitions, stage->fixture.table, 1000, stage->slots), 0);
}

static void run(struct timeline *timeline, struct watch *watch)
{
    struct stage *stage = watch->stage;
    renew_table(stage);
    const struct sim_settings settings = {
            .zones = stage->zones,
            .definitions = stage->definitions,
            .slots = stage->slots,
            .table = stage->fixture.table,
            .timeline = timeline,
            .guard = watch->guards ? guard_limit : (struct guard_limit){0,     0    },
            .watcher = { on_check, on_answer, NULL, NULL, watch},
    };
    assert_int_equal(sim_new(&settings, &watch->sim, stage->fixture.diag), 0);
    sim_run(watch->sim);
    check_ends(watch);
    sim_free(watch->sim);
}

/* Without an operator and, every second timeline, with one.  What is found is not a guard's doing either. */
static void run_both(const struct watch *given, struct timeline *timeline)
{
    static struct found found;
    struct watch plain = *given, bare = *given, forced = *given;
    bool forces = given->seed % 2 == 1;

    found.count = 0;
    plain.found = bare.found = forced.found = &found;
    bare.guards = false;
    forced.forces = true;
    fill(timeline, given->seed, given->guards);
    run(timeline, &plain);
    if (!forces)
        return;
    if (given->guards)
        run(timeline, &bare);
    add_forces(timeline, given->seed);
    run(timeline, &forced);
}

#define WEIGHTED                                                                                   \
    "w A 192.0.2.10 ; @weighted 1 check=a\nw A 192.0.2.20 ; @weighted 1 check=b\n"                 \
    "w A 192.0.2.30 ; @weighted 1 check=c\n"
#define MULTIVALUE                                                                                 \
    "m A 192.0.2.10 ; @multivalue check=a\nm A 192.0.2.20 ; @multivalue check=b\n"                 \
    "m A 192.0.2.30 ; @multivalue check=c\n"
#define FAILOVER                                                                                   \
    "f A 192.0.2.10 ; @failover primary check=a\nf A 192.0.2.20 ; @failover secondary check=b\n"   \
    "f A 192.0.2.30 ; @failover 3 check=c\n"

static void test_invariants(void **state)
{
    static const struct {
        const char *what, *checks, *zone;
        uint32_t hold_ms;
        bool ramps, guards;
    } rows[] = {
            {"plain", THREE(""),                                            FAILOVER,   0,     false, false},
            {"hold",  THREE(",\"HoldDown\":20"),                            FAILOVER,   20000, false, false},
            {"ramp",  THREE(",\"RampUp\":40"),                              WEIGHTED,   0,     true,  false},
            {"all",   THREE(",\"HoldDown\":5,\"RampUp\":30,\"Suspect\":9"), MULTIVALUE, 5000,  false,
             false                                                                                         },
            {"guard", THREE(""),                                            MULTIVALUE, 0,     false, true },
    };
    struct timeline_event events[EVENTS_MAX];
    char *guards[] = {(char[]){GUARDS_ALL}};
    struct timeline timeline = {.events = events, .guards = guards, .guards_count = 1};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage stage;
        stage_open(&stage, rows[i].checks, rows[i].zone);
        for (uint32_t seed = 0; seed < TIMELINES; seed++) {
            struct watch watch = {
                    .seed = seed,
                    .stage = &stage,
                    .least_ms = rows[i].hold_ms,
                    .ramps = rows[i].ramps,
                    .guards = rows[i].guards,
                    .timeline = &timeline,
            };
            run_both(&watch, &timeline);
        }
        stage_close(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_invariants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
