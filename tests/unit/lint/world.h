/* world.h -- zones from text and checks to name, looked at by a lint, and what it finds as text. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dns/text.h"
#include "lint/lint.h"
#include "zone/fixture.h"

#define WORLD_TEXT_MAX 400000U

/* The checks "a" to "h": each is found down within 36.1 s at worst: 3 x (10 s + 5 % + 1.5 s) + 0.1 s. */
#define WORLD_CHECKS 8U

struct world {
    struct fixture fixture;
    struct zone_set *zones;
    struct lint_sources sources;
};

static inline void world_define(struct world *world, uint32_t slot, const char *id)
{
    struct health_detail detail = {
            .flags = HEALTH_DEFINED,
            .interval_ms = 10000,
            .timeout_ms = 1500,
            .linger_ms = 100,
            .fall = 3,
            .rise = 2,
    };
    snprintf(detail.id, sizeof(detail.id), "%s", id);
    health_table_write(world->fixture.table, slot, &detail);
}

static inline void world_init(struct world *world)
{
    *world = (struct world){.zones = NULL};
    assert_int_equal(health_table_create(&world->fixture.table), 0);
    for (uint32_t i = 0; i < WORLD_CHECKS; i++)
        world_define(world, i, (const char[]){(char)('a' + i), '\0'});
    world->fixture.ids = health_ids_new(world->fixture.table);
    world->fixture.basis = (struct zone_basis){.ids = world->fixture.ids};
    world->fixture.diag = diag_new();
}

/* Serves one zone, example.com, of the fixture's head and `text`. */
static inline void world_load(struct world *world, const char *text)
{
    struct buf whole;

    buf_init(&whole, WORLD_TEXT_MAX);
    buf_printf(&whole, "%s%s", FIXTURE_HEAD, text);
    struct zone *zone = fixture_load_good(&world->fixture, "example.com", buf_string(&whole));
    buf_done(&whole);
    world->zones = zone_set_new(&zone, 1);
    world->sources = (struct lint_sources){
            .zones = world->zones, .health = world->fixture.table, .slow_s = LINT_SLOW_S};
}

static inline void world_done(struct world *world)
{
    zone_set_free(world->zones);
    fixture_done(&world->fixture);
}

static inline struct lint_report *world_lint(const struct world *world)
{
    struct lint_report *report = NULL;
    assert_int_equal(lint_run(&world->sources, &report), 0);
    return report;
}

static inline void world_show_failure(
        const struct world *world, const struct lint_failure *failure, struct buf *ret)
{
    struct health_detail detail;

    buf_add_string(ret, failure->checks_count == 0 ? "\n  [" : "\n  [down ");
    for (uint32_t i = 0; i < failure->checks_count; i++) {
        assert_int_equal(health_table_read(world->fixture.table, failure->checks[i], &detail), 0);
        buf_printf(ret, "%s%s", i > 0 ? "+" : "", detail.id);
    }
    if (failure->share < 0.999)
        buf_printf(ret, " %.0f%%", 100 * failure->share);
    if (failure->clients > 0)
        buf_printf(ret, " for %u like %s", failure->clients, failure->first);
    for (uint32_t i = 0; i < failure->ends_count; i++)
        buf_printf(ret, "%s %s = %s", i > 0 ? "," : ":", failure->ends[i].sets,
                failure->ends[i].records);
    buf_printf(ret, "%s]", failure->ends_cut ? ", ..." : "");
}

/* "warning FAIL_OPEN www A", without the zone's name, and a line "  [down a+b 10%: sets = records]" for each
 * failure. */
static inline void world_show(
        const struct world *world, const struct lint_finding *finding, struct buf *ret)
{
    char type[TEXT_TYPE_MAX];
    char name[NAME_TEXT_MAX];
    const char *zone = ".example.com.";

    snprintf(name, sizeof(name), "%s", finding->name);
    char *end = strstr(name, zone);
    if (end != NULL && strcmp(end, zone) == 0)
        *end = '\0';
    buf_printf(ret, "%s%s %s %s", finding->waived ? "waived " : "",
            finding->severity == LINT_WARNING ? "warning" : "note", lint_code_word(finding->code),
            name);
    if (finding->type != 0)
        buf_printf(ret, " %s", text_type_format(finding->type, type));
    for (uint32_t i = 0; i < finding->failures_count; i++)
        world_show_failure(world, &finding->failures[i], ret);
    if (finding->failures_more > 0)
        buf_printf(ret, "\n  and %u", finding->failures_more);
    if (finding->failures_count == 0 && finding->code != LINT_UNUSED_CHECK &&
            finding->code != LINT_UNUSED_WAIVER)
        buf_printf(ret, ": %s", finding->message);
    buf_add_string(ret, "\n");
}

/* Calls `check` with each case of a file: a name behind "== ", a zone, "-- finds", findings.  Returns how many
 * there are. */
static inline uint32_t world_each_case(
        const char *file, void (*check)(const char *what, const char *zone, const char *findings))
{
    char path[1024], line[1024], what[256] = "";
    struct buf part[2];
    uint32_t count = 0;
    int at = 0;

    buf_init(&part[0], WORLD_TEXT_MAX);
    buf_init(&part[1], WORLD_TEXT_MAX);
    snprintf(path, sizeof(path), "%s/lint/%s", TEST_DATA_DIR, file);
    FILE *stream = fopen(path, "r");
    assert_non_null(stream);
    for (bool more = true; more;) {
        more = fgets(line, sizeof(line), stream) != NULL;
        if ((!more || strncmp(line, "== ", 3) == 0) && what[0] != '\0') {
            count++;
            check(what, buf_string(&part[0]), buf_string(&part[1]));
            buf_consume(&part[0], part[0].length);
            buf_consume(&part[1], part[1].length);
        }
        if (more && strncmp(line, "== ", 3) == 0)
            snprintf(what, sizeof(what), "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
        if (strncmp(line, "== ", 3) == 0 || strncmp(line, "-- ", 3) == 0)
            at = line[0] == '-';
        else if (more && line[0] != '\n' && line[0] != '#')
            buf_add_string(&part[at], line);
    }
    fclose(stream);
    buf_done(&part[0]);
    buf_done(&part[1]);
    return count;
}
