/* region.h -- where the regions of AWS are, for @geoproximity region=NAME.
 *
 * The city or the part of the country that a region is named after, to a hundredth of a degree; Route 53
 * does not tell the points it uses itself.  Constant; any thread.
 */
#pragma once

struct region {
    const char *name;
    double latitude; /* degrees */
    double longitude;
};

/* The region of a name, or NULL. */
const struct region *region_find(const char *name);

/* The name nearest to a misspelt one, or NULL. */
const char *region_nearest(const char *name);
