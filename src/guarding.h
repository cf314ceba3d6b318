/* guarding.h -- what the supervisor does for guards (max-down): it passes the list of guarded zones from the responder,
 * which knows zones, to the checker, which keeps the guards (check/guards.h); and it carries out the verb `accept`.
 *
 * The last list is kept, so that a checker that is started again has it at once.  The loop's thread.
 */
#pragma once

#include <stddef.h>

#include "admin/control.h"
#include "base/attr.h"
#include "base/role.h"
#include "health/table.h"

#define GUARDING_CHECKER_MS 2000U /* the checker has this long to answer */

struct guarding;

/* Borrows all; ended with guarding_free(), NULL does nothing. */
MUST_CHECK struct guarding *guarding_new(
        const struct health_table *table, const char *state_dir, struct role *checker);
void guarding_free(struct guarding *guarding);

/* The responder has said which zones are guarded, and what they use. */
void guarding_told(struct guarding *guarding, const char *list, size_t length);

/* A checker has begun. */
void guarding_checker_ready(struct guarding *guarding);

/* Answers "guards", and "accept"; `words` are those behind it. */
void guarding_answer_guards(struct guarding *guarding, struct control_request *request);
void guarding_answer_accept(
        struct guarding *guarding, struct control_request *request, const char *words);
