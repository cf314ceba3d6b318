/* geo_record.h -- what one record of a MaxMind database says of a place.
 *
 * Decodes the data section of the format (MaxMind DB file format specification 2.0, "Output data section")
 * with bounds on everything.  The library could do it, but its look-ups go as deep and as far as the file
 * says; a damaged file must cost neither the stack nor the day.  Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

#define GEO_RECORD_VALUES_MAX 4096U      /* values in one record; real ones have some 150 */
#define GEO_VALUES_MAX        (1U << 30) /* values read of one file */

/* A place, as far as it is known.  Padded with zeros, so that equal places have equal bytes. */
struct geo_place {
    char continent[3];   /* two letters, or "" */
    char country[3];     /* ISO 3166-1, or "" */
    char subdivision[4]; /* of the US: the second part of ISO 3166-2, or "" */
    char has_point;      /* 1 if the coordinates are known, else 0 */
    char unused;
    float latitude; /* degrees */
    float longitude;
};

/* A data section and what may still be read of it. */
struct geo_data {
    const uint8_t *bytes;
    size_t size;
    uint32_t values_left;
    uint32_t record_values_left;
};

/* Reads the record at an offset.  Parts that are missing, or of a form that no code has, are left empty.
 *
 * Returns 0 and *ret; or ERR_SYNTAX if the record is damaged, ERR_TOO_LARGE if it, or all that were read
 * before, has too many values. */
MUST_CHECK int geo_record_read(struct geo_data *data, size_t offset, struct geo_place *ret);

/* Whether the value at the start of some bytes, with all that is in it, can be read within the bounds of a
 * record. */
bool geo_record_is_sound(const uint8_t *bytes, size_t size);
