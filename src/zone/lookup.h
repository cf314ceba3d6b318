/* lookup.h -- where a name stands in a zone (RFC 1034 4.3.2, RFC 4592, RFC 6672).  Pure. */
#pragma once

#include "dns/name.h"
#include "zone/zone.h"

enum lookup_kind {
    LOOKUP_NODE,     /* the name exists (perhaps as an empty non-terminal): node */
    LOOKUP_WILDCARD, /* it does not, and a wildcard covers it: node is the wildcard's */
    LOOKUP_NONE,     /* it does not exist */
    LOOKUP_CUT,      /* at or below a delegation: node is the cut's */
    LOOKUP_DNAME,    /* below a DNAME: node is its owner's */
};

struct lookup {
    enum lookup_kind kind;
    const struct node *node; /* NULL with LOOKUP_NONE */
    const struct node
            *encloser; /* the closest encloser (RFC 4592 3.3.1); the node itself if it exists */
};

/* Finds `name`, which must lie within the zone, which must not be faulty.  The topmost cut or DNAME
 * above the name wins.  At the cut itself LOOKUP_CUT is given too: the caller knows which types the
 * parent answers there (DS). */
void zone_lookup(const struct zone *zone, const uint8_t *name, struct lookup *ret);

/* The same for a name whose key is at hand. */
void zone_lookup_key(const struct zone *zone, const struct tree_key *key, struct lookup *ret);

/* The node of exactly this name, occluded or not, or NULL. */
const struct node *zone_lookup_exact(const struct zone *zone, const uint8_t *name);

/* The node whose data a name has, be it below a cut, or NULL: its own, or that of the wildcard which
 * covers it.  For additional data; below a cut or a DNAME a wildcard covers nothing (RFC 1034 section
 * 4.3.3: delegation cancels it). */
const struct node *zone_lookup_data(const struct zone *zone, const uint8_t *name);

/* The same for the glue of a delegation, which a wildcard below the cut may be. */
const struct node *zone_lookup_glue(const struct zone *zone, const uint8_t *name);
