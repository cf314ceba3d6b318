/* test_failures.c -- what fails open: where the client decides, for couples and sticky draws, and for random
 * zones against a search that does nothing cleverly.
 */
#include "test.h"

#include <arpa/inet.h>

#include "base/rand.h"
#include "dns/rr.h"
#include "lint/random_zone.h"
#include "lint/world.h"
#include "zone/atlas.h"

#define ZONES 400U

/* ------------------------------------------------------------------ by name */

static char *find(const struct world *world)
{
    struct lint_report *report = world_lint(world);
    struct buf text;

    buf_init(&text, WORLD_TEXT_MAX);
    for (size_t i = 0; i < lint_report_count(report); i++)
        if (lint_report_at(report, i)->code != LINT_UNUSED_CHECK)
            world_show(world, lint_report_at(report, i), &text);
    char *found = strdup(buf_string(&text));
    buf_done(&text);
    lint_report_free(report);
    return found;
}

static void check_case(const char *what, const char *zone, const char *expected)
{
    struct world world;

    world_init(&world);
    fixture_add_atlas(&world.fixture);
    world_load(&world, zone);
    char *found = find(&world);
    if (strcmp(found, expected) != 0)
        fail_msg("%s: wanted\n%sfound\n%s", what, expected, found);
    free(found);
    world_done(&world);
}

static void failures_by_place_couple_and_draw(void **state)
{
    (void)state;
    assert_true(world_each_case("places.txt", check_case) >= 12);
}

/* ------------------------------------------------------------------ random zones */

/* One of each kind of client there is by places.mmdb. */
static const char *const addresses[] = {
        "192.0.2.1", "198.51.100.1", "100.64.1.1", "203.0.113.1", "9.9.9.9"};

static struct client client_at(const char *address)
{
    struct client client = {.family = CLIENT_IPV4, .bits = 32};
    assert_int_equal(inet_pton(AF_INET, address, client.address), 1);
    return client;
}

/* What a search that does nothing cleverly needs. */
struct search {
    struct world *world;
    struct health_table *table;
    struct route_worker worker;
    struct rand rand;
};

/* Whether answers to a client may fail open, the ways to them walked one by one; *any tells whether there
 * are answers at all. */
static bool opens(struct search *search, const struct route_group *group,
        const struct client *client, bool *any)
{
    struct route_survey *survey = malloc(sizeof(*survey));
    struct route_query query = {
            .health = search->table,
            .client = client,
            .worker = &search->worker,
            .rand = &search->rand,
            .as_chances = true,
    };
    bool open = false, here = false;

    route_explain(group, &query, survey);
    for (uint32_t i = 0; i < group->count; i++) {
        const struct route_set *set = &group->sets[i];
        bool behind = set->alias == NULL;
        if (survey->set[i].probability == 0)
            continue;
        if (set->alias != NULL)
            open |= opens(search, set->alias, client, &behind);
        here |= behind;
    }
    open |= survey->fail_open && here;
    *any |= here;
    free(survey);
    return open;
}

static void put(struct search *search, uint32_t slot, enum health_state state)
{
    if (slot != HEALTH_SLOT_NONE)
        health_table_put(search->table, slot, (struct health_verdict){.state = state});
}

/* Whether answers to a client may fail open while two checks are down; of none, HEALTH_SLOT_NONE. */
static bool opens_without(struct search *search, const struct route_group *group,
        const struct client *client, const uint32_t slots[2])
{
    bool any = false;

    put(search, slots[0], HEALTH_DOWN);
    put(search, slots[1], HEALTH_DOWN);
    bool open = opens(search, group, client, &any);
    put(search, slots[0], HEALTH_UP);
    put(search, slots[1], HEALTH_UP);
    return open;
}

/* Whether these checks must fail together for some client, and no part of them suffices for it. */
static bool opens_just(
        struct search *search, const struct route_group *group, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct client client = client_at(addresses[i]);
        if (!opens_without(search, group, &client, (uint32_t[]){a, b}))
            continue;
        if (b == HEALTH_SLOT_NONE ||
                (!opens_without(search, group, &client, (uint32_t[]){a, HEALTH_SLOT_NONE}) &&
                        !opens_without(search, group, &client, (uint32_t[]){HEALTH_SLOT_NONE, b})))
            return true;
    }
    return false;
}

static const struct lint_finding *find_finding(
        const struct lint_report *report, enum lint_code code, const char *name, uint16_t type)
{
    for (size_t i = 0; i < lint_report_count(report); i++) {
        const struct lint_finding *finding = lint_report_at(report, i);
        if (finding->code == code && finding->type == type && strcmp(finding->name, name) == 0)
            return finding;
    }
    return NULL;
}

