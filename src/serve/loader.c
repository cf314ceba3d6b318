/* loader.c -- see loader.h. */
#include "serve/loader.h"

struct zone_set *loader_load(
        const struct loader_plan *plan, struct zone_load_report *report, struct diag *diag)
{
    const struct responder_settings *settings = plan->settings;
    /* Only those that answer keep what they worked out. */
    uint32_t workers = plan->is_trial ? 0 : settings->workers;
    const struct zone_basis basis = {.ids = plan->ids, .workers = workers};
    const struct zone_basis copies_basis = {.ids = plan->all_ids, .workers = workers};
    struct zone_sources sources;

    if (zone_sources_find(settings->zones_dir, settings->explicit_zones, settings->explicit_count,
                &sources, diag) != 0)
        return NULL;
    if (plan->only != NULL)
        zone_sources_keep_only(&sources, plan->only);
    sources.copies = (struct zone_copies){settings->last_good_dir, &copies_basis, plan->is_trial};
    struct zone_set *set = zone_load_all(&sources, &basis, plan->old, report, diag);
    zone_sources_done(&sources);
    return set;
}
