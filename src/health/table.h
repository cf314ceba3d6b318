/* table.h -- the health table: what the checker found, as the responder reads it.
 *
 * The supervisor creates the table in sealed shared memory; it outlives both roles.  The checker is
 * its only writer, in one thread, but for the bits of a word that force it, which are the supervisor's:
 * what an operator has set must hold whether or not a checker lives.  Each check has a slot: one 64-bit
 * word, the verdict, which every responder thread loads while it answers a query, and a detail for
 * people, guarded by a sequence number.  A reader takes no lock, never waits for a writer and never
 * sees half a verdict.
 *
 * The other side may be broken or hostile: whatever lies in the memory, a reader stays in bounds and
 * gets a valid enum and ended strings.  The layout is specified in docs/formats/health-table.md; any
 * change to it changes HEALTH_TABLE_VERSION.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

#define HEALTH_TABLE_VERSION 7U
#define HEALTH_TABLE_SLOTS   131072U /* memory is sparse: only slots in use cost any */
#define HEALTH_SLOT_NONE     UINT32_MAX
#define HEALTH_CHANGES_KEPT  512U
#define HEALTH_CHANGES_LOST  UINT32_MAX
#define HEALTH_QUANTILES     3U
#define HEALTH_RAISED_MAX                                                                          \
    1024U                      /* guards whose time is kept; no more are told of (check/guards.h) */
#define HEALTH_SILENT_MS 3000U /* a checker that has not beaten for longer is silent */

#define HEALTH_ID_MAX     64U /* bytes of a check's id, without the NUL (route53.md section 0) */
#define HEALTH_TARGET_MAX 191U
#define HEALTH_REASON_MAX 191U

enum health_state {
    HEALTH_UNKNOWN = 0, /* no check has this slot; answers treat it as up */
    HEALTH_UP = 1,
    HEALTH_DOWN = 2,
};

/* The word: the check's final status, after Inverted and Disabled, or what an operator has set in its
 * place.  Forced or not, no_data and since_s are of what the checker found; a forced one is never suspect and
 * lacks nothing. */
struct health_verdict {
    enum health_state state;
    bool no_data;     /* no probe of a new check has ended yet (route53.md 3.5) */
    uint32_t since_s; /* real time the state was entered, seconds since 1970 UTC */
    bool forced;      /* an operator has set the state */
    bool suspect;     /* it is not steady: what rests on it is not for long (health/caution.h) */
    bool held;        /* it is found down, but a guard has answers go by up (health/guard.h) */
    uint8_t lack;     /* what a set lacks of its share since the check came back, in 255ths */
};

enum health_flags {
    HEALTH_DEFINED = 1, /* a definition file has this check; zones may name it */
    HEALTH_LEAVING = 2, /* its definition is gone, but a zone still served may use it */
    HEALTH_DISABLED = 4,
    HEALTH_INVERTED = 8,
    HEALTH_COUNTED = 16, /* a CALCULATED check has it as a child */
    HEALTH_CANARY = 32,  /* tells whether this host is cut off (health/isolation.h) */
    HEALTH_SHADOW = 64,  /* probed, but never used: up for answers */
    HEALTH_FLAGS = 127,  /* all of them */
};

/* What is known of one check, for people and for the state file.  Times are real milliseconds since
 * 1970 UTC, 0 for never.  raw_state and streak are the state machine of health/verdict.h.  How it is
 * probed, from interval_ms on, is what health/timing.h needs; of a CALCULATED check it is that of the child
 * which takes longest. */