static bool is_listed(const struct lint_finding *finding, uint32_t a, uint32_t b)
{
    uint32_t count = b == HEALTH_SLOT_NONE ? 1 : 2;

    for (uint32_t i = 0; finding != NULL && i < finding->failures_count; i++) {
        const struct lint_failure *failure = &finding->failures[i];
        if (failure->checks_count == count && failure->checks[0] == a &&
                (count == 1 || failure->checks[1] == b))
            return true;
    }
    return false;
}

/* What opens the group must be listed, and nothing else; beyond what is shown it must be counted. */
static void check_group(struct search *search, const struct route_group *group,
        const struct lint_finding *finding, const char *what)
{
    uint32_t missing = 0;

    for (uint32_t a = 0; a < WORLD_CHECKS; a++)
        for (uint32_t b = a + 1; b <= WORLD_CHECKS; b++) {
            uint32_t other = b < WORLD_CHECKS ? b : HEALTH_SLOT_NONE;
            bool open = opens_just(search, group, a, other);
            bool listed = is_listed(finding, a, other);
            missing += open && !listed;
            if (!open && listed)
                fail_msg("%s: %u and %d are told, and do not open it", what, a, (int)other);
        }
    uint32_t more = finding != NULL ? finding->failures_more : 0;
    if (missing != more)
        fail_msg("%s: %u failures are not shown, and %u counted", what, missing, more);
}

/* Each failure that is told must be one for the client it names. */
static void confirm(struct search *search, const struct route_group *group,
        const struct lint_finding *finding, const char *what)
{
    for (uint32_t i = 0; finding != NULL && i < finding->failures_count; i++) {
        const struct lint_failure *failure = &finding->failures[i];
        uint32_t other = failure->checks_count == 2 ? failure->checks[1] : HEALTH_SLOT_NONE;
        assert_int_not_equal(failure->checks_count, 0);
        if (!opens_without(
                    search, group, &failure->client, (uint32_t[]){failure->checks[0], other}))
            fail_msg("%s: failure %u does not open it for its client", what, i);
        if (failure->ends_count == 0)
            fail_msg("%s: failure %u answers nothing", what, i);
    }
}

static void check_rrset(struct search *search, const struct lint_report *report,
        const struct node *node, const struct rrset *rrset, uint64_t seed)
{
    char name[NAME_TEXT_MAX], what[64 + NAME_TEXT_MAX];

    name_to_text(node->name, name);
    snprintf(what, sizeof(what), "zone %llu, %s type %u", (unsigned long long)seed, name,
            rrset->type);
    const struct lint_finding *finding = find_finding(report, LINT_FAIL_OPEN, name, rrset->type);
    check_group(search, rrset->group, finding, what);
    confirm(search, rrset->group, finding, what);
}

/* A zone being checked. */
struct checking {
    struct search *search;
    const struct lint_report *report;
    uint64_t seed;
};

static bool check_node(void *context, void *value)
{
    struct checking *checking = context;
    const struct node *node = value;

    for (uint16_t i = 0; i < node->rrsets_count; i++)
        if (node->rrsets[i].group != NULL)
            check_rrset(checking->search, checking->report, node, &node->rrsets[i], checking->seed);
    return true;
}

static void check_zone(uint64_t seed, uint32_t *findings)
{
    struct world world;
    struct search search = {
            .world = &world, .worker = {.index = ROUTE_WORKER_NONE}, .rand = rand_from_seed(seed)};
    char *text = random_zone_text(seed);

    world_init(&world);
    fixture_add_atlas(&world.fixture);
    world_load(&world, text);
    assert_int_equal(health_table_create(&search.table), 0);
    for (uint32_t slot = 0; slot < WORLD_CHECKS; slot++)
        put(&search, slot, HEALTH_UP);
    struct lint_report *report = world_lint(&world);
    struct checking checking = {&search, report, seed};
    tree_each(zone_set_at(world.zones, 0)->names, check_node, &checking);
    *findings += (uint32_t)lint_report_count(report);
    lint_report_free(report);
    health_table_close(search.table);
    world_done(&world);
    free(text);
}

static void random_zones_fail_as_told(void **state)
{
    (void)state;
    uint32_t findings = 0;

    for (uint64_t seed = 1; seed <= ZONES; seed++)
        check_zone(seed, &findings);
    assert_true(findings > 10 * ZONES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(failures_by_place_couple_and_draw),
            cmocka_unit_test(random_zones_fail_as_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
