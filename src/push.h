/* push.h -- what is told from outside instead of being probed: the verbs `heartbeat`, `alarm` and `control`.
 *
 * Alarms and switches are kept by the supervisor (health/pushes.h), in this order: the words are read and held
 * against the table; the list is written and synced; the audit log is written; the checker reads the list, and is
 * not waited for long; the answer.  So a push that is answered counts, at the latest when the checker is
 * back.  A list that cannot be written is a refusal, as the checker would not see what it says.
 * Heartbeats go to the checker; while it does not run the supervisor remembers who has beaten.  They
 * leave no line in the audit log: there may be thousands a second, and the check counts them.
 *
 * Everything runs on the loop's thread.  Knows no socket but through admin/control.h.
 */
#pragma once

#include <stdint.h>

#include "admin/control.h"
#include "base/attr.h"
#include "base/role.h"
#include "health/table.h"
#include "rules.h"

#define PUSH_CHECKER_MS 1000U /* the checker has this long to follow */

struct pusher;

/* A new one with the list in `state_dir`; a damaged one is told and kept aside.  The rest is borrowed;
 * ended with pusher_free().  `checker` is NULL where none is to run: then every request is refused. */
MUST_CHECK struct pusher *pusher_new(const struct health_table *table, const char *state_dir,
        struct role *checker, struct rules *rules);

/* When both roles have ended.  NULL does nothing. */
void pusher_free(struct pusher *pusher);

/* The checker is ready: hands it the heartbeats that came while it was not. */
void pusher_checker_ready(struct pusher *pusher);

/* Answer "alarm NAME STATE [region=REGION]", "control NAME on|off [override=RULE]..." and "heartbeat ID"; `words` are
 * those behind
 * the verb. */
void push_answer_alarm(struct pusher *pusher, struct control_request *request, const char *words);
void push_answer_control(struct pusher *pusher, struct control_request *request, const char *words);
void push_answer_heartbeat(
        struct pusher *pusher, struct control_request *request, const char *words);
