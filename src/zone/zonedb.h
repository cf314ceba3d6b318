/* zonedb.h -- the zones being served, published by one pointer (RCU).
 *
 * A set is immutable.  A worker goes online and reads the pointer once per batch, and uses the set until
 * it goes offline; a writer publishes a new set and frees the old one after every worker has been
 * offline once.  Readers take no lock and write nothing shared.  liburcu (QSBR) is touched only here.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "route/watch.h"
#include "zone/tree.h"
#include "zone/zone.h"

struct zone_set;
struct zonedb;

/* Builds a set of `count` zones, taking over one reference of each.  No two may have one apex. */
MUST_CHECK struct zone_set *zone_set_new(struct zone **zones, size_t count);

/* Drops the set and its references.  NULL does nothing.  Not for a set that was published. */
void zone_set_free(struct zone_set *set);

/* How many zones, and the i-th in canonical order of apex. */
size_t zone_set_count(const struct zone_set *set);
struct zone *zone_set_at(const struct zone_set *set, size_t i);

/* The watch over the groups of all its zones (route/watch.h). */
const struct route_watch *zone_set_watch(const struct zone_set *set);

/* The zone of the deepest apex at or above the name, or NULL. */
const struct zone *zone_set_find(const struct zone_set *set, const struct tree_key *key);

/* The zone with exactly this apex, or NULL. */
struct zone *zone_set_get(const struct zone_set *set, const uint8_t *apex);

/* A database that serves no zone yet; ended with zonedb_free() when no reader is left. */
MUST_CHECK struct zonedb *zonedb_new(void);
void zonedb_free(struct zonedb *db);

/* Publishes a set, which it takes over, waits until no reader uses the old one and frees that.
 * One writer at a time, from a thread that is not an online reader. */
void zonedb_publish(struct zonedb *db, struct zone_set *set);

/* The writer's own view of what is published, borrowed until its next publish. */
const struct zone_set *zonedb_current(const struct zonedb *db);

/* A reader's life, each in its own thread: start, then online .. read .. offline in turn, then stop.  A
 * reader must be offline while it sleeps.  A set is valid from zonedb_read() to the next offline. */
void zonedb_reader_start(void);
void zonedb_reader_stop(void);
void zonedb_reader_online(struct zonedb *db);
void zonedb_reader_offline(struct zonedb *db);
const struct zone_set *zonedb_read(const struct zonedb *db);
