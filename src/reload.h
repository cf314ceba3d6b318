/* reload.h -- one reload after the other: checks first, then zones, then what no zone uses any more.
 *
 *   1. checker "reload": new checks get their slots, those gone become leaving
 *   2. responder "reload": zones are read against those checks
 *   3. checker "retire", only if both were without fault: else a zone still served may use a check
 *      that is leaving
 *
 * Who asks while a reload runs waits for the next one, which serves all of them: the files may have
 * changed after they were read.  A checker that is dead or hangs is a fault of the reload, but zones
 * are reloaded all the same.  The roles talk to strangers, so what they report is passed on as it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/role.h"

#define RELOAD_CHECKER_MS 10000U

struct reload;

/* `status` is 0, ERR_FAULTY, or ERR_NO_ZONE if no zone at all is served now; `json` is
 * {"checks":...,"zones":...,"notes":[...]}, borrowed during the call. */
typedef void reload_handler(void *context, int status, const char *json, size_t length);

/* A new sequence over two roles, which are borrowed; ended with reload_free().  `checker_once`: the checker
 * only defines checks and ends; it is started anew for each reload, and nothing is retired. */
MUST_CHECK struct reload *reload_new(
        uv_loop_t *loop, struct role *checker, bool checker_once, struct role *responder);

/* Asks for a reload; `handler`, which may be NULL, is called when one that began after this call is over. */
void reload_ask(struct reload *reload, reload_handler *handler, void *context);

/* Frees the checks that no definition has any more: to be called when checks and zones were read for the
 * first time, both without fault.  Nothing happens while a reload runs, which does it itself, or if
 * the checker only defines. */
void reload_retire(struct reload *reload);

/* Calls `handler` once when no reload runs or waits, perhaps from within this call, and lets none begin before
 * reload_go_on(): for who asks both roles about files and must not be told of two states.  One at a time. */
typedef void reload_pause_handler(void *context);
void reload_pause(struct reload *reload, reload_pause_handler *handler, void *context);
void reload_go_on(struct reload *reload);

/* To be told of every event of the checker while it is started anew. */
void reload_checker_event(
        struct reload *reload, enum role_event event, const struct ipc_message *message);

/* From now on no further reload or pause begins; who asks, or has asked for a reload that has not begun, is told so. */
void reload_stop(struct reload *reload);
bool reload_is_stopped(const struct reload *reload);

/* When the last reload ended, real time, 0 for never, and its status. */
uint64_t reload_last_ms(const struct reload *reload);
int reload_last_status(const struct reload *reload);

/* Frees it once the loop has run the closing callback; only when both roles have ended.  Handlers that
 * wait are not called any more. */
void reload_free(struct reload *reload);
