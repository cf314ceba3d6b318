/* sources.h -- which zones the configuration asks for: their origins, files, and what it says of each.
 *
 * Found anew for every load, in one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "dns/name.h"
#include "health/guard.h"
#include "zone/basis.h"

#define ZONE_LOAD_ZONES_MAX 1000000U

/* A zone the configuration asks for. */
struct zone_source {
    struct name origin;
    char *path;
    bool ignore_ecs; /* struct zone has these from here */
    bool open_on_stale;
    struct guard_limit max_down;
};

/* Copies of the versions in service, for a responder that is restarted (keep.h).  All borrowed. */
struct zone_copies {
    const char *dir;                /* NULL for none */
    const struct zone_basis *basis; /* with checks that are leaving among its ids */
    bool read_only; /* what is loaded is not to be served: the copies stay as they are */
};

struct zone_sources {
    struct zone_source *list; /* sorted by origin */
    size_t count;
    struct zone_copies copies;
};

/* Makes the list of sources: every *.zone of `dir` (may be NULL), the origin being the file's name
 * without .zone, and `explicit_count` strings "ORIGIN=FILE".  A bad origin, an unreadable directory, one
 * that leaves the list empty, or two sources for one origin are errors in diag.
 *
 * Returns 0 and *ret, ended with zone_sources_done(), or ERR_FAULTY with *ret untouched. */
MUST_CHECK int zone_sources_find(const char *dir, char *const *explicit_zones,
        size_t explicit_count, struct zone_sources *ret, struct diag *diag);
void zone_sources_done(struct zone_sources *sources);

/* The source of an apex, borrowed, or NULL. */
struct zone_source *zone_sources_get(const struct zone_sources *sources, const uint8_t *apex);

/* Leaves only the source of one zone.  Returns whether there is one. */
bool zone_sources_keep_only(struct zone_sources *sources, const uint8_t *apex);

/* Marks the sources of these origins.  One that no source has is a warning in `diag`. */
void zone_sources_ignore_ecs(
        struct zone_sources *sources, char *const *origins, size_t count, struct diag *diag);

/* Marks sources by a list of "ORIGIN=hold" and "ORIGIN=open", where an origin "*" is each that is not named.  The same
 * warning; what is no such text is left out, as it was refused before. */
void zone_sources_on_stale(
        struct zone_sources *sources, char *const *texts, size_t count, struct diag *diag);

/* Reads such a text.  Returns 0, its origin in *ret (not set for "*", then *is_rest) and whether it says open; or
 * ERR_SYNTAX. */
MUST_CHECK int zone_stale_parse(const char *text, struct name *ret, bool *is_rest, bool *is_open);

/* Gives sources the limits of their guards, by a list of texts that zone_guard_parse() reads; else the same. */
void zone_sources_guard(
        struct zone_sources *sources, char *const *texts, size_t count, struct diag *diag);

/* What a limit is for. */
enum zone_guard_scope {
    ZONE_GUARD_ALL,  /* all checks together: "50% in 10s" */
    ZONE_GUARD_REST, /* each zone that is not named: "*=50% in 10s" */
    ZONE_GUARD_ONE,  /* "ORIGIN=50% in 10s" */
};
struct zone_guard {
    enum zone_guard_scope scope;
    struct name origin;
    struct guard_limit limit;
};

/* Reads such a text.  Returns 0, or ERR_SYNTAX with a sentence for people appended to `why`. */
MUST_CHECK int zone_guard_parse(const char *text, struct zone_guard *ret, struct buf *why);
