/* basis.h -- what a zone is built upon, beside its own file.  All borrowed while it is built. */
#pragma once

#include <stdint.h>

struct atlas;
struct health_ids;

struct zone_basis {
    const struct health_ids *ids; /* the checks it may name */
    struct atlas *atlas;          /* where clients are; NULL: nothing is known of that */
    uint32_t workers;             /* threads that will answer from it; 0 while it is only tested */
};
