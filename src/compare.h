/* compare.h -- what a reload would change, asked of both roles; nothing changes by asking.
 *
 *   1. checker "diff": what would become of the checks, and on a line of its own which ids come and go
 *   2. responder "diff": what would become of the zones, tried against the checks there would be then
 *
 * The order is that of a reload, and no reload runs meanwhile, so that both speak of one state.  The line of
 * ids is handed on as it came.  With --no-checker a process of its own stands in for the checker
 * (check/comparer.h).  Who asks while a comparison runs waits for a turn, and reloads go first.
 */
#pragma once

#include <stddef.h>
#include <uv.h>

#include "base/attr.h"
#include "base/ipc.h"
#include "base/role.h"
#include "reload.h"

struct compare;

/* `status` is 0 if nothing would change, ERR_DIFFERENT, or ERR_FAULTY if a reload would meet faults or not
 * everything could be compared; `json` is then {"checks":...,"zones":...,"notes":[...]}.  Any other negative
 * error: the question is refused, and `json` says why as {"error":...}.  Borrowed during the call. */
typedef void compare_handler(void *context, int status, const char *json, size_t length);

/* Over two roles and the reloads of them, all borrowed; ended with compare_free().  `comparer` is the role that
 * only compares, or NULL if the checker runs. */
MUST_CHECK struct compare *compare_new(uv_loop_t *loop, struct reload *reload, struct role *checker,
        struct role *comparer, struct role *responder);

/* Asks for a comparison of everything, or of one zone alone (a copy is made; "" for everything): then checks
 * are told only if they are faulty. */
void compare_ask(
        struct compare *compare, const char *zone, compare_handler *handler, void *context);

/* To be told of every event of the role that only compares. */
void compare_role_event(
        struct compare *compare, enum role_event event, const struct ipc_message *message);

/* Frees it once the loop has run the closing callback; only when all roles have ended.  NULL does nothing.
 * Handlers that wait are not called any more. */
void compare_free(struct compare *compare);
