/* rules.h -- safety rules: what operators may not do to a set of checks by mistake (route53.md 6.3).
 *
 *   NAME: N of ID ID ... [wait TIME]
 *
 * At least N of these checks stay up, as answers go by them, whatever an operator forces, drains or switches; and once
 * one of them was turned, none is turned again before the time is over.  A change that leaves as many up as before does
 * not break the first half; whoever names the rule with the request (override=NAME) may break either.  What probes
 * find, and that a force ends by itself, is nobody's request and is not held back.
 *
 * A switch counts as it was turned last, whether or not the checker has heard of it; what is up only by a force that
 * ends by itself counts as it is found.  A CALCULATED check counts as it is: what a request does to it through its
 * children is not foreseen.
 *
 * When a check was last turned is known from what is forced and switched now, so it outlives the daemon; that a force
 * was ended early is only remembered as long as the daemon runs.  The supervisor's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "admin/doc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "health/forces.h"
#include "health/pushes.h"
#include "health/table.h"

#define RULES_MAX          256U
#define RULES_NAME_MAX     64U
#define RULES_MEMBERS_MAX  256U
#define RULES_WAIT_MAX_S   86400U
#define RULES_OVERRIDE_MAX 8U /* rules that one request names */

/* A rule as it is written. */
struct rule {
    char name[RULES_NAME_MAX + 1];
    uint32_t at_least; /* 0: none needs to */
    uint64_t wait_ms;  /* 0: none is waited for */
    char (*ids)[HEALTH_ID_MAX + 1];
    uint32_t count;
};

/* Reads a rule.  Returns 0 and *ret, ended with rule_done(); or ERR_SYNTAX with a sentence appended to `why`. */
MUST_CHECK int rule_parse(const char *text, struct rule *ret, struct buf *why);

/* Frees what a rule has. */
void rule_done(struct rule *rule);

struct rules;

/* A set of rules from texts that rule_parse() reads, over a table; all borrowed.  Ended with rules_free(); NULL does
 * nothing. */
MUST_CHECK struct rules *rules_new(
        char *const *texts, size_t count, const struct health_table *table);
void rules_free(struct rules *rules);

/* Where it stands what was forced and switched, borrowed; before anything is asked. */
void rules_know_forces(struct rules *rules, const struct forces *forces);
void rules_know_pushes(struct rules *rules, const struct pushes *pushes);

/* What a request would do: these checks would be up or down for answers. */
struct rules_change {
    char id[HEALTH_ID_MAX + 1];
    enum health_state to; /* HEALTH_UP or HEALTH_DOWN */
    bool turns;           /* it is not so yet; rules_allow() sets it */
};
struct rules_wish {
    struct rules_change *changes;
    uint32_t count;
    const char (*overrides)[RULES_NAME_MAX + 1]; /* rules that do not count */
    uint32_t overrides_count;
    uint64_t now_ms; /* real time */
};

/* Whether no rule speaks against it, and which of its changes turn a check.  Returns 0, or -EPERM with a sentence
 * appended to `why`; -ENOENT if an override names no rule. */
MUST_CHECK int rules_allow(
        const struct rules *rules, const struct rules_wish *wish, struct buf *why);

/* It was done, as rules_allow() has seen it. */
void rules_note(struct rules *rules, const struct rules_wish *wish);

/* Logs which members can protect nothing: checks that do not exist, and CALCULATED ones.  Once checks are defined. */
void rules_warn(const struct rules *rules);

/* Takes a word "override=NAME" into a list.  Returns 0, or ERR_SYNTAX with a sentence appended to `why`. */
MUST_CHECK int rules_take_override(
        const char *name, char (*list)[RULES_NAME_MAX + 1], uint32_t *count, struct buf *why);

/* Sets "rules": an array of name, at_least, wait_ms, up, checks (texts) and wait_left_ms. */
void rules_set_doc(const struct rules *rules, struct doc *doc, uint64_t now_ms);
