/* zone.h -- one version of a zone: immutable once built, shared by all workers without a lock.
 *
 * Everything hangs off one arena and goes with it, but for the orders of groups that ask where a client
 * is, which zones share.  A zone is counted: the set that serves it and a loader that may keep it hold
 * one reference each.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "dns/name.h"
#include "dns/rr.h"
#include "dns/wire.h"
#include "health/guard.h"
#include "route/route.h"
#include "zone/tree.h"

/* All records of one owner and type.  `wire` is ready to copy behind a question for the owner:
 * `count` records, each C0 0C (the question's name), type, class, TTL, rdlength, rdata, the names in
 * rdata uncompressed.  If `group` is set the lines are annotated: the group decides, the data of its
 * sets are rrsets of their own, and `wire` holds all lines as software without annotations sees them. */
struct rrset {
    const struct route_group *group;
    const uint8_t *wire;
    uint32_t size_bytes;
    uint32_t ttl;
    uint16_t type;
    uint16_t count;
};

/* The rdata of a record as an RRset holds it, its length, and the record behind it. */
static inline const uint8_t *rrset_rdata(const uint8_t *record)
{
    return record + 2 + RR_FIXED_BYTES;
}

static inline uint16_t rrset_rdata_bytes(const uint8_t *record)
{
    return wire_load16(record + RR_FIXED_BYTES);
}

static inline const uint8_t *rrset_next(const uint8_t *record)
{
    return rrset_rdata(record) + rrset_rdata_bytes(record);
}

enum node_flags {
    NODE_APEX = 1,
    NODE_CUT = 2,             /* has NS and is not the apex: a delegation (RFC 1034 4.2.1) */
    NODE_DNAME = 4,           /* has DNAME: nothing below it is answered from here (RFC 6672) */
    NODE_OCCLUDED = 8,        /* lies below a cut or a DNAME: glue at best */
    NODE_WILDCARD_CHILD = 16, /* a child "*" exists */
};

/* One owner name, or an empty non-terminal (no rrsets). */
struct node {
    const struct rrset *rrsets; /* sorted by type */
    uint16_t rrsets_count;
    uint8_t flags;      /* of enum node_flags */
    uint8_t cut_labels; /* labels of the topmost cut or DNAME owner at or above; 0 for none */
    uint8_t labels;
    uint8_t name[]; /* wire form, case as in the zone file */
};

struct zone {
    const uint8_t *apex;      /* wire form */
    const struct tree *names; /* of struct node, by name; empty non-terminals have nodes too */
    const struct node *apex_node;
    const struct rrset *soa;
    uint32_t negative_ttl; /* min(SOA TTL, SOA MINIMUM), RFC 2308 section 5 */
    uint32_t serial;
    uint32_t records;     /* equal ones once */
    uint32_t names_count; /* that own records; tree_count() has the empty non-terminals too */
    bool faulty; /* nothing could be loaded: only apex is set, and every answer is SERVFAIL */
    bool open_on_stale; /* while the checker is silent nothing counts as down, but what is forced */
    bool ignore_ecs;    /* answers go by who sent the query, whatever client subnet came with it */
    struct guard_limit max_down;        /* of its checks, at once */
    const struct route_group **watched; /* its groups with caches */
    size_t watched_count;
    struct order **orders; /* those its groups have; a reference each */
    uint32_t orders_count;
    const struct provenance
            *provenance; /* what it was built from; NULL: that is not known (provenance.h) */
    struct arena *arena;
    _Atomic uint32_t references;
};

/* A zone that can only answer SERVFAIL, with one reference. */
MUST_CHECK struct zone *zone_new_faulty(const uint8_t *apex);

/* Adds and drops a reference; the last one frees the zone.  NULL does nothing.  Any thread. */
struct zone *zone_ref(struct zone *zone);
void zone_unref(struct zone *zone);

/* The rrset of a type at a node, or NULL. */
const struct rrset *node_rrset(const struct node *node, uint16_t type);