struct health_detail {
    char id[HEALTH_ID_MAX + 1]; /* empty: the slot is free */
    char type[24];              /* HTTP, CALCULATED, ... */
    char target[HEALTH_TARGET_MAX + 1];
    char reason[HEALTH_REASON_MAX + 1]; /* why the last probe ended as it did */
    uint32_t flags;                     /* of enum health_flags */
    uint32_t raw_state;                 /* enum health_state before Inverted */
    uint32_t streak;                    /* results in a row against raw_state */
    uint32_t last_outcome;              /* enum verdict_outcome plus one; 0 for none */
    uint64_t passes, fails, inconclusives, changes;
    uint32_t answer_changes; /* of a shadow: those changes that would have changed an answer */
    uint64_t since_ms;       /* the final status was entered */
    uint64_t last_probe_ms;  /* the last probe ended */
    uint64_t duration_ms;    /* of the last probe */
    uint64_t unsettled_ms;   /* a result last spoke against the state, or changed it */
    uint32_t
            interval_ms; /* between a probe's end and the next one's start; 0: none, or not known */
    uint32_t timeout_ms; /* the longest a probe takes to fail */
    uint32_t linger_ms;  /* the longest one goes on that has seen the endpoint well */
    uint32_t fall, rise; /* results in a row until it is down, up; 0: not known */
    uint32_t hold_ms;    /* least time in a state */
    uint32_t ramp_ms;    /* until a set has its full share again */
    uint32_t
            suspect_ms; /* until it counts as steady, after anything that speaks against its state */
    uint32_t
            certificate_s; /* the endpoint's certificate expires, seconds since 1970 UTC; 0: none */
    uint32_t latency_us[HEALTH_QUANTILES]; /* half, 90 %, 99 % of late passes took no longer */
};

struct health_table; /* one process's mapping of the table; opaque */

enum health_access {
    HEALTH_READ,
    HEALTH_WRITE,
};

/* Creates an empty table.
 *
 * Returns 0 and a new table in *ret, mapped for writing and ended with health_table_close(); or
 * -errno.  *ret is untouched on error. */
MUST_CHECK int health_table_create(struct health_table **ret);

/* Maps the table behind `fd`, which stays the caller's.  Opening for writing makes this process the
 * writer and mends slots whose writer died in the middle of a detail.
 *
 * Returns 0 and a new table in *ret; ERR_VERSION if the memory is no table of this version,
 * ERR_TRUNCATED if it is shorter than it must be, -EPERM if it could shrink (is not sealed), or
 * -errno.  *ret is untouched on error. */
MUST_CHECK int health_table_open(struct health_table **ret, int fd, enum health_access access);

/* Makes a table of this process alone with the verdicts of another that answers go by, and none of its
 * details: to ask what would be if some were different.
 *
 * Returns as health_table_create(). */
MUST_CHECK int health_table_copy_verdicts(
        const struct health_table *from, struct health_table **ret);

/* Unmaps the table and frees it.  NULL does nothing. */
void health_table_close(struct health_table *table);

/* A new descriptor for another process, opened with no more than `access`, or -errno.  Only for a
 * table that this process created. */
MUST_CHECK int health_table_export(const struct health_table *table, enum health_access access);

/* The verdict that answers go by; HEALTH_UNKNOWN for a slot that does not exist.  Any thread, never blocks. */
struct health_verdict health_table_get(const struct health_table *table, uint32_t slot);

/* What an answer has to know of a verdict that it goes by. */
enum health_sight {
    HEALTH_SEEN_DOWN = 1,
    HEALTH_SEEN_PROBED = 2, /* it rests on probes, not on their absence or an operator */
    HEALTH_SEEN_FORCED = 4, /* an operator has set the state */
    HEALTH_SEEN_SUSPECT = 8,
    HEALTH_SEEN_LACKS = 16, /* a set lacks of its share */
};

/* The verdict that answers go by, as bits of enum health_sight: the call on the query path.  Any thread, never
 * blocks. */
uint32_t health_table_see(const struct health_table *table, uint32_t slot);

/* What the checker found, whatever is forced or held; never `forced`, and `held` beside HEALTH_DOWN.  Any thread,
 * never blocks. */
struct health_verdict health_table_found(const struct health_table *table, uint32_t slot);

/* Publishes what the checker found, and whether it is held; what is forced stays forced.  Writer only. */
void health_table_put(struct health_table *table, uint32_t slot, struct health_verdict verdict);

/* Sets the state that answers go by instead of what is found, or with HEALTH_UNKNOWN ends that.  It ends
 * by itself when the slot is freed.  For one thread of the supervisor, beside the writer.
 *
 * Returns 0, or -ENOENT if the slot is not, or no longer, that of the check `id`, and nothing is forced. */
MUST_CHECK int health_table_force(
        struct health_table *table, uint32_t slot, const char *id, enum health_state state);

/* A number that grows with every verdict that changed and every slot that was defined or freed. */
uint64_t health_table_generation(const struct health_table *table);

