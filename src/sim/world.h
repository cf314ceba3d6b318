/* world.h -- how things really are in a simulation: which endpoints are well, and what this host reaches.
 *
 * What a probe finds may be something else: of an endpoint that is well nothing comes back while the host
 * reaches nothing in its family.  Pure; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "check/definition.h"
#include "sim/timeline.h"

struct world;

/* A world in which all is well.  The definitions are borrowed and must outlive it; checks are named by their
 * place in them.  Ended with world_free(); NULL does nothing. */
MUST_CHECK struct world *world_new(const struct definitions *definitions);
void world_free(struct world *world);

/* Lets an event of kind TIMELINE_FAULT or TIMELINE_CUT happen. */
void world_change(struct world *world, const struct timeline_event *event);

/* What a probe of the check would meet now. */
enum timeline_fault world_met(const struct world *world, uint32_t check);

/* Whether what the check stands for is really well: a CALCULATED one by its children, an inverted one if its
 * endpoint is not.  A disabled one is taken for well, as it is by its definition. */
bool world_is_well(const struct world *world, uint32_t check);
