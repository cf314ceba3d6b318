/* world.c -- see world.h. */
#include "sim/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "health/combine.h"
#include "health/verdict.h"

struct world {
    const struct definitions *definitions;
    enum timeline_fault *faults; /* by check */
    uint32_t **children;         /* by check: the places of its children, or NULL */
    bool *well;                  /* by check: as the faults have it */
    bool is_cut[CLIENT_FAMILIES];
};

/* Places for the ids, which are known: the definitions were read whole. */
static uint32_t *find_children(const struct definitions *definitions, uint32_t check)
{
    const struct definition *definition = &definitions->list[check];
    if (definition->children_count == 0)
        return NULL;
    uint32_t *children = mem_zalloc(definition->children_count, sizeof(*children));
    for (uint32_t i = 0; i < definition->children_count; i++) {
        const struct definition *child = definitions_find(definitions, definition->children[i]);
        assert(child != NULL);
        children[i] = (uint32_t)(child - definitions->list);
    }
    return children;
}

static bool count_children(const struct world *world, uint32_t check)
{
    const struct definition *definition = &world->definitions->list[check];
    enum health_state states[DEFINITION_CHILDREN_MAX];
    for (uint32_t i = 0; i < definition->children_count; i++)
        states[i] = world->well[world->children[check][i]] ? HEALTH_UP : HEALTH_DOWN;
    return combine_children(states, definition->children_count, definition->threshold) == HEALTH_UP;
}

static bool work_out(const struct world *world, uint32_t check)
{
    const struct definition *definition = &world->definitions->list[check];
    bool is_well = definition->target.type == CHECK_CALCULATED
                           ? count_children(world, check)
                           : world->faults[check] == TIMELINE_WELL;
    const struct verdict truth = {.raw = is_well ? HEALTH_UP : HEALTH_DOWN};
    return verdict_final(&truth, &definition->rule) == HEALTH_UP;
}

/* Children come first. */
static void work_all_out(struct world *world)
{
    for (size_t i = 0; i < world->definitions->count; i++) {
        uint32_t check = world->definitions->order[i];
        world->well[check] = work_out(world, check);
    }
}

struct world *world_new(const struct definitions *definitions)
{
    struct world *world = mem_zalloc(1, sizeof(*world));
    world->definitions = definitions;
    world->faults = mem_zalloc(definitions->count, sizeof(*world->faults));
    world->children = mem_zalloc(definitions->count, sizeof(*world->children));
    for (uint32_t check = 0; check < definitions->count; check++)
        world->children[check] = find_children(definitions, check);
    world->well = mem_zalloc(definitions->count, sizeof(*world->well));
    work_all_out(world);
    return world;
}

void world_free(struct world *world)
{
    if (world == NULL)
        return;
    for (uint32_t check = 0; check < world->definitions->count; check++)
        free(world->children[check]);
    free(world->children);
    free(world->well);
    free(world->faults);
    free(world);
}

void world_change(struct world *world, const struct timeline_event *event)
{
    if (event->kind == TIMELINE_FAULT)
        world->faults[event->check] = event->fault;
    else if (event->kind == TIMELINE_CUT)
        world->is_cut[event->family] = event->is_cut;
    work_all_out(world);
}

/* A name is looked up for its IPv4 addresses only (route53.md section 3.2). */
static enum client_family family_of(const struct check_target *target)
{
    return target->address != NULL && strchr(target->address, ':') != NULL ? CLIENT_IPV6
                                                                           : CLIENT_IPV4;
}

enum timeline_fault world_met(const struct world *world, uint32_t check)
{
    const struct check_target *target = &world->definitions->list[check].target;
    if (check_type_is_endpoint(target->type) && world->is_cut[family_of(target)])
        return TIMELINE_TIMEOUT;
    return world->faults[check];
}

bool world_is_well(const struct world *world, uint32_t check)
{
    return world->well[check];
}
