/* isolation.h -- whether it is this host that is cut off, and not the endpoints that are dead.  Pure.
 *
 * Only silence can mean that: a probe to which nothing came back.  A refusal, a reset or a wrong status is an answer,
 * and proves that the way there is open.  So an answer is believed at once, and silence is held against others:
 *
 *   canaries in the family   | silence of an endpoint counts
 *   -------------------------+---------------------------------------------------------------
 *   all of them silent       | not at all: this host is cut off in that family
 *   all were, when it began  | not at all, either
 *   one answers              | if one has answered since the probe began, where it would change the verdict
 *   there are none, anywhere | unless as large a share of all endpoints that are up is silent, too, as is configured
 *
 * Each endpoint check is a subject, owned by the caller, that knows what it has added to the counts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ISOLATION_SHARE_LEAST 2U /* endpoints, so that a share of them says anything */

enum isolation_family {
    ISOLATION_IPV4,
    ISOLATION_IPV6,
    ISOLATION_FAMILIES, /* how many there are */
};

/* What the last probe met. */
enum isolation_seen {
    ISOLATION_NOTHING, /* there was none yet, or it failed by our own fault */
    ISOLATION_ANSWER,
    ISOLATION_SILENCE,
};

/* Zeroed: takes no part. */
struct isolation_subject {
    bool takes_part;
    bool is_canary;
    bool is_up; /* its verdict; meant for one that is no canary */
    enum isolation_family family;
    enum isolation_seen seen;
};

struct isolation {
    uint32_t share_percent; /* 0: never by share */
    struct {
        uint32_t canaries, silent;
        uint64_t answered_ms;  /* a canary last did */
        uint64_t recovered_ms; /* the last cut was over */
    } family[ISOLATION_FAMILIES];
    uint32_t up, silent; /* endpoints that are up, and those of them that are silent */
    uint64_t recovered_ms;
};

/* Takes a subject in, or out. */
void isolation_add(struct isolation *isolation, const struct isolation_subject *subject);
void isolation_remove(struct isolation *isolation, const struct isolation_subject *subject);

/* Notes what a subject that is in has met, at real time now_ms, and whether its verdict is up. */
void isolation_note(struct isolation *isolation, struct isolation_subject *subject,
        enum isolation_seen seen, bool is_up, uint64_t now_ms);

/* Whether this host seems to be cut off, by the canaries of the family or by the share. */
bool isolation_by_canaries(const struct isolation *isolation, enum isolation_family family);
bool isolation_by_share(const struct isolation *isolation);

/* Whether it was so when a probe began that has just met silence. */
bool isolation_was_cut(
        const struct isolation *isolation, enum isolation_family family, uint64_t began_ms);

/* Whether silence of a probe that began at `began_ms` may change a verdict. */
bool isolation_is_confirmed(
        const struct isolation *isolation, enum isolation_family family, uint64_t began_ms);
