/* atlas_parts.h -- what an atlas is made of.  Internal to atlas.c, which loads it, and atlas_order.c, which
 * works out orders.
 */
#pragma once

#include "zone/atlas.h"
#include "zone/cidr.h"
#include "zone/collections.h"
#include "zone/geo.h"
#include "zone/latency.h"
#include "zone/order_cache.h"
#include "zone/part.h"

struct atlas {
    struct part *geo; /* or NULL; so is the next */
    struct part *latency;
    struct collections *collections;
    struct order_cache *orders;
    uint64_t version; /* atlas_version() */
};

static inline const struct geo *atlas_geo(const struct atlas *atlas)
{
    return atlas->geo != NULL ? atlas->geo->data : NULL;
}

static inline const struct latency *atlas_latency(const struct atlas *atlas)
{
    return atlas->latency != NULL ? atlas->latency->data : NULL;
}
