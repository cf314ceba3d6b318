/* daemon.c -- holdfastd: the daemon, and its own test of what it would load (-t). */
#include <stdio.h>
#include <stdlib.h>

#include "admin/protocol.h"
#include "admin/show.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "check/definition.h"
#include "config.h"
#include "health/ids.h"
#include "health/table.h"
#include "lint/lint.h"
#include "role_main.h"
#include "supervisor.h"
#include "zone/atlas.h"
#include "zone/load.h"
#include "zone/zonedb.h"

#define LINE_MAX_BYTES 4096U

static void print_faults(const struct diag *diag)
{
    uint32_t hidden = diag_errors(diag) + diag_warnings(diag) - diag_kept(diag);
    for (uint32_t i = 0; i < diag_kept(diag); i++) {
        struct buf line;
        buf_init(&line, LINE_MAX_BYTES);
        diag_fault_format(diag_fault_at(diag, i), &line);
        fprintf(stderr, "%s\n", buf_string(&line));
        buf_done(&line);
    }
    if (hidden > 0)
        fprintf(stderr, "… and %u more\n", hidden);
}

/* Gives the checks slots in a table of our own, so that zones can name them.  Returns how many there
 * are. */
static size_t load_checks(
        const struct config *config, struct health_table *table, struct diag *diag)
{
    const char *dir = config->checks_dir;
    struct definitions *definitions = NULL;
    if (definitions_load(dir, &definitions, diag) != 0)
        return 0;
    if (!config->exec_checks)
        (void)!definitions_refuse_commands(definitions, diag);
    uint32_t *slots = mem_zalloc(definitions->count, sizeof(*slots));
    size_t count = definitions->count;
    int error = definitions_publish(definitions, table, clock_real_ms(), slots);
    if (error != 0)
        diag_error(diag, (struct diag_place){dir, 0, 0}, "the checks have no room: %s",
                err_text(error));
    free(slots);
    definitions_free(definitions);
    return count;
}

/* The zones as they would be served, and in *served how many; NULL if their sources are not found. */
static struct zone_set *load_zones(const struct config *config, const struct health_table *table,
        size_t *served, struct diag *diag)
{
    struct zone_sources sources;
    struct zone_load_report report;
    if (zone_sources_find(
                config->zones_dir, config->zone.list, config->zone.count, &sources, diag) != 0)
        return NULL;
    zone_sources_ignore_ecs(&sources, config->ignore_ecs.list, config->ignore_ecs.count, diag);
    const struct atlas_files files = {
            .geoip_file = config->geoip_file,
            .latency_file = config->latency_file,
            .zones_dir = config->zones_dir,
            .zones = config->zone.list,
            .zones_count = config->zone.count,
    };
    struct atlas *atlas = atlas_load_files(&files, NULL, diag);
    struct health_ids *ids = health_ids_new(table);
    const struct zone_basis basis = {.ids = ids, .atlas = atlas};
    struct zone_set *zones = zone_load_all(&sources, &basis, NULL, &report, diag);
    *served = report.served;
    if (report.served == 0 && diag_errors(diag) == 0)
        diag_error(diag, (struct diag_place){config->zones_dir, 0, 0}, "%s", err_text(ERR_NO_ZONE));
    zone_load_report_done(&report);
    health_ids_free(ids);
    atlas_free(atlas);
    zone_sources_done(&sources);
    return zones;
}

static void print_lint(const struct config *config, const struct lint_report *report)
{
    struct buf json, text;

    buf_init(&json, PROTOCOL_REPLY_MAX);
    buf_init(&text, PROTOCOL_REPLY_MAX);
    lint_report_print(report, PROTOCOL_REPLY_MAX, &json);
    if (config->lint_json)
        puts(buf_string(&json));
    else if (show_reply(config->lint_all ? "lint-all" : "lint", buf_string(&json), json.length,
                     &text) == 0)
        fputs(buf_string(&text), stdout);
    buf_done(&json);
    buf_done(&text);
}

/* Returns the exit status. */
static int lint(
        const struct config *config, const struct zone_set *zones, const struct health_table *table)
{
    const struct lint_sources sources = {
            .zones = zones,
            .health = table,
            .waivers = config->lint_waive.list,
            .waivers_count = config->lint_waive.count,
            .slow_s = config->lint_slow_s,
    };
    struct lint_report *report = NULL;

    int error = lint_run(&sources, &report);
    if (error != 0) {
        fprintf(stderr, "holdfastd: no table to try failures in: %s\n", err_text(error));
        return 1;
    }
    print_lint(config, report);
    int exit_status = lint_report_warnings(report) > 0 ? 1 : 0;
    lint_report_free(report);
    return exit_status;
}

/* holdfastd -t: loads all that the daemon would, into a table that nobody else sees.  If the checks are
 * faulty, zones that name them are found faulty too; both are shown. */
static int test_run(const struct config *config)
{
    struct health_table *table = NULL;
    int error = health_table_create(&table);
    if (error != 0) {
        fprintf(stderr, "holdfastd: no health table: %s\n", err_text(error));
        return 1;
    }
    struct diag *diag = diag_new();
    size_t checks = load_checks(config, table, diag);
    size_t served = 0;
    struct zone_set *zones = load_zones(config, table, &served, diag);
    print_faults(diag);
    fprintf(stderr, "%zu zones, %zu checks: %u errors, %u warnings\n", served, checks,
            diag_errors(diag), diag_warnings(diag));
    int exit_status = diag_errors(diag) > 0 ? 1 : 0;
    if (config->lint && zones != NULL && lint(config, zones, table) != 0)
        exit_status = 1;
    zone_set_free(zones);
    diag_free(diag);
    health_table_close(table);
    return exit_status;
}

int main(int argc, char **argv)
{
    /* A role is this same program; it takes nothing from its arguments. */
    int exit_status = role_main(argc, argv);
    if (exit_status >= 0)
        return exit_status;

    /* All faults of flags and file are told before anything is opened. */
    struct config *config = NULL;
    struct diag *diag = diag_new();
    bool exit_now = false;
    int error = config_from_arguments(argc, argv, &config, &exit_now, diag);
    print_faults(diag);
    diag_free(diag);
    if (error != 0)
        return 1;
    if (exit_now)
        return 0;

    exit_status = config->test ? test_run(config) : supervisor_run(config);
    config_free(config);
    return exit_status;
}
