/* daemon.c -- holdfastd: the daemon, and its own test of what it would load (-t). */
#include <stdio.h>

#include "admin/protocol.h"
#include "admin/show.h"
#include "base/buf.h"
#include "base/err.h"
#include "config.h"
#include "health/table.h"
#include "lint/lint.h"
#include "material.h"
#include "role_main.h"
#include "supervisor.h"

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

/* holdfastd -t: loads all that the daemon would and shows every fault. */
static int test_run(const struct config *config)
{
    struct material material;
    struct diag *diag = diag_new();
    int error = material_load(config, &material, diag);
    if (error != 0) {
        fprintf(stderr, "holdfastd: no health table: %s\n", err_text(error));
        diag_free(diag);
        return 1;
    }
    material_print_faults(diag);
    fprintf(stderr, "%zu zones, %zu checks: %u errors, %u warnings\n", material.zones_served,
            material.definitions != NULL ? material.definitions->count : 0, diag_errors(diag),
            diag_warnings(diag));
    int exit_status = diag_errors(diag) > 0 ? 1 : 0;
    if (config->lint && material.zones != NULL && lint(config, material.zones, material.table) != 0)
        exit_status = 1;
    material_done(&material);
    diag_free(diag);
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
    material_print_faults(diag);
    diag_free(diag);
    if (error != 0)
        return 1;
    if (exit_now)
        return 0;

    exit_status = config->test ? test_run(config) : supervisor_run(config);
    config_free(config);
    return exit_status;
}
