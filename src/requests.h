/* requests.h -- what the operator may ask: commands as rows of a table, each answered from what the
 * supervisor knows, from the health table, or by a role.
 *
 * docs/formats/control-protocol.md has every command and its document.
 */
#pragma once

#include <stdint.h>

#include "admin/control.h"
#include "base/role.h"
#include "compare.h"
#include "config.h"
#include "guarding.h"
#include "health/table.h"
#include "override.h"
#include "push.h"
#include "reload.h"

#define REQUESTS_RELAY_MS 5000U  /* a role has this long to answer a question */
#define REQUESTS_LINT_MS  50000U /* the responder, to finish a lint */

/* Whom to ask.  All borrowed. */
struct requests_sources {
    const struct config *config;
    const struct health_table *table;
    const char *state_path, *audit_path;
    struct role *checker, *responder;
    struct reload *reload;
    struct compare *compare;
    struct override *override;
    struct pusher *pusher;
    struct guarding *guarding;
    const struct rules *rules;
    uint64_t started_ms; /* monotonic */
};

/* Answers one request, now or later; the sources must live until all are answered or the control socket
 * is closed.  To be called by a control_handler. */
void requests_answer(
        const struct requests_sources *sources, struct control_request *request, const char *line);
