/* loader.c -- see loader.h. */
#include "serve/loader.h"

/* Where clients are, before the zones that ask.  Parts that are faulty, or did not change, come from the atlas
 * before. */
static struct atlas *load_atlas(const struct loader_plan *plan, struct diag *diag)
{
    const struct responder_settings *settings = plan->settings;
    const struct atlas_files files = {
            .geoip_file = settings->geoip_file,
            .latency_file = settings->latency_file,
            .zones_dir = settings->zones_dir,
            .zones = settings->explicit_zones,
            .zones_count = settings->explicit_count,
            .copies_dir = plan->is_trial ? NULL : settings->last_good_dir,
    };
    struct atlas *atlas = atlas_load_files(&files, *plan->atlas, diag);

    if (!plan->is_trial) {
        atlas_free(*plan->atlas);
        *plan->atlas = atlas;
    }
    return atlas;
}

struct zone_set *loader_load(
        const struct loader_plan *plan, struct zone_load_report *report, struct diag *diag)
{
    const struct responder_settings *settings = plan->settings;
    /* Only those that answer keep what they worked out. */
    uint32_t workers = plan->is_trial ? 0 : settings->workers;
    struct zone_sources sources;

    if (zone_sources_find(settings->zones_dir, settings->explicit_zones, settings->explicit_count,
                &sources, diag) != 0)
        return NULL;
    zone_sources_ignore_ecs(&sources, settings->ignore_ecs, settings->ignore_ecs_count, diag);
    zone_sources_on_stale(&sources, settings->on_stale, settings->on_stale_count, diag);
    zone_sources_guard(&sources, settings->max_down, settings->max_down_count, diag);
    if (plan->only != NULL)
        zone_sources_keep_only(&sources, plan->only);
    struct atlas *atlas = load_atlas(plan, diag);
    const struct zone_basis basis = {plan->ids, atlas, workers};
    const struct zone_basis copies_basis = {plan->all_ids, atlas, workers};
    sources.copies = (struct zone_copies){settings->last_good_dir, &copies_basis, plan->is_trial};
    struct zone_set *set = zone_load_all(&sources, &basis, plan->old, report, diag);
    zone_sources_done(&sources);
    if (plan->is_trial)
        atlas_free(atlas);
    return set;
}
