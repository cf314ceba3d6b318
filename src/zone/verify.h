/* verify.h -- whether a whole zone makes sense, before anybody may be answered from it.
 *
 * Works on a flat array of records, sorted by owner in canonical order (RFC 4034 6.1) and then by type:
 * one linear pass per rule, and binary search for names that rdata points to, so that a million
 * records take about a second.  What annotated lines of one group owe each other is not asked here;
 * of annotated lines only what holds for every line is.  Pure, one thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"

struct annotation;

/* One line of a zone.  All pointers are borrowed. */
struct zone_record {
    const uint8_t *owner; /* wire form, any case */
    uint16_t type;
    uint16_t rdata_bytes;
    uint32_t ttl;
    const uint8_t *rdata; /* uncompressed wire form, well-formed for its type */
    struct diag_place place;
    const struct annotation *annotation; /* NULL for a plain line */
};

/* The order zone_verify() wants: owner in canonical order, then type; equal ones in any order. */
int zone_record_compare(const struct zone_record *a, const struct zone_record *b);

/* Compares the data of two records of one type: negative, 0 or positive.  Equal data make a duplicate.
 * Where the data are one name after a fixed part (NS, CNAME, PTR, DNAME, MX, SRV) ASCII case is ignored. */
int zone_record_compare_data(const struct zone_record *a, const struct zone_record *b);

/* Checks a zone.  Errors: an owner outside the zone; not exactly one SOA at the apex or one elsewhere; no
 * NS at the apex; other data beside a CNAME (RFC 1034 3.6.2); more than one CNAME or DNAME on plain
 * lines (RFC 2181 10.1, RFC 6672 2.4); plain lines of one RRset with different TTLs (RFC 2181 5.2).
 * Warnings: a name server within the zone that has no address, glue among them; NS, MX or SRV that
 * points to a CNAME (RFC 2181 10.3); data that a cut or DNAME hides; equal plain lines, of which the
 * builder keeps the first.
 *
 * Returns 0, or ERR_FAULTY if any error (not warning) was added to `diag`. */
MUST_CHECK int zone_verify(
        const uint8_t *apex, const struct zone_record *records, size_t count, struct diag *diag);
