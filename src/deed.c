/* deed.c -- see deed.h. */
#include "deed.h"

#include <stdio.h>
#include <stdlib.h>

#include "admin/protocol.h"
#include "admin/status.h"
#include "audit.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

void deed_begin(struct deed *deed, struct control_request *request, const char *words)
{
    deed->request = request;
    deed->words = words;
    deed->now_ms = clock_real_ms();
    deed->doc = doc_new();
    snprintf(deed->user, sizeof(deed->user), "?");
}

int deed_know_peer(struct deed *deed, struct buf *why)
{
    int error = control_peer(deed->request, &deed->peer);
    if (error != 0)
        buf_printf(why, "who asks is not known: %s", err_text(error));
    else
        user_name(USER_PATH, deed->peer.uid, deed->user);
    return error;
}

/* Returns 0 or the error, which is logged. */
static int append(struct deed *deed, bool refused, const char *result)
{
    const struct audit_entry entry = {
            .now_ms = deed->now_ms,
            .peer = deed->peer,
            .user = deed->user,
            .verb = deed->verb,
            .arguments = deed->words,
            .before = deed->before,
            .after = deed->after,
            .refused = refused,
            .result = result,
    };
    int error = audit_append(deed->audit_path, &entry);
    if (error != 0)
        log_error("%s is not written: %s; %s (uid %u) asked: %s %s: %s", deed->audit_path,
                err_text(error), deed->user, (unsigned)deed->peer.uid, deed->verb, deed->words,
                result);
    return error;
}

static void note_unwritten(struct deed *deed, int error)
{
    struct buf text;
    buf_init(&text, STATUS_WHY_MAX);
    buf_printf(&text, "it is done, but %s is not written: %s", deed->audit_path, err_text(error));
    doc_append_text(deed->doc, "notes", buf_string(&text));
    buf_done(&text);
}

void deed_audit(struct deed *deed, const char *result)
{
    int error = append(deed, false, result);
    if (error == 0)
        return;
    note_unwritten(deed, error);
    deed->status = error;
}

static void end(struct deed *deed, const char *json, size_t length)
{
    control_reply(deed->request, deed->status, json, length);
    doc_free(deed->doc);
    free(deed);
}

void deed_reply(struct deed *deed)
{
    struct buf body;
    buf_init(&body, PROTOCOL_REPLY_MAX);
    doc_print(deed->doc, &body);
    end(deed, buf_string(&body), body.length);
    buf_done(&body);
}

void deed_refuse(struct deed *deed, int status, struct buf *why)
{
    int error = append(deed, true, buf_string(why));
    if (error != 0)
        buf_printf(why, "; and the audit log is not written: %s", err_text(error));
    deed->status = status;
    doc_set_text(deed->doc, "error", buf_string(why));
    deed_reply(deed);
}

/* The document is read only where something must be put into it. */
void deed_reply_printed(
        struct deed *deed, const char *result, int status, const char *json, size_t length)
{
    int error = append(deed, false, result);

    deed->status = status != 0 ? status : error;
    if (error == 0) {
        end(deed, json, length);
        return;
    }
    struct doc *told = doc_read(json, length);
    if (told != NULL) {
        doc_free(deed->doc);
        deed->doc = told;
    }
    note_unwritten(deed, error);
    deed_reply(deed);
}
