/* zone_load_text() on any text; in a zone that comes out of it every name is found, names nearby stand
 * somewhere, and every group answers. */
#include <stdlib.h>

#include "health/ids.h"
#include "zone/load.h"
#include "zone/lookup.h"

static const uint8_t origin[] = "\7example\3com";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct visitor {
    const struct zone *zone;
    const struct health_table *table;
    struct rand rand;
};

static void choose(
        struct visitor *visitor, const struct route_group *group, struct route_choice *ret)
{
    static const struct route_worker worker = {.index = ROUTE_WORKER_NONE};
    static const struct client client = {.family = CLIENT_IPV6, .bits = 128};
    struct route_query query = {
            .health = visitor->table,
            .client = &client,
            .worker = &worker,
            .rand = &visitor->rand,
    };
    route_choose(group, &query, ret);
}

static bool visit(void *context, void *value)
{
    struct visitor *visitor = context;
    const struct node *node = value;
    struct name name;
    struct lookup lookup;

    if (zone_lookup_exact(visitor->zone, node->name) != node)
        abort();
    name_copy(node->name, &name);
    if (node->labels > visitor->zone->apex_node->labels)
        name.bytes[1] ^= 1;
    zone_lookup(visitor->zone, name.bytes, &lookup);
    if (lookup.encloser == NULL || !name_is_within(name.bytes, lookup.encloser->name))
        abort();
    for (uint16_t i = 0; i < node->rrsets_count; i++) {
        struct route_choice choice;
        if (node->rrsets[i].group == NULL)
            continue;
        choose(visitor, node->rrsets[i].group, &choice);
        if (choice.count == 0 ? !node->rrsets[i].group->may_be_empty : choice.set[0]->data == NULL)
            abort();
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct master_text text = {"fuzz", (const char *)data, size};
    struct health_table *table;
    struct zone *zone;
    if (health_table_create(&table) < 0)
        return 0;
    struct health_detail detail = {.id = "c", .flags = HEALTH_DEFINED};
    health_table_write(table, 0, &detail);
    struct health_ids *ids = health_ids_new(table);
    const struct zone_basis basis = {.ids = ids};
    struct diag *diag = diag_new();
    if (zone_load_text(&text, origin, &basis, &zone, diag) == 0) {
        struct visitor visitor = {zone, table, rand_from_seed(1)};
        tree_each(zone->names, visit, &visitor);
        zone_unref(zone);
    } else if (diag_errors(diag) == 0) {
        abort(); /* refused without a word */
    }
    diag_free(diag);
    health_ids_free(ids);
    health_table_close(table);
    return 0;
}
