/* deed.h -- one request of an operator that changes something: who asks, the entry in the audit log, the answer.
 *
 * Each verb has a struct of its own that begins with this one, and makes it with mem_zalloc(); the last step frees it.
 * The supervisor's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "admin/control.h"
#include "admin/doc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "user.h"

struct deed {
    struct control_request *request;
    const char *audit_path, *verb, *words; /* borrowed; words only until the handler returns */
    uint64_t now_ms;                       /* real time */
    struct control_peer peer;
    char user[USER_NAME_MAX + 1];
    struct doc *before, *after; /* for the audit log, which takes them over */
    struct doc *doc;            /* the answer */
    int status;
};

/* Fills what is not to be asked for. */
void deed_begin(struct deed *deed, struct control_request *request, const char *words);

/* Finds who asks.  Returns 0, or -errno with a sentence appended to `why`. */
MUST_CHECK int deed_know_peer(struct deed *deed, struct buf *why);

/* Writes the entry of a deed that is done; what is not written is noted in the answer, and its status. */
void deed_audit(struct deed *deed, const char *result);

/* The last step of a deed that is done and whose answer somebody else has printed: writes the entry, and hands `json`,
 * a document that may have an array `notes`, on as it came.  What is not written is noted in it, and is the status if
 * `status` is 0. */
void deed_reply_printed(
        struct deed *deed, const char *result, int status, const char *json, size_t length);

/* The last step: answers and frees the deed.  The second says why nothing was done, after the audit log was told. */
void deed_reply(struct deed *deed);
void deed_refuse(struct deed *deed, int status, struct buf *why);
