/* timeline.h -- what shall happen in a simulation: a JSON text, docs/formats/timeline.md.
 *
 * Read whole or refused whole, every fault with its line and JSON path; immutable.  What lasts for a time, or
 * comes again, is written once and stands here as single events.  One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "check/definition.h"
#include "dns/name.h"
#include "health/table.h"
#include "route/client.h"

#define TIMELINE_FILE_MAX       (16U << 20)
#define TIMELINE_EVENTS_MAX     1000000U
#define TIMELINE_NAMES_MAX      1000U
#define TIMELINE_CLIENTS_MAX    100U
#define TIMELINE_DURATION_MAX_S (400U * 86400U)

/* How an endpoint fails: what a probe of it meets, and when. */
enum timeline_fault {
    TIMELINE_WELL,
    TIMELINE_REFUSED, /* no process listens: a probe fails at once */
    TIMELINE_ERROR,   /* it answers, but not as it should: at once, too */
    TIMELINE_TIMEOUT, /* nothing comes back: when the probe's time is over */
};

enum timeline_kind {
    TIMELINE_FAULT, /* the endpoint of a check fails, or is well again */
    TIMELINE_CUT, /* this host reaches nothing in a family, or reaches it again: no endpoint fails */
    TIMELINE_ACCEPT, /* an operator accepts what a guard holds up */
    TIMELINE_FORCE,  /* an operator sets a check, or with HEALTH_UNKNOWN no longer does */
};

struct timeline_event {
    uint64_t at_ms; /* from the start */
    enum timeline_kind kind;
    uint32_t check; /* FAULT, FORCE: its place in the definitions */
    enum timeline_fault fault;
    enum client_family family; /* CUT */
    bool is_cut;
    enum health_state state; /* FORCE */
    uint32_t guard;          /* ACCEPT: its place among the names of guards */
};

struct timeline_name {
    struct name name;
    uint16_t type;
};

struct timeline {
    uint64_t duration_ms;
    uint64_t seed;
    struct timeline_name *names; /* whose answers are looked at; none: every routed one */
    uint32_t names_count;
    struct client *clients; /* who asks; none: somebody of whom nothing is known */
    uint32_t clients_count;
    char **guards; /* names that are accepted */
    uint32_t guards_count;
    struct timeline_event *events; /* by time; of one time, as they are written */
    uint32_t events_count;
};

/* Reads a timeline over these definitions, whose checks it names.  Returns a new one, ended with timeline_free(),
 * or NULL with the faults in `diag`. */
MUST_CHECK struct timeline *timeline_load_file(
        const char *path, const struct definitions *definitions, struct diag *diag);

/* The same for a text in memory, called `file` in messages. */
MUST_CHECK struct timeline *timeline_load_text(const char *file, const char *text, size_t length,
        const struct definitions *definitions, struct diag *diag);

/* NULL does nothing. */
void timeline_free(struct timeline *timeline);