/* Which verdicts have changed, for readers that keep what they worked out of verdicts: a count of all
 * changes, and the slots of the last ones.  A reader keeps the count it has seen in *cursor, at first
 * that of now.  Any thread, never blocks.
 *
 * health_table_changes() moves the cursor to now and returns how many slots it has written to `ret`
 * (one may come more than once), or HEALTH_CHANGES_LOST if there were too many: then any verdict may
 * have changed, and so after a new writer opened the table and after health_table_force().  A verdict
 * read behind this call is at least as new as the changes it told. */
uint64_t health_table_changes_now(const struct health_table *table);
uint32_t health_table_changes(
        const struct health_table *table, uint64_t *cursor, uint32_t ret[HEALTH_CHANGES_KEPT]);

/* How many slots have ever been used: all slots in use lie below. */
uint32_t health_table_used(const struct health_table *table);

/* Copies a detail that belongs together.
 *
 * Returns 0 and *ret; -ENOENT if the slot is free or does not exist; ERR_TORN if the writer stayed
 * in the middle of a write (it was stopped or killed there): then *ret holds what there was, each
 * field valid by itself.  Any thread, never blocks. */
MUST_CHECK int health_table_read(
        const struct health_table *table, uint32_t slot, struct health_detail *ret);

/* Replaces a detail.  An empty id frees the slot and its verdict.  Writer only. */
void health_table_write(
        struct health_table *table, uint32_t slot, const struct health_detail *detail);

/* What keeps silence of endpoints from counting (health/isolation.h): the checker thinks that this host is cut off. */
enum health_isolation {
    HEALTH_CUT_IPV4 = 1, /* every canary of the family is silent */
    HEALTH_CUT_IPV6 = 2,
    HEALTH_CUT_SHARE = 4, /* so large a share of all endpoints is */
    HEALTH_CUTS = 7,
};

/* These bits, 0 for nothing, and since when, in seconds since 1970 UTC.  Set by the writer; any thread reads. */
void health_table_set_isolation(struct health_table *table, uint32_t cuts, uint32_t since_s);
uint32_t health_table_isolation(const struct health_table *table, uint32_t *since_s);

/* How the checker gets on, for people; each number belongs to nearly the same moment.  Since it began, or last took in
 * definitions. */
struct health_pace {
    uint64_t probes; /* begun */
    uint32_t running, held;
    uint32_t late_us
            [HEALTH_QUANTILES]; /* half, 90 %, 99 % of them began no later after they were due */
    uint32_t
            turn_us; /* processor time of the longest turn of its loop: what one check can delay another */
};

/* Set by the writer; any thread reads. */
void health_table_set_pace(struct health_table *table, const struct health_pace *pace);
struct health_pace health_table_pace(const struct health_table *table);

/* Since when a guard is raised (health/guard.h), for the checkers that come after; a guard is a number that its name
 * makes.  With `since_ms` 0 it is not raised.  Beyond HEALTH_RAISED_MAX of them nothing is kept.  Writer only. */
void health_table_set_raised(struct health_table *table, uint64_t guard, uint64_t since_ms);

/* Of no guard but these, at most HEALTH_RAISED_MAX, it is kept since when it is raised.  Writer only. */
void health_table_keep_raised(struct health_table *table, const uint64_t *guards, uint32_t count);

/* Since when a guard is raised, in real milliseconds, or 0.  Any thread. */
uint64_t health_table_raised_since(const struct health_table *table, uint64_t guard);

/* One of the guards that are raised. */
struct health_raised {
    uint64_t guard, since_ms;
};

/* Copies all of them, and returns how many there are.  Any thread; one that is being changed may be left out. */
uint32_t health_table_raised(
        const struct health_table *table, struct health_raised ret[HEALTH_RAISED_MAX]);

/* The checker's sign of life: it writes the real time at least once a second.  Read it from any
 * thread; 0 if no checker ever ran. */
void health_table_beat(struct health_table *table, uint64_t now_ms);
uint64_t health_table_last_beat_ms(const struct health_table *table);

/* Whether nobody keeps the verdicts fresh: the checker has not beaten for more than HEALTH_SILENT_MS, or
 * never.  `now_ms` is the real time, which can step: a beat that lies as far ahead says nothing either,
 * and a checker that lives mends it with its next one.  Any thread. */
bool health_table_is_silent(const struct health_table *table, uint64_t now_ms);
