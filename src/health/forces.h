/* forces.h -- the states that operators have set in place of what checks find.
 *
 * The list is the supervisor's, in one thread; the bits in the table's words, which answers go by, are made
 * from it.  It is kept in a small file of its own, written whole before a force is answered for: the
 * state file is written now and then and may be large.  A force belongs to the id of a check and not to
 * its slot.  It ends when it is removed, when its time is over, or when the check is gone.  The file is
 * laid out in docs/formats/forces.md.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "health/table.h"

#define FORCES_MAX       4096U /* at once */
#define FORCE_OWNER_MAX  64U   /* bytes, without the NUL */
#define FORCE_REASON_MAX 191U

/* Times are real milliseconds since 1970 UTC.  Texts are printable ASCII; id and owner have no blank and
 * are not empty. */
struct force {
    char id[HEALTH_ID_MAX + 1];
    enum health_state state; /* HEALTH_UP or HEALTH_DOWN */
    uint64_t since_ms;
    uint64_t until_ms; /* 0: until it is ended */
    char owner[FORCE_OWNER_MAX + 1];
    char reason[FORCE_REASON_MAX + 1]; /* may be empty */
    bool is_missing;                   /* its check was not there at the last forces_apply() */
};

struct forces;

/* A new, empty list, ended with forces_free(). */
MUST_CHECK struct forces *forces_new(void);

/* NULL does nothing. */
void forces_free(struct forces *forces);

/* How many there are, and the i-th, borrowed until the list changes. */
uint32_t forces_count(const struct forces *forces);
const struct force *forces_at(const struct forces *forces, uint32_t i);

/* The force of a check, borrowed until the list changes, or NULL. */
const struct force *forces_find(const struct forces *forces, const char *id);

/* Adds a copy of a force, or replaces that of the same check; forces_apply() puts it into the table.
 *
 * Returns 0, or ERR_TOO_LARGE if it would be one above FORCES_MAX. */
MUST_CHECK int forces_set(struct forces *forces, const struct force *force);

/* Takes the force of a check, if it has one, off the list and out of the table. */
void forces_end(struct forces *forces, struct health_table *table, const char *id);

/* A force whose time is over at `now_ms`, borrowed until the list changes, or NULL. */
const struct force *forces_expired(const struct forces *forces, uint64_t now_ms);

/* Makes the words of the table say what the list does, for every check that is there. */
void forces_apply(struct forces *forces, struct health_table *table);

/* A force whose check was not there at the last forces_apply(), borrowed until the list changes, or NULL.
 * Unless all checks are `defined` by now, one that was not there from the beginning may still come. */
const struct force *forces_gone(const struct forces *forces, bool defined);

/* Writes the list to `path`, whole and synced.  Returns 0 or -errno; the old file stands until then. */
MUST_CHECK int forces_save(const struct forces *forces, const char *path);

/* Fills an empty list from `path`.
 *
 * Returns 0; -ENOENT if there is no file; ERR_SYNTAX, ERR_VERSION, ERR_TRUNCATED or ERR_TOO_LARGE if it
 * is not what was saved; or -errno.  On error the list is still empty. */
MUST_CHECK int forces_load(struct forces *forces, const char *path);
