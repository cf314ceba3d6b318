/* latency.h -- a latency table: how long the way is from networks to regions.
 *
 * docs/formats/latency.md has the form of the file.  A network has a row: the regions it was measured to,
 * each with its round-trip time.  Of networks within each other the longest counts alone: its row is not
 * filled up from the rows around it, since times measured apart say nothing about each other.  Equal rows
 * are stored once.  Immutable once loaded; any thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/intern.h"
#include "route/prefix_map.h"

#define LATENCY_FILE_MAX     (512U << 20) /* bytes of a table */
#define LATENCY_PREFIXES_MAX 2000000U
#define LATENCY_TIMES_MAX    20000000U /* lines */
#define LATENCY_REGIONS_MAX  1000U
#define LATENCY_REGION_MAX   64U    /* bytes of a region's name */
#define LATENCY_RTT_MAX_MS   60000U /* a minute; what took longer was no measurement */
#define LATENCY_FAULTS_MAX   20U    /* then the reading ends */

struct latency_time {
    uint32_t region; /* a number of `regions` */
    uint32_t rtt_us;
};

struct latency {
    struct prefix_map *map; /* values are rows; owned, as all */
    struct intern *rows;    /* each an array of struct latency_time, by region */
    struct intern *regions; /* names, with their NUL */
};

/* Reads a table out of a text, which is called `file` in messages.
 *
 * Returns 0 and a new *ret, ended with latency_free(); or ERR_FAULTY with the faults in diag. */
MUST_CHECK int latency_load_text(
        const char *file, const char *text, size_t length, struct latency **ret, struct diag *diag);

/* NULL does nothing. */
void latency_free(struct latency *latency);

/* The row of a number, and how many times it has. */
const struct latency_time *latency_row(
        const struct latency *latency, uint32_t row, uint32_t *count);
