/* daemon.c -- holdfastd: the daemon, and its own test of what it would load (-t). */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "check/definition.h"
#include "config.h"
#include "health/ids.h"
#include "health/table.h"
#include "role_main.h"
#include "supervisor.h"
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

/* Returns how many zones would be served. */
static size_t load_zones(
        const struct config *config, const struct health_table *table, struct diag *diag)
{
    struct zone_sources sources;
    struct zone_load_report report;
    if (zone_sources_find(config->zones_dir, config->zone, config->zone_count, &sources, diag) != 0)
        return 0;
    struct health_ids *ids = health_ids_new(table);
    const struct zone_basis basis = {.ids = ids};
    zone_set_free(zone_load_all(&sources, &basis, NULL, &report, diag));
    size_t served = report.served;
    if (served == 0 && diag_errors(diag) == 0)
        diag_error(diag, (struct diag_place){config->zones_dir, 0, 0}, "%s", err_text(ERR_NO_ZONE));
    zone_load_report_done(&report);
    health_ids_free(ids);
    zone_sources_done(&sources);
    return served;
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
    size_t zones = load_zones(config, table, diag);
    print_faults(diag);
    fprintf(stderr, "%zu zones, %zu checks: %u errors, %u warnings\n", zones, checks,
            diag_errors(diag), diag_warnings(diag));
    int exit_status = diag_errors(diag) > 0 ? 1 : 0;
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
