/* material.c -- see material.h. */
#include "material.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "health/ids.h"
#include "zone/atlas.h"
#include "zone/load.h"

#define LINE_MAX_BYTES 4096U

void material_print_faults(const struct diag *diag)
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

/* Gives the checks slots, so that zones can name them. */
static void load_checks(const struct config *config, struct material *material, struct diag *diag)
{
    const char *dir = config->checks_dir;
    struct definitions *definitions = NULL;
    if (definitions_load(dir, &definitions, diag) != 0)
        return;
    if (!config->exec_checks)
        (void)!definitions_refuse_commands(definitions, diag);
    material->definitions = definitions;
    material->slots = mem_zalloc(definitions->count, sizeof(*material->slots));
    int error = definitions_publish(definitions, material->table, clock_real_ms(), material->slots);
    if (error != 0)
        diag_error(diag, (struct diag_place){dir, 0, 0}, "the checks have no room: %s",
                err_text(error));
}

static void load_zones(const struct config *config, struct material *material, struct diag *diag)
{
    struct zone_sources sources;
    struct zone_load_report report;
    if (zone_sources_find(
                config->zones_dir, config->zone.list, config->zone.count, &sources, diag) != 0)
        return;
    zone_sources_ignore_ecs(&sources, config->ignore_ecs.list, config->ignore_ecs.count, diag);
    zone_sources_on_stale(&sources, config->on_stale.list, config->on_stale.count, diag);
    zone_sources_guard(&sources, config->max_down.list, config->max_down.count, diag);
    const struct atlas_files files = {
            .geoip_file = config->geoip_file,
            .latency_file = config->latency_file,
            .zones_dir = config->zones_dir,
            .zones = config->zone.list,
            .zones_count = config->zone.count,
    };
    struct atlas *atlas = atlas_load_files(&files, NULL, diag);
    struct health_ids *ids = health_ids_new(material->table);
    const struct zone_basis basis = {.ids = ids, .atlas = atlas};
    material->zones = zone_load_all(&sources, &basis, NULL, &report, diag);
    material->zones_served = report.served;
    if (report.served == 0 && diag_errors(diag) == 0)
        diag_error(diag, (struct diag_place){config->zones_dir, 0, 0}, "%s", err_text(ERR_NO_ZONE));
    zone_load_report_done(&report);
    health_ids_free(ids);
    atlas_free(atlas);
    zone_sources_done(&sources);
}

int material_load(const struct config *config, struct material *ret, struct diag *diag)
{
    *ret = (struct material){.zones_served = 0};
    int error = health_table_create(&ret->table);
    if (error != 0)
        return error;
    load_checks(config, ret, diag);
    load_zones(config, ret, diag);
    return 0;
}

void material_done(struct material *material)
{
    zone_set_free(material->zones);
    definitions_free(material->definitions);
    free(material->slots);
    health_table_close(material->table);
    *material = (struct material){.zones_served = 0};
}
